package builtin

import "testing"

func TestMath(t *testing.T) {
	f := check(t)
	f("362880", "gamma", 10.0)
	f("0.572364942925", "loggamma", 0.5)
	f("0.520499877813", "erf", 0.5)
	f("0.479500122187", "erfc", 0.5)
	f("null", "erf", nil)
	f("NaN", "sqrt", -1.0)
	f("2.35", "round", 2.345, 2)
	f("-3", "round", -2.5)
	f("1200", "round", 1234.0, -2)
	f("1e+300", "round", 1e300, 3)
	f("0.5", "beta_cdf", 0.5, 3.0, 3.0)
	f("0.104", "beta_cdf", 0.2, 2.0, 2.0)
	f("1.5", "beta_pdf", 0.5, 2.0, 2.0)
	f("NaN", "beta_pdf", 0.0, 2.0, 2.0)
	f("0.2", "beta_inv", 0.104, 2.0, 2.0)
	f("null", "beta_inv", 1.1, 2.0, 2.0)
	f("NaN", "beta_inv", 0.1, -2.0, 2.0)
	// Student's t of 2.086 at 20 degrees is the 5 % point.
	f("0.05", "round", welch(2.085963447, 11), 5)
}

func welch(t float64, n float64) any {
	fun, _ := Lookup("welch_test")
	// Equal variances and counts: t = difference / sqrt(2 v / n).
	return fun.Call([]any{t, n / 2, n, 0.0, n / 2, n})
}

func TestBits(t *testing.T) {
	f := check(t)
	f("8", "binary_and", 12, 10)
	f("14", "binary_or", 12, 10)
	f("6", "binary_xor", 12, 10)
	f("-1", "binary_not", 0)
	f("8", "binary_shift_left", 1, 3)
	f("2", "binary_shift_left", 1, 65)
	f("-1", "binary_shift_right", -2, 1)
	f("null", "binary_shift_right", 1, -1)
	f("64", "bitset_count_ones", -1)
	f("null", "binary_and", 1, nil)
}

func TestUnits(t *testing.T) {
	f := check(t)
	f("360", "convert_angle", 1.0, "revolution", "degree")
	f("1", "convert_energy", 3600.0, "Joule", "WattHour")
	f("9.80665", "convert_force", 1.0, "KilogramForce", "Newton")
	f("12", "convert_length", 1.0, "Foot", "Inch")
	f("16", "convert_mass", 1.0, "Pound", "Ounce")
	f("36", "convert_speed", 10.0, "MeterPerSecond", "KilometerPerHour")
	f("212", "convert_temperature", 100.0, "DegreeCelsius", "DegreeFahrenheit")
	f("1000", "convert_volume", 1.0, "CubicMeter", "Liter")
	f("null", "convert_mass", 1.0, "Pound", "Stones")
	f("null", "convert_temperature", 1.0, "Kelvin", "Warm")
	f("null", "convert_mass", nil, "Pound", "Stone")
}

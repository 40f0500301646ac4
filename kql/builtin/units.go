package builtin

import (
	"math"
	"strings"
)

// units maps lower-case names to how many base units one is.
type units map[string]float64

var unitFuncs = []Func{
	converter("convert_angle", angles),
	converter("convert_energy", energies),
	converter("convert_force", forces),
	converter("convert_length", lengths),
	converter("convert_mass", masses),
	converter("convert_speed", speeds()),
	converter("convert_volume", volumes),
	fn("convert_temperature", "rss:r", func(a args) any {
		f, ok := a.real(0)
		from, ok1 := temperatures[strings.ToLower(a.str(1))]
		to, ok2 := temperatures[strings.ToLower(a.str(2))]
		if !ok || !ok1 || !ok2 {
			return nil
		}
		return (f*from.scale + from.zero - to.zero) / to.scale
	}),
}

func converter(name string, u units) Func {
	return fn(name, "rss:r", func(a args) any {
		f, ok := a.real(0)
		from, ok1 := u[strings.ToLower(a.str(1))]
		to, ok2 := u[strings.ToLower(a.str(2))]
		if !ok || !ok1 || !ok2 {
			return nil
		}
		return f * from / to
	})
}

var angles = units{ // degrees
	"degree": 1, "arcminute": 1.0 / 60, "arcsecond": 1.0 / 3600, "radian": 180 / math.Pi, "deciradian": 18 / math.Pi,
	"centiradian": 1.8 / math.Pi, "milliradian": 0.18 / math.Pi, "microradian": 1.8e-4 / math.Pi, "nanoradian": 1.8e-7 / math.Pi,
	"millidegree": 1e-3, "microdegree": 1e-6, "nanodegree": 1e-9, "gradian": 0.9, "natomil": 360.0 / 6400, "revolution": 360, "tilt": 90,
}

const (
	btu      = 1055.05585262
	calorie  = 4.184
	electron = 1.602176565e-19
	wattHour = 3600.0
)

var energies = units{ // joules
	"joule": 1, "millijoule": 1e-3, "kilojoule": 1e3, "megajoule": 1e6, "gigajoule": 1e9, "erg": 1e-7,
	"britishthermalunit": btu, "kilobritishthermalunit": btu * 1e3, "megabritishthermalunit": btu * 1e6, "gigabritishthermalunit": btu * 1e9,
	"calorie": calorie, "kilocalorie": calorie * 1e3, "megacalorie": calorie * 1e6,
	"electronvolt": electron, "kiloelectronvolt": electron * 1e3, "megaelectronvolt": electron * 1e6,
	"gigaelectronvolt": electron * 1e9, "teraelectronvolt": electron * 1e12,
	"watthour": wattHour, "kilowatthour": wattHour * 1e3, "megawatthour": wattHour * 1e6, "gigawatthour": wattHour * 1e9, "terawatthour": wattHour * 1e12,
	"wattday": 24 * wattHour, "kilowattday": 24e3 * wattHour, "megawattday": 24e6 * wattHour, "gigawattday": 24e9 * wattHour, "terawattday": 24e12 * wattHour,
	"footpound": 1.355817948, "horsepowerhour": 2.6845195377e6,
	"thermec": 1.05505585262e8, "thermimperial": 1.05505585257348e8, "thermus": 1.054804e8,
	"decathermec": 1.05505585262e9, "decathermimperial": 1.05505585257348e9, "decathermus": 1.054804e9,
}

const standardGravity = 9.80665

var forces = units{ // newtons
	"newton": 1, "decanewton": 10, "kilonewton": 1e3, "meganewton": 1e6, "millinewton": 1e-3, "micronewton": 1e-6, "dyn": 1e-5,
	"kilogramforce": standardGravity, "kilopond": standardGravity, "tonneforce": standardGravity * 1e3, "poundforce": 4.4482216152605,
	"kilopoundforce": 4448.2216152605, "ounceforce": 0.2780138509537812, "poundal": 0.138254954376, "shorttonforce": 8896.443230521,
}

const (
	parsec    = 3.08567758128e16
	lightYear = 9.46073047258e15
)

var lengths = units{ // metres
	"meter": 1, "angstrom": 1e-10, "astronomicalunit": 1.4959787070e11, "centimeter": 1e-2, "chain": 20.1168, "datamile": 1828.8,
	"decameter": 10, "decimeter": 0.1, "dtppica": 0.0254 / 6, "dtppoint": 0.0254 / 72, "fathom": 1.8288, "foot": 0.3048, "hand": 0.1016,
	"hectometer": 100, "inch": 0.0254, "kilolightyear": lightYear * 1e3, "kilometer": 1e3, "kiloparsec": parsec * 1e3, "lightyear": lightYear,
	"megalightyear": lightYear * 1e6, "megaparsec": parsec * 1e6, "microinch": 2.54e-8, "micrometer": 1e-6, "mil": 2.54e-5, "mile": 1609.344,
	"millimeter": 1e-3, "nanometer": 1e-9, "nauticalmile": 1852, "parsec": parsec, "printerpica": 0.0254 / 6.02253, "printerpoint": 0.0254 / 72.27,
	"shackle": 27.432, "solarradius": 6.95510000e8, "twip": 0.0254 / 1440, "ussurveyfoot": 1200.0 / 3937, "yard": 0.9144,
}

const pound = 0.45359237

var masses = units{ // kilograms
	"kilogram": 1, "centigram": 1e-5, "decagram": 1e-2, "decigram": 1e-4, "earthmass": 5.9722e24, "grain": 6.479891e-5, "gram": 1e-3,
	"hectogram": 0.1, "kilopound": pound * 1e3, "kilotonne": 1e6, "longhundredweight": pound * 112, "longton": pound * 2240,
	"megapound": pound * 1e6, "megatonne": 1e9, "microgram": 1e-9, "milligram": 1e-6, "nanogram": 1e-12, "ounce": pound / 16, "pound": pound,
	"shorthundredweight": pound * 100, "shortton": pound * 2000, "slug": 14.593902937206, "solarmass": 1.98947e30, "stone": pound * 14, "tonne": 1e3,
}

// speeds combines lengths with hours, minutes and seconds.
func speeds() units {
	out := units{"knot": 1852.0 / 3600}
	for _, l := range []string{"centimeter", "decimeter", "foot", "inch", "kilometer", "meter", "micrometer", "mile", "millimeter", "nanometer",
		"ussurveyfoot", "yard"} {
		out[l+"perhour"], out[l+"perminute"], out[l+"persecond"] = lengths[l]/3600, lengths[l]/60, lengths[l]
	}
	return out
}

const (
	usGallon  = 3.785411784e-3
	impGallon = 4.54609e-3
	cubicFoot = 0.028316846592
)

// The acre-foot is rounded as in the documentation's example.
var volumes = units{ // cubic metres
	"cubicmeter": 1, "acrefoot": 1 / 0.000810714, "autablespoon": 2e-5, "boardfoot": cubicFoot / 12, "centiliter": 1e-5, "cubiccentimeter": 1e-6,
	"cubicdecimeter": 1e-3, "cubicfoot": cubicFoot, "cubichectometer": 1e6, "cubicinch": cubicFoot / 1728, "cubickilometer": 1e9,
	"cubicmicrometer": 1e-18, "cubicmile": 4.168181825440579584e9, "cubicmillimeter": 1e-9, "cubicyard": cubicFoot * 27, "decaliter": 1e-2,
	"decausgallon": usGallon * 10, "deciliter": 1e-4, "deciusgallon": usGallon / 10, "hectocubicfoot": cubicFoot * 100, "hectocubicmeter": 100,
	"hectoliter": 0.1, "hectousgallon": usGallon * 100, "imperialbeerbarrel": impGallon * 36, "imperialgallon": impGallon,
	"imperialounce": impGallon / 160, "imperialpint": impGallon / 8, "kilocubicfoot": cubicFoot * 1e3, "kilocubicmeter": 1e3,
	"kiloimperialgallon": impGallon * 1e3, "kiloliter": 1, "kilousgallon": usGallon * 1e3, "liter": 1e-3, "megacubicfoot": cubicFoot * 1e6,
	"megaimperialgallon": impGallon * 1e6, "megaliter": 1e3, "megausgallon": usGallon * 1e6, "metriccup": 2.5e-4, "metricteaspoon": 5e-6,
	"microliter": 1e-9, "milliliter": 1e-6, "oilbarrel": usGallon * 42, "uktablespoon": 1.5e-5, "usbeerbarrel": usGallon * 31,
	"uscustomarycup": usGallon / 16, "usgallon": usGallon, "uslegalcup": 2.4e-4, "usounce": usGallon / 128, "uspint": usGallon / 8,
	"usquart": usGallon / 4, "ustablespoon": usGallon / 256, "usteaspoon": usGallon / 768,
}

// temperatures in kelvin: scale, and where their zero lies.
var temperatures = map[string]struct{ scale, zero float64 }{
	"kelvin": {1, 0}, "degreecelsius": {1, 273.15}, "millidegreecelsius": {1e-3, 273.15}, "degreefahrenheit": {5.0 / 9, 273.15 - 32*5.0/9},
	"degreerankine": {5.0 / 9, 0}, "degreedelisle": {-2.0 / 3, 373.15}, "degreenewton": {100.0 / 33, 273.15}, "degreereaumur": {1.25, 273.15},
	"degreeroemer": {40.0 / 21, 273.15 - 7.5*40.0/21}, "solartemperature": {5778, 0},
}

package builtin

import "testing"

func TestBin(t *testing.T) {
	f := check(t)
	f("40", "bin", 47, 10)
	f("-50", "bin", -47, 10)
	f("null", "bin", 47, 0)
	f("null", "bin", 47, -1)
	f("null", "bin", nil, 10)
	f("4.5", "bin_real", 4.7, 0.5)
	f("-5", "bin_real", -4.7, 0.5)
	f(show(ticks("2024-02-26")), "bin_datetime", ticks("2024-02-29T12:00:00Z"), int64(7*Day))
	f(show(ticks("2024-02-29T12:00:00Z")), "bin_datetime", ticks("2024-02-29T12:59:59Z"), int64(Hour))
	f(show(-Day), "bin_timespan", int64(-Hour), int64(Day))
	f("43", "bin_at", 47, 10, 3)
	f("-7", "bin_at", -1, 10, 3)
	f("3", "bin_at_real", 3.2, 1.0, 7.0)
	f(show(ticks("2024-02-25")), "bin_at_datetime", ticks("2024-02-29"), int64(7*Day), ticks("2030-01-06"))
	f("-9223372036854775808", "bin", -9223372036854775808, 8)
}

func TestFormatBytes(t *testing.T) {
	f := check(t)
	f("0 Bytes", "format_bytes", 0.0)
	f("1023 Bytes", "format_bytes", 1023.0)
	f("1 KB", "format_bytes", 1024.0, 2)
	f("1.5 MB", "format_bytes", 1572864.0, 3)
	f("-2 KB", "format_bytes", -2048.0)
	f("0.01 GB", "format_bytes", 1e7, 2, "gb")
	f("", "format_bytes", 1.0, 0, "ZB")
	f("16 EB", "format_bytes", 18446744073709551616.0)
}

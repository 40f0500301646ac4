package builtin

import (
	"math"
	"testing"
)

func TestParseDatetime(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got := "null"
		if n, ok := ParseDatetime(in); ok {
			got = FormatDatetime(n)
		}
		if got != want {
			t.Errorf("%q gave %s, want %s", in, got, want)
		}
	}
	f("2021-06-30T16:34:32.1234567Z", "2021-06-30T16:34:32.1234567Z")
	f("2021-06-30T16:34:32.123456789Z", "2021-06-30T16:34:32.1234567Z")
	f("2021-06-30T16:34:32Z", "2021-06-30T16:34:32.0000000Z")
	f("2021-06-30 16:34:32", "2021-06-30T16:34:32.0000000Z")
	f("2021-06-30 16:34", "2021-06-30T16:34:00.0000000Z")
	f("2021-06-30", "2021-06-30T00:00:00.0000000Z")
	f("2021-6-3", "2021-06-03T00:00:00.0000000Z")
	f("2021-06", "2021-06-01T00:00:00.0000000Z")
	f("2021", "2021-01-01T00:00:00.0000000Z")
	f("20210630", "2021-06-30T00:00:00.0000000Z")
	f("2021/06/30 01:02:03", "2021-06-30T01:02:03.0000000Z")
	f("2021-06-30T23:30:00-02:00", "2021-07-01T01:30:00.0000000Z")
	f("2021-06-30T00:30:00+0530", "2021-06-29T19:00:00.0000000Z")
	f("2021-06-30 00:30:00 +05:30", "2021-06-29T19:00:00.0000000Z")
	f("2021-06-30 16:34:32 UTC", "2021-06-30T16:34:32.0000000Z")
	f("12-02-2022", "2022-12-02T00:00:00.0000000Z")
	f("12/2/2022 3:04:05 PM", "2022-12-02T15:04:05.0000000Z")
	f("12/2/2022 12:04 AM", "2022-12-02T00:04:00.0000000Z")
	f("Sat, 8 Nov 2014 15:05:02 GMT", "2014-11-08T15:05:02.0000000Z")
	f("Sat, 8 Nov 14 15:05 EST", "2014-11-08T20:05:00.0000000Z")
	f("Saturday, 08-Nov-14 15:05:02 UTC", "2014-11-08T15:05:02.0000000Z")
	f("Sat Nov 8 15:05:02 2014", "2014-11-08T15:05:02.0000000Z")
	f("8 Nov 2014", "2014-11-08T00:00:00.0000000Z")
	f("Nov 8, 2014", "2014-11-08T00:00:00.0000000Z")
	f("Nov 8, 2014 15:05", "2014-11-08T15:05:00.0000000Z")
	f(" 0001-01-01 ", "0001-01-01T00:00:00.0000000Z")
	f("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z")
	for _, bad := range []string{"", "x", "13-01-2022", "2021-02-29", "2021-06-31", "2021-06-30T24:00:00", "2021-06-30T1", "2021-06-30T10:00:", "2021-06-30T10:00:00.Z",
		"2021-06-30 10:00:00 XYZ", "0001-01-01T00:00:00+01:00", "2021-06-30Tx", "2021-06-30T10:00:00 trailing", "Foo 8 Nov 2014", "1/2", "99999"} {
		f(bad, "null")
	}
}

func TestTimespanText(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got := "null"
		if n, ok := ParseTimespan(in); ok {
			got = FormatTimespan(n)
		}
		if got != want {
			t.Errorf("%q gave %s, want %s", in, got, want)
		}
	}
	f("1.02:03:04.5", "1.02:03:04.5000000")
	f("-00:00:01", "-00:00:01")
	f("02:03", "02:03:00")
	f("14:00:00:00", "14.00:00:00")
	f("1d", "1.00:00:00")
	f("1.5h", "01:30:00")
	f("90min", "01:30:00")
	f("250ms", "00:00:00.2500000")
	f("3 days", "3.00:00:00")
	f("7", "7.00:00:00")
	f("1tick", "00:00:00.0000001")
	f("10microseconds", "00:00:00.0000100")
	for _, bad := range []string{"", "x", "24:00:00", "00:60:00", "1:2:3:4:5", "1.2.3", "d", "1y", "00:00:00.", "99999999999d"} {
		f(bad, "null")
	}
}

func TestFormats(t *testing.T) {
	f := check(t)
	at := ticks("2024-03-05T15:04:09.0607Z")
	f("24-03-05 [15:04:09]", "format_datetime", at, "yy-MM-dd [HH:mm:ss]")
	f("2024-3-5 3:4:9 PM", "format_datetime", at, "yyyy-M-d h:m:s tt")
	f("0607 06 060700", "format_datetime", at, "ffff ff ffffff")
	f("06 0607", "format_datetime", at, "FFF FFFFFFF")
	f("2024-03-05T15:04:09Z", "format_datetime", at, "yyyy-MM-ddTHH:mm:ssZ")
	f("12:00 AM", "format_datetime", ticks("2024-03-05"), "hh:mm tt")
	f("", "format_datetime", at, "yyyy!")
	f("", "format_datetime", nil, "yyyy")
	f("3 02:01", "format_timespan", int64(3*Day+2*Hour+Minute), "d HH:mm")
	f("00000003", "format_timespan", int64(3*Day), "dddddddd")
	f("", "format_timespan", int64(3*Day), "yyyy")
	f("2024-03-05T15:04:09.0607000Z", "tostring_datetime", at)
	f("-2.00:00:00", "tostring_timespan", int64(-2*Day))
	f("", "tostring_datetime", nil)
}

func TestFormatReal(t *testing.T) {
	f := func(in float64, want string) {
		t.Helper()
		if got := FormatReal(in); got != want {
			t.Errorf("%g gave %s, want %s", in, got, want)
		}
	}
	f(1, "1.0")
	f(-1.5, "-1.5")
	f(0.30000000000000004, "0.30000000000000004")
	f(1e15, "1E+15")
	f(123456789012345, "123456789012345.0")
	f(0.0001, "0.0001")
	f(0.00001, "1E-05")
	f(math.Inf(-1), "-Infinity")
	f(math.NaN(), "NaN")
	f(math.Copysign(0, -1), "0.0")
}

func TestTicks(t *testing.T) {
	for _, s := range []string{"0001-01-01", "1969-12-31T23:59:59.9999999Z", "1970-01-01", "2024-02-29T12:00:00.1Z", "9999-12-31T23:59:59.9999999Z"} {
		n := ticks(s)
		if got := Ticks(Time(n)); got != n {
			t.Errorf("%s: %d became %d", s, n, got)
		}
	}
}

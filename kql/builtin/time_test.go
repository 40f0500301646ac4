package builtin

import "testing"

func TestTimeBoundaries(t *testing.T) {
	at := ticks("2024-02-29T13:14:15.1234567Z") // a Thursday
	f := func(want, name string, in ...any) {
		t.Helper()
		fun, _ := Lookup(name)
		got := "null"
		if n, ok := fun.Call(in).(int64); ok {
			got = FormatDatetime(n)
		}
		if want != "null" {
			want = FormatDatetime(ticks(want))
		}
		if got != want {
			t.Errorf("%s%v gave %s, want %s", name, in, got, want)
		}
	}
	f("2024-02-29", "startofday", at)
	f("2024-02-28", "startofday", at, int64(-1))
	f("2024-02-25", "startofweek", at)
	f("2024-03-03", "startofweek", at, int64(1))
	f("2024-02-25", "startofweek", ticks("2024-02-25"))
	f("2024-02-01", "startofmonth", at)
	f("2023-12-01", "startofmonth", at, int64(-2))
	f("2024-01-01", "startofyear", at)
	f("2024-02-29T23:59:59.9999999Z", "endofday", at)
	f("2024-03-02T23:59:59.9999999Z", "endofweek", at)
	f("2024-02-29T23:59:59.9999999Z", "endofmonth", at)
	f("2025-02-28T23:59:59.9999999Z", "endofmonth", at, int64(12))
	f("2024-12-31T23:59:59.9999999Z", "endofyear", at)
	f("9999-12-31T23:59:59.9999999Z", "endofyear", ticks("9999-05-05"))
	f("null", "endofyear", ticks("9999-05-05"), int64(1))
	f("null", "startofmonth", at, int64(-1<<50))
	f("null", "startofweek", ticks("0001-01-01"))
	f("null", "startofday", nil)

	f("2025-02-28T13:14:15.1234567Z", "datetime_add", "year", int64(1), at)
	f("2024-05-29T13:14:15.1234567Z", "datetime_add", "quarter", int64(1), at)
	f("2024-03-31", "datetime_add", "Month", int64(-2), ticks("2024-05-31"))
	f("2024-03-07T13:14:15.1234567Z", "datetime_add", "week", int64(1), at)
	f("2024-02-29T13:14:15.1234569Z", "datetime_add", "nanosecond", int64(200), at)
	f("2024-02-29T13:14:15.1244567Z", "datetime_add", "millisecond", int64(1), at)
	f("null", "datetime_add", "fortnight", int64(1), at)
	f("null", "datetime_add", "year", int64(9000), at)
	f("null", "datetime_add", "second", int64(1<<62), at)

	f("2024-02-29T06:07:08.5Z", "make_datetime", int64(2024), int64(2), int64(29), int64(6), int64(7), 8.5)
	f("2024-02-01", "make_datetime", int64(2024), int64(2))
	f("null", "make_datetime", int64(2023), int64(2), int64(29))
	f("null", "make_datetime", int64(2023))

	f("2024-02-29T12:00:00.25Z", "unixtime_seconds_todatetime", 1709208000.25)
	f("1969-12-31T23:59:59.999Z", "unixtime_milliseconds_todatetime", int64(-1))
	f("1969-12-31T23:59:59.9999999Z", "unixtime_nanoseconds_todatetime", int64(-1))
	f("null", "unixtime_seconds_todatetime", 1e18)
}

func TestTimeParts(t *testing.T) {
	f := check(t)
	at := ticks("2024-02-29T13:14:15.1234567Z")
	for part, want := range map[string]string{"Year": "2024", "quarter": "1", "month": "2", "week_of_year": "9", "day": "29", "dayOfYear": "60", "hour": "13",
		"minute": "14", "second": "15", "millisecond": "123", "microsecond": "123456", "nanosecond": "123456700", "era": "null"} {
		f(want, "datetime_part", part, at)
	}
	f(show(4*Day), "dayofweek", at)
	f("0", "dayofweek", ticks("2024-02-25"))
	f("29", "dayofmonth", at)
	f("60", "dayofyear", at)
	f("13", "hourofday", at)
	f("53", "week_of_year", ticks("2020-12-31"))
	f("52", "week_of_year", ticks("2000-01-01"))
	f("null", "getyear", nil)
}

func TestDatetimeDiff(t *testing.T) {
	f := check(t)
	newYear, eve := ticks("2024-01-01T00:00:01Z"), ticks("2023-12-31T23:59:59Z")
	for _, period := range []string{"year", "quarter", "month", "day", "hour", "minute"} {
		f("1", "datetime_diff", period, newYear, eve)
		f("-1", "datetime_diff", period, eve, newYear)
	}
	f("0", "datetime_diff", "week", newYear, eve) // a Monday after a Sunday
	f("1", "datetime_diff", "week", ticks("2023-12-31"), ticks("2023-12-30"))
	f("2", "datetime_diff", "Second", newYear, eve)
	f("2000000000", "datetime_diff", "nanosecond", newYear, eve)
	f("null", "datetime_diff", "nanosecond", ticks("9999-01-01"), ticks("0001-01-01"))
	f("null", "datetime_diff", "era", newYear, eve)
	f("null", "datetime_diff", "day", nil, eve)
}

func TestMakeTimespan(t *testing.T) {
	f := check(t)
	f(show(2*Hour+3*Minute), "make_timespan", 2.0, 3.0)
	f(show(2*Hour+3*Minute+4*Second+Second/2), "make_timespan", 2.0, 3.0, 4.5)
	f(show(Day+2*Hour+3*Minute+4*Second), "make_timespan", int64(1), int64(2), int64(3), int64(4))
	f("null", "make_timespan", 24.0, 0.0)
	f("null", "make_timespan", 1.0, nil)
}

func TestZones(t *testing.T) {
	f := check(t)
	f(show(ticks("2024-07-01T14:00:00Z")), "datetime_utc_to_local", ticks("2024-07-01T12:00:00Z"), "Europe/Berlin")
	f(show(ticks("2024-07-01T12:00:00Z")), "datetime_local_to_utc", ticks("2024-07-01T14:00:00Z"), "Europe/Berlin")
	f(show(ticks("2024-10-27T00:30:00Z")), "datetime_local_to_utc", ticks("2024-10-27T02:30:00Z"), "Europe/Berlin")
	f(show(ticks("2024-03-31T00:30:00Z")), "datetime_local_to_utc", ticks("2024-03-31T02:30:00Z"), "Europe/Berlin")
	f("null", "datetime_utc_to_local", ticks("2024-07-01"), "Nowhere/Town")
	f("null", "datetime_utc_to_local", ticks("2024-07-01"), "../etc/passwd")
	f("null", "datetime_utc_to_local", ticks("0001-01-01"), "America/New_York")
}

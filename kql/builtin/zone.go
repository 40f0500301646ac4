package builtin

import (
	"sync"
	"time"
	_ "time/tzdata" // zones must not depend on what the machine has installed
)

var zoneFuncs = []Func{
	fn("datetime_utc_to_local", "ts:t", func(a args) any {
		t, ok := a.long(0)
		z := zone(a.str(1))
		if !ok || z == nil {
			return nil
		}
		return inRange(t+offset(z, t), true)
	}),
	fn("datetime_local_to_utc", "ts:t", func(a args) any {
		t, ok := a.long(0)
		z := zone(a.str(1))
		if !ok || z == nil {
			return nil
		}
		// Two hours of the year are no hour or twice one. A repeated hour is
		// the first of both; one that is skipped counts by the later offset.
		before, after := offset(z, t-Day), offset(z, t+Day)
		if offset(z, t-before) == before {
			return inRange(t-before, true)
		}
		return inRange(t-after, true)
	}),
}

var loadedZones sync.Map // name to *time.Location

func zone(name string) *time.Location {
	if z, ok := loadedZones.Load(name); ok {
		return z.(*time.Location)
	}
	if name == "" || name == "Local" || len(name) > 64 {
		return nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	loadedZones.Store(name, z)
	return z
}

func offset(z *time.Location, ticks int64) int64 {
	_, seconds := Time(ticks).In(z).Zone()
	return int64(seconds) * Second
}

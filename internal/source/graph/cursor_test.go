package graph

import (
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

func lags(h ...float64) (out []time.Duration) {
	for _, x := range h {
		out = append(out, time.Duration(x*float64(time.Hour)))
	}
	return out
}

func TestCursorFitsOtherSweeps(t *testing.T) {
	at := func(h int) time.Time { return start.Add(time.Duration(h) * time.Hour) }
	st := begin(lags(0.25, 1, 24), start)
	st.Passes[0].To, st.Passes[1].To, st.Passes[2].To = at(30), at(29), at(6)
	st.Slice = &slice{Pass: 2, From: at(6), To: at(7), Reads: 1}
	for _, c := range []struct {
		lags  []time.Duration
		want  []int
		slice bool
	}{
		{lags(0.25, 1, 24), []int{30, 29, 6}, true},
		{lags(0.25, 24), []int{30, 6}, false},
		{lags(0.5, 1, 6, 24), []int{30, 29, 6, 6}, false},
		{lags(0.25, 1, 24, 72), []int{30, 29, 6, 6}, true},
		{lags(0.25), []int{30}, false},
	} {
		got, err := load(st.cursor(), c.lags)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range c.want {
			if !got.Passes[i].To.Equal(at(w)) {
				t.Errorf("%v: pass %d at %v, want hour %d", c.lags, i, got.Passes[i].To, w)
			}
		}
		if (got.Slice != nil) != c.slice {
			t.Errorf("%v: slice %v", c.lags, got.Slice)
		}
	}
	for _, bad := range []string{`{`, `null`, `{"v":9}`, `{"v":1}`, `"x"`} {
		if _, err := load(source.Cursor(bad), lags(1)); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

// TestOldTimeIsNotSwept saves the requests of a first reading of weeks.
func TestOldTimeIsNotSwept(t *testing.T) {
	now := start
	st := begin(lags(0.25, 1, 24), now.Add(-48*time.Hour))
	sweeps := 0
	for {
		sl, _ := st.next(now, 5*time.Minute, true)
		if sl == nil {
			break
		}
		if sl.Pass > 0 && sl.To.Before(now.Add(-25*time.Hour)) {
			sweeps++
		}
		st.done(sl, now)
	}
	if sweeps > 0 {
		t.Errorf("%d sweeps of time that was first read when it was older than the last sweep", sweeps)
	}
	if got := st.Passes[2].To; got.Before(now.Add(-30*time.Hour)) || got.After(now.Add(-24*time.Hour)) {
		t.Errorf("the sweep at 24 hours stands at %v", now.Sub(got))
	}
}

func TestLimitHoldsInEverySpan(t *testing.T) {
	l := newLimit(5, 10*time.Second)
	now := start
	var starts []time.Time
	for i := range 200 {
		s := l.reserve(now)
		starts = append(starts, s)
		if i%3 == 0 {
			now = now.Add(700 * time.Millisecond)
		}
		if i == 100 {
			l.pause(s.Add(time.Minute))
		}
	}
	for i := 5; i < len(starts); i++ {
		if starts[i].Sub(starts[i-5]) < 10*time.Second {
			t.Fatalf("6 requests within %v", starts[i].Sub(starts[i-5]))
		}
	}
	if starts[101].Sub(starts[100]) < time.Minute {
		t.Error("a pause is not kept")
	}
}

func TestRetryAfter(t *testing.T) {
	f := func(header string, want time.Duration) {
		t.Helper()
		if got := retryAfter(header, start); got != want {
			t.Errorf("Retry-After %q: %v, want %v", header, got, want)
		}
	}
	f("", 0)
	f("17", 17*time.Second)
	f(" 0.5 ", 500*time.Millisecond)
	f("-1", 0)
	f("NaN", 0)
	f("1e300", 0)
	f("Mon, 05 Oct 2026 00:01:00 GMT", time.Minute)
	f("Sun, 04 Oct 2026 00:01:00 GMT", 0)
	f("soon", 0)
}

func TestErrorCodesThatCouldBeSecretsAreNotShown(t *testing.T) {
	f := func(body, want string) {
		t.Helper()
		if got := errorCode([]byte(body)); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
	f(`{"error":{"code":"Authentication_RequestFromNonPremiumTenantOrB2CTenant"}}`, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
	f(`{"error":{"code":"p1anted~Secret"}}`, "")
	f(`{"error":{"code":"eyJ0eXAi.1234.5678"}}`, "")
	f(`{"error":{"code":7}}`, "")
	f(`<html>`, "")
	f(``, "")
}

// TestASliceThatEndsTheProgramGetsSmaller is what lets a source out of a loop
// of crashes.
func TestASliceThatEndsTheProgramGetsSmaller(t *testing.T) {
	st := begin(lags(0.25, 1), start)
	st.Length = 7200
	st.Slice = &slice{From: start, To: start.Add(time.Hour), Reads: 1, Open: true}
	got, err := load(st.cursor(), lags(0.25, 1))
	if err != nil || got.Slice != nil || got.Length != 1800 || !got.Passes[0].To.Equal(start) {
		t.Errorf("after a crash: %+v, error %v", got, err)
	}
}

package fatigue

import (
	"testing"
	"time"
)

func events(text string) []Event {
	var out []Event
	base := time.Date(2026, 6, 17, 12, 0, 0, 0, time.UTC)
	// One character a minute: x refused, + approved, o something else.
	for i, c := range text {
		e := Event{Time: base.Add(time.Duration(i) * time.Minute), User: "u", Denied: c == 'x', Approved: c == '+'}
		if c == 'x' || c == '+' || c == 'o' {
			out = append(out, e)
		}
	}
	return out
}

func TestBursts(t *testing.T) {
	f := func(text string, denied []int, approved bool) {
		t.Helper()
		got := Bursts(events(text), 3, 5*time.Minute, 4*time.Minute)
		if len(got) != len(denied) {
			t.Fatalf("%q: %d bursts, want %d", text, len(got), len(denied))
		}
		for i, b := range got {
			if len(b.Denied) != denied[i] {
				t.Errorf("%q: burst %d has %d requests, want %d", text, i, len(b.Denied), denied[i])
			}
		}
		if len(got) > 0 && (got[len(got)-1].Approval != nil) != approved {
			t.Errorf("%q: approval %v, want %v", text, got[len(got)-1].Approval, approved)
		}
	}
	f("", nil, false)
	f("xx", nil, false)
	f("xxx", []int{3}, false)
	f("x..x..x", nil, false)                                // over six minutes
	f("x.x..x", []int{3}, false)                            // within five
	f("xxxxxx", []int{6}, false)                            // windows that overlap are one burst
	f("xxx..........xxxx", []int{3, 4}, false)              // two of them
	f("xxx+", []int{3}, true)                               //
	f("xxx....+", []int{3}, false)                          // too late
	f("+xxx", []int{3}, false)                              // an approval before is none
	f("x+xx", []int{3}, false)                              // nor one before there were enough
	f("xxxoo+", []int{3}, true)                             // other sign-ins hide nothing
	f("x"+string(make([]byte, 300))+"xxx+", []int{3}, true) // nor does a request hours ago
	f("xxx+"+string(make([]byte, 300))+"x", []int{3}, true) // or hours later
	f("xx+x.x", []int{4}, false)                            // the third request came after it
}

func TestUsersApart(t *testing.T) {
	list := events("xxx")
	for i := range list {
		list[i].User = string(rune('a' + i))
	}
	if got := Bursts(list, 3, time.Hour, time.Hour); len(got) != 0 {
		t.Errorf("requests of three users are %d bursts", len(got))
	}
}

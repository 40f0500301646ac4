package sim

import (
	"testing"
	"time"
)

// TestFeedGivesEachEventOnceWhenDue compares a feed with the history itself.
func TestFeedGivesEachEventOnceWhenDue(t *testing.T) {
	o := LiveOptions{Users: 12, Seed: 9, Start: liveStart}
	from, end := liveStart.Add(5*time.Hour), liveStart.AddDate(0, 0, 3)
	f := func(first time.Duration, name string) {
		feed := NewFeed(o, from, Delivered)
		got, last := map[string]int{}, time.Time{}
		for now := from.Add(first); ; now = now.Add(17 * time.Minute) {
			if now.After(end) {
				now = end
			}
			for more := true; more; {
				var list []Event
				list, more = feed.Next(now)
				for _, e := range list {
					if e.Category == "" || e.Delivered.Before(last) || !e.Delivered.Before(now) || e.Time.Before(from) {
						t.Fatalf("%s: at %v an event of %q from %v, due at %v", name, now, e.Category, e.Time, e.Delivered)
					}
					last = e.Delivered
					got[string(e.Diagnostic())]++
				}
			}
			if now.Equal(end) {
				break
			}
		}
		want := 0
		for _, e := range NewLive(o).Events(from, end) {
			if e.Category == "" || !e.Delivered.Before(end) {
				continue
			}
			if want++; got[string(e.Diagnostic())] != 1 {
				t.Errorf("%s: an event of %s came %d times", name, e.Category, got[string(e.Diagnostic())])
			}
		}
		if len(got) != want || want < 100 {
			t.Errorf("%s: %d events, want %d", name, len(got), want)
		}
	}
	f(0, "from the beginning")
	f(50*time.Hour, "with a history")
}

func TestClusterRequests(t *testing.T) {
	l := NewLive(LiveOptions{Users: 30, Seed: 5, Start: liveStart})
	known, requests := map[string]bool{}, 0
	for _, c := range Categories() {
		known[c] = true
	}
	for _, e := range l.Events(liveStart, liveStart.AddDate(0, 0, 5)) {
		if e.Category == "" {
			continue
		}
		if !known[e.Category] {
			t.Errorf("Categories lacks %s", e.Category)
		}
		if e.Emitted().Before(e.Time.Truncate(time.Second)) {
			t.Errorf("%s of %v is emitted at %v", e.Category, e.Time, e.Emitted())
		}
		want := "tenantId=" + l.Tenant()
		if audit := e.Audit(); audit != nil {
			requests++
			want = "resourceId=" + l.Cluster()
			if string(audit[:16]) != `{"kind":"Event",` {
				t.Errorf("not as an API server writes it: %s", audit)
			}
		}
		if e.Resource() != want {
			t.Errorf("%s is about %s, want %s", e.Category, e.Resource(), want)
		}
	}
	if requests == 0 {
		t.Error("no requests to the cluster")
	}
}

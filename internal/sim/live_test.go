package sim

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
)

var liveStart = time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)

// TestLiveEventIsOneOnEveryPath is what reconciling two paths rests on.
func TestLiveEventIsOneOnEveryPath(t *testing.T) {
	l := NewLive(LiveOptions{Users: 30, Seed: 5, Start: liveStart})
	seen := map[string]int{}
	for _, e := range l.Events(liveStart, liveStart.AddDate(0, 0, 5)) {
		seen[e.Collection+e.SignIn]++
		forms := map[string][]byte{"beta": e.Beta(), "v1.0": e.Graph(), "diagnostic": e.Diagnostic()}
		var first event.Record
		for name, raw := range forms {
			if raw == nil {
				continue
			}
			if !json.Valid(raw) {
				t.Fatalf("%s of %s is no JSON: %s", name, e.Category, raw)
			}
			rec := event.Record{Raw: raw, Seen: liveStart, Tenant: l.Tenant()}
			if name == "beta" {
				rec.Format = event.FormatGraphBeta
			}
			identify.Record(&rec)
			if e.Category == "" {
				continue // alerts exist on one path only
			}
			if rec.Table == "" || rec.IDKind != event.IDNative && e.Collection != "" {
				t.Fatalf("%s of %s: table %q, id kind %v, problem %q", name, e.Category, rec.Table, rec.IDKind, rec.Problem)
			}
			if first.Table == "" {
				first = rec
			}
			if rec.Table != first.Table || rec.ID != first.ID || !rec.Time.Equal(first.Time) || rec.Tenant != first.Tenant {
				t.Errorf("%s of %s: %s %s %v, another path %s %s %v", name, e.Category, rec.Table, rec.ID, rec.Time, first.Table, first.ID, first.Time)
			}
		}
		if !e.Visible.After(e.Time) || !e.Delivered.After(e.Time) {
			t.Errorf("%s is given before it happens", e.Category)
		}
	}
	for _, c := range []string{"auditLogs/signInsinteractiveUser", "auditLogs/signInsnonInteractiveUser", "auditLogs/signInsservicePrincipal", "auditLogs/signInsmanagedIdentity", "auditLogs/directoryAudits", "auditLogs/provisioning",
		"identityProtection/riskDetections", "identityProtection/riskyUsers", "identityProtection/servicePrincipalRiskDetections", "identityProtection/riskyServicePrincipals", "security/alerts_v2", ""} {
		if seen[c] == 0 {
			t.Errorf("no event of %q", c)
		}
	}
}

func TestLiveIsTheSameInAnyWindows(t *testing.T) {
	o := LiveOptions{Users: 12, Seed: 9, Start: liveStart}
	dump := func(list []Event) (b []byte) {
		for i := range list {
			b = append(append(b, list[i].Visible.String()...), list[i].Delivered.String()...)
			b = append(append(b, list[i].Beta()...), list[i].Diagnostic()...)
		}
		return b
	}
	end := liveStart.AddDate(0, 0, 3)
	whole := dump(NewLive(o).Events(liveStart, end))
	var parts []byte
	l := NewLive(o)
	for at := liveStart; at.Before(end); at = at.Add(37 * time.Minute) {
		next := at.Add(37 * time.Minute)
		if next.After(end) {
			next = end
		}
		parts = append(parts, dump(l.Events(at, next))...)
	}
	if !bytes.Equal(whole, parts) {
		t.Error("windows give another history than the whole")
	}
	if !bytes.Equal(whole, dump(l.Events(liveStart, end))) {
		t.Error("asking again for the past gives another history")
	}
	hub, delivered := NewLive(o), 0
	for at := liveStart; at.Before(end); at = at.Add(time.Hour) {
		last := at
		for _, e := range hub.Delivered(at, at.Add(time.Hour)) {
			if e.Delivered.Before(last) || !e.Delivered.Before(at.Add(time.Hour)) {
				t.Fatal("delivered out of order or outside the window")
			}
			last = e.Delivered
			delivered++
		}
	}
	want := 0
	for _, e := range NewLive(o).Events(liveStart, end) {
		if e.Category != "" && e.Delivered.Before(end) {
			want++
		}
	}
	if delivered != want {
		t.Errorf("%d delivered, want %d", delivered, want)
	}
}

func TestLatencyHasATail(t *testing.T) {
	usual, tail, longest := 0, 0, time.Duration(0)
	for i := range 20000 {
		d := DefaultLatency.draw(1, "graph", time.Duration(i).String())
		if d < DefaultLatency.Min || d > DefaultLatency.Tail {
			t.Fatalf("latency %v", d)
		}
		if d <= DefaultLatency.Max {
			usual++
		} else {
			tail++
		}
		longest = max(longest, d)
	}
	if share := float64(tail) / float64(usual+tail); share < 0.015 || share > 0.025 || longest < 20*time.Hour {
		t.Errorf("share of the tail %.3f, longest %v", share, longest)
	}
}

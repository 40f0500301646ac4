package backtest

import (
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
)

func TestLabels(t *testing.T) {
	l, err := ReadLabels(strings.NewReader(`{"label":"wholelog-label/1","campaign":"spray","actor":"203.0.113.9","victim":"Ben@contoso.example","time":"2026-06-17T12:00:00Z","benign":false}

{"campaign":"move","actor":"eve@contoso.example","victim":"eve@contoso.example","time":"2026-06-17T12:00:00Z","benign":true}
{"campaign":"missed","actor":"198.51.100.7","victim":"x","time":"2026-06-17T13:00:00Z"}
{"campaign":"without a time","actor":"203.0.113.9"}
`))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 6, 17, 12, 0, 0, 0, time.UTC)
	f := func(name, want string, from time.Time, kind, field, value string) {
		t.Helper()
		a := &detect.Alert{From: from, To: from.Add(10 * time.Minute), Entities: []detect.Entity{{Type: kind, Fields: map[string]string{field: value}}}}
		if got := l.Verdict(a); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	f("a benign one", "false", at, "Account", "FullName", "eve@contoso.example")
	f("another day", "false", at.AddDate(0, 0, 1), "IP", "Address", "203.0.113.9")
	if found, all := l.Campaigns(at.AddDate(0, 0, -1), at.AddDate(0, 0, 1)); found != 0 || all != 2 {
		t.Errorf("%d of %d campaigns found, want 0 of 2", found, all)
	}
	f("its victim", "true", at.Add(-time.Minute), "Account", "FullName", "BEN@contoso.example")
	f("its address, just before", "true", at.Add(4*time.Minute), "IP", "Address", "203.0.113.9")
	if found, all := l.Campaigns(at.AddDate(0, 0, -1), at.AddDate(0, 0, 1)); found != 1 || all != 2 {
		t.Errorf("%d of %d campaigns found, want 1 of 2", found, all)
	}
	if found, all := l.Campaigns(at.Add(time.Minute), at.Add(2*time.Minute)); found != 0 || all != 0 {
		t.Errorf("%d of %d campaigns outside of the time", found, all)
	}
	if _, err := ReadLabels(strings.NewReader("{}\nno JSON\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("error %v does not name the line", err)
	}
}

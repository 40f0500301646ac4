package backtest

import (
	"context"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/ruletest"
)

func TestBacktestCountsWhatWouldHaveBeen(t *testing.T) {
	ctx, noon := context.Background(), time.Date(2026, 6, 17, 12, 0, 0, 0, time.UTC)
	r, err := ruletest.New(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	var list []rule.Event
	if err := yaml.Unmarshal([]byte(`
- {base: signin, at: -20h, ip: 203.0.113.1, code: 50126, repeat: 6, every: 1m}
- {base: signin, at: -6h, ip: 203.0.113.1, code: 50126, repeat: 6, every: 1m}
- {base: signin, at: -30h, ip: 203.0.113.2, code: 50126, repeat: 6, every: 1m}
- {base: signin, at: -30h, ip: 203.0.113.3, code: 50126, repeat: 2}
`), &list); err != nil {
		t.Fatal(err)
	}
	records, err := ruletest.Records(list, noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Load(ctx, records); err != nil {
		t.Fatal(err)
	}
	ru, err := rule.Parse([]byte(`
id: T-1
title: T
severity: low
tables: [SigninLogs]
query: |
  SigninLogs | where ResultType == "50126"
  | summarize N = count(), StartTime = min(TimeGenerated), EndTime = max(TimeGenerated) by IPAddress
  | where N >= 5
every: 10m
window: 1h
entities: [{type: IP, fields: {Address: IPAddress}}]
suppress: {for: 2h}
`), "t")
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	got, err := Run(ctx, &r.Runner, ru, Options{From: noon.Add(-48 * time.Hour), To: noon, Progress: func(done, all, _ int) {
		if last++; done != last || all != 288 {
			t.Fatalf("%d of %d", done, all)
		}
	}, Verdict: func(a *detect.Alert) string {
		return map[string]string{"203.0.113.1": "true", "203.0.113.2": "false"}[a.Entities[0].Fields["Address"]]
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got.Windows != 288 || got.Alerts != 3 || got.Silent == 0 || got.Severity["low"] != 3 || got.Known != 3 || got.True != 2 || len(got.Examples) != 3 {
		t.Errorf("%+v", got)
	}
	if e := got.Entities[0]; e.Name != "203.0.113.1" || e.Alerts != 2 || e.Saved != 2 || e.Column != "IPAddress" {
		t.Errorf("%+v", e)
	}
	days := map[string]int{}
	for _, d := range got.Days {
		days[d.Day] = d.Alerts
	}
	if len(days) != 3 || days["2026-06-16"] != 2 || days["2026-06-17"] != 1 {
		t.Errorf("%v", days)
	}
	if _, err := Run(ctx, &r.Runner, ru, Options{From: noon, To: noon}); err == nil {
		t.Error("no time at all is no error")
	}
}

package rewrite_test

import (
	"testing"
	"time"

	"github.com/wholelog/wholelog/kql"
	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/plan"
)

// TestEveryScanIsLimited counts the scans that read the stretch of time that
// the options give, wherever in a query they stand.
func TestEveryScanIsLimited(t *testing.T) {
	from, to := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC)
	f := func(q string, want int) {
		t.Helper()
		p := compile(t, q, kql.Options{From: from, To: to}).Plan
		all, n := 0, 0
		plan.Walk(p, func(x plan.Node) {
			if s, ok := x.(*plan.Scan); ok {
				all++
				if s.From == builtin.Ticks(from) && s.To == builtin.Ticks(to) {
					n++
				}
			}
		})
		if n != want || all != want {
			t.Errorf("%s: %d of %d scans are limited, want %d\n%s", q, n, all, want, plan.Print(p))
		}
	}
	f(`S`, 1)
	f(`S | where TimeGenerated > ago(365d) | count`, 1)
	f(`union S, N | count`, 2)
	f(`S | join kind=leftouter N on User`, 2)
	f(`S | where User in ((N | project User))`, 2)
	f(`let u = toscalar(N | summarize max(User)); S | where User == u`, 2)
	f(`let u = N | project User; S | where User in (u)`, 2)
	f(`let M = materialize(S | project User, TimeGenerated); M | join kind=inner (M | project User) on User`, 1)
	f(`S | where Code == "1" | join kind=leftanti (S | where Code == "2") on User`, 2)
	f(`S | top 5 by User | mv-expand List`, 1)
}

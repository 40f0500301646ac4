package kqltest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/kql/types"
)

var visits = []types.Table{{Name: "Visits", Columns: []types.Column{
	{Name: "At", Type: types.Datetime}, {Name: "Who", Type: types.String}, {Name: "Props", Type: types.Dynamic}, {Name: "Pages", Type: types.Long},
	{Name: "raw", Type: types.String, Hidden: true}}}}

// analyzeOrSkip is for machines without Node.
func analyzeOrSkip(t *testing.T, tables []types.Table, queries ...string) []Result {
	t.Helper()
	r, err := Analyze(context.Background(), tables, queries)
	if errors.Is(err, ErrNoNode) {
		t.Skipf("cannot run here: Microsoft's analyzer needs node and npm: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnalyze(t *testing.T) {
	r := analyzeOrSkip(t, visits,
		"Visits",
		"Visits | summarize max(At), dcount(Who) by tostring(Props.country), bin(At, 1d)",
		"Visits | where Nobody == 'x'",
		"_GetWatchlist('vips') | project SearchKey",
		"Visits | lookup (_GetWatchlist('vips')) on $left.Who == $right.SearchKey",
		"Visits | summarize by Who\n| extend series_stats(dynamic([1]))",
	)
	col := func(name string, typ types.Type) types.Column { return types.Column{Name: name, Type: typ} }
	f := func(i int, open bool, want ...types.Column) {
		t.Helper()
		if diff := cmp.Diff(want, r[i].Columns); diff != "" {
			t.Errorf("query %d: %s", i, diff)
		}
		if r[i].Open != open {
			t.Errorf("query %d: open is %v", i, r[i].Open)
		}
	}
	f(0, false, col("At", types.Datetime), col("Who", types.String), col("Props", types.Dynamic), col("Pages", types.Long))
	f(1, false, col("Props_country", types.String), col("At", types.Datetime), col("max_At", types.Datetime), col("dcount_Who", types.Long))
	if e := r[2].Errors(); len(e) != 1 || e[0].Code != "KS142" || e[0].Start != 15 || e[0].End != 21 {
		t.Errorf("unknown column: %+v", e)
	}
	f(3, true, col("SearchKey", types.String))
	if !r[4].Open || len(r[4].Errors()) > 0 {
		t.Errorf("watchlist: %+v", r[4])
	}
	if n := len(r[5].Columns); n != 8 {
		t.Errorf("a function of several columns: %d columns", n)
	}
}

func TestAnalyzeCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Analyze(ctx, visits, []string{"Visits"}); err == nil {
		t.Error("no error")
	}
}

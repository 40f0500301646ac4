package kqltest

import (
	"testing"

	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/types"
)

func TestCellEquality(t *testing.T) {
	f := func(equal bool, typ types.Type, printed string, got any) {
		t.Helper()
		want, err := Cell(typ, printed)
		if err != nil {
			t.Error(err)
			return
		}
		c := comparer{columns: []types.Column{{Name: "x", Type: typ}}, printed: true}
		if c.cell(typ, want, got) != equal {
			t.Errorf("%q and %v: equal is not %v", printed, got, equal)
		}
	}
	noon, _ := builtin.ParseDatetime("2024-02-29T12:00:00Z")
	f(true, types.Datetime, "2024-02-29 12:00:00.0000000", noon)
	f(true, types.Datetime, "2024-02-29T12:00:00Z", noon)
	f(false, types.Datetime, "2024-02-29 12:00:00.0000001", noon)
	f(true, types.Timespan, "14:00:00:00", 14*builtin.Day)
	f(true, types.Timespan, "-1.02:00:00", -26*builtin.Hour)
	f(true, types.Bool, "TRUE", true)
	f(true, types.Bool, "0", false)
	f(true, types.Long, "null", nil)
	f(true, types.Long, "", nil)
	f(false, types.Long, "0", nil)
	f(false, types.Long, "", int64(0))
	f(true, types.Real, "0.333333333333333", 1.0/3)
	f(true, types.Real, "7.39", 7.38905609893065)
	f(false, types.Real, "7.39", 7.41)
	f(false, types.Real, "7", 7.389)
	f(true, types.Real, "NaN", nan())
	f(false, types.Real, "NaN", 0.0)
	f(true, types.Real, "10", int64(10))
	f(true, types.String, "", "")
	f(true, types.String, "two lines", "two\n  lines ")
	f(false, types.String, "a", "A")
	f(true, types.Dynamic, `{"b":[1,2.0],"a":null}`, `{"a":null,"b":[1.0,2]}`)
	f(false, types.Dynamic, `[1,2]`, `[2,1]`)
	f(false, types.Dynamic, `{"a":1}`, `{"a":1,"b":2}`)
	f(false, types.Dynamic, `{"a":null}`, `{"b":null}`)
	f(true, types.Dynamic, `{'a':'x'}`, `{"a":"x"}`)
	f(true, types.Dynamic, `plain`, `"plain"`)
	f(true, types.Dynamic, ``, nil)
	f(false, types.Dynamic, `[]`, nil)
	f(true, types.Dynamic, `["2024-02-29 12:00:00.0000000"]`, `["2024-02-29T12:00:00.0000000Z"]`)
	f(false, types.Dynamic, `["1"]`, `["01"]`)
	f(true, types.Dynamic, `["-0.5"]`, `[-0.5]`)
	f(false, types.Dynamic, `"1"`, `1`)
}

func TestRowEquality(t *testing.T) {
	cols := []types.Column{{Name: "a", Type: types.Long}, {Name: "b", Type: types.Dynamic}}
	want := Rows{Columns: cols, Rows: [][]any{{int64(1), `["x","y"]`}, {int64(2), nil}, {int64(2), nil}}}
	swapped := Rows{Columns: cols, Rows: [][]any{{int64(2), nil}, {int64(1), `["x","y"]`}, {int64(2), nil}}}
	f := func(equal bool, want, got Rows) {
		t.Helper()
		if err := Equal(want, got); (err == nil) != equal {
			t.Errorf("equal is not %v: %v", equal, err)
		}
	}
	f(true, want, want)
	f(true, want, swapped)
	ordered := want
	ordered.Ordered = true
	f(true, ordered, want)
	f(false, ordered, swapped)
	f(false, want, Rows{Columns: cols, Rows: want.Rows[:2]})
	f(false, want, Rows{Columns: cols, Rows: [][]any{{int64(1), `["x","y"]`}, {int64(1), `["x","y"]`}, {int64(2), nil}}})
	f(false, want, Rows{Columns: cols[:1]})
	turned := Rows{Columns: cols, Rows: [][]any{{int64(1), `["y","x"]`}, {int64(2), nil}, {int64(2), nil}}}
	f(false, want, turned)
	sets := want
	sets.Sets = true
	f(true, sets, turned)
	byName := Rows{Columns: []types.Column{cols[1], cols[0]}, Rows: [][]any{{nil, int64(7)}}, ByName: true}
	f(true, byName, Rows{Columns: cols, Rows: [][]any{{int64(7), nil}}})
}

func TestOrdered(t *testing.T) {
	f := func(want bool, query string) {
		t.Helper()
		if Ordered(query) != want {
			t.Errorf("ordered is not %v: %s", want, query)
		}
	}
	f(false, "T | where a == 'sort by'")
	f(true, "T | sort by a desc | extend b = a | take 3")
	f(true, "let x = 1;\nT\n| top 5 by a\n| project a // | count\n")
	f(false, "T | sort by a | summarize count() by b")
	f(false, "T | join (U | sort by a) on a")
	f(false, "let s = T | sort by a;\nU | where b == \"|\"")
	f(true, "T | order by a asc;")
}

func nan() float64 {
	zero := 0.0
	return zero / zero
}

package kqltest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/types"
)

// TestBuiltinColumns holds the columns that package builtin declares for its
// functions against what the analyzer gives them.
func TestBuiltinColumns(t *testing.T) {
	literal := map[types.Type]string{types.Dynamic: "s", types.Real: "4.0", types.Long: "2", types.String: "''", types.Bool: "true"}
	var queries []string
	var funcs []*builtin.Func
	for _, f := range builtin.All() {
		if f.Columns == nil {
			continue
		}
		var args []string
		for _, a := range f.Args[:f.Min] {
			args = append(args, literal[a])
		}
		funcs = append(funcs, f)
		queries = append(queries, "print s=dynamic([1,2]) | project "+f.Name+"("+strings.Join(args, ", ")+")")
	}
	if len(funcs) == 0 {
		t.Fatal("no function with columns")
	}
	for i, r := range analyzeOrSkip(t, nil, queries...) {
		var want []types.Column
		for _, c := range funcs[i].Columns {
			want = append(want, types.Column{Name: funcs[i].Name + "_s_" + c.Name, Type: c.Type})
		}
		if diff := cmp.Diff(r.Columns, want); diff != "" || len(r.Errors()) > 0 {
			t.Errorf("%s: %v\n%s", queries[i], r.Errors(), diff)
		}
	}
}

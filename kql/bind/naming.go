package bind

import (
	"strings"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/function"
	"github.com/wholelog/wholelog/kql/plan"
)

// nameOf is the name that an unnamed expression gives its column, "" when it
// gives none and is called Column1.
func nameOf(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Paren:
		return nameOf(x.X)
	case *ast.Name:
		return x.Text
	case *ast.Member:
		if n, ok := x.X.(*ast.Name); ok && strings.HasPrefix(n.Text, "$") {
			return x.Name
		}
		if in := nameOf(x.X); in != "" {
			return in + "_" + x.Name
		}
		return x.Name
	case *ast.Index:
		in := nameOf(x.X)
		if in == "" {
			return ""
		}
		if l, ok := x.I.(*ast.Lit); ok {
			return in + "_" + l.Text
		}
		return in + "_"
	case *ast.Call:
		return nameOfCall(x)
	}
	return ""
}

func nameOfCall(x *ast.Call) string {
	arg := ""
	if len(x.Args) > 0 {
		arg = nameOf(x.Args[0])
	}
	if a, ok := function.LookupAggregate(x.Name); ok {
		if a.Name == "count" {
			return a.Prefix + "_"
		}
		if a.Prefix == "=" {
			return arg
		}
		return a.Prefix + "_" + arg
	}
	if f, ok := function.Lookup(x.Name); ok && f.Named {
		if arg == "" {
			return ""
		}
		return f.Prefix + arg
	}
	switch x.Name {
	case "array_sort_asc", "array_sort_desc":
		if arg != "" {
			return arg + "_sorted"
		}
	case "ingestion_time":
		return "$IngestionTime"
	case "column_ifexists", "columnifexists":
		if len(x.Args) > 0 {
			if l, ok := x.Args[0].(*ast.Lit); ok {
				return l.Text
			}
		}
	}
	return ""
}

// namer gives out names that are free: a, a1, a2 and so on.
type namer struct {
	used map[string]bool
	n    int // unnamed expressions so far
}

func newNamer(cols []plan.Col) *namer {
	m := &namer{used: map[string]bool{}}
	for _, c := range cols {
		m.used[c.Name] = true
	}
	return m
}

func (m *namer) free(name string) string {
	for i, base := 1, name; m.used[name]; i++ {
		name = base + itoa(i)
	}
	m.used[name] = true
	return name
}

// auto is the name of an unnamed expression.
func (m *namer) auto(x ast.Expr) string {
	name := nameOf(x)
	if name == "" {
		m.n++
		name = "Column" + itoa(m.n)
	}
	return m.free(name)
}

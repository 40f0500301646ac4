package format

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/wholelog/wholelog/kql/token"
)

// generator makes random queries that parse; they need not bind.
type generator struct{ *rand.Rand }

func (g generator) of(list ...string) string { return list[g.IntN(len(list))] }

func (g generator) name() string {
	return g.of("a", "b", "UserPrincipalName", "TimeGenerated", "['x y']", "Column1", "kind")
}

func (g generator) expr(depth int) string {
	if depth <= 0 {
		return g.of(g.name(), g.name(), "1", "-2", "3.5", "1d", `"te//xt"`, `'it''s'`, `@"c:\"`, "true", "dynamic([1, {\"a\": 2}])",
			"datetime(2024-01-01)", "d.e.f", `d["k"][0]`, "d.['a b']", "now()", "h'secret'", `"a" 'b'`)
	}
	x := func() string { return g.expr(depth - 1 - g.IntN(2)) }
	switch g.IntN(10) {
	case 0:
		return x() + g.of("+", " - ", "*", "/", "%", " == ", "!=", "<", ">=", " has ", "=~", " !contains ", " matches regex ") + x()
	case 1:
		return x() + g.of(" and ", " or ") + x()
	case 2:
		return "(" + x() + ")"
	case 3:
		return "-(" + x() + ")"
	case 4:
		return g.of("tolower", "iff", "strcat", "f") + "(" + g.list(depth-1, x) + ")"
	case 5:
		return g.name() + g.of(" in", " !in", " in~", " has_any") + "(" + g.list(depth-1, x) + ")"
	case 6:
		return g.name() + " between(" + x() + " .. " + x() + ")"
	case 7:
		return "toscalar(" + g.pipe(depth-2) + ")"
	case 8:
		return g.name() + " in ((" + g.pipe(depth-2) + "))"
	}
	return "not(" + x() + ")"
}

func (g generator) list(depth int, x func() string) string {
	n := 1 + g.IntN(4)
	if depth > 1 && g.IntN(8) == 0 {
		n += 10
	}
	var out []string
	for range n {
		out = append(out, x())
	}
	return strings.Join(out, ",")
}

func (g generator) op(depth int) string {
	x := func() string { return g.expr(depth - 1) }
	named := func() string {
		if g.IntN(2) == 0 {
			return x()
		}
		return g.name() + "=" + x()
	}
	names := func() string { return g.list(2, g.name) }
	switch g.IntN(22) {
	case 0, 1:
		return "where " + x()
	case 2:
		return "extend " + g.list(depth, named)
	case 3:
		return "project " + g.list(depth, named)
	case 4:
		return "summarize " + g.list(depth, named) + " by " + g.list(depth, named)
	case 5:
		return "project-away a*, *b*, c*d"
	case 6:
		return "project-reorder a asc, b*, c granny-desc"
	case 7:
		return g.of("sort", "order") + " by " + x() + g.of("", " asc", " desc nulls last")
	case 8:
		return "top 5 by " + x()
	case 9:
		return "join kind=" + g.of("inner", "leftouter") + " (" + g.pipe(depth-1) + ") on " + names()
	case 10:
		return "mv-expand with_itemindex=i " + g.list(depth, named) + g.of("", " to typeof(long)")
	case 11:
		return "mv-apply x=d on (" + g.op(depth-1) + "|" + g.op(depth-1) + ")"
	case 12:
		return `parse a with * "x:" b:long "," c`
	case 13:
		return "union (" + g.pipe(depth-1) + "),T*"
	case 14:
		return "make-series n=count() default=0 on t from ago(1d) to now() step 1h by " + names()
	case 15:
		return "lookup kind=leftouter T on " + names()
	case 16:
		return "distinct " + g.of("*", "a, b")
	case 17:
		return "evaluate bag_unpack(d, columnsConflict=\"keep_source\")" + g.of("", ":(a:long, b:string)")
	case 18:
		return "scan declare(n:long=0) with(step s1:" + x() + "=>n=1;step s2 optional:" + x() + ";)"
	case 19:
		return "render timechart with(title='x')"
	case 20:
		return "parse-kv a as(b:long,c:string) with(pair_delimiter=' ')"
	}
	return g.of("count", "take 5", "serialize", "getschema", "project-rename x=a", "as hint.materialized=true Q", "partition by a (take 1)",
		"sample-distinct 3 of a", "search \"x\"", "invoke f(1)", "top-nested 2 of a with others='x' by max(b) asc, top-nested of n=b by m=count()")
}

func (g generator) pipe(depth int) string {
	out := g.of("T", "SigninLogs", "print x=1,y=\"z\"", "range i from 1 to 5 step 1", "union T*, (B)",
		"datatable(a:long,b:string)[1,\"x\",2,\"y\"]", "datatable(a:long)[1,2,3]", "f(1)", "table(\"T\")")
	for range g.IntN(3) + depth%2 {
		out += "|" + g.op(depth)
	}
	return out
}

func (g generator) query(depth int) string {
	var b strings.Builder
	for i := range g.IntN(3) {
		switch g.IntN(3) {
		case 0:
			fmt.Fprintf(&b, "let v%d=%s;", i, g.expr(depth))
		case 1:
			fmt.Fprintf(&b, "let t%d=%s;", i, g.pipe(depth))
		default:
			fmt.Fprintf(&b, "let f%d=(p:long,q:string=\"z\",R:(a:long)){let n=%s;%s};", i, g.expr(1), g.pipe(depth-1))
		}
	}
	return b.String() + g.pipe(depth)
}

// scatter puts blanks, lines and comments between tokens. Where tokens touch
// they may have to, so most of those stay.
func (g generator) scatter(q string) string {
	if g.IntN(4) == 0 {
		return q
	}
	var b strings.Builder
	end := 0
	toks := token.Scan(q)
	for i, t := range toks {
		gap := q[end:t.Pos.Pos]
		if gap != "" || i == 0 || t.Kind == token.EOF || t.Is("|") || t.Is(",") || t.Is(";") || t.Is(")") || toks[i-1].Is("(") || toks[i-1].Is(",") {
			switch g.IntN(12) {
			case 0:
				gap += fmt.Sprintf(" // c%d\n", i)
			case 1:
				gap += fmt.Sprintf("\n// c%d // d\n", i)
			case 2:
				gap += fmt.Sprintf("// e%d\n\n\n// f\n\n", i)
			case 3:
				gap += "\n\n"
			case 4:
				gap += "  "
			}
		}
		b.WriteString(gap + q[t.Pos.Pos:t.Pos.End])
		end = t.Pos.End
	}
	return b.String()
}

package format

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/kql/kqltest"
	"github.com/wholelog/wholelog/kql/parse"
	"github.com/wholelog/wholelog/kql/token"
)

func TestFormat(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got, diags, err := Format(in)
		if err != nil || len(diags) > 0 {
			t.Errorf("%s: %v %v", in, diags, err)
			return
		}
		if got != strings.TrimLeft(want, "\n")+"\n" {
			t.Errorf("%s\ngives\n%swant\n%s", in, got, strings.TrimLeft(want, "\n"))
		}
		if again, _, _ := Format(got); again != got {
			t.Errorf("once:\n%s\ntwice:\n%s", got, again)
		}
	}
	f("SigninLogs|where ResultType!=0|take 10", `
SigninLogs
| where ResultType != 0
| take 10`)
	f("let a=T|distinct x;let n=-5;T|where x in(a) and y>n", `
let a =
  T
  | distinct x;
let n = -5;
T
| where x in (a) and y > n`)
	f("T // all\n//only one\n|take 1 // enough\n// end", `
T // all
//only one
| take 1 // enough
// end`)
	f("T|join kind=inner(T|where a==1|project a,b)on a,$left.b==$right.c", `
T
| join kind=inner (
    T
    | where a == 1
    | project a, b
  ) on a, $left.b == $right.c`)
	f("T|project a, // user\n b // app\n, c", `
T
| project
    a, // user
    b, // app
    c`)
	f(`let f=(a:long,b:string="x",T:(*)){let c=a;T|where x==c};f(1,"y",T)`, `
let f = (a:long, b:string="x", T:(*)) {
  let c = a;
  T
  | where x == c
};
f(1, "y", T)`)
	f(`union AAD*,b* | project-away c* , * | extend x=a*b, z=tostring(d.e["f"][0].g), ['u v']=-x`, `
union AAD*, b*
| project-away c*, *
| extend x = a * b, z = tostring(d.e["f"][0].g), ['u v'] = -x`)
	f(`datatable(a:long,b:string)[1,"x",2,@"y\"]`, `
datatable(a:long, b:string)[
  1, "x",
  2, @"y\"
]`)
	f(`T|mv-apply p=d.q on(where p.a=="x"|summarize v=make_list(p.b))|summarize arg_max(t,*) by bin(t,1h)`, `
T
| mv-apply p = d.q on (where p.a == "x" | summarize v = make_list(p.b))
| summarize arg_max(t, *) by bin(t, 1h)`)
	f(`T|summarize FirstSeen=min(TimeGenerated),LastSeen=max(TimeGenerated),Addresses=make_set(IPAddress,100),Total=count() by UserPrincipalName,AppDisplayName`, `
T
| summarize
    FirstSeen = min(TimeGenerated),
    LastSeen = max(TimeGenerated),
    Addresses = make_set(IPAddress, 100),
    Total = count()
  by UserPrincipalName, AppDisplayName`)
	f(`T|where UserPrincipalName=~"someone@example.com" and(AppDisplayName has "Portal" or ResultType in("50053","50126")) and TimeGenerated>ago(1d)`, `
T
| where UserPrincipalName =~ "someone@example.com"
    and (AppDisplayName has "Portal" or ResultType in ("50053", "50126"))
    and TimeGenerated > ago(1d)`)
	f("// first\nlet a=1;\n\n\n// second\n\nT", `
// first
let a = 1;

// second

T`)
	f(`T|scan with_match_id=m declare(n:long=0) with(step s1:a==1=>n=1;step s2 output=last:a==2;)`, `
T
| scan with_match_id=m declare (n:long=0) with (
    step s1: a == 1 => n = 1;
    step s2 output=last: a == 2;
  )`)
	f(`T|top-nested 3 of a by count()|make-series n=count() default=0 on t from ago(7d) to now() step 1d by u|render timechart with(title="x",ymin=0)`, `
T
| top-nested 3 of a by count()
| make-series n = count() default=0 on t from ago(7d) to now() step 1d by u
| render timechart with (title="x", ymin=0)`)
	if got, _, err := Format(" \n"); got != "" || err != nil {
		t.Errorf("nothing gives %q, %v", got, err)
	}
	f(" // c ", "// c")
}

func TestFormatKeepsMistakes(t *testing.T) {
	if out, diags, err := Format("T | where"); out != "" || len(diags) != 1 || err != nil {
		t.Errorf("got %q, %v, %v", out, diags, err)
	}
	if _, _, err := Format(`set x = "open`); err == nil {
		t.Error("an open string in a set statement has no error")
	}
}

// roundTrip checks the properties of Format for a query that parses.
func roundTrip(t *testing.T, q string) bool {
	t.Helper()
	tree, problems := parse.Parse(q, parse.Limits{})
	if len(problems) > 0 {
		return false
	}
	out, _, err := Format(q)
	if err == ErrUnreadable {
		return false
	}
	if err != nil {
		t.Errorf("%v\n%s", err, q)
		return false
	}
	again, problems := parse.Parse(out, parse.Limits{Bytes: len(out) + 1})
	if len(problems) > 0 || !Equal(tree, again) {
		t.Errorf("the tree of\n%s\nis not that of\n%s", q, out)
	}
	if twice, _, _ := Format(out); twice != out {
		t.Errorf("source:\n%s\nonce:\n%s\ntwice:\n%s", q, out, twice)
	}
	return true
}

// TestExamples formats the queries of the documentation, and the query files
// of the repository.
func TestExamples(t *testing.T) {
	parsed := 0
	for _, q := range kqltest.Examples {
		if roundTrip(t, q) { // that all of them run is tested elsewhere
			parsed++
		}
	}
	if parsed < 300 {
		t.Errorf("only %d examples parse", parsed)
	}
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".kql" {
			return err
		}
		q, err := os.ReadFile(path)
		if err == nil {
			roundTrip(t, string(q))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestRandom gives random queries, with blanks and comments at random places.
func TestRandom(t *testing.T) {
	parsed := 0
	for seed := range uint64(3000) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		if roundTrip(t, g.scatter(g.query(3))) {
			parsed++
		}
		if t.Failed() {
			return
		}
	}
	if parsed < 2700 { // a name such as count may begin an expression where it cannot
		t.Errorf("only %d of 3000 queries parse", parsed)
	}
}

func FuzzFormat(f *testing.F) {
	for seed := range uint64(50) {
		g := generator{rand.New(rand.NewPCG(seed, 2))}
		f.Add(g.scatter(g.query(3)))
	}
	for _, q := range kqltest.Examples {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) { roundTrip(t, q) })
}

// FuzzParse: Parse never panics and gives each problem a place in the source.
func FuzzParse(f *testing.F) {
	f.Add("T | where a == 1 | summarize count() by b // c")
	f.Add("let f = (a:long) { a + 1 }; print f(1)")
	f.Add("T | mv-apply x on (take 1) | parse a with * \"b\" c:long")
	f.Fuzz(func(t *testing.T, q string) {
		tree, problems := parse.Parse(q, parse.Limits{Depth: 50})
		if tree == nil {
			t.Fatal("no tree")
		}
		for _, p := range problems {
			if p.Span.Pos < 0 || p.Span.End < p.Span.Pos || p.Span.End > len(q) {
				t.Fatalf("%q: problem %q at %v", q, p.Message, p.Span)
			}
		}
		end := 0
		for _, tok := range token.Scan(q) {
			if tok.Pos.Pos < end || tok.Pos.End > len(q) {
				t.Fatalf("token %v overlaps", tok)
			}
			end = tok.Pos.End
		}
	})
}

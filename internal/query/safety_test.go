package query

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/kql"
)

// TestQueriesStayInTheirStore tries to reach files, the network and other
// databases through texts and names.
func TestQueriesStayInTheirStore(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte("a\nhidden-value\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := engine(t)
	for _, q := range []string{
		`print x = "'); COPY (SELECT 1) TO '/tmp/out'; --"`,
		`print ["a\"; ATTACH 'x' --"] = 1`,
		`datatable(["x\" FROM read_csv('` + secret + `') --"]:string)["y"]`,
		`print x = '` + secret + `' | where x has "'; SELECT * FROM read_text('` + secret + `')"`,
		`print x = "a'b''c\"d\\e;--/**/" | extend y = strcat(x, "$1", "{0}", "q1"), z = x matches regex "'"`,
		`print d = dynamic({"k'\"]; --": "v"}) | extend y = d["k'\"]; --"]`,
		`SigninLogs | where UserAgent == "read_csv('` + secret + `')" | take 1`,
	} {
		_, got, err := rows(t, e, q)
		if err != nil {
			t.Errorf("%s: %v", q, err)
			continue
		}
		for _, r := range got {
			for _, c := range r {
				if s, ok := c.(string); ok && strings.Contains(s, "hidden-value") {
					t.Errorf("%s: read the file", q)
				}
			}
		}
	}
	for _, q := range []string{
		`["read_csv('` + secret + `')"]`, `read_csv("` + secret + `")`, `table("read_csv('` + secret + `')")`,
		`["main.duckdb_tables"]`, `information_schema.tables`, `duckdb_tables()`,
	} {
		if _, _, err := rows(t, e, q); err == nil {
			t.Errorf("%s: ran", q)
		}
	}
	// The engine itself refuses, whatever the text.
	if _, err := e.store.DB().Exec("SELECT * FROM read_text('" + secret + "')"); err == nil {
		t.Error("the engine reads files")
	}
	if _, err := e.store.DB().Exec("SET enable_external_access=true"); err == nil {
		t.Error("the engine's configuration is not locked")
	}
}

// TestNestingDoesNotMultiply: functions need their arguments several times, and
// nested ones would write them out sixfold a level.
func TestNestingDoesNotMultiply(t *testing.T) {
	e := engine(t)
	text, want := `dynamic({"v":"7"}).v`, `7`
	for range 12 {
		text = "parse_json(tostring(" + text + "))"
	}
	q := `datatable(s:string)["7"] | extend d = bag_pack("v", s) | project x = toint(` + strings.Replace(text, `dynamic({"v":"7"})`, "d", 1) + `)`
	p, err := e.Prepare(context.Background(), Request{Text: q})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.SQL.SQL) > 32<<10 {
		t.Errorf("%d bytes of query make %d bytes of SQL", len(q), len(p.SQL.SQL))
	}
	_, got, err := rows(t, e, q)
	if err != nil || len(got) != 1 || fmt.Sprint(got[0][0]) != want {
		t.Errorf("%v %v, want %s", got, err, want)
	}
}

// TestStringsAreParameters looks at the SQL: no text of a query is in it.
func TestStringsAreParameters(t *testing.T) {
	e := engine(t)
	p, err := e.Prepare(context.Background(), Request{Text: `SigninLogs | where UserPrincipalName has "zebra-needle" and tostring(DeviceDetail["zebra-key"]) in ("zebra-1", "zebra-2") | extend ["zebra name"] = strcat("zebra", UserId) | summarize make_set(["zebra name"]) by bin(TimeGenerated, 1h)`})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(p.SQL.SQL, "zebra") {
		t.Errorf("the SQL has text of the query:\n%s", p.SQL.SQL)
	}
}

func TestLimitsAreErrorsThatNameThem(t *testing.T) {
	e := engine(t)
	run := func(q string, l Limits) error {
		_, err := e.Run(context.Background(), Request{Text: q, Limits: l}, func(*Result) error { return nil }, func(Row) error { return nil })
		return err
	}
	for _, c := range []struct {
		name, q, want string
		l             Limits
	}{
		{"rows", "range x from 1 to 1000 step 1", "--max-rows", Limits{Rows: 999}},
		{"bytes", `range x from 1 to 1000 step 1 | extend s = strrep("x", 1000)`, "--max-bytes", Limits{Bytes: 100_000}},
		{"time", "range x from 1 to 3000000 step 1 | extend k = 1 | join kind=inner (range y from 1 to 3000000 step 1 | extend k = 1) on k | summarize sum(x * y)", "--timeout", Limits{Timeout: 300 * time.Millisecond}},
	} {
		err := run(c.q, c.l)
		if !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	// Compiling counts as well.
	if err := run("print "+strings.Repeat("1 + ", 200_000)+"1", Limits{Timeout: time.Nanosecond}); !errors.Is(err, ErrLimit) {
		t.Errorf("compile: %v", err)
	}
	// The engine's own limits are named in words.
	if err := run("SigninLogs | project x = "+strings.Repeat("DurationMs + ", 5000)+"DurationMs", Limits{}); !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), "nests too deeply") {
		t.Errorf("depth: %v", err)
	}
	if err := run("range x from 1 to 1000 step 1", Limits{Rows: 1000}); err != nil {
		t.Errorf("a result of exactly the limit: %v", err)
	}
}

func TestOverflowIsAnErrorWithoutSQL(t *testing.T) {
	e := engine(t)
	for _, q := range []string{"range x from 1 to 10 step 1 | extend y = 9223372036854775807 | summarize sum(y)", "print x = 9223372036854775807 | extend y = x * x"} {
		_, _, err := rows(t, e, q)
		if err == nil || !strings.Contains(err.Error(), "todouble") || strings.Contains(err.Error(), "SELECT") {
			t.Errorf("%s: %v", q, err)
		}
	}
}

func TestSeveralErrorsAtOnce(t *testing.T) {
	_, diags := kql.Compile("T\n| where nosuch == 1\n| extend x = strlenn(b), y = c + 1\n| summrize count()", everyType, kql.Options{})
	var got []string
	for _, d := range diags {
		got = append(got, fmt.Sprintf("%d %s", d.Line, d.Code))
	}
	if s := strings.Join(got, ", "); s != "2 KQL100, 3 KQL102, 3 KQL100, 4 KQL106" {
		t.Errorf("got %s", s)
	}
}

func TestCancelEndsARun(t *testing.T) {
	e := engine(t)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(200*time.Millisecond, cancel)
	_, err := e.Run(ctx, Request{Text: "range x from 1 to 3000000 step 1 | extend k = 1 | join kind=inner (range y from 1 to 3000000 step 1 | extend k = 1) on k | summarize sum(x * y)"},
		func(*Result) error { return nil }, func(Row) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// doubling is a query in which each let reads the one before it twice.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("let a0 = T;\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "let a%d = a%d | union a%d;\n", i, i-1, i-1)
	}
	fmt.Fprintf(&b, "a%d", n)
	return b.String()
}

func TestHugeQueriesAreErrors(t *testing.T) {
	for name, q := range map[string]string{
		"parentheses": "print " + strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000),
		"minus":       "print " + strings.Repeat("-", 100_000) + "1",
		"brackets":    "print " + strings.Repeat("[", 100_000),
		"not":         "print " + strings.Repeat("not(", 50_000) + "true" + strings.Repeat(")", 50_000),
		"size":        "print " + strings.Repeat("1 + ", 400_000) + "1",
		"recursion":   "let f = (x:long) { f(x) }; print f(1)",
		"doubling":    doubling(40),
		"operations":  "T | project x = " + strings.Repeat("a + ", 30_000) + "a",
		"open":        strings.Repeat("datetime(", 100_000),
	} {
		start := time.Now()
		q, diags := kql.Compile(q, everyType, kql.Options{})
		if q != nil || len(diags) == 0 {
			t.Errorf("%s: no diagnostic", name)
		}
		t.Logf("%s: %v", name, time.Since(start))
	}
}

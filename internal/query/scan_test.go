package query

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"
)

// scanRows are values of every type, right and odd.
const scanRows = `datatable(i:long, l:long, k:long, r:real, q:real, s:string, u:string, t:datetime, v:datetime, n:timespan, b:bool, c:bool, d:dynamic, g:guid, j:int)[
 1, -7, 2, -1.5, 0.5, "Ada Lovelace", "ada", datetime(2024-02-29 12:34:56.789), datetime(2024-01-01), 90m, true, false, dynamic({"a":[1,2,"x"],"b":{"c":"Oslo"},"n":"12"}), guid(6f1f3b52-2b3a-4e1f-9d34-0c5f5a2d7c11), 3,
 2, 14, -12, 2.5, 2.0, "", "x", datetime(2024-03-31), datetime(2024-03-31 00:00:01), -1d, false, false, dynamic([3,1,2,2]), guid(6f1f3b52-2b3a-4e1f-9d34-0c5f5a2d7c12), -3,
 3, long(null), 0, real(null), 0.0, "2024-05-01T10:00:00Z", "10:20:30", datetime(null), datetime(2024-12-31), time(null), bool(null), true, dynamic(null), guid(null), int(null),
 4, 0, 0, 0.0, 0.0, "12", "0x1F", datetime(0001-01-08), datetime(null), 0s, true, bool(null), dynamic("text"), guid(null), 0,
 5, 5, 5, 1e300, -2.25, "true", "a+b-true", datetime(2023-12-31 23:59:59.9999999), datetime(2024-01-01), timespan(1.02:03:04.5), false, true, dynamic(7.25), guid(6f1f3b52-2b3a-4e1f-9d34-0c5f5a2d7c11), 2147483647,
 6, 3, 4, 7.0, 3.0, "6f1f3b52-2b3a-4e1f-9d34-0c5f5a2d7c11", "Ünïcode ß", datetime(2024-07-15 06:00), datetime(2024-07-14), 7d, true, true, dynamic({"a":null,"k":true}), guid(null), 17,
 7, 0, 0, 0.0, 0.0, "", "", datetime(null), datetime(null), time(null), bool(null), bool(null), dynamic(null), guid(null), 0]
| sort by i asc`

// scanExprs are expressions over those columns, with the type that they give.
var scanExprs = map[string][]string{
	"bool": {"b and c", "b or c", "not(b)", "l == k", "l != k", "l < k", "r >= q", "l == j", "s == u", "s != u", "s =~ u", "t < v", "t == v", "n > 1h", "isnull(l)", "isnotnull(t)",
		"isempty(s)", "isnotempty(d)", "isempty(l)", "isnull(s)", "s contains u", "s contains_cs 'A'", "s startswith u", "s endswith 'CE'", "s has u", "u has s", "s has_cs 'Ada'", "s hasprefix 'love'",
		"s hassuffix 'lace'", "s !has u", "s has_any ('ada', 'true')", "s has_all ('ada', 'lovelace')", "s in ('12', 'true')", "s in~ ('ADA LOVELACE', u)", "l in (3, 5, k)", "l !in (3, 5)", "l between (0 .. 5)",
		"t between (v .. 1d)", "s matches regex '^[0-9]+$'", "s matches regex u", "tobool(s)", "tobool(l)", "tobool(d.k)", "b == c", "d.b.c == 'Oslo'", "d.n == 12", "d[1] > 0", "isnan(r)", "isfinite(q)", "set_has_element(d, 2)",
		"g == '6f1f3b52-2b3a-4e1f-9d34-0c5f5a2d7c11'", "b == (l > 3)", "u in (d)", "s has_any (d)"},
	"long": {"l + k", "l - k", "l * k", "l / k", "l % k", "-l", "abs(l)", "j + 1", "iff(b, l, k)", "case(b, 1, c, 2, 3)", "coalesce(l, k, 9)", "max_of(l, k, 1)", "min_of(l, k, 1)", "strlen(u)", "tolong(s)", "tolong(u)",
		"tolong(r)", "tolong(d.n)", "tolong(d)", "tolong(b)", "bin(l, 4)", "bin_at(l, 4, 1)", "array_length(d)", "array_length(d.a)", "indexof(s, 'a')", "datetime_diff('day', t, v)", "countof(s, 'a')", "toint(s) + 0", "hash(s) * 0",
		"strcmp(s, u)", "round(r / 1e300, 2) > 0", "binary_and(k, 6)", "binary_not(k)", "dayofmonth(t) + 0", "hourofday(t) + 0", "monthofyear(t) + 0", "week_of_year(t) + 0", "sign(l) + 0 > 0"},
	"real": {"r + q", "r * 2", "r / q", "r - l", "r % q", "l / 2.0", "todouble(s)", "todouble(d.n)", "todouble(l)", "round(q, 1)", "ceiling(q)", "floor(q, 0.5)", "bin(q, 0.2)", "sqrt(q)", "exp(q)", "pow(q, 2)", "sign(q)", "n / 1h",
		"round(log(q + 3), 9)", "max_of(r, q)", "abs(q)", "array_sum(d)", "pi() * q", "round(sin(q), 9)", "round(log10(q + 3), 9)"},
	"string": {"strcat(s, '-', l)", "strcat(s, b, r, n, t)", "strcat_delim('/', s, u, l)", "tolower(u)", "toupper(s)", "tostring(l)", "tostring(b)", "tostring(q)", "tostring(t)", "tostring(n)", "tostring(d)", "tostring(d.b)",
		"tostring(d.a[0])", "tostring(d.a[-1])", "tostring(g)", "substring(s, 2)", "substring(s, -3, 2)", "substring(u, 1, 3)", "replace_string(s, 'a', u)", "replace_regex(s, '[aeiou]', '.')", "extract('([A-Z])(.)', 2, s)",
		"iff(b, s, u)", "coalesce(s, u, 'none')", "trim('[A-Z]', s)", "reverse(s)", "format_datetime(t, 'yyyy-MM-dd')", "gettype(d)", "url_encode(s)", "hash_sha256(s)", "strcat_array(d, ',')", "tostring(d[k])", "tostring(d[u])",
		"max_of(s, u)", "split(s, ' ')[0]", "tostring(split(s, ' '))", "tostring(parse_json(s))", "tostring(pack_array(l, s, b, t, n, d))", "tostring(bag_pack('a', l, 'b', s))", "tohex(k)", "base64_encode_tostring(s)"},
	"datetime": {"t + n", "t - n", "todatetime(s)", "bin(t, 1h)", "startofday(t)", "startofweek(t)", "endofday(t)", "datetime_add('month', 1, t)", "iff(b, t, v)", "max_of(t, v)", "coalesce(t, v)", "startofmonth(t, 1)", "endofyear(t)", "bin(t, 7d)"},
	"timespan": {"t - v", "n * 2", "n * 1.5", "n / 3", "-n", "totimespan(u)", "n + 1h", "n % 7m", "bin(n, 1h)", "dayofweek(t)", "abs(n)"},
	"dynamic":  {"d.a", "d.b.c", "d[0]", "d[-1]", "array_concat(d, d)", "set_union(d, dynamic([9]))", "pack_array(s, l)", "bag_pack('k', d.n)", "parse_json(s)", "todynamic(u)", "split(s, 'a')", "array_slice(d, 0, 1)", "bag_merge(d, dynamic({'z':1}))"},
	"guid":     {"toguid(s)", "iff(b, g, toguid(s))"},
	"int":      {"toint(s)", "toint(q)", "j"},
}

var scanColumn = regexp.MustCompile(`'[^']*'|"[^"]*"|\.?\b[a-z]\b`)

// held reads the columns of an expression from step w.
func held(expr string) string {
	return scanColumn.ReplaceAllStringFunc(expr, func(s string) string {
		if len(s) > 1 {
			return s
		}
		return "w." + s
	})
}

// TestScanAgreesWithSQL: what a step computes of another step's values runs in
// Go, and must be what SQL computes of the same values.
func TestScanAgreesWithSQL(t *testing.T) {
	e := engine(t)
	n, refused := 0, 0
	for typ, list := range scanExprs {
		for _, expr := range list {
			if typ == "long" && strings.HasSuffix(expr, "> 0") {
				expr = "tolong(" + expr + ")"
			}
			q := scanRows + ` | extend want = ` + expr + ` | scan declare (got:` + typ + `) with (step w: true => got = ` + held(expr) + `;)
				| extend want = prev(want) | where i > 1 | project i, want = tostring(want), got = tostring(got), bad = isnull(want) != isnull(got) | where bad or want != got`
			n++
			_, out, err := rows(t, e, q)
			switch {
			case err != nil && strings.Contains(err.Error(), "KQL200"):
				refused++
				t.Logf("%s: %v", expr, err)
			case err != nil:
				t.Errorf("%s %s: %v", typ, expr, err)
			case len(out) > 0:
				t.Errorf("%s %s: differs: %v", typ, expr, out)
			}
		}
	}
	if refused > 3 {
		t.Errorf("%d of %d expressions are refused", refused, n)
	}
}

// TestScanOfManyRows gives what summing gives, in one part and in many.
func TestScanOfManyRows(t *testing.T) {
	e := engine(t)
	for q, want := range map[string]int64{
		`range x from 1 to 100000 step 1 | scan declare (c:long=0) with (step s: true => c = x + s.c;) | summarize max(c)`:                                                        100_000 * 100_001 / 2,
		`range x from 1 to 100000 step 1 | extend u = x % 1000 | partition by u (sort by x asc | scan declare (c:long=0) with (step s: true => c = x + s.c;)) | summarize max(c)`: 100 * (1000 + 100_000) / 2,
	} {
		_, got, err := rows(t, e, q)
		if err != nil {
			t.Errorf("%s: %v", q, err)
		} else if len(got) != 1 || got[0][0] != want {
			t.Errorf("%s: %v, want %d", q, got, want)
		}
	}
}

// BenchmarkScan times it, with a running sum by SQL as the yardstick.
func BenchmarkScan(b *testing.B) {
	e := engine(b)
	run := func(q string) time.Duration {
		start := time.Now()
		if _, err := e.Run(context.Background(), Request{Text: q}, func(*Result) error { return nil }, func(Row) error { return nil }); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	var ours, theirs time.Duration
	for range b.N {
		ours += run(`range x from 1 to 100000 step 1 | scan declare (c:long=0) with (step s: true => c = x + s.c;) | summarize max(c)`)
		theirs += run(`range x from 1 to 100000 step 1 | serialize c = row_cumsum(x) | summarize max(c)`)
	}
	b.ReportMetric(float64(ours)/float64(theirs), "x-row_cumsum")
}

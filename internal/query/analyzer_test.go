package query

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
	"github.com/wholelog/wholelog/kql/function"
	"github.com/wholelog/wholelog/kql/kqltest"
	"github.com/wholelog/wholelog/kql/types"
)

// signature is a result schema as text.
func signature(cols []types.Column) string {
	var out []string
	for _, c := range cols {
		out = append(out, c.Name+":"+c.Type.String())
	}
	return strings.Join(out, ", ")
}

// visibleTables are the catalogue's tables as Microsoft's analyzer is to see
// them: without our hidden columns.
func visibleTables(cat kql.Catalog) []types.Table {
	var out []types.Table
	for _, n := range cat.TableNames() {
		t, _ := cat.Table(n)
		c := *t
		c.Columns = nil
		for _, col := range t.Columns {
			if !col.Hidden {
				c.Columns = append(c.Columns, col)
			}
		}
		out = append(out, c)
	}
	return out
}

// analyzed compares our verdict and schema with the analyzer's. known names
// the queries whose verdicts differ, with the reason.
func analyzed(t *testing.T, cat kql.Catalog, queries []string, known map[string]string) {
	t.Helper()
	want, err := kqltest.Analyze(context.Background(), visibleTables(cat), queries)
	if errors.Is(err, kqltest.ErrNoNode) {
		t.Skip("cannot run here: Microsoft's analyzer needs node and npm")
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, q := range queries {
		got, diags := kql.Compile(q, cat, kql.Options{})
		bad := want[i].Errors()
		switch {
		case got != nil && len(bad) == 0:
			if g, w := signature(got.Columns), signature(want[i].Columns); g != w && !(want[i].Open && strings.HasPrefix(g, w)) {
				t.Errorf("%s\n got %s\nwant %s", q, g, w)
			}
		case known[q] != "":
		case got == nil && len(bad) == 0:
			t.Errorf("%s\nwe reject it: %s\nthe analyzer gives %s", q, diags[0].Message, signature(want[i].Columns))
		case got != nil && len(bad) > 0:
			t.Errorf("%s\nthe analyzer rejects it: %s\nwe give %s", q, bad[0].Message, signature(got.Columns))
		}
	}
}

// own are queries over the catalogue that use what the field uses.
var own = []string{
	`SigninLogs | summarize count(), dcount(UserPrincipalName), make_set(IPAddress) by ResultType, bin(TimeGenerated, 1h)`,
	`SigninLogs | where ResultType == 0 | summarize arg_max(TimeGenerated, *) by UserId | project-away UserId`,
	`union isfuzzy=true SigninLogs, AADNonInteractiveUserSignInLogs | summarize count() by tostring(LocationDetails_dynamic.city)`,
	`AuditLogs | mv-expand TargetResources | extend P = TargetResources.modifiedProperties | mv-apply P on (where P.displayName == "Role.DisplayName" | extend Role = tostring(P.newValue))`,
	`SigninLogs | join kind=leftouter (AuditLogs | extend UserPrincipalName = tostring(InitiatedBy.user.userPrincipalName)) on UserPrincipalName`,
	`let T = (n:string) { table(n) | summarize c = count() by UserPrincipalName }; union T("SigninLogs"), T("AADNonInteractiveUserSignInLogs") | summarize sum(c) by UserPrincipalName`,
	`SigninLogs | make-series n = count() on TimeGenerated from ago(7d) to now() step 1d by AppDisplayName | extend (f, s, b) = series_decompose_anomalies(n)`,
	`AuditLogs | extend A = tostring(InitiatedBy.user.userPrincipalName), B = tostring(TargetResources[0].displayName) | distinct A, B`,
	`SigninLogs | parse UserAgent with * "(" platform ")" * | summarize count() by platform | top 5 by count_`,
	`SigninLogs | evaluate bag_unpack(DeviceDetail)`,
	`SigninLogs | sort by TimeGenerated asc | extend d = TimeGenerated - prev(TimeGenerated) | summarize avg(d), max(d)`,
	`SigninLogs | lookup kind=leftouter (datatable(Location:string, Name:string)["DE", "Germany"]) on Location`,
	`AuditLogs | summarize percentiles(DurationMs, 50, 95), countif(Result == "failure") by Category, startofday(TimeGenerated)`,
	`SigninLogs | project-reorder UserPrincipalName, Result*, * | project-rename Upn = UserPrincipalName | getschema`,
	`AzureActivity | where OperationNameValue has "write" | project TimeGenerated, Caller`,
	`SigninLogs | where UserPrincipalName in ((AADRiskyUsers | distinct UserPrincipalName)) | count`,
	`SigninLogs | summarize take_any(UserDisplayName), min(TimeGenerated), max(TimeGenerated), stdev(AutonomousSystemNumber == "1") by UserId`,
	`print a = dynamic({"x": [1, 2]}), b = 1d / 1h, c = datetime(2026-01-01) - 1h, d = "x" == 1`,
}

func TestSchemasEqualMicrosoftsAnalyzer(t *testing.T) {
	analyzed(t, schema.Catalog(), own, map[string]string{
		own[16]: "stdev of a comparison: both reject it, in different words",
	})
}

// one is a catalogue of one table with a column of every type.
type one struct{ t *types.Table }

func (c one) Table(n string) (*types.Table, bool) { return c.t, n == c.t.Name }
func (c one) TableNames() []string                { return []string{c.t.Name} }

var everyType = one{&types.Table{Name: "T", Columns: []types.Column{{Name: "a", Type: types.Long}, {Name: "b", Type: types.String}, {Name: "t", Type: types.Datetime},
	{Name: "d", Type: types.Dynamic}, {Name: "r", Type: types.Real}, {Name: "g", Type: types.Guid}, {Name: "o", Type: types.Bool}, {Name: "i", Type: types.Timespan}, {Name: "n", Type: types.Int}}}}

// probes are forms whose names, types and order are easy to get wrong. A parse
// to a column that is there is not among them: the analyzer then gives two
// columns of one name, here the new one takes the old one's place.
var probes = []string{
	`T | mv-apply d on (extend b = 1)`,
	`T | mv-apply d on (project a, q=1)`,
	`T | mv-apply e=d on (summarize a=count())`,
	`T | mv-expand b=d`,
	`T | mv-expand with_itemindex=a d`,
	`T | project-rename b=a`,
	`T | extend (a,b)=parse_csv(b)`,
	`T | summarize a=count() by a`,
	`T | make-series a=count() on t step 1h by b`,
	`T | top 3 by a+1`,
	`T | sort by tolower(b)`,
	`T | serialize a=row_number()`,
	`T | project a, a`,
	`T | project a=1, a=2`,
	`T | extend z=1, z=2`,
	`T | distinct a, x=b`,
	`T | count | extend x=Count`,
	`T | as X | union X`,
	`range x from 1.0 to 2 step 1`,
	`T | summarize count() by x=bin(a, 10), bin(r, 0.5)`,
	`T | summarize make_list(pack("a", a)), make_bag(pack("a",a)), take_any(*)`,
	`T | summarize take_any(a, b)`,
	`T | summarize arg_min(a, b), arg_max(a, b)`,
	`T | summarize max(iff(o, a, 1))`,
	`T | extend x = iff(o, b, d), y=iff(o, d, b), z=coalesce(d, b), w=case(o, 1, 2.0)`,
	`T | extend x = d + 1, y = d * d, z = -d, w = d / 2`,
	`T | extend x = t - 1d, y = t - t, z = i / 2, w = i * 2, v = t % 1d`,
	`T | extend x = a == b, y = b == o, z = o == 1`,
	`T | where a`,
	`T | where d`,
	`T | where b`,
	`T | extend x = max_of(a, r), y = min_of(a, n)`,
	`T | lookup (T | project a, b2=b) on a`,
	`T | join kind=rightsemi (T | project a, q=1) on a`,
	`T | join kind=rightouter (T | project a, q=1) on a`,
	`T | evaluate narrow()`,
	`T | sample-distinct 3 of b`,
	`T | search "x"`,
	`search in (T) "x"`,
	`find in (T) where b == "x"`,
	`find in (T) where b == "x" project a, b`,
	`T | partition by b (top 1 by a)`,
	`T | getschema`,
	`print 1d, dynamic([1]), guid(74be27de-1e4e-49d9-b579-fe0b331d3642), real(1)`,
	`T | extend x = todecimal(a) + 1, y = decimal(1.5)`,
	`T | summarize avg(t), avg(i), sum(i), percentile(i, 50), stdev(a), variance(r)`,
	`union (T | project a), (T | project a=b)`,
	`union kind=inner (T | project a, b), (T | project a, c=1)`,
	`T | summarize dcount(a, 2), count_distinct(b), countif(a > 1), make_set_if(b, o), dcountif(a, o)`,
	`let f = (x:long) { x + 1 }; T | extend f(a), y = f(1)`,
	`T | extend bag_pack("a", 1).a`,
	`T | project d.a.b[0].c, d["x y"], d[a]`,
	`T | extend split(b, ",")[0]`,
	`T | project tostring(d.a), toint(d["b"]), tolower(tostring(d.c))`,
	`T | project strcat(b, "x"), b`,
	`T | summarize by bin(t, 1d)`,
	`T | summarize count() by hourofday(t), dayofweek(t), startofweek(t), format_datetime(t, "yyyy")`,
}

// lenient are probes that the analyzer rejects and we take.
var lenient = map[string]string{
	"T | extend (a,b)=parse_csv(b)": "an array spreads over the names",
	"T | summarize a=count() by a":  "the second column gets a number",
	"T | project a, a":              "the second column gets a number",
	"T | extend z=1, z=2":           "the last one holds",
	"T | extend x = iff(o, b, d), y=iff(o, d, b), z=coalesce(d, b), w=case(o, 1, 2.0)": "a dynamic is read as the other type",
	"T | where a": "a number is true when it is not 0",
	"T | where d": "a dynamic is read as a bool",
}

func TestProbesEqualMicrosoftsAnalyzer(t *testing.T) {
	analyzed(t, everyType, append(probes, placing...), lenient)
}

// samples are columns that fit a parameter's type.
var samples = map[string][]string{"string": {"b"}, "long": {"a"}, "int": {"n"}, "real": {"r"}, "bool": {"o"}, "datetime": {"t"}, "timespan": {"i"}, "guid": {"g"},
	"dynamic": {"d"}, "number": {"a", "r"}, "any": {"b", "a", "t"}, "T": {"a", "b", "t", "r", "i", "n"}}

// TestFunctionsGiveNamesAndTypesLikeKusto calls every function with columns
// for arguments, and every aggregate.
func TestFunctionsGiveNamesAndTypesLikeKusto(t *testing.T) {
	var queries []string
	known := map[string]string{}
	add := func(q, name string) {
		queries = append(queries, q)
		// Where one side wants a constant or is stricter, the verdicts differ;
		// names and types are compared where both accept.
		known[q] = "only schemas are compared here: " + name
	}
	calls := func(params []function.Param) []string {
		var out []string
		for v := range 6 {
			var args []string
			for i, p := range params {
				if p.Optional && i > 0 {
					break
				}
				if p.Name == "percentile" || p.Name == "accuracy" {
					args = append(args, "90")
					continue
				}
				list := samples[p.Type]
				args = append(args, list[min(v, len(list)-1)])
			}
			out = append(out, strings.Join(args, ", "))
		}
		return out
	}
	for _, n := range function.Names() {
		if n == "series_decompose_forecast" { // the analyzer gives four columns, the documentation the forecast alone
			continue
		}
		f, _ := function.Lookup(n)
		for _, args := range calls(f.Params) {
			add(fmt.Sprintf("T | serialize | project %s(%s)", n, args), n)
			add(fmt.Sprintf("T | serialize | extend %s(%s)", n, args), n)
		}
	}
	for _, n := range function.AggregateNames() {
		a, _ := function.LookupAggregate(n)
		for _, args := range calls(a.Params) {
			add(fmt.Sprintf("T | summarize %s(%s)", n, args), n)
		}
	}
	analyzed(t, everyType, queries, known)
}

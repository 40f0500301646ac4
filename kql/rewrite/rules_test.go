package rewrite_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/kql"
	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/plan"
)

type catalog map[string]*kql.Table

func (c catalog) Table(n string) (*kql.Table, bool) { t, ok := c[n]; return t, ok }
func (c catalog) TableNames() []string              { return []string{"S", "N"} }

var tables = catalog{
	"S": {Name: "S", Columns: []kql.Column{{Name: "TimeGenerated", Type: kql.Datetime}, {Name: "User", Type: kql.String}, {Name: "Code", Type: kql.String},
		{Name: "Loc", Type: kql.Dynamic}, {Name: "Raw", Type: kql.String}, {Name: "List", Type: kql.Dynamic}},
		Promotions: []kql.Promotion{{Column: "Loc", Path: []string{"city"}, Type: kql.String, Physical: "Loc.city"}, {Column: "Loc", Path: []string{"geo", "lat"}, Type: kql.Real, Physical: "Loc.geo.lat"},
			{Column: "Raw", Path: []string{"city"}, Type: kql.String, Physical: "Raw.city"}, {Column: "List", Path: []string{"0", "name"}, Type: kql.String, Physical: "List.0.name"},
			{Column: "List", Type: kql.Dynamic, Physical: "List[]", Fields: []string{"name", "kind"}}, {Column: "Loc", Path: []string{"tags"}, Type: kql.Dynamic, Physical: "Loc.tags[]", Fields: []string{"key"}}}},
	"N": {Name: "N", Columns: []kql.Column{{Name: "TimeGenerated", Type: kql.Datetime}, {Name: "User", Type: kql.String}, {Name: "Code", Type: kql.String}}},
}

func compile(t *testing.T, q string, opt kql.Options) *kql.Query {
	t.Helper()
	opt.Now = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	c, diags := kql.Compile(q, tables, opt)
	if c == nil {
		t.Fatalf("%s: %+v", q, diags)
	}
	return c
}

// scans lists the scan lines of a plan.
func scans(n plan.Node) []string {
	var out []string
	for _, l := range strings.Split(plan.Print(n), "\n") {
		if l = strings.TrimSpace(l); strings.HasPrefix(l, "scan ") {
			out = append(out, l)
		}
	}
	return out
}

func TestTimeBoundsReachTheScans(t *testing.T) {
	day := builtin.Ticks(time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC))
	f := func(q string, want int) {
		t.Helper()
		n := 0
		plan.Walk(compile(t, q, kql.Options{}).Plan, func(x plan.Node) {
			if s, ok := x.(*plan.Scan); ok && s.From >= day {
				n++
			}
		})
		if n != want {
			t.Errorf("%s: %d scans are bounded, want %d\n%s", q, n, want, plan.Print(compile(t, q, kql.Options{}).Plan))
		}
	}
	f(`S | where TimeGenerated > ago(1d) | count`, 1)
	f(`S | extend x = strcat(User, "a") | where x has "b" | where TimeGenerated >= ago(1d)`, 1)
	f(`union S, N | where TimeGenerated > ago(1d) | count`, 2)
	f(`S | project T = TimeGenerated, User | where T between (ago(1d) .. now())`, 1)
	f(`S | join kind=inner N on User | where TimeGenerated > ago(1d)`, 1)
	f(`S | mv-expand List | where TimeGenerated > ago(1d)`, 1)
	f(`let f = (n:string) { table(n) }; union f("S"), f("N") | where TimeGenerated > startofday(ago(1d))`, 2)
	f(`S | where User in ((N | where TimeGenerated > ago(1d) | project User))`, 1)
	f(`S | summarize max(TimeGenerated) by User | where max_TimeGenerated > ago(1d)`, 0)
	f(`S | where TimeGenerated > ago(1d) or User == "x"`, 0)
	f(`S | top 5 by User | where TimeGenerated > ago(1d)`, 0)
	f(`S | join kind=rightouter N on User | where TimeGenerated > ago(1d)`, 0)
}

func TestPathsBecomePromotedColumns(t *testing.T) {
	f := func(q, want string) {
		t.Helper()
		got := strings.Join(scans(compile(t, q, kql.Options{}).Plan), " ")
		if has := strings.Contains(got, "promoted "+want+"#"); has != (want != "") && want != "" {
			t.Errorf("%s: no promoted %s in %s", q, want, got)
		}
		if want == "" && strings.Contains(got, "promoted") {
			t.Errorf("%s: promoted in %s", q, got)
		}
		off := strings.Join(scans(compile(t, q, kql.Options{NoPromotions: true}).Plan), " ")
		if strings.Contains(off, "promoted") {
			t.Errorf("%s: promoted although switched off", q)
		}
	}
	f(`S | where Loc.city == "x" | count`, "Loc.city")
	f(`S | summarize count() by tostring(Loc["city"])`, "Loc.city")
	f(`S | extend c = todouble(Loc.geo.lat) | project c`, "Loc.geo.lat")
	f(`S | extend c = tostring(parse_json(Raw).city) | project c`, "Raw.city")
	f(`S | project a = tostring(List[0].name)`, "List.0.name")
	f(`S | where User == "x" | sort by User | project L = Loc | extend c = tostring(L.city) | project c`, "Loc.city")
	f(`S | join kind=leftouter N on User | project tostring(Loc.city)`, "Loc.city")
	f(`S | project Loc.city`, "")         // a dynamic stays what it is
	f(`S | project tolong(Loc.city)`, "") // a text is not a number
	f(`S | extend Loc = dynamic({"city": 1}) | project tostring(Loc.city)`, "")
	f(`S | summarize Loc = take_any(Loc) by User | project tostring(Loc.city)`, "")
}

func TestUnreadColumnsGo(t *testing.T) {
	f := func(q string, want ...string) {
		t.Helper()
		got := scans(compile(t, q, kql.Options{}).Plan)
		for i, w := range want {
			cols := got[i][strings.Index(got[i], "[")+1 : strings.Index(got[i], "]")]
			var names []string
			for _, c := range strings.Split(cols, ", ") {
				name, _, _ := strings.Cut(c, "#")
				names = append(names, name)
			}
			if g := strings.Join(names, " "); g != w {
				t.Errorf("%s: scan %d reads %q, want %q", q, i, g, w)
			}
		}
	}
	f(`S | count`, "")
	f(`S | where User == "x" | project Code`, "User Code")
	f(`S | summarize arg_max(TimeGenerated, *) by User | project Code`, "TimeGenerated User Code")
	f(`S | extend a = strcat(Code, "x"), b = strcat(Raw, "y") | project b`, "Raw")
	f(`S | join kind=leftanti N on User | project Code`, "User Code", "User")
	f(`union S, N | summarize dcount(User)`, "User", "User")
	f(`S | sort by TimeGenerated desc | project User`, "TimeGenerated User")
	f(`let M = materialize(S | project User, Code, Raw); M | join kind=inner (M | project User) on User | project Code`, "User Code")
}

// TestExpansionsReadPromotedLists shows the plans that expand a list and those
// that must expand the JSON.
func TestExpansionsReadPromotedLists(t *testing.T) {
	f := func(q, want string) {
		t.Helper()
		got := ""
		for _, l := range strings.Split(plan.Print(compile(t, q, kql.Options{}).Plan), "\n") {
			if l = strings.TrimSpace(l); strings.HasPrefix(l, "expand ") {
				got = l
			}
		}
		if cut := strings.Index(got, " ["); cut > 0 && strings.HasPrefix(got, "expand list") {
			got = "list " + fields.ReplaceAllString(got[cut+1:], "")
		} else {
			got = "json"
		}
		if got != want {
			t.Errorf("%s: %s, want %s\n%s", q, got, want, plan.Print(compile(t, q, kql.Options{}).Plan))
		}
	}
	f(`S | mv-expand List | summarize count() by tostring(List.name)`, "list [name = tostring(.name)]")
	f(`S | mv-expand l = List | where l.kind == "a" | extend n = l.name | project n`, "list [kind = tostring(.kind), name = .name]")
	f(`S | mv-expand List | count`, "list []")
	f(`S | mv-expand List | where isnotempty(List.kind) | count`, "list [kind = tostring(.kind)]")
	f(`S | mv-apply l = List on (where l.kind == "a" | summarize n = count()) | project n`, "list [kind = tostring(.kind)]")
	f(`S | extend t = Loc.tags | mv-expand t | project k = tolower(tostring(t.key))`, "list [key = tostring(.key)]")
	f(`S | where User == "u" | project L = List, Code | mv-expand L | distinct tostring(L.name), Code`, "list [name = tostring(.name)]")
	f(`S | mv-expand List | project List`, "json")
	f(`S | mv-expand List | project List.name, List.other`, "json")
	f(`S | mv-expand List | project tostring(List)`, "json")
	f(`S | mv-expand List to typeof(string) | project List`, "json")
	f(`S | mv-expand kind=array List | project List.name`, "json")
	f(`S | mv-expand List, Loc | project List.name`, "json")
	f(`S | mv-expand List | summarize take_any(List)`, "json")
	f(`S | extend List = todynamic(Raw) | mv-expand List | project List.name`, "json")
	f(`union S, N | mv-expand List | project List.name`, "json")
	f(`let s = materialize(S | mv-expand List); union (s | project n = List.name), (s | project n = List.kind)`, "json")
	f(`S | mv-expand List | project-away Loc | extend x = 1 | where x == 1 | project tostring(List["name"]), List.kind`, "list [name = tostring(.name), kind = .kind]")
}

var fields = regexp.MustCompile(`#[0-9]+`)

// TestAlternativesBecomeLists looks at what chains of or become.
func TestAlternativesBecomeLists(t *testing.T) {
	f := func(where string, want ...string) {
		t.Helper()
		got := plan.Print(compile(t, "S | where "+where+" | project User", kql.Options{}).Plan)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %s in\n%s", where, w, got)
			}
		}
	}
	f(`User == "a" or User == "b" or User in ("c", "d") or Code == "x"`, `in(`, `"a"`, `"d"`, `or`)
	f(`User has "a" or User has "b" or User has "c" or User has "d"`, `has_any(`)
	f(`User == "a" or User == "b"`, `or(`)
	f(`User has "a" or User has "b" or Code == "c" or new_guid() == "d"`, `or(`)
}

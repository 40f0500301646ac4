package kqltest

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/types"
)

// tolerance is how far two reals may be apart, relative to the greater.
const tolerance = 1e-9

// Equal compares a result with the wanted one and gives nil or what differs
// first. Values are compared, not texts: datetimes and timespans as ticks, reals
// with a tolerance, dynamics as JSON with bags in any order. Rows are a
// multiset unless the wanted ones are ordered.
func Equal(want, got Rows) error {
	if len(want.Columns) != len(got.Columns) {
		return fmt.Errorf("%d columns, want %d: got %s, want %s", len(got.Columns), len(want.Columns), names(got), names(want))
	}
	rows := got.Rows
	if want.ByName {
		var err error
		if rows, err = reorder(want, got); err != nil {
			return err
		}
	}
	if len(want.Rows) != len(rows) {
		return fmt.Errorf("%d rows, want %d", len(rows), len(want.Rows))
	}
	c := comparer{columns: want.Columns, sets: want.Sets, printed: want.Printed}
	if want.Ordered {
		for i, w := range want.Rows {
			if d := c.row(w, rows[i]); d != "" {
				return fmt.Errorf("row %d: %s", i, d)
			}
		}
		return nil
	}
	return c.multiset(want.Rows, rows)
}

func names(r Rows) string {
	var out []string
	for _, c := range r.Columns {
		out = append(out, c.Name+":"+c.Type.String())
	}
	return "(" + strings.Join(out, ", ") + ")"
}

func reorder(want, got Rows) ([][]any, error) {
	places := make([]int, len(want.Columns))
	for i, c := range want.Columns {
		places[i] = slices.IndexFunc(got.Columns, func(g types.Column) bool { return g.Name == c.Name })
		if places[i] < 0 {
			return nil, fmt.Errorf("no column %s in %s", c.Name, names(got))
		}
	}
	rows := make([][]any, len(got.Rows))
	for i, r := range got.Rows {
		for _, p := range places {
			rows[i] = append(rows[i], r[p])
		}
	}
	return rows, nil
}

type comparer struct {
	columns       []types.Column
	sets, printed bool
}

// multiset pairs each wanted row with one that is equal. Equality by tolerance
// is no equivalence, but near misses of both neighbours do not occur in
// examples.
func (c comparer) multiset(want, got [][]any) error {
	used := make([]bool, len(got))
	for i, w := range want {
		found := false
		for j, g := range got {
			if !used[j] && c.row(w, g) == "" {
				used[j], found = true, true
				break
			}
		}
		if !found {
			closest := ""
			if j := slices.Index(used, false); j >= 0 {
				closest = "; against the first row left: " + c.row(w, got[j])
			}
			return fmt.Errorf("no row equals wanted row %d %v%s", i, w, closest)
		}
	}
	return nil
}

func (c comparer) row(want, got []any) string {
	for i := range c.columns {
		if i >= len(want) || i >= len(got) {
			return "too few cells"
		}
		if !c.cell(c.columns[i].Type, want[i], got[i]) {
			return fmt.Sprintf("column %s: got %v (%T), want %v (%T)", c.columns[i].Name, got[i], got[i], want[i], want[i])
		}
	}
	return ""
}

func (c comparer) cell(t types.Type, want, got any) bool {
	if t == types.Dynamic {
		return c.dynamic(tree(want), tree(got))
	}
	if want == nil || got == nil {
		return want == nil && got == nil
	}
	switch w := want.(type) {
	case Printed:
		g, ok := real(got)
		return ok && (near(w.Value, g) || c.printed && roundsTo(g, w.Text))
	case float64:
		g, ok := real(got)
		return ok && near(w, g)
	case int64:
		switch g := got.(type) {
		case int64:
			return g == w
		case float64:
			return (t == types.Int || t == types.Long) && g == float64(w)
		}
		return false
	case bool:
		g, ok := got.(bool)
		return ok && g == w
	case string:
		g, ok := got.(string)
		return ok && (g == w || c.printed && (plain(g) == plain(w) || w == `"`+g+`"`))
	}
	return false
}

// plain is what a table cell of a page keeps of a text.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u00a0", " ")), " ")
}

func real(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case Printed:
		return v.Value, true
	}
	return 0, false
}

func near(a, b float64) bool {
	switch {
	case a == b, math.IsNaN(a) && math.IsNaN(b):
		return true
	case math.IsInf(a, 0) || math.IsInf(b, 0):
		return false
	}
	return math.Abs(a-b) <= tolerance*math.Max(math.Abs(a), math.Abs(b))
}

// roundsTo tells whether a real, cut or rounded to the digits of a printed one
// with a fraction, is that one.
func roundsTo(f float64, printed string) bool {
	_, frac, ok := strings.Cut(printed, ".")
	if !ok || strings.ContainsAny(printed, "eE") {
		return false
	}
	p, err := strconv.ParseFloat(printed, 64)
	return err == nil && math.Abs(f-p) <= math.Pow(10, -float64(len(frac)))
}

// tree reads a dynamic; text that is no JSON, even with the single quotes that
// pages print, is a string.
func tree(v any) any {
	s, ok := v.(string)
	if !ok {
		return v
	}
	if s = strings.TrimSpace(s); s == "" || s == "null" {
		return nil
	}
	for _, text := range []string{s, strings.ReplaceAll(s, "'", `"`)} {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var out any
		if err := d.Decode(&out); err == nil && !d.More() {
			return out
		}
	}
	return s
}

func (c comparer) dynamic(want, got any) bool {
	switch w := want.(type) {
	case nil:
		return got == nil
	case json.Number:
		g, ok := got.(json.Number)
		return ok && sameNumber(string(w), string(g))
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		if c.sets {
			return c.sameElements(w, g)
		}
		for i := range w {
			if !c.dynamic(w[i], g[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for k, v := range w {
			if e, there := g[k]; !there || !c.dynamic(v, e) {
				return false
			}
		}
		return true
	case string:
		switch g := got.(type) {
		case string:
			return w == g || sameTime(w, g) || c.printed && plain(w) == plain(g)
		case json.Number: // some pages print reals within quotes
			return c.printed && strings.Contains(w, ".") && sameNumber(w, string(g))
		}
		return false
	}
	return want == got // bool
}

func (c comparer) sameElements(want, got []any) bool {
	used := make([]bool, len(got))
next:
	for _, w := range want {
		for i, g := range got {
			if !used[i] && c.dynamic(w, g) {
				used[i] = true
				continue next
			}
		}
		return false
	}
	return true
}

func sameNumber(a, b string) bool {
	f, err1 := strconv.ParseFloat(a, 64)
	g, err2 := strconv.ParseFloat(b, 64)
	return err1 == nil && err2 == nil && near(f, g)
}

// sameTime compares datetimes and timespans in dynamics. Plain numbers, which
// read as times as well, must be written alike.
func sameTime(a, b string) bool {
	if !strings.ContainsAny(a, ":-") || !strings.ContainsAny(b, ":-") {
		return false
	}
	if x, ok := builtin.ParseDatetime(a); ok {
		y, ok := builtin.ParseDatetime(b)
		return ok && x == y
	}
	x, ok1 := builtin.ParseTimespan(a)
	y, ok2 := builtin.ParseTimespan(b)
	return ok1 && ok2 && x == y
}

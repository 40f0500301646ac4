package kqltest

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/types"
)

// Rows is a typed result. Cells are as package builtin has values: nil, bool,
// int64 (also ticks), float64 and string; a dynamic is its JSON text.
type Rows struct {
	Columns []types.Column
	Rows    [][]any
	// Ordered says that the order of the rows counts.
	Ordered bool
	// Sets says that the order within arrays does not count: they come from
	// aggregates that promise none.
	Sets bool
	// Printed says that the cells come from a documentation page: white space is
	// lost, reals are cut.
	Printed bool
	// ByName says that columns are to be found by their name.
	ByName bool
}

// Case is a documentation example.
type Case struct {
	Page, Section, Query, Class string
	// Entra says that queries of the field use what the example is about.
	Entra bool
	Want  Rows
}

// Cases reads a file of documentation examples.
func Cases(path string) ([]Case, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	var raw []struct {
		Page, Section, Query, Class string
		Columns, Types              []string
		Rows                        [][]*string
		Entra                       bool `json:"entra_relevant"`
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	out := make([]Case, len(raw))
	for i, r := range raw {
		c := Case{Page: r.Page, Section: r.Section, Query: r.Query, Class: r.Class, Entra: r.Entra}
		c.Want = Rows{Printed: true, Ordered: Ordered(r.Query), Sets: setSource.MatchString(r.Query), ByName: strings.Contains(r.Class, "reordered")}
		for j, name := range r.Columns {
			t := types.Unknown
			if j < len(r.Types) {
				t, _ = types.Parse(r.Types[j])
			}
			c.Want.Columns = append(c.Want.Columns, types.Column{Name: name, Type: t})
		}
		for _, row := range r.Rows {
			cells := make([]any, len(c.Want.Columns))
			for j := range cells {
				printed := ""
				if j < len(row) && row[j] != nil {
					printed = *row[j]
				}
				if cells[j], err = Cell(c.Want.Columns[j].Type, printed); err != nil {
					return nil, fmt.Errorf("case %d (%s): column %s: %w", i, r.Page, c.Want.Columns[j].Name, err)
				}
			}
			c.Want.Rows = append(c.Want.Rows, cells)
		}
		out[i] = c
	}
	return out, nil
}

// setSource matches what yields arrays without an order.
var setSource = regexp.MustCompile(`\b(make_set|makeset|make_set_if|set_union|set_intersect|set_difference|make_list|make_list_if|make_bag|bag_keys)\s*\(`)

// Cell reads a printed value. Null is an empty cell or the word.
func Cell(t types.Type, s string) (any, error) {
	if t == types.String || t == types.Unknown {
		return s, nil
	}
	s = strings.TrimSpace(s)
	if s == "" || strings.EqualFold(s, "null") {
		return nil, nil
	}
	bad := fmt.Errorf("no %v: %q", t, s)
	switch t {
	case types.Bool:
		switch strings.ToLower(s) {
		case "true", "1":
			return true, nil
		case "false", "0":
			return false, nil
		}
		return nil, bad
	case types.Int, types.Long:
		n, err := strconv.ParseInt(strings.ReplaceAll(s, ",", ""), 10, 64)
		if err != nil {
			return nil, bad
		}
		return n, nil
	case types.Real, types.Decimal:
		f, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
		if err != nil {
			return nil, bad
		}
		return Printed{f, s}, nil
	case types.Datetime:
		if n, ok := builtin.ParseDatetime(s); ok {
			return n, nil
		}
		return nil, bad
	case types.Timespan:
		if n, ok := builtin.ParseTimespan(s); ok {
			return n, nil
		}
		return nil, bad
	case types.Guid:
		return strings.ToLower(s), nil
	}
	return s, nil // dynamic: Equal reads it
}

// Printed is a real with the digits it was printed with, which bound how exact
// it is.
type Printed struct {
	Value float64
	Text  string
}

// Ordered tells whether a query's last statement ends in an order of rows: a
// sorting operator with nothing but row-wise operators after it.
func Ordered(query string) bool {
	ordered := false
	for _, op := range pipeline(query) {
		word := op
		if i := strings.IndexFunc(op, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r == '-' || r == '_') }); i >= 0 {
			word = op[:i]
		}
		switch word {
		case "sort", "order", "top", "serialize":
			ordered = true
		case "where", "filter", "extend", "project", "project-away", "project-keep", "project-rename", "project-reorder", "take", "limit",
			"mv-expand", "parse", "parse-where", "parse-kv", "render", "as", "scan":
		default:
			ordered = false
		}
	}
	return ordered
}

// pipeline splits the last statement at the bars outside of strings, comments
// and brackets.
func pipeline(query string) []string {
	var parts []string
	var part strings.Builder
	depth := 0
	flush := func() {
		parts = append(parts, strings.TrimSpace(part.String()))
		part.Reset()
	}
	for i := 0; i < len(query); i++ {
		switch c := query[i]; {
		case strings.HasPrefix(query[i:], "//"):
			for i < len(query) && query[i] != '\n' {
				i++
			}
			part.WriteByte('\n')
		case strings.HasPrefix(query[i:], "```"):
			end := strings.Index(query[i+3:], "```")
			if end < 0 {
				end = len(query) - i - 3
			}
			i = min(i+3+end+2, len(query)-1)
		case c == '"' || c == '\'':
			verbatim := i > 0 && query[i-1] == '@'
			for i++; i < len(query) && query[i] != c; i++ {
				if query[i] == '\\' && !verbatim {
					i++
				}
			}
			part.WriteByte('0')
		case c == '(' || c == '[' || c == '{':
			depth++
			part.WriteByte(c)
		case c == ')' || c == ']' || c == '}':
			depth--
			part.WriteByte(c)
		case c == '|' && depth == 0:
			flush()
		case c == ';' && depth == 0 && strings.TrimSpace(query[i+1:]) != "":
			parts = nil
			part.Reset()
		default:
			part.WriteByte(c)
		}
	}
	flush()
	return parts
}

package tabular

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wholelog/wholelog/internal/event/rawjson"
)

// analytics reads the header of a CSV that Log Analytics saved: column names,
// "[UTC]" behind those of times, and _dynamic or _string behind those that a
// union split because their tables disagree about the type.
func (h *Header) analytics() error {
	h.Kind = AnalyticsCSV
	found := false
	for _, n := range h.Names {
		name := n
		if base, zone, ok := strings.Cut(n, " ["); ok {
			if !strings.HasPrefix(zone, "UTC]") {
				if strings.HasSuffix(zone, "]") && strings.EqualFold(base, "TimeGenerated") {
					return fmt.Errorf("%w: %s: its times are in a local zone; set the time zone of the query editor to UTC and save the result again", ErrHeader, rawjson.Append(nil, n))
				}
			} else {
				name = base
			}
		}
		for _, suffix := range []string{"_dynamic", "_string"} {
			name = strings.TrimSuffix(name, suffix)
		}
		found = found || name == "TimeGenerated"
		h.columns = append(h.columns, column{name: name})
	}
	if !found {
		return h.unknown()
	}
	return nil
}

// line makes the object of a row of a saved CSV. Of several columns with one
// name the first that holds something counts; another answer keeps the
// header's own name.
func (h *Header) line(dst []byte, cells [][]byte) []byte {
	w := writer{dst: append(dst, '{'), first: true}
	said := map[string]string{}
	for i, c := range h.columns {
		v := string(cells[i])
		if v == "" || c.name == "" {
			continue
		}
		name := c.name
		if old, ok := said[name]; ok {
			if old == v {
				continue
			}
			name = h.Names[i]
			if _, again := said[name]; again {
				name += fmt.Sprintf(" (%d)", i+1)
			}
		}
		said[name] = v
		w.name("", name)
		w.dst = rawjson.Append(w.dst, v)
	}
	return w.end()
}

// parseColumns reads the columns of a Log Analytics answer: a list of objects
// with name and type, or as the older API writes them.
func parseColumns(context []byte) (*Header, error) {
	var d rawjson.Doc
	if err := d.Parse(context); err != nil {
		return nil, fmt.Errorf("%w: columns of the answer: %w", ErrHeader, err)
	}
	h := &Header{Kind: AnalyticsRow}
	bad := false
	d.Root().Elements(func(e rawjson.Value) bool {
		name, typ := e.GetFold("name").Str(), e.GetFold("type").Str()
		if name == "" {
			name, typ = e.GetFold("ColumnName").Str(), e.GetFold("ColumnType").Str()
		}
		bad = bad || name == ""
		h.Names = append(h.Names, name)
		h.types = append(h.types, strings.ToLower(typ))
		return true
	})
	if bad || len(h.Names) == 0 {
		return nil, fmt.Errorf("%w: the answer's columns have no names", ErrHeader)
	}
	return h, nil
}

// array makes the object of a row of an answer.
func (h *Header) array(dst, row []byte) ([]byte, error) {
	var d rawjson.Doc
	if err := d.Parse(row); err != nil {
		return nil, err
	}
	if d.Root().Kind() != rawjson.Array {
		return nil, errors.New("a row that is no array")
	}
	if n := d.Root().Len(); n != len(h.Names) {
		return nil, fmt.Errorf("%d cells under %d columns", n, len(h.Names))
	}
	w := writer{dst: append(dst, '{'), first: true}
	i := 0
	d.Root().Elements(func(e rawjson.Value) bool {
		if e.Exists() {
			w.name("", h.Names[i])
			w.dst = e.Compact(w.dst)
		}
		i++
		return true
	})
	return w.end(), nil
}

// Type is the declared type of a column of an answer, "" if it has none.
func (h *Header) Type(name string) string {
	for i, n := range h.Names {
		if n == name && i < len(h.types) {
			return h.types[i]
		}
	}
	return ""
}

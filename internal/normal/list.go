package normal

import (
	"github.com/wholelog/wholelog/internal/event/rawjson"
	"github.com/wholelog/wholelog/internal/schema"
)

// list makes the cell of a promoted list: a JSON array with an object of the
// wanted members per element, in which a member that is missing or null is
// left out. False where the list would not say exactly what the JSON says: the
// value is no array, an element no object, or a wanted member no string.
func (b *builder) list(v rawjson.Value, fields []string) (schema.Cell, bool) {
	if !v.Exists() {
		return schema.Cell{}, true
	}
	if v.Kind() != rawjson.Array {
		return schema.Cell{}, false
	}
	out := append(b.work.list[:0], '[')
	fits := true
	v.Elements(func(e rawjson.Value) bool {
		if e.Kind() != rawjson.Object {
			fits = false
			return false
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, '{')
		for _, f := range fields {
			m := e.Get(f)
			if !m.Exists() {
				continue
			}
			if m.Kind() != rawjson.String {
				fits = false
				return false
			}
			if out[len(out)-1] != '{' {
				out = append(out, ',')
			}
			out = append(rawjson.Append(out, f), ':')
			out = rawjson.Append(out, m.Str())
		}
		out = append(out, '}')
		return true
	})
	b.work.list = out[:0]
	if !fits {
		return schema.Cell{}, false
	}
	return schema.JSON(string(append(out, ']'))), true
}

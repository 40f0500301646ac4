package normal

import (
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/event/rawjson"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

// convert makes a cell of a column's type; false where the value does not fit.
func (b *builder) convert(v rawjson.Value, t kql.Type) (schema.Cell, bool) {
	switch t {
	case kql.String, kql.Guid:
		return schema.Str(v.Text()), true
	case kql.Dynamic:
		return schema.JSON(b.dynamic(v)), true
	case kql.Bool:
		switch k := v.Kind(); {
		case k == rawjson.True, k == rawjson.String && strings.EqualFold(v.Str(), "true"):
			return schema.Bool(true), true
		case k == rawjson.False, k == rawjson.String && strings.EqualFold(v.Str(), "false"):
			return schema.Bool(false), true
		}
	case kql.Int:
		if n, ok := v.Int(); ok && n == int64(int32(n)) {
			return schema.Int(n), true
		}
	case kql.Long:
		if n, ok := v.Int(); ok {
			return schema.Int(n), true
		}
	case kql.Real:
		if k := v.Kind(); k == rawjson.Number || k == rawjson.String {
			if f, err := strconv.ParseFloat(v.Text(), 64); err == nil {
				return schema.Real(f), true
			}
		}
	case kql.Datetime:
		if when, ok := identify.Time(v.Str()); ok {
			return schema.Ticks(schema.TicksOf(when)), true
		}
	}
	if v.Kind() == rawjson.String && v.Str() == "" {
		return schema.Cell{}, true // an empty text says as much as null
	}
	return schema.Cell{}, false
}

// dynamic is the value as JSON; text that holds an object or array is that
// object or array, which is how Azure Monitor stores it.
func (b *builder) dynamic(v rawjson.Value) string {
	if v.Kind() == rawjson.String {
		s := strings.TrimSpace(v.Str())
		if s == "" {
			return ""
		}
		if (s[0] == '{' || s[0] == '[') && b.work.text.ParseString(s) == nil {
			return b.work.text.Root().JSON()
		}
	}
	return v.JSON()
}

// promoted makes the cell of a promoted path; false where the column would
// not say exactly what the JSON says.
func promoted(v rawjson.Value, t kql.Type) (schema.Cell, bool) {
	if !v.Exists() {
		return schema.Cell{}, true
	}
	switch k := v.Kind(); {
	case t == kql.String && k == rawjson.String:
		return schema.Cell{S: v.Str(), Set: true}, true
	case t == kql.Bool && (k == rawjson.True || k == rawjson.False):
		return schema.Bool(k == rawjson.True), true
	case t == kql.Long && k == rawjson.Number:
		if n, err := strconv.ParseInt(v.Text(), 10, 64); err == nil {
			return schema.Int(n), true
		}
	case t == kql.Real && k == rawjson.Number:
		if f, err := strconv.ParseFloat(v.Text(), 64); err == nil {
			return schema.Real(f), true
		}
	}
	return schema.Cell{}, false
}

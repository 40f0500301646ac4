package rule

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/builtin"
)

// Knob is a value of a rule that a person may change. The query sees it as a
// let of the same name.
type Knob struct {
	Type        string   `yaml:"type"` // int, real, bool, string, timespan, list
	Default     any      `yaml:"default"`
	Min         any      `yaml:"min,omitempty"`
	Max         any      `yaml:"max,omitempty"`
	Options     []string `yaml:"options,omitempty"` // of a string: those that are allowed
	Description string   `yaml:"description,omitempty"`
}

var knobName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// reserved are the lets that every query has.
var reserved = []string{"window_start", "window_end"}

// check looks a knob over.
func (k Knob) check(name string) error {
	if !knobName.MatchString(name) || slices.Contains(reserved, name) {
		return fmt.Errorf("knob %q: a name has small letters, digits and underlines, and is not one of %s", name, strings.Join(reserved, ", "))
	}
	if k.Default == nil {
		return fmt.Errorf("knob %s: no default", name)
	}
	if _, err := k.Value(k.Default); err != nil {
		return fmt.Errorf("knob %s: default: %w", name, err)
	}
	return nil
}

// Value gives a value of the knob's type: int64, float64, bool, string,
// Duration or []string. What does not fit or is out of bounds is an error.
func (k Knob) Value(v any) (any, error) {
	got, err := k.convert(v)
	if err != nil {
		return nil, err
	}
	if k.Min != nil || k.Max != nil {
		n, ok := number(got)
		if !ok {
			return nil, fmt.Errorf("min and max are for int, real and timespan, not for %s", k.Type)
		}
		for _, b := range []struct {
			bound any
			word  string
			sign  float64
		}{{k.Min, "least", 1}, {k.Max, "most", -1}} {
			if b.bound == nil {
				continue
			}
			limit, err := k.convert(b.bound)
			if err != nil {
				return nil, fmt.Errorf("bound: %w", err)
			}
			if m, _ := number(limit); (n-m)*b.sign < 0 {
				return nil, fmt.Errorf("%v is out of bounds: at %s %v", v, b.word, b.bound)
			}
		}
	}
	if s, ok := got.(string); ok && len(k.Options) > 0 && !slices.Contains(k.Options, s) {
		return nil, fmt.Errorf("%q: write one of %s", s, strings.Join(k.Options, ", "))
	}
	return got, nil
}

func (k Knob) convert(v any) (any, error) {
	bad := fmt.Errorf("%v is no %s", v, k.Type)
	switch k.Type {
	case "int":
		if n, ok := number(v); ok && n == math.Trunc(n) {
			return int64(n), nil
		}
	case "real":
		if n, ok := number(v); ok {
			return n, nil
		}
	case "bool":
		if b, ok := v.(bool); ok {
			return b, nil
		}
	case "string":
		if s, ok := v.(string); ok {
			return s, nil
		}
	case "timespan":
		if d, ok := v.(Duration); ok {
			return d, nil
		}
		if s, ok := v.(string); ok {
			return ParseDuration(s)
		}
	case "list":
		switch v := v.(type) {
		case []string:
			return v, nil
		case []any:
			out := make([]string, len(v))
			for i, e := range v {
				out[i] = fmt.Sprint(e)
			}
			return out, nil
		}
	default:
		return nil, errors.New("type is one of int, real, bool, string, timespan, list")
	}
	return nil, bad
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	case float64:
		return v, true
	case Duration:
		return float64(v), true
	}
	return 0, false
}

// Literal writes a knob's value, as Value gives it, as a KQL constant.
func Literal(v any) string {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return "real(" + strconv.FormatFloat(v, 'g', -1, 64) + ")"
	case bool:
		return strconv.FormatBool(v)
	case Duration:
		return "time(" + builtin.FormatTimespan(int64(v)/100) + ")"
	case []string:
		list := make([]string, len(v))
		for i, s := range v {
			list[i] = quote(s)
		}
		return "dynamic([" + strings.Join(list, ",") + "])"
	case string:
		return quote(v)
	}
	return "dynamic(null)"
}

// quote writes a text as a KQL literal that is JSON as well.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

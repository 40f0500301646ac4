package builtin

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/types"
)

// scanString is tostring of a value.
func scanString(t types.Type, v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return "True"
		}
		return "False"
	case int64:
		switch t {
		case types.Datetime:
			return FormatDatetime(v)
		case types.Timespan:
			return FormatTimespan(v)
		}
		return strconv.FormatInt(v, 10)
	case float64:
		return FormatReal(v)
	case string:
		if t == types.Dynamic {
			return text(decode(v))
		}
		return v
	}
	return ""
}

// scanDynamic makes a dynamic of a value.
func scanDynamic(t types.Type, v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case bool, float64:
		return encode(v)
	case int64:
		if t == types.Datetime || t == types.Timespan {
			return encode(scanString(t, v))
		}
		return encode(v)
	case string:
		if t == types.Dynamic {
			return v
		}
		return encode(v)
	}
	return nil
}

var (
	wholeText = regexp.MustCompile(`^\s*[-+]?[0-9]{1,19}\s*$`)
	hexText   = regexp.MustCompile(`^0[xX][0-9a-fA-F]{1,16}$`)
)

// scanLong reads a whole number. A dynamic may also be a bool or a fraction.
func scanLong(t types.Type, v any) any {
	switch v := v.(type) {
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case int64:
		return v
	case float64:
		return truncated(v)
	case string:
		s := scanString(t, v)
		switch {
		case wholeText.MatchString(s):
			if n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64); err == nil {
				return n
			}
			return nil
		case hexText.MatchString(s):
			if n, err := strconv.ParseInt(s[2:], 16, 64); err == nil {
				return n
			}
			return nil
		case t == types.String:
			return nil
		case s == "true":
			return int64(1)
		case s == "false":
			return int64(0)
		}
		if f, ok := scanReal(t, v).(float64); ok {
			return truncated(f)
		}
	}
	return nil
}

func truncated(f float64) any {
	if f = math.Trunc(f); f >= -9.223372036854775e18 && f <= 9.223372036854775e18 {
		return int64(f)
	}
	return nil
}

func scanInt(t types.Type, v any) any {
	if n, ok := scanLong(t, v).(int64); ok && n == int64(int32(n)) {
		return n
	}
	return nil
}

func scanReal(t types.Type, v any) any {
	switch v := v.(type) {
	case bool:
		if v {
			return 1.0
		}
		return 0.0
	case int64:
		return float64(v)
	case float64:
		return v
	case string:
		s := strings.TrimSpace(scanString(t, v))
		if strings.ContainsAny(s, "xX_pP") {
			return nil
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return f
		}
	}
	return nil
}

func scanBool(t types.Type, v any) any {
	switch v := v.(type) {
	case bool:
		return v
	case int64:
		return v != 0
	case float64:
		return v != 0
	case string:
		switch strings.ToLower(scanString(t, v)) {
		case "true":
			return true
		case "false":
			return false
		}
		if f, ok := scanReal(t, v).(float64); ok {
			return f != 0
		}
	}
	return nil
}

// scanTime reads a datetime or timespan out of text; numbers are ticks.
func scanTime(parse func(string) (int64, bool)) func(types.Type, any) any {
	return func(t types.Type, v any) any {
		switch v := v.(type) {
		case int64:
			return v
		case float64:
			return truncated(v)
		case string:
			if t == types.Guid {
				return nil
			}
			if n, ok := parse(scanString(t, v)); ok {
				return n
			}
		}
		return nil
	}
}

func scanGuid(t types.Type, v any) any {
	if s, ok := v.(string); ok {
		if g, ok := ParseGuid(scanString(t, s)); ok {
			return g
		}
	}
	return nil
}

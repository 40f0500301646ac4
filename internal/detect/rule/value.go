package rule

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// Duration is a time.Duration that is written 90s, 5m, 6h, 14d or a sum such
// as 1d12h.
type Duration time.Duration

// ParseDuration reads one. Negative ones are written with a minus in front of
// the whole.
func ParseDuration(s string) (Duration, error) {
	bad := fmt.Errorf("%q is no duration: write 90s, 5m, 6h or 14d", s)
	rest, neg := strings.CutPrefix(s, "-")
	var d time.Duration
	if i := strings.IndexByte(rest, 'd'); i > 0 {
		n, err := strconv.Atoi(rest[:i])
		if err != nil || n < 0 || n > 36500 {
			return 0, bad
		}
		d, rest = time.Duration(n)*24*time.Hour, rest[i+1:]
		if rest == "" {
			rest = "0s"
		}
	}
	v, err := time.ParseDuration(rest)
	if err != nil || v < 0 {
		return 0, bad
	}
	if d += v; neg {
		d = -d
	}
	return Duration(d), nil
}

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := ParseDuration(string(b))
	*d = v
	return err
}

// MarshalText writes it in the shortest form.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String writes 14d, 1d12h, 5m, 90s.
func (d Duration) String() string {
	v := time.Duration(d)
	if v < 0 {
		return "-" + Duration(-v).String()
	}
	if v == 0 {
		return "0s"
	}
	var b strings.Builder
	if days := v / (24 * time.Hour); days > 0 {
		fmt.Fprintf(&b, "%dd", days)
		v -= days * 24 * time.Hour
	}
	if v == 0 {
		return b.String()
	}
	s := v.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	b.WriteString(s)
	return b.String()
}

// Std is the duration as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// Strings is a list that may be written as one value.
type Strings []string

// UnmarshalYAML reads a value or a list of values.
func (s *Strings) UnmarshalYAML(b []byte) error {
	var list []any
	if err := yaml.Unmarshal(b, &list); err != nil {
		var one any
		if err := yaml.Unmarshal(b, &one); err != nil {
			return err
		}
		list = []any{one}
	}
	for _, v := range list {
		switch v := v.(type) {
		case string, bool, int64, uint64, int, float64:
			*s = append(*s, fmt.Sprint(v))
		case nil:
			*s = append(*s, "")
		default:
			return fmt.Errorf("%v is no text", v)
		}
	}
	return nil
}

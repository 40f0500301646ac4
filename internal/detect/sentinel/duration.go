package sentinel

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect/rule"
)

var iso = regexp.MustCompile(`^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)

// duration reads 5m, 1h, 14d and ISO 8601's PT5M, P1D, P1DT12H, in any case of
// letters.
func duration(s string) (rule.Duration, error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if m := iso.FindStringSubmatch(s); m != nil && len(s) > 2 {
		var d time.Duration
		for i, unit := range []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second} {
			if m[i+1] == "" {
				continue
			}
			n, err := strconv.Atoi(m[i+1])
			if err != nil || n > 1_000_000 {
				return 0, fmt.Errorf("%q is no duration", s)
			}
			d += time.Duration(n) * unit
		}
		return rule.Duration(d), nil
	}
	d, err := rule.ParseDuration(strings.ToLower(s))
	if err != nil {
		return 0, fmt.Errorf("%q is no duration such as 5m, 1d, PT5H or P1D", s)
	}
	return d, nil
}

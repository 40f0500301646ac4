package bind

import (
	"fmt"
	"strconv"
	"strings"
)

// didYouMean names the candidate of the smallest edit distance, if any is
// close.
func didYouMean(name string, list []string) string {
	best, at := "", len(name)/3+2
	for _, c := range list {
		if strings.EqualFold(c, name) {
			best = c
			break
		}
		if d := distance(strings.ToLower(name), strings.ToLower(c), at); d < at {
			best, at = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// distance is the Levenshtein distance, cut off at limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		prev := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := prev
			if a[i-1] != b[j-1] {
				cost = min(prev, row[j], row[j-1]) + 1
			}
			prev, row[j] = row[j], cost
		}
	}
	return row[len(b)]
}

func itoa(n int) string { return strconv.Itoa(n) }

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return itoa(n) + " " + what + "s"
}

package blob

import (
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/schema"
)

// year ends the prefix of a blob's name and begins its hour.
const year = "/y="

// cutName splits a name behind the first "/y=". Names without it are in the
// prefix "", and their rest is the whole name.
func cutName(name string) (prefix, rest string) {
	if i := strings.Index(name, year); i >= 0 {
		return name[:i+len(year)], name[i+len(year):]
	}
	return "", name
}

// hourOf reads the hour that the rest of a name states, as in
// "2026/m=07/d=16/h=13/m=00/PT1H.json". Note the two parts named m=. It is
// false if the rest states none; shares of an hour (m=05) count to it.
func hourOf(rest string) (time.Time, bool) {
	parts := strings.SplitN(rest, "/", 6)
	if len(parts) < 5 || len(parts[0]) != 4 {
		return time.Time{}, false
	}
	y, ok := number(parts[0])
	n := [4]int{}
	for i, name := range []string{"m=", "d=", "h=", "m="} {
		text, found := strings.CutPrefix(parts[i+1], name)
		v, good := number(text)
		ok = ok && found && good && len(text) <= 2
		n[i] = v
	}
	t := time.Date(y, time.Month(n[0]), n[1], n[2], 0, 0, 0, time.UTC)
	if !ok || n[3] > 59 || n[2] > 23 || int(t.Month()) != n[0] || t.Day() != n[1] {
		return time.Time{}, false
	}
	return t, true
}

func number(s string) (n int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' || i > 4 {
			return 0, false
		}
		n = 10*n + int(s[i]-'0')
	}
	return n, s != ""
}

// dayOf is how rests of a day's names begin.
func dayOf(t time.Time) string { return t.UTC().Format("2006/m=01/d=02/") }

// tenantOf is the tenant that a prefix names, "" if it names none.
func tenantOf(prefix string) string {
	for part := range strings.SplitSeq(prefix, "/") {
		if name, id, _ := strings.Cut(part, "="); strings.EqualFold(name, "tenantId") && len(id) == 36 {
			return strings.ToLower(id)
		}
	}
	return ""
}

// tableOf is the table of a container's records, as far as its name tells.
func tableOf(container string) string {
	category := strings.TrimPrefix(container, "insights-logs-")
	if t := schema.ByCategory(category); t != nil {
		return t.Name
	}
	return category
}

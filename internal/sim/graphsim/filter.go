package graphsim

import (
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"
)

// filter is a $filter that this service understands: comparisons of one time
// member and the kind of sign-ins, joined by and.
type filter struct {
	bounds []bound
	kinds  []string
}

type bound struct {
	op string
	at time.Time
}

var (
	comparison = regexp.MustCompile(`^([A-Za-z]+) (eq|ge|le|gt|lt) ([0-9TZ:.+-]+)$`)
	anyKind    = regexp.MustCompile(`^signInEventTypes/any\((\w+): ?(.+)\)$`)
	conjunct   = regexp.MustCompile(`(?i) and `)
	disjunct   = regexp.MustCompile(`(?i) or `)
)

func parseFilter(text string, l *list, beta bool, operators string) (f filter, err error) {
	if text = strings.TrimSpace(text); text == "" {
		return f, nil
	}
	for _, part := range conjunct.Split(text, -1) {
		part = strings.TrimSpace(part)
		for strings.HasPrefix(part, "(") && strings.HasSuffix(part, ")") {
			part = strings.TrimSpace(part[1 : len(part)-1])
		}
		if m := anyKind.FindStringSubmatch(part); m != nil {
			if l.path != "auditLogs/signIns" || !beta {
				return f, badQuery("Could not find a property named 'signInEventTypes' on type 'microsoft.graph.signIn'.")
			}
			for _, alt := range disjunct.Split(m[2], -1) {
				kind := strings.Split(alt, "'")
				if !strings.HasPrefix(strings.TrimSpace(alt), m[1]+" eq '") || len(kind) != 3 {
					return f, badQuery("Invalid filter clause")
				}
				f.kinds = append(f.kinds, kind[1])
			}
			if slices.Contains(f.kinds, "interactiveUser") || slices.Contains(f.kinds, "nonInteractiveUser") {
				if !slices.Contains(f.kinds, "servicePrincipal") && !slices.Contains(f.kinds, "managedIdentity") {
					continue
				}
				return f, badQuery("User and application sign-ins cannot be combined in one filter.")
			}
			continue
		}
		m := comparison.FindStringSubmatch(part)
		if m == nil {
			return f, refuse("Invalid filter clause: %q", part)
		}
		if m[1] != l.field {
			return f, refuse("Could not find a property named '%s', or filtering by it is not supported.", m[1])
		}
		if operators != "" && !strings.Contains(operators, m[2]) {
			return f, refuse("Filter operator '%s' is not supported.", m[2])
		}
		at, err := time.Parse(time.RFC3339Nano, m[3])
		if err != nil {
			return f, badQuery("Invalid filter clause: unrecognized 'Edm.String' literal")
		}
		f.bounds = append(f.bounds, bound{m[2], at})
	}
	return f, nil
}

func (f filter) matches(o *Object, beta bool) bool {
	for _, b := range f.bounds {
		c := o.At.Compare(b.at)
		if b.op == "eq" && c != 0 || b.op == "ge" && c < 0 || b.op == "gt" && c <= 0 || b.op == "le" && c > 0 || b.op == "lt" && c >= 0 {
			return false
		}
	}
	if o.SignIn == "" {
		return true
	}
	kinds := f.kinds
	if len(kinds) == 0 || !beta {
		kinds = []string{"interactiveUser"}
	}
	for _, k := range kinds {
		if k == o.SignIn {
			return true
		}
	}
	return false
}

// within narrows objects, which are in order of time, to those that the bounds
// can match.
func (f filter) within(objects []*Object) []*Object {
	for _, b := range f.bounds {
		i := sort.Search(len(objects), func(i int) bool { return !objects[i].At.Before(b.at) })
		k := sort.Search(len(objects), func(i int) bool { return objects[i].At.After(b.at) })
		switch b.op {
		case "ge", "gt":
			objects = objects[i:]
		case "le", "lt":
			objects = objects[:k]
		}
	}
	return objects
}

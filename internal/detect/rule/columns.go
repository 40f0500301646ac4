package rule

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

// Columns gives every column that the rule names outside its query, with the
// place that names it.
func (r *Rule) Columns() iter.Seq2[string, string] {
	return func(yield func(place, column string) bool) {
		for i, m := range r.Entities {
			for _, f := range slices.Sorted(maps.Keys(m.Fields)) {
				if !yield(fmt.Sprintf("entities[%d].%s", i, f), m.Fields[f]) {
					return
				}
			}
		}
		for _, l := range slices.Sorted(maps.Keys(r.Details)) {
			if !yield("details."+l, r.Details[l]) {
				return
			}
		}
		for _, c := range []struct{ place, column string }{{"alert.severity", r.Alert.Severity}, {"alert.tactics", r.Alert.Tactics}} {
			if c.column != "" && !yield(c.place, c.column) {
				return
			}
		}
		for _, c := range []struct{ place, text string }{{"alert.title", r.Alert.Title}, {"alert.description", r.Alert.Description}} {
			for _, m := range Placeholder.FindAllStringSubmatch(c.text, -1) {
				if !yield(c.place, m[1]) {
					return
				}
			}
		}
		for _, c := range r.Suppress.By {
			if !yield("suppress.by", c) {
				return
			}
		}
	}
}

package detect

import (
	"maps"
	"slices"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/query"
)

// maxEntitiesOfAlert bounds the entities of one alert.
const maxEntitiesOfAlert = 500

// entities makes the entities of rows, each once. Where a column holds a list,
// each element is an entity; then the mapping's other columns are given to it
// element by element if their lists are as long, else left out.
func entities(ru *rule.Rule, t *Table, rows []query.Row) []Entity {
	var out []Entity
	seen := map[string]bool{}
	for _, row := range rows {
		for _, m := range ru.Entities {
			for _, e := range mapped(m, t, row) {
				k := identity(e)
				if len(e.Fields) == 0 || seen[k] || len(out) == maxEntitiesOfAlert {
					continue
				}
				seen[k] = true
				out = append(out, e)
			}
		}
	}
	return out
}

func identity(e Entity) string {
	parts := []string{e.Type}
	for _, f := range slices.Sorted(maps.Keys(e.Fields)) {
		parts = append(parts, f, e.Fields[f])
	}
	return digest(parts...)
}

func mapped(m rule.EntityMapping, t *Table, row query.Row) []Entity {
	lists, most := map[string][]string{}, 0
	for f, c := range m.Fields {
		i := t.Index(c)
		if i < 0 {
			continue
		}
		lists[f] = elements(t.Columns[i].Type, row[i])
		most = max(most, len(lists[f]))
	}
	out := make([]Entity, most)
	for n := range out {
		out[n] = Entity{Type: m.Type, Fields: map[string]string{}}
		for f, l := range lists {
			if len(l) == most && l[n] != "" {
				out[n].Fields[f] = l[n]
			}
		}
	}
	return out
}

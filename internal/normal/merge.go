package normal

import (
	"sort"

	"github.com/wholelog/wholelog/internal/schema"
)

// Merge makes the one row of an event that has several versions: each column
// comes from the highest-ranked version that has it. The result does not
// depend on the order of rows, which are not changed; there must be at least
// one and all must be of the same event.
func Merge(rows []*schema.Row) *schema.Row {
	if len(rows) == 1 {
		return rows[0]
	}
	rows = append([]*schema.Row(nil), rows...)
	sort.Slice(rows, func(i, j int) bool { return rows[j].Rank.Less(rows[i].Rank) })
	out := *rows[0]
	out.Cells = append([]schema.Cell(nil), out.Cells...)
	out.Promoted = append([]schema.Cell(nil), out.Promoted...)
	for col := range out.Cells {
		if out.Cells[col].Set {
			continue
		}
		for _, lower := range rows[1:] {
			if !lower.Cells[col].Set {
				continue
			}
			out.Cells[col] = lower.Cells[col]
			for i, p := range out.Table.Promoted {
				if p.Column == out.Table.Columns[col].Name {
					out.Promoted[i] = lower.Promoted[i]
					out.Misfit = out.Misfit&^(1<<i) | lower.Misfit&(1<<i)
				}
			}
			break
		}
	}
	return &out
}

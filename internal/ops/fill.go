package ops

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/store/duck"
	"github.com/wholelog/wholelog/kql"
)

const (
	fillRows   = 50  // rows of a day that say something about a column
	filledFrom = 0.2 // share of rows from which on a column counts as one that is filled
)

// fillDay is how often the columns of a table were filled on one day.
type fillDay struct {
	Day    string         `json:"day"`
	Rows   int64          `json:"rows"`
	Filled map[string]int `json:"filled"` // per mille, by column
}

// Fill keeps the fill rates of columns by day, to notice when one is no longer
// filled: a permission that is gone, or a field that Microsoft has renamed.
type Fill struct {
	path string
	days map[string][]fillDay // by table, oldest first
}

// OpenFill reads what is kept; what cannot be read is measured again.
func OpenFill(path string) *Fill {
	f := &Fill{path: path, days: map[string][]fillDay{}}
	if b, err := os.ReadFile(path); err == nil && json.Unmarshal(b, &f.days) != nil {
		f.days = map[string][]fillDay{}
	}
	return f
}

// Measure measures the days before today that are not known yet, eight of them
// at most, and says which columns are no longer filled.
func (f *Fill) Measure(ctx context.Context, s *duck.Store, now time.Time) ([]Finding, error) {
	today := now.UTC().Truncate(24 * time.Hour)
	for _, t := range schema.Tables() {
		known := map[string]bool{}
		for _, d := range f.days[t.Name] {
			known[d.Day] = true
		}
		for back := 8; back >= 1; back-- {
			day := today.Add(-time.Duration(back) * 24 * time.Hour)
			if known[day.Format(time.DateOnly)] {
				continue
			}
			d, err := fillOf(ctx, s, t, day)
			if err != nil {
				return nil, err
			}
			f.days[t.Name] = append(f.days[t.Name], d)
		}
		list := f.days[t.Name]
		sort.Slice(list, func(i, j int) bool { return list[i].Day < list[j].Day })
		f.days[t.Name] = list[max(0, len(list)-8):]
	}
	b, err := json.Marshal(f.days)
	if err != nil {
		return nil, fmt.Errorf("fill rates: %w", err)
	}
	if err := writeFile(f.path, b); err != nil {
		return nil, err
	}
	return f.findings(), nil
}

// findings compares the newest day with rows with the days before.
func (f *Fill) findings() (out []Finding) {
	for table, days := range f.days {
		if len(days) < 2 {
			continue
		}
		last := days[len(days)-1]
		if last.Rows < fillRows {
			continue
		}
		sums, rows := map[string]float64{}, 0.0
		for _, d := range days[:len(days)-1] {
			rows += float64(d.Rows)
			for c, per := range d.Filled {
				sums[c] += float64(per) / 1000 * float64(d.Rows)
			}
		}
		if rows < fillRows {
			continue
		}
		for c, n := range sums {
			// Rare columns are empty on a day by chance.
			if share := n / rows; share >= filledFrom && last.Filled[c] == 0 {
				out = append(out, Finding{Kind: "unfilled", Subject: table + "." + c, Text: fmt.Sprintf("%.0f %% of the rows before had it and none of the %d rows of %s: a permission may be gone, or the service has changed the field", 100*share, last.Rows, last.Day)})
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Subject < out[j].Subject })
	return out
}

// fillOf counts the filled cells of one day of a table.
func fillOf(ctx context.Context, s *duck.Store, t *schema.Table, day time.Time) (fillDay, error) {
	d := fillDay{Day: day.Format(time.DateOnly), Filled: map[string]int{}}
	from, to := schema.TicksOf(day), schema.TicksOf(day.Add(24*time.Hour))
	var columns []schema.Column
	var list []string
	for _, c := range t.Columns {
		if c.Hidden {
			continue
		}
		quoted := `"` + strings.ReplaceAll(c.Name, `"`, `""`) + `"`
		is := quoted + " IS NOT NULL"
		if c.Type == kql.String {
			is = quoted + " <> ''"
		}
		columns = append(columns, c)
		list = append(list, "count(*) FILTER ("+is+")")
	}
	defer s.Hold()()
	counts := make([]int64, len(columns)+1)
	for _, p := range s.Parts(t, from, to) {
		row := make([]any, len(counts))
		got := make([]int64, len(counts))
		for i := range row {
			row[i] = &got[i]
		}
		q := fmt.Sprintf(`SELECT count(*), %s FROM %s WHERE "TimeGenerated" >= %d AND "TimeGenerated" < %d`, strings.Join(list, ", "), p.SQL, from, to)
		if err := s.DB().QueryRowContext(ctx, q).Scan(row...); err != nil {
			return d, fmt.Errorf("fill rates of %s: %w", t.Name, err)
		}
		for i := range got {
			counts[i] += got[i]
		}
	}
	d.Rows = counts[0]
	for i, c := range columns {
		if n := counts[i+1]; n > 0 {
			d.Filled[c.Name] = max(1, int(1000*n/d.Rows))
		}
	}
	return d, nil
}

package builtin

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/wholelog/wholelog/kql/types"
)

// ScanProgram is a scan operator for the function scan, which takes it as
// JSON. Values travel as texts: a row is a list of them, null for null.
type ScanProgram struct {
	Cells []types.Type // of the row's values
	Out   []ScanColumn
	Steps []ScanStep
}

// ScanColumn is a column that steps assign. Its default is the row's value at
// Cell, or Default where Cell is negative.
type ScanColumn struct {
	Type    types.Type
	Cell    int
	Default *string
}

// ScanStep is a step. Set has an element for each of Out, nil for the default.
type ScanStep struct {
	Output string
	Cond   *ScanExpr
	Set    []*ScanExpr
}

// scanRecord is a row that matched, with what its step assigned.
type scanRecord struct{ row, out []any }

// scanState is what a step holds: the newest record of each step up to it.
// pending is the record that output=last gives when the series ends.
type scanState struct {
	recs    []*scanRecord
	id      int64
	pending *scanHit
}

type scanHit struct {
	row int // from 1
	id  int64
	rec *scanRecord
}

type scanMachine struct {
	p     *ScanProgram
	conds []scanFunc
	sets  [][]scanFunc
	defs  []any
	state []*scanState // nil: the step has no active sequence
	next  int64
	hits  []scanHit
}

// scanError ends a scan with a message for the user.
type scanError string

// The table refers to itself through scan, which calls functions by name.
func init() {
	f := fn("scan", "ss:s", func(a args) any {
		out, err := scanRows(a.str(0), a.str(1))
		if err != nil {
			return "!" + err.Error()
		}
		return out
	})
	table[f.Name] = &f
}

// scanRows runs a program over rows, a JSON array of arrays of texts in any
// order: the row's place, then its cells. The result is a JSON array of
// matches: the row's place, the match's number, then Out.
func scanRows(program, rows string) (out string, err error) {
	m, err := newScan(program)
	if err != nil {
		return "", err
	}
	list, err := m.rows(rows)
	if err != nil {
		return "", err
	}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(scanError)
			if !ok {
				panic(r)
			}
			err = fmt.Errorf("%s", string(e))
		}
	}()
	for _, r := range list {
		m.row(r.place, m.cells(r.cells))
	}
	for k := len(m.state) - 1; k >= 0; k-- {
		m.flush(k)
	}
	return m.result(), nil
}

func newScan(program string) (*scanMachine, error) {
	p := &ScanProgram{}
	if err := json.Unmarshal([]byte(program), p); err != nil {
		return nil, fmt.Errorf("scan: %w", err)
	}
	m := &scanMachine{p: p, state: make([]*scanState, len(p.Steps))}
	for _, o := range p.Out {
		if o.Cell >= len(p.Cells) {
			return nil, fmt.Errorf("scan: no cell %d", o.Cell)
		}
		m.defs = append(m.defs, scanValue(o.Type, o.Default))
	}
	for _, s := range p.Steps {
		cond, err := p.compile(s.Cond)
		if err != nil {
			return nil, err
		}
		set := make([]scanFunc, len(p.Out))
		for j := range set {
			if j < len(s.Set) && s.Set[j] != nil {
				if set[j], err = p.compile(s.Set[j]); err != nil {
					return nil, err
				}
			}
		}
		m.conds, m.sets = append(m.conds, cond), append(m.sets, set)
	}
	return m, nil
}

// scanRow is a row as it came.
type scanRow struct {
	place int
	cells []any
}

// rows reads the rows and puts them in order. To sort here takes a fraction of
// the memory that a sorted aggregate of the engine takes with many parts.
func (m *scanMachine) rows(text string) ([]scanRow, error) {
	v := decode(text)
	list, ok := v.([]any)
	if !ok && v != nil {
		return nil, fmt.Errorf("scan: no rows")
	}
	out := make([]scanRow, len(list))
	for i, r := range list {
		cells, _ := r.([]any)
		if len(cells) == 0 {
			return nil, fmt.Errorf("scan: row %d is empty", i)
		}
		s, _ := cells[0].(string)
		place, err := strconv.Atoi(s)
		if err != nil {
			return nil, fmt.Errorf("scan: row %d has no place", i)
		}
		out[i] = scanRow{place, cells[1:]}
	}
	byPlace := func(a, b scanRow) int { return a.place - b.place }
	if !slices.IsSortedFunc(out, byPlace) {
		slices.SortFunc(out, byPlace)
	}
	return out, nil
}

func (m *scanMachine) cells(texts []any) []any {
	out := make([]any, len(m.p.Cells))
	for i, t := range m.p.Cells {
		var text *string
		if i < len(texts) {
			if s, ok := texts[i].(string); ok {
				text = &s
			}
		}
		out[i] = scanValue(t, text)
	}
	return out
}

// row takes a row to every step, from the last to the first: a step takes over
// the sequence of the one before it, or else goes on with its own.
func (m *scanMachine) row(n int, cells []any) {
	for k := len(m.state) - 1; k >= 0; k-- {
		if k > 0 && m.state[k-1] != nil && m.holds(k, cells, m.state[k-1].recs) {
			m.flush(k)
			m.flush(k - 1)
			m.state[k], m.state[k-1] = m.state[k-1], nil
			m.match(k, n, cells)
			continue
		}
		s := m.state[k]
		if s == nil && k > 0 {
			continue
		}
		if s == nil {
			s = &scanState{}
		}
		if !m.holds(k, cells, s.recs) {
			continue
		}
		if m.state[k] == nil {
			s.id = m.next
			m.next++
			m.state[k] = s
		}
		m.match(k, n, cells)
	}
}

func (m *scanMachine) holds(k int, cells []any, recs []*scanRecord) bool {
	v, _ := m.conds[k](&scanFrame{m: m, row: cells, recs: recs}).(bool)
	return v
}

// match computes what step k assigns, keeps the row as the newest of k, and
// gives it out. Sequences that were taken over share older records, so the
// list is copied.
func (m *scanMachine) match(k, n int, cells []any) {
	s := m.state[k]
	f := &scanFrame{m: m, row: cells, recs: s.recs}
	rec := &scanRecord{row: cells, out: make([]any, len(m.p.Out))}
	for i, o := range m.p.Out {
		switch {
		case m.sets[k][i] != nil:
			rec.out[i] = m.sets[k][i](f)
		case o.Cell >= 0:
			rec.out[i] = cells[o.Cell]
		default:
			rec.out[i] = m.defs[i]
		}
	}
	recs := make([]*scanRecord, k+1)
	copy(recs, s.recs)
	recs[k] = rec
	s.recs = recs
	switch hit := (scanHit{row: n, id: s.id, rec: rec}); m.p.Steps[k].Output {
	case "all":
		m.hits = append(m.hits, hit)
	case "last":
		s.pending = &hit
	}
}

// flush gives out the last record of step k's series, which ends.
func (m *scanMachine) flush(k int) {
	if s := m.state[k]; s != nil && s.pending != nil {
		m.hits = append(m.hits, *s.pending)
		s.pending = nil
	}
}

func (m *scanMachine) result() string {
	b := []byte{'['}
	for i, h := range m.hits {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(strconv.AppendInt(append(b, `["`...), int64(h.row), 10), `","`...)
		b = append(strconv.AppendInt(b, h.id, 10), '"')
		for j, v := range h.rec.out {
			b = append(b, ',')
			if v == nil && m.p.Out[j].Type != types.String {
				b = append(b, "null"...)
			} else {
				b = appendString(b, scanText(m.p.Out[j].Type, v))
			}
		}
		b = append(b, ']')
	}
	return string(append(b, ']'))
}

// scanText writes a value as the engine reads it.
func scanText(t types.Type, v any) string {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		return v
	}
	return ""
}

// scanValue reads a text as the engine writes it.
func scanValue(t types.Type, s *string) any {
	if s == nil {
		if t == types.String {
			return ""
		}
		return nil
	}
	switch t {
	case types.Bool:
		return *s == "true"
	case types.Int, types.Long, types.Datetime, types.Timespan:
		if n, err := strconv.ParseInt(*s, 10, 64); err == nil {
			return n
		}
		return nil
	case types.Real, types.Decimal:
		if f, err := strconv.ParseFloat(*s, 64); err == nil {
			return f
		}
		return nil
	}
	return *s
}

package ingest

import (
	"context"
	"maps"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/store/duck"
)

// group is the records of one event, which become its row.
type group struct {
	key     event.Hash
	table   *schema.Table
	rows    []*schema.Row // of records of this stretch
	earlier map[event.Position]bool
	replace bool           // the store may have a row of the event
	cause   event.Position // see duck.Change
	write   bool           // its row is made anew
	dropped bool           // its records are another group's
}

// grouping sorts the records of a stretch by the event that they are of.
type grouping struct {
	in     *Ingest
	s      stretch
	known  []looked
	rows   []*schema.Row
	old    func(event.Position) bool // tells records that are not in the stretch
	groups map[event.Hash]*group
	order  []*group
	batch  duck.Batch
}

// group makes a stretch of the ledger a batch for the store and counts what
// became of its records. What the store has of records that are not old is
// not believed: they are in the stretch again, as after a crash.
func (in *Ingest) group(ctx context.Context, s stretch, known []looked, old func(event.Position) bool, c *Counts) (duck.Batch, error) {
	g := &grouping{in: in, s: s, known: known, old: old, groups: map[event.Hash]*group{}, batch: duck.Batch{Last: s.last}}
	var err error
	if g.rows, err = normalize(ctx, s); err != nil {
		return g.batch, err
	}
	for i, row := range g.rows {
		if row == nil {
			continue
		}
		m := g.of(row.Key, row.Table, known[i].Known)
		m.rows, m.write = append(m.rows, row), true
		if t := known[i].trait; t.Sum != 0 {
			g.batch.Traits = append(g.batch.Traits, g.trait(i))
		}
	}
	if err := g.join(ctx); err != nil {
		return g.batch, err
	}
	g.count(c)
	err = in.earlier(ctx, func(need func(event.Position, func(*schema.Row))) {
		for _, m := range g.order {
			if m.dropped || !m.write {
				continue
			}
			for p := range m.earlier {
				need(p, func(r *schema.Row) { m.rows = append(m.rows, r) })
			}
		}
	})
	if err != nil {
		return g.batch, err
	}
	for _, m := range g.order {
		if m.dropped || !m.write {
			continue
		}
		c := Change(m.rows)
		c.Replace, c.Cause = m.replace, m.cause
		g.batch.Changes = append(g.batch.Changes, c)
	}
	return g.batch, nil
}

// of is the group of a key; known is what the store has under it.
func (g *grouping) of(key event.Hash, table *schema.Table, known duck.Known) *group {
	m := g.groups[key]
	if m == nil {
		m = &group{key: key, table: table, replace: len(known.Versions) > 0, earlier: map[event.Position]bool{}}
		for _, p := range known.Versions {
			if g.old(p) {
				m.earlier[p] = true
			}
		}
		g.groups[key] = m
		g.order = append(g.order, m)
	}
	return m
}

// count says what became of each record: the first of an event that the store
// did not have is accepted, all others are versions.
func (g *grouping) count(c *Counts) {
	for i, row := range g.rows {
		if row == nil {
			r := &g.s.records[i]
			g.batch.Unparsed = append(g.batch.Unparsed, duck.Unparsed{Position: g.s.positions[i], Content: r.Content, Source: r.Source, Problem: r.Problem})
			c.Unparsed++
		}
	}
	for _, m := range g.order {
		n := int64(len(m.rows))
		if n > 0 && len(m.earlier) == 0 && !m.dropped {
			c.Accepted++
			c.Tables[m.table.Name]++
			n--
		}
		if !m.dropped {
			c.Versions += n
		}
	}
}

func (g *grouping) trait(i int) duck.Trait {
	t := duck.Trait{Trait: g.known[i].trait, Key: g.rows[i].Key, Position: g.s.positions[i]}
	if t.CSV {
		t.Content = g.rows[i].Content
	}
	return t
}

// shared is what the stretch and the store have of one Sum.
type shared struct {
	all, before []duck.Trait // before: without the stretch
	cause       event.Position
}

// join brings rows of the portal's audit CSV together with the events of other
// paths that they are versions of, and takes apart what a new record makes
// ambiguous.
func (g *grouping) join(ctx context.Context) error {
	bySum := map[uint64]*shared{}
	var sums []uint64
	for i, row := range g.rows {
		sum := g.known[i].trait.Sum
		if row == nil || sum == 0 {
			continue
		}
		b := bySum[sum]
		if b == nil {
			b = &shared{}
			for _, t := range g.known[i].Near {
				if g.old(t.Position) {
					b.before = append(b.before, t)
				}
			}
			b.all = append(b.all, b.before...)
			bySum[sum] = b
			sums = append(sums, sum)
		}
		b.all = append(b.all, g.trait(i))
		b.cause = max(b.cause, g.s.positions[i])
	}
	var mixed []*shared
	for _, sum := range sums {
		b := bySum[sum]
		csv := 0
		for _, t := range b.all {
			if t.CSV {
				csv++
			}
		}
		if csv > 0 && csv < len(b.all) {
			mixed = append(mixed, b)
		}
	}
	if err := g.ask(ctx, mixed); err != nil {
		return err
	}
	for _, b := range mixed {
		g.regroup(b)
	}
	return nil
}

// ask looks up the events that share a Sum with the stretch's records and have
// none there.
func (g *grouping) ask(ctx context.Context, mixed []*shared) error {
	var probes []duck.Probe
	asked := map[event.Hash]bool{}
	for _, b := range mixed {
		for _, t := range b.before {
			if g.groups[t.Key] == nil && !asked[t.Key] {
				asked[t.Key] = true
				// Any month: a version without a time of its own may have moved the row.
				probes = append(probes, duck.Probe{Table: schema.Lookup("AuditLogs"), Key: t.Key, Time: schema.TicksOf(t.Time), AnyMonth: true})
			}
		}
	}
	if len(probes) == 0 {
		return nil
	}
	known, err := g.in.Store.Known(ctx, probes)
	if err != nil {
		return err
	}
	for i, p := range probes {
		g.of(p.Key, p.Table, known[i])
	}
	return nil
}

// regroup applies the partners of one Sum.
func (g *grouping) regroup(b *shared) {
	before, after := Partners(b.before), Partners(b.all)
	touched := map[event.Hash]bool{}
	for _, t := range b.all {
		if len(g.groups[t.Key].rows) > 0 {
			touched[t.Key] = true
		}
	}
	var rows []event.Hash // keys of CSV rows
	has := map[event.Hash]bool{}
	for _, list := range byKey(b.all, true) {
		k := list[0].Key
		rows = append(rows, k)
		if was, is := before[k], after[k]; was != is || touched[k] {
			touched[k], has[was], has[is] = true, true, true
		}
	}
	for k := range has {
		if g.groups[k] != nil {
			touched[k] = true
		}
	}
	// Everything goes back to where it stands by itself ...
	earlier := map[event.Hash]map[event.Position]bool{}
	csv := map[event.Position]bool{}
	for _, t := range b.before {
		if !t.CSV {
			continue
		}
		if earlier[t.Key] == nil {
			earlier[t.Key] = map[event.Position]bool{}
		}
		earlier[t.Key][t.Position], csv[t.Position] = true, true
	}
	for _, list := range byKey(b.all, false) {
		e := g.groups[list[0].Key]
		maps.DeleteFunc(e.earlier, func(p event.Position, _ bool) bool { return csv[p] })
	}
	// ... and from there to its partner.
	for _, k := range rows {
		m, e := g.groups[k], g.groups[after[k]]
		m.earlier = earlier[k]
		if e == nil {
			continue
		}
		for p := range m.earlier {
			e.earlier[p] = true
		}
		e.rows = append(e.rows, m.rows...)
		_, was := before[k]
		if len(m.earlier) > 0 && !was {
			g.batch.Gone = append(g.batch.Gone, duck.Gone{Table: m.table, Key: k, Time: timeOf(b.before, k), Cause: b.cause})
		}
		m.dropped = true
	}
	for k := range touched {
		m := g.groups[k]
		m.write, m.cause = true, max(m.cause, b.cause)
		m.replace = m.replace || len(m.earlier) > 0
	}
}

func timeOf(traits []duck.Trait, key event.Hash) int64 {
	for _, t := range traits {
		if t.Key == key {
			return schema.TicksOf(t.Time)
		}
	}
	return 0
}

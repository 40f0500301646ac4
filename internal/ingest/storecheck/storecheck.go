package storecheck

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"sort"

	"golang.org/x/sync/errgroup"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/store/duck"
)

// Finding is one thing that is wrong with the store.
type Finding struct {
	Kind     string         `json:"kind"` // changed, missing or surplus
	Table    string         `json:"table"`
	Position event.Position `json:"record"`            // of the ledger
	Columns  []string       `json:"columns,omitempty"` // that differ
}

func (f Finding) String() string {
	s := fmt.Sprintf("store: a row of %s is %s [record %d", f.Table, f.Kind, f.Position)
	for i, c := range f.Columns {
		if i == 0 {
			s += ", column "
		} else {
			s += ", "
		}
		s += c
	}
	return s + "]"
}

// Report is what a run found.
type Report struct {
	Findings []Finding `json:"findings"` // by position
	Records  int64     `json:"records"`  // of the ledger that were made to rows again
	Rows     int64     `json:"rows"`     // that were compared
}

const batch = 8192

// Run compares every cell. progress is told how many records are done.
func Run(ctx context.Context, in *ingest.Ingest, progress func(records int64)) (*Report, error) {
	if err := in.SameVersions(ctx); err != nil {
		return nil, err
	}
	side, err := in.Store.Side(ctx)
	if err != nil {
		return nil, err
	}
	partners := map[event.Hash]event.Hash{}
	if err := in.Store.MixedTraits(ctx, func(list []duck.Trait) { maps.Copy(partners, ingest.Partners(list)) }); err != nil {
		return nil, err
	}
	c := &check{in: in, partners: partners, side: side, r: &Report{Findings: []Finding{}}, rows: map[*schema.Table][]*schema.Row{}, groups: map[event.Hash][]*schema.Row{}, misfits: map[string]uint64{}}
	var records []event.Record
	var positions []event.Position
	flush := func() error {
		if err := c.records(ctx, records, positions); err != nil {
			return err
		}
		c.r.Records += int64(len(records))
		if progress != nil {
			progress(c.r.Records)
		}
		records, positions = records[:0], positions[:0]
		return nil
	}
	err = in.Ledger.Read(ctx, 0, func(p event.Position, r *event.Record) error {
		records, positions = append(records, *r), append(positions, p)
		if len(records) < batch {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err == nil {
		err = c.finish(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("compare the store with the ledger: %w", err)
	}
	sort.SliceStable(c.r.Findings, func(i, j int) bool { return c.r.Findings[i].Position < c.r.Findings[j].Position })
	return c.r, nil
}

type check struct {
	in      *ingest.Ingest
	side    duck.Side
	r       *Report
	rows    map[*schema.Table][]*schema.Row // to be compared
	groups  map[event.Hash][]*schema.Row    // events whose versions are not all read yet
	sizes   map[event.Hash]int              // versions that the store says an event has
	misfits map[string]uint64
	at      [][]uint64 // by table: bit set of the positions that rows have
	tables  []*schema.Table
	// partners are the keys of the events that rows of the portal's audit CSV
	// are versions of, by what the store says; what it says is compared too.
	partners map[event.Hash]event.Hash
	traits   []uint64 // bit set of the positions that have one
}

func (c *check) find(kind, table string, p event.Position, columns ...string) {
	c.r.Findings = append(c.r.Findings, Finding{kind, table, p, columns})
}

// records takes up a stretch of the ledger.
func (c *check) records(ctx context.Context, records []event.Record, positions []event.Position) error {
	if c.sizes == nil {
		c.sizes = map[event.Hash]int{}
		for _, list := range c.side.Versions {
			for _, v := range list {
				c.sizes[v.Key]++
			}
		}
	}
	rows := make([]*schema.Row, len(records))
	var g errgroup.Group
	n := runtime.GOMAXPROCS(0)
	for w := range n {
		g.Go(func() (err error) {
			for i := w; i < len(records) && err == nil; i += n {
				rows[i], err = ingest.Row(&records[i], positions[i])
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := c.compareTraits(ctx, records, rows); err != nil {
		return err
	}
	for i, row := range rows {
		p := positions[i]
		if row == nil {
			want := duck.Unparsed{Position: p, Content: records[i].Content, Source: records[i].Source, Problem: records[i].Problem}
			if got := c.side.Unparsed[p]; len(got) == 0 {
				c.find("missing", "unparsed", p)
			} else if len(got) > 1 || got[0] != want {
				c.find("changed", "unparsed", p)
			}
			delete(c.side.Unparsed, p)
			continue
		}
		if k, ok := c.partners[row.Key]; ok {
			row.Key = k
		}
		said := c.side.Versions[p]
		if said == nil {
			c.compare(ingest.Change([]*schema.Row{row}).Row)
			continue
		}
		delete(c.side.Versions, p)
		if len(said) > 1 || said[0] != (duck.VersionOf{Table: row.Table.Name, Key: row.Key, Content: row.Content}) {
			c.find("changed", row.Table.Name, p, "versions")
		}
		k := said[0].Key
		c.groups[k] = append(c.groups[k], row)
		if all := c.groups[k]; len(all) == c.sizes[k] {
			delete(c.groups, k)
			c.merged(all)
		}
	}
	return c.flush(ctx)
}

// compareTraits looks for what the store says of audit events that differs.
func (c *check) compareTraits(ctx context.Context, records []event.Record, rows []*schema.Row) error {
	var list []duck.Trait
	for i, row := range rows {
		if row == nil {
			continue
		}
		t := duck.Trait{Trait: identify.TraitOf(&records[i]), Key: row.Key, Position: row.Position}
		if t.Sum == 0 {
			continue
		}
		if t.CSV {
			t.Content = row.Content
		}
		list = append(list, t)
		for uint64(len(c.traits)) <= uint64(t.Position)/64 {
			c.traits = append(c.traits, make([]uint64, len(c.traits)+64)...)
		}
		c.traits[t.Position/64] |= 1 << (t.Position % 64)
	}
	wrong, err := c.in.Store.DifferTraits(ctx, list)
	for _, p := range wrong {
		c.find("changed", "traits", p)
	}
	return err
}

// merged compares the row of an event with several versions.
func (c *check) merged(rows []*schema.Row) {
	for _, r := range rows[1:] {
		if r.Key != rows[0].Key || r.Table != rows[0].Table {
			c.find("changed", r.Table.Name, r.Position, "versions")
			return
		}
	}
	if len(rows) == 1 { // an event seen once has no list of versions
		c.find("surplus", rows[0].Table.Name, rows[0].Position, "versions")
	}
	c.compare(ingest.Change(rows).Row)
}

func (c *check) compare(row *schema.Row) {
	c.rows[row.Table] = append(c.rows[row.Table], row)
	c.mark(row.Table, row.Position)
	if row.Misfit != 0 {
		c.misfits[duck.MisfitName(row.Table, row.Time)] |= row.Misfit
	}
}

// bits of the positions that rows of a table have.
func (c *check) bits(t *schema.Table, grow event.Position) []uint64 {
	for i, known := range c.tables {
		if known == t {
			for uint64(len(c.at[i])) <= uint64(grow)/64 {
				c.at[i] = append(c.at[i], make([]uint64, len(c.at[i])+64)...)
			}
			return c.at[i]
		}
	}
	c.tables, c.at = append(c.tables, t), append(c.at, nil)
	return c.bits(t, grow)
}

func (c *check) mark(t *schema.Table, p event.Position) { c.bits(t, p)[p/64] |= 1 << (p % 64) }

func (c *check) flush(ctx context.Context) error {
	for t, rows := range c.rows {
		diffs, err := c.in.Store.Differ(ctx, t, rows)
		if err != nil {
			return err
		}
		for _, d := range diffs {
			kind := "changed"
			if d.Columns == nil {
				kind = "missing"
			}
			c.find(kind, d.Table, d.Position, d.Columns...)
		}
		c.r.Rows += int64(len(rows))
		delete(c.rows, t)
	}
	return nil
}

// finish looks for what the store has and the ledger does not give.
func (c *check) finish(ctx context.Context) error {
	for _, rows := range c.groups { // versions that the ledger does not have
		c.merged(rows)
	}
	if err := c.flush(ctx); err != nil {
		return err
	}
	for p := range c.side.Versions {
		c.find("surplus", "versions", p)
	}
	for p := range c.side.Unparsed {
		c.find("surplus", "unparsed", p)
	}
	for name, mask := range c.misfits {
		if mask&^c.side.Misfits[name] != 0 {
			c.find("changed", name, 0, "misfits")
		}
	}
	err := c.in.Store.TraitPositions(ctx, func(p event.Position) {
		if uint64(p)/64 >= uint64(len(c.traits)) || c.traits[p/64]&(1<<(p%64)) == 0 {
			c.find("surplus", "traits", p)
		}
	})
	if err != nil {
		return err
	}
	last := c.in.Ledger.Last()
	for _, t := range schema.Tables() {
		left := append([]uint64(nil), c.bits(t, last)...)
		err := c.in.Store.Positions(ctx, t, func(p event.Position) {
			if p > last || left[p/64]&(1<<(p%64)) == 0 {
				c.find("surplus", t.Name, p)
				return
			}
			left[p/64] &^= 1 << (p % 64) // a second row of the same record is surplus
		})
		if err != nil {
			return err
		}
	}
	return nil
}

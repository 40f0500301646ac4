package verify

import "fmt"

// judge puts together what the blocks gave: which record is the first that is
// wrong, and whether chain, root and footer hold.
func (r *Report) judge(t *task, blocks []*data, side []byte, foot *footer, bad func(Kind, uint64, string, ...any)) {
	var stored, computed []digest
	found := false // the first record that is wrong has been named
	chain := chainStart(t.stream, t.sequence, t.previous)
	name := func(kind Kind, record uint64, format string, args ...any) {
		if !found {
			bad(kind, record, format, args...)
		}
		found = true
	}
	var records, erased, raw int64
	chains := map[int]digest{} // by number of items
	total := newTally()
	for n, d := range blocks {
		if n == 0 {
			t.first = d.first
		}
		t.last = d.last
		if d.bad {
			name(d.badKind, d.badRecord, "%s", d.badWhat)
		}
		for i := range d.leaves {
			leaf := digest(side[(d.index+i)*sideSize+saltSize : (d.index+i+1)*sideSize])
			stored, computed = append(stored, leaf), append(computed, d.leaves[i])
			chain = chainNext(chain, leaf)
			chains[d.index+i+1] = chain
			if d.erased[i] {
				erased++
				if !t.erased[d.index+i] {
					name(Missing, d.positions[i], "a record was erased and no entry of the log says so")
				}
			} else if t.erased[d.index+i] {
				r.note("record %d: the log says that it is erased, and it is still there; the next start of wholelog erases it", d.positions[i])
			}
			if want := t.notes[d.positions[i]]; want != "" {
				if hexOf(leaf) != want {
					name(Altered, d.positions[i], "a note is not the one that the log names")
				}
				t.seen = append(t.seen, d.positions[i])
			}
		}
		records, raw = records+int64(d.records), raw+d.raw
		if d.tally != nil {
			total.merge(d.tally)
		}
		if len(d.leaves) == d.items && chain != d.chain && !found && foot != nil && len(t.footer) == 0 && n < len(foot.Blocks) && foot.Blocks[n].Items != d.items {
			found = true
			r.lacks(t, foot, blocks, side)
		} else if len(d.leaves) == d.items && chain != d.chain {
			name(Altered, d.first, "the block of positions %d to %d does not continue the chain", d.first, d.last)
		}
	}
	if foot != nil {
		t.compareEntry(foot)
		for _, what := range t.footer {
			if !found {
				name(Altered, t.firstLogged(), "%s", what)
			}
		}
		if !found && (foot.Items != len(computed) || len(side) != foot.Items*sideSize) {
			found = true
			r.lacks(t, foot, blocks, side)
		}
	}
	twice := uint64(0)
	r.mu.Lock()
	for _, d := range blocks {
		if !d.sound { // what it says of positions may be the damage
			continue
		}
		if r.owned == nil {
			r.owned = map[string]*positions{}
		}
		if r.owned[t.stream] == nil {
			r.owned[t.stream] = &positions{}
		}
		for _, pos := range d.positions {
			r.owned[t.stream].add(pos)
			if !r.positions.add(pos) && twice == 0 {
				twice = pos
			}
		}
	}
	r.Items += uint64(len(computed))
	r.Records += uint64(records)
	r.Erased += uint64(erased)
	r.Bytes += raw
	if foot != nil {
		r.Segments++
	} else {
		r.Open++
	}
	r.mu.Unlock()
	if twice > 0 {
		name(Reordered, twice, "two items have the position, which only one can have over all streams")
	}
	signed := r.tails(t, blocks, chains, len(computed), found)
	if t.entry == nil {
		r.unsigned(t, blocks, signed, len(computed))
	}
	if foot == nil {
		return
	}
	t.root = foot.Root
	if !found {
		if what := total.differs(foot, erased); what != "" {
			name(Altered, t.first, "%s", what)
		}
	}
	root := decodeHash(foot.Root)
	if t.entry != nil {
		root = decodeHash(t.entry.text["root"])
	}
	if rootOf(stored) == root {
		return
	}
	if found {
		if rootOf(computed) == root {
			r.note("segment %d of stream %s: its records are the ones that were signed; what was altered is their salts and leaves", t.sequence, t.stream)
		}
		return
	}
	// Records and leaves were changed together: the footer, whose digest the
	// log holds, tells the first block that differs.
	record, where := t.first, "one of its records"
	at := 0
	for _, b := range foot.Blocks {
		at += b.Items
		if hexOf(chains[at]) != b.Chain {
			record, where = b.First, fmt.Sprintf("one of the records %d to %d", b.First, b.Last)
			break
		}
	}
	name(Altered, record, "%s is not the one that was signed; leaves were changed with it", where)
}

// lacks says that a segment does not hold the items that its footer counts.
func (r *Report) lacks(t *task, foot *footer, blocks []*data, side []byte) {
	items := 0
	for _, d := range blocks {
		items += d.items
	}
	first, last := foot.lacking(blocks)
	r.find(Finding{Kind: Missing, Stream: t.stream, Segment: t.sequence, Record: first, lo: first, hi: last,
		What: fmt.Sprintf("the log names %d items, the segment holds %d and its side file %d; gone is one of the records %d to %d", foot.Items, items, len(side)/sideSize, first, last)})
}

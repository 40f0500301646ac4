package verify

import (
	"fmt"
	"maps"
	"slices"
)

// tails compares a segment with what the log commits to while it is open, and
// gives the number of items that it commits to and that are there. A commitment
// that holds proves every item before it, so the first that does not is about
// the items since. quiet keeps from a second finding.
func (r *Report) tails(t *task, blocks []*data, chains map[int]digest, items int, quiet bool) (signed int) {
	for _, n := range slices.Sorted(maps.Keys(t.tails)) {
		e := t.tails[n]
		if n <= items && hexOf(chains[n]) == e.text["chain"] && e.text["previous"] == t.previous {
			signed = n
			continue
		}
		if quiet {
			return signed
		}
		lo := positionOf(blocks, signed)
		f := Finding{Kind: Altered, Stream: t.stream, Segment: t.sequence, Record: max(lo, 1), lo: lo}
		if n <= items {
			f.hi = positionOf(blocks, n-1)
			f.What = fmt.Sprintf("one of the records %d to %d is not what the log commits to, or one is gone between them", lo, f.hi)
		} else {
			f.Kind, f.hi, f.Record = CutOff, t.last, max(t.last+1, t.firstLogged())
			f.What = fmt.Sprintf("the log commits to %d items of the segment, up to position %d; it holds %d", n, e.num["last"], items)
		}
		if lo == 0 { // nothing is there
			f.lo, f.hi = 0, 0
		}
		r.find(f)
		return signed
	}
	return signed
}

// unsigned counts the items to which nothing in the log commits.
func (r *Report) unsigned(t *task, blocks []*data, signed, items int) {
	if signed >= items {
		return
	}
	from := positionOf(blocks, signed)
	r.note("%d items of stream %s, from record %d on, are not signed for: they came after the checkpoint, or somebody put them there", items-signed, t.stream, from)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Unsigned += uint64(items - signed)
	if r.UnsignedFrom == 0 || from < r.UnsignedFrom {
		r.UnsignedFrom = from
	}
}

// positionOf is the position of a segment's item n, 0 if there is none.
func positionOf(blocks []*data, n int) uint64 {
	for _, d := range blocks {
		if i := n - d.index; i >= 0 && i < len(d.positions) {
			return d.positions[i]
		}
	}
	return 0
}

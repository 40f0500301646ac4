package blob

import (
	"crypto/sha256"
	"encoding/binary"
	"sort"
)

// item is a blob as a listing shows it. Blobs of no bytes are no items.
type item struct {
	rest     string // of the name, behind the unit's prefix
	size     int64
	mod      int64 // when it was changed last, by the service's clock, Unix seconds
	archived bool
}

// span is a run of names of one unit, from behind the span before it: what is
// settled, as sums. All sums wrap.
type span struct {
	To   string `json:"t"` // last name; names beyond the last span have none
	N    int64  `json:"n"` // blobs that were read as far as the sums say
	Size uint64 `json:"s"` // of their sizes
	Mod  uint64 `json:"m"` // of their times of change
	Hash uint64 `json:"h"` // of digests of name, size and time of change
	// Late is a time by the service's clock: whatever was changed after the sums
	// were made was changed at it or later.
	Late int64 `json:"l"`
}

func digest(rest string, size, mod int64) uint64 {
	b := make([]byte, 16, 16+len(rest))
	binary.BigEndian.PutUint64(b, uint64(size))
	binary.BigEndian.PutUint64(b[8:], uint64(mod))
	sum := sha256.Sum256(append(b, rest...))
	return binary.BigEndian.Uint64(sum[:])
}

// add counts a blob that was seen to be in this state at a time.
func (s *span) add(rest string, size, mod, late int64) {
	if s.N == 0 || late < s.Late {
		s.Late = late
	}
	s.N++
	s.Size += uint64(size)
	s.Mod += uint64(mod)
	s.Hash += digest(rest, size, mod)
}

// sub takes out a blob that was counted so.
func (s *span) sub(rest string, size, mod int64) {
	s.N--
	s.Size -= uint64(size)
	s.Mod -= uint64(mod)
	s.Hash -= digest(rest, size, mod)
}

// merge joins the span before s to it.
func (s *span) merge(before span) {
	if s.N == 0 || before.N > 0 && before.Late < s.Late {
		s.Late = before.Late
	}
	s.N += before.N
	s.Size += before.Size
	s.Mod += before.Mod
	s.Hash += before.Hash
}

func (s *span) equal(o *span) bool {
	return s.N == o.N && s.Size == o.Size && s.Mod == o.Mod && s.Hash == o.Hash
}

// state of a blob against its span.
const (
	same    = iota // it is as it was
	changed        // read it from its start
	grown          // it was of known size and time
)

// verdict says what a blob of a span is.
type verdict struct {
	state     int
	size, mod int64 // of grown: as it was
}

// most is how many of the last changed blobs are tried as the changed ones.
const most = 256

// judge compares a span with what a listing shows of it now.
func (s *span) judge(items []item) []verdict {
	out := make([]verdict, len(items))
	var now span
	order := make([]int, len(items))
	for i, it := range items {
		now.add(it.rest, it.size, it.mod, 0)
		order[i] = i
	}
	if s.equal(&now) {
		return out
	}
	// Take the blobs away that were changed last, one by one, until what is left
	// is what was there, or what was there but for one.
	sort.SliceStable(order, func(a, b int) bool { return items[order[a]].mod > items[order[b]].mod })
	left := now
	for k := 0; k < len(order) && k < most && left.N >= s.N-1; k++ {
		it := items[order[k]]
		left.sub(it.rest, it.size, it.mod)
		out[order[k]].state = changed
		if s.equal(&left) {
			return out
		}
		if left.N != s.N-1 {
			continue
		}
		size, mod, hash := int64(s.Size-left.Size), int64(s.Mod-left.Mod), s.Hash-left.Hash
		for _, i := range order[:k+1] {
			if digest(items[i].rest, size, mod) == hash {
				out[i] = verdict{grown, size, mod}
				return out
			}
		}
	}
	// More than one changed, or some were deleted: go by the service's clock,
	// and if there are more old ones than were there, by nothing.
	var old span
	for i, it := range items {
		out[i] = verdict{}
		if it.mod >= s.Late {
			out[i].state = changed
		} else {
			old.add(it.rest, it.size, it.mod, 0)
		}
	}
	if old.N > s.N || old.N == s.N && !old.equal(s) {
		for i := range out {
			out[i].state = changed
		}
	}
	return out
}

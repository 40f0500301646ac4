package verify

import "math/bits"

// positions is the set of positions that a ledger's items have. Pages bound
// what a forged position far away costs.
type positions struct {
	pages map[uint64]*[64]uint64
}

// add reports whether a position is new.
func (p *positions) add(pos uint64) bool {
	if p.pages == nil {
		p.pages = map[uint64]*[64]uint64{}
	}
	page := p.pages[pos>>12]
	if page == nil {
		page = &[64]uint64{}
		p.pages[pos>>12] = page
	}
	word, bit := &page[pos>>6&63], uint64(1)<<(pos&63)
	fresh := *word&bit == 0
	*word |= bit
	return fresh
}

func (p *positions) has(pos uint64) bool {
	if p == nil || p.pages == nil || p.pages[pos>>12] == nil {
		return false
	}
	return p.pages[pos>>12][pos>>6&63]>>(pos&63)&1 == 1
}

// within counts those from first to last.
func (p *positions) within(first, last uint64) (n uint64) {
	for at, page := range p.pages {
		for i, word := range page {
			low := at<<12 | uint64(i)<<6
			if word == 0 || low+63 < first || low > last {
				continue
			}
			if low < first {
				word &= ^uint64(0) << (first - low)
			}
			if low+63 > last {
				word &= ^uint64(0) >> (low + 63 - last)
			}
			n += uint64(bits.OnesCount64(word))
		}
	}
	return n
}

package rawjson

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Canonical appends a form of the value that does not depend on white space,
// the order of members or how characters are escaped. Members of the outermost
// object whose name leave reports are left out. It uses room of the value's
// document, so one document has one call at a time.
func (v Value) Canonical(dst []byte, leave func(name string) bool) []byte {
	if v.d == nil {
		return dst
	}
	c := canon{d: v.d, dst: dst, members: v.d.members[:0]}
	c.write(v.i, leave)
	v.d.members = c.members
	return c.dst
}

// canon is a canonical form in the making. members is a stack of the members
// of the objects that are being written.
type canon struct {
	d       *Doc
	dst     []byte
	members []sortable
}

// sortable is a member with the first bytes of its name, so that most
// comparisons are of numbers.
type sortable struct {
	begin uint64
	key   int32 // node of the name; the value is the next
}

func (c *canon) name(key int32) []byte {
	n := &c.d.nodes[key]
	if n.escaped {
		return []byte(unescape(c.d.data[n.start:n.end]))
	}
	return c.d.data[n.start:n.end]
}

func (c *canon) compare(a, b sortable) int {
	switch {
	case a.begin < b.begin:
		return -1
	case a.begin > b.begin:
		return 1
	}
	return bytes.Compare(c.name(a.key), c.name(b.key))
}

func begin(name []byte) (n uint64) {
	if len(name) >= 8 {
		return binary.BigEndian.Uint64(name)
	}
	for i, c := range name {
		n |= uint64(c) << (56 - 8*i)
	}
	return n
}

func (c *canon) text(i int32) {
	n := &c.d.nodes[i]
	if n.escaped {
		c.dst = Append(c.dst, unescape(c.d.data[n.start:n.end]))
		return
	}
	c.dst = append(c.dst, c.d.data[n.start-1:n.end+1]...)
}

func (c *canon) write(i int32, leave func(string) bool) {
	n := c.d.nodes[i]
	switch n.kind {
	case String:
		c.text(i)
	case Array:
		c.dst = append(c.dst, '[')
		for k := i + 1; k < n.next; k = c.d.nodes[k].next {
			c.write(k, nil)
			c.dst = append(c.dst, ',')
		}
		c.dst = append(c.dst, ']')
	case Object:
		from, sorted := len(c.members), true
		for k := i + 1; k < n.next; k = c.d.nodes[k+1].next {
			if leave != nil && leave((Value{c.d, k}).Str()) {
				continue
			}
			m := sortable{begin(c.name(k)), k}
			if last := len(c.members); sorted && last > from && c.compare(c.members[last-1], m) > 0 {
				sorted = false
			}
			c.members = append(c.members, m)
		}
		if !sorted {
			slices.SortStableFunc(c.members[from:], c.compare)
		}
		c.dst = append(c.dst, '{')
		for k, to := from, len(c.members); k < to; k++ {
			key := c.members[k].key
			c.text(key)
			c.dst = append(c.dst, ':')
			c.write(key+1, nil)
			c.dst = append(c.dst, ',')
		}
		c.dst = append(c.dst, '}')
		c.members = c.members[:from]
	default:
		c.dst = append(c.dst, c.d.data[n.start:n.end]...)
	}
}

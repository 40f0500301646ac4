package rawjson

import (
	"bytes"
	"hash"
	"slices"
)

// Canonical writes a form of the value to h that does not depend on white
// space, the order of members or how characters are escaped. Members of the
// outermost object whose name leave reports are left out.
func (v Value) Canonical(h hash.Hash, leave func(name string) bool) {
	h.Write(v.canonical(make([]byte, 0, len(v.Raw())+64), leave))
}

func (v Value) canonical(dst []byte, leave func(string) bool) []byte {
	switch v.Kind() {
	case String:
		if v.node().escaped {
			return Append(dst, v.Str())
		}
		return append(dst, v.Raw()...)
	case Array:
		dst = append(dst, '[')
		v.Elements(func(e Value) bool {
			dst = append(e.canonical(dst, nil), ',')
			return true
		})
		return append(dst, ']')
	case Object:
		type pair struct {
			name     []byte
			key, val Value
		}
		pairs := make([]pair, 0, v.Len())
		end := v.node().next
		for i := v.i + 1; i < end; i = v.d.nodes[i+1].next {
			key := Value{v.d, i}
			if leave != nil && leave(key.Str()) {
				continue
			}
			n := key.node()
			name := v.d.data[n.start:n.end]
			if n.escaped {
				name = []byte(key.Str())
			}
			pairs = append(pairs, pair{name, key, Value{v.d, i + 1}})
		}
		slices.SortStableFunc(pairs, func(a, b pair) int { return bytes.Compare(a.name, b.name) })
		dst = append(dst, '{')
		for _, p := range pairs {
			dst = p.key.canonical(dst, nil)
			dst = append(dst, ':')
			dst = append(p.val.canonical(dst, nil), ',')
		}
		return append(dst, '}')
	case Missing:
		return dst
	}
	return append(dst, v.Raw()...)
}

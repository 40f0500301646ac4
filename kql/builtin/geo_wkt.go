package builtin

import (
	"strconv"
	"strings"
)

var wktFuncs = []Func{
	fn("geo_from_wkt", "s:d", func(a args) any {
		w := wkt{s: a.str(0)}
		g, ok := w.geometry(0)
		w.space()
		if !ok || w.i != len(w.s) {
			return nil
		}
		return encode(g)
	}),
}

// wktKinds maps the words of well-known text to GeoJSON's, with how deep the
// coordinates nest.
var wktKinds = map[string]struct {
	name  string
	depth int
}{
	"POINT": {"Point", 0}, "LINESTRING": {"LineString", 1}, "MULTIPOINT": {"MultiPoint", 1}, "POLYGON": {"Polygon", 2},
	"MULTILINESTRING": {"MultiLineString", 2}, "MULTIPOLYGON": {"MultiPolygon", 3},
}

type wkt struct {
	s string
	i int
}

func (w *wkt) space() {
	for w.i < len(w.s) && strings.IndexByte(" \t\r\n", w.s[w.i]) >= 0 {
		w.i++
	}
}

func (w *wkt) next(c byte) bool {
	w.space()
	if w.i < len(w.s) && w.s[w.i] == c {
		w.i++
		return true
	}
	return false
}

func (w *wkt) geometry(depth int) (any, bool) {
	w.space()
	from := w.i
	for w.i < len(w.s) && w.s[w.i]|0x20 >= 'a' && w.s[w.i]|0x20 <= 'z' {
		w.i++
	}
	word := strings.ToUpper(w.s[from:w.i])
	if word == "GEOMETRYCOLLECTION" && depth < 16 {
		list, ok := w.list(func() (any, bool) { return w.geometry(depth + 1) })
		return makeBag("type", "GeometryCollection", "geometries", list), ok
	}
	kind, ok := wktKinds[word]
	if !ok {
		return nil, false
	}
	var coords any
	if kind.depth == 0 {
		var list []any
		list, ok = w.list(w.pair)
		if len(list) == 1 {
			coords = list[0]
		} else {
			ok = false
		}
	} else {
		coords, ok = w.nested(kind.depth)
	}
	return makeBag("type", kind.name, "coordinates", coords), ok
}

func (w *wkt) nested(depth int) (any, bool) {
	if depth == 1 {
		return w.list(func() (any, bool) {
			// MULTIPOINT allows each point its own parentheses.
			if w.next('(') {
				p, ok := w.pair()
				return p, ok && w.next(')')
			}
			return w.pair()
		})
	}
	return w.list(func() (any, bool) { return w.nested(depth - 1) })
}

func (w *wkt) list(item func() (any, bool)) ([]any, bool) {
	if !w.next('(') {
		return nil, false
	}
	var out []any
	for {
		v, ok := item()
		if !ok {
			return nil, false
		}
		out = append(out, v)
		if w.next(')') {
			return out, true
		}
		if !w.next(',') {
			return nil, false
		}
	}
}

// pair reads longitude and latitude; more numbers are skipped.
func (w *wkt) pair() (any, bool) {
	var out []any
	for {
		w.space()
		from := w.i
		for w.i < len(w.s) && strings.IndexByte("+-.0123456789eE", w.s[w.i]) >= 0 {
			w.i++
		}
		if from == w.i {
			break
		}
		text := w.s[from:w.i]
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			out = append(out, n)
			continue
		}
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, false
		}
		out = append(out, f)
	}
	if len(out) < 2 {
		return nil, false
	}
	return out[:2:2], true
}

package builtin

import "math"

var geoPolygonFuncs = []Func{
	// Of polygons that overlap the union would be asked for, which is not
	// formed: the result is null.
	fn("geo_polygon_area", "d:r", func(a args) any {
		list, valid := polygons(a.dyn(0))
		if !valid || overlapping(list) {
			return nil
		}
		total := 0.0
		for _, rings := range list {
			for i, r := range rings {
				if i == 0 {
					total += ringArea(r)
				} else {
					total -= ringArea(r)
				}
			}
		}
		return total * earthRadius * earthRadius
	}),
	fn("geo_polygon_perimeter", "d:r", func(a args) any {
		list, valid := polygons(a.dyn(0))
		if !valid || overlapping(list) {
			return nil
		}
		total := 0.0
		for _, r := range allRings(list) {
			for i := 1; i < len(r); i++ {
				total += r[i-1].angle(r[i])
			}
		}
		return total * earthRadius
	}),
	fn("geo_polygon_centroid", "d:d", func(a args) any {
		list, valid := polygons(a.dyn(0))
		if !valid || overlapping(list) {
			return nil
		}
		var c vec
		for _, rings := range list {
			for i, r := range rings {
				m := ringMoment(r)
				if i > 0 {
					m = m.scale(-1)
				}
				c = c.add(m)
			}
		}
		return geoPoint(c)
	}),
	fn("geo_line_centroid", "d:d", func(a args) any {
		lines, valid := lineStrings(a.dyn(0))
		if !valid {
			return nil
		}
		var c vec
		for _, l := range lines {
			for i := 1; i < len(l); i++ {
				// The integral over an arc points to its middle.
				if mid := l[i-1].add(l[i]); mid.norm() > 0 {
					c = c.add(mid.scale(2 * math.Sin(l[i-1].angle(l[i])/2) / mid.norm()))
				}
			}
		}
		return geoPoint(c)
	}),
	fn("geo_intersects_2lines", "dd:b", func(a args) any {
		x, ok1 := lineStrings(a.dyn(0))
		y, ok2 := lineStrings(a.dyn(1))
		if !ok1 || !ok2 {
			return nil
		}
		return linesMeet(x, y)
	}),
	fn("geo_intersects_line_with_polygon", "dd:b", func(a args) any {
		x, ok1 := lineStrings(a.dyn(0))
		y, ok2 := polygons(a.dyn(1))
		if !ok1 || !ok2 {
			return nil
		}
		return linesMeet(x, allRings(y)) || anyInside(x, y)
	}),
	fn("geo_intersects_2polygons", "dd:b", func(a args) any {
		x, ok1 := polygons(a.dyn(0))
		y, ok2 := polygons(a.dyn(1))
		if !ok1 || !ok2 {
			return nil
		}
		return polygonsMeet(x, y)
	}),
}

// ringMoment is the integral of the position over the ring's inside, half the
// sum of the edges' angles along their normals.
func ringMoment(r []vec) vec {
	var m vec
	for i := 1; i < len(r); i++ {
		n := r[i-1].cross(r[i])
		if l := n.norm(); l > 0 {
			m = m.add(n.scale(r[i-1].angle(r[i]) / 2 / l))
		}
	}
	if m.dot(center(r)) < 0 { // the ring runs clockwise
		m = m.scale(-1)
	}
	return m
}

func overlapping(list [][][]vec) bool {
	for i := range list {
		for j := range i {
			if polygonsMeet(list[i:i+1], list[j:j+1]) {
				return true
			}
		}
	}
	return false
}

func polygonsMeet(x, y [][][]vec) bool {
	return linesMeet(allRings(x), allRings(y)) || anyInside(allRings(x), y) || anyInside(allRings(y), x)
}

// anyInside tests one point a line: without crossings the rest lies with it.
func anyInside(lines [][]vec, list [][][]vec) bool {
	for _, l := range lines {
		if inAny(l[0], list) {
			return true
		}
	}
	return false
}

// linesMeet tells whether any edges cross or touch.
func linesMeet(x, y [][]vec) bool {
	const touch = 1e-15
	for _, l := range x {
		for i := 1; i < len(l); i++ {
			for _, m := range y {
				for j := 1; j < len(m); j++ {
					a, b, c, d := l[i-1], l[i], m[j-1], m[j]
					if crosses(a, b, c, d) || distanceToEdge(a, c, d) < touch || distanceToEdge(b, c, d) < touch ||
						distanceToEdge(c, a, b) < touch || distanceToEdge(d, a, b) < touch {
						return true
					}
				}
			}
		}
	}
	return false
}

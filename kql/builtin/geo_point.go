package builtin

import "math"

// lonLat gives degrees.
func (p vec) lonLat() (lon, lat float64) {
	return math.Atan2(p.y, p.x) * 180 / math.Pi, math.Atan2(p.z, math.Hypot(p.x, p.y)) * 180 / math.Pi
}

// geoPoint writes a point in GeoJSON.
func geoPoint(p vec) any {
	if p.norm() == 0 {
		return nil
	}
	lon, lat := p.lonLat()
	return encode(makeBag("type", "Point", "coordinates", []any{lon, lat}))
}

func (p vec) scale(f float64) vec { return vec{p.x * f, p.y * f, p.z * f} }

func (p vec) add(q vec) vec { return vec{p.x + q.x, p.y + q.y, p.z + q.z} }

var geoPointFuncs = []Func{
	fn("geo_azimuth", "rrrr:r", func(a args) any {
		p, ok1 := a.point(0)
		q, ok2 := a.point(2)
		if !ok1 || !ok2 || degenerate(p, q) {
			return nil
		}
		return azimuth(p, q)
	}),
	// The angle at the second point, clockwise from the first to the third.
	fn("geo_angle", "rrrrrr:r", func(a args) any {
		p, ok1 := a.point(0)
		q, ok2 := a.point(2)
		r, ok3 := a.point(4)
		if !ok1 || !ok2 || !ok3 || degenerate(p, q) || degenerate(q, r) {
			return nil
		}
		return turn(azimuth(q, r) - azimuth(q, p))
	}),
	fn("geo_closest_point_on_line", "rrd:d", func(a args) any {
		p, ok := a.point(0)
		lines, valid := lineStrings(a.dyn(2))
		if !ok || !valid {
			return nil
		}
		q, _ := closest(p, lines)
		return geoPoint(q)
	}),
	fn("geo_closest_point_on_polygon", "rrd:d", func(a args) any {
		p, ok := a.point(0)
		list, valid := polygons(a.dyn(2))
		if !ok || !valid {
			return nil
		}
		if inAny(p, list) {
			lon, _ := a.real(0)
			lat, _ := a.real(1)
			return encode(makeBag("type", "Point", "coordinates", []any{lon, lat}))
		}
		q, _ := closest(p, allRings(list))
		return geoPoint(q)
	}),
	fn("geo_distance_point_to_polygon", "rrd:r", func(a args) any {
		p, ok := a.point(0)
		list, valid := polygons(a.dyn(2))
		if !ok || !valid {
			return nil
		}
		if inAny(p, list) {
			return 0.0
		}
		_, angle := closest(p, allRings(list))
		return angle * earthRadius
	}),
	fn("geo_line_simplify", "d?r:d", func(a args) any { return simplifyLine(a) }),
}

// degenerate says that no single geodesic joins two points.
func degenerate(p, q vec) bool {
	return p.sub(q).norm() < 1e-15 || p.add(q).norm() < 1e-15
}

func turn(angle float64) float64 {
	if angle = math.Mod(angle, 2*math.Pi); angle < 0 {
		angle += 2 * math.Pi
	}
	return angle
}

// azimuth is the direction from p to q, clockwise from north, in [0, 2 pi).
func azimuth(p, q vec) float64 {
	north := vec{0, 0, 1}
	east := north.cross(p)
	if east.norm() == 0 { // at a pole every direction is south or north; take the meridian of 0
		east = vec{0, 1, 0}
	}
	up := p.cross(east)
	return turn(math.Atan2(q.dot(east)*up.norm(), q.dot(up)*east.norm()))
}

// closest gives the nearest point of the lines and the angle to it.
func closest(p vec, lines [][]vec) (vec, float64) {
	var at vec
	best := math.Inf(1)
	for _, l := range lines {
		for i := 1; i < len(l); i++ {
			if q := nearestOnEdge(p, l[i-1], l[i]); p.angle(q) < best {
				at, best = q, p.angle(q)
			}
		}
	}
	return at, best
}

func nearestOnEdge(p, a, b vec) vec {
	n := a.cross(b)
	if l := n.dot(n); l > 0 && n.cross(a).dot(p) > 0 && b.cross(n).dot(p) > 0 {
		foot := p.sub(n.scale(n.dot(p) / l))
		return foot.scale(1 / foot.norm())
	}
	if p.angle(a) <= p.angle(b) {
		return a
	}
	return b
}

func inAny(p vec, list [][][]vec) bool {
	for _, rings := range list {
		if inRings(p, rings) {
			return true
		}
	}
	return false
}

func allRings(list [][][]vec) [][]vec {
	var out [][]vec
	for _, rings := range list {
		out = append(out, rings...)
	}
	return out
}

// simplifyLine leaves out points that lie within the tolerance of the line
// without them (Douglas and Peucker). A line that shrinks to a point is none.
func simplifyLine(a args) any {
	kind, coords := geometry(a.dyn(0))
	line, ok := coordinates(coords)
	tolerance := a.realOr(1, 10)
	if kind != "LineString" || !ok || !(tolerance >= 0) {
		return nil
	}
	tolerance /= earthRadius
	keep := make([]bool, len(line))
	keep[0], keep[len(line)-1] = true, true
	stack := [][2]int{{0, len(line) - 1}}
	for len(stack) > 0 {
		from, to := stack[len(stack)-1][0], stack[len(stack)-1][1]
		stack = stack[:len(stack)-1]
		far, at := tolerance, -1
		for i := from + 1; i < to; i++ {
			if d := distanceToEdge(line[i], line[from], line[to]); d > far {
				far, at = d, i
			}
		}
		if at >= 0 {
			keep[at] = true
			stack = append(stack, [2]int{from, at}, [2]int{at, to})
		}
	}
	var out []any
	for i, e := range coords.([]any) {
		if keep[i] {
			out = append(out, e)
		}
	}
	if len(out) == 2 && line[0].angle(line[len(line)-1]) <= tolerance {
		return nil
	}
	return encode(makeBag("type", "LineString", "coordinates", out))
}

package builtin

import (
	"math"
	"slices"
)

// earthRadius makes the documentation's distances come out; the Earth is a
// sphere here, as it is in Kusto.
const earthRadius = 6371010.0

// vec is a point of the unit sphere.
type vec struct{ x, y, z float64 }

func (p vec) dot(q vec) float64 { return p.x*q.x + p.y*q.y + p.z*q.z }

func (p vec) cross(q vec) vec {
	return vec{p.y*q.z - p.z*q.y, p.z*q.x - p.x*q.z, p.x*q.y - p.y*q.x}
}

func (p vec) sub(q vec) vec { return vec{p.x - q.x, p.y - q.y, p.z - q.z} }

func (p vec) norm() float64 { return math.Sqrt(p.dot(p)) }

// angle is stable for near and for opposite points.
func (p vec) angle(q vec) float64 { return math.Atan2(p.cross(q).norm(), p.dot(q)) }

func point(lon, lat float64) (vec, bool) {
	if !(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90) {
		return vec{}, false
	}
	sinLat, cosLat := math.Sincos(lat * math.Pi / 180)
	sinLon, cosLon := math.Sincos(lon * math.Pi / 180)
	return vec{cosLat * cosLon, cosLat * sinLon, sinLat}, true
}

// point reads longitude and latitude from two arguments.
func (a args) point(i int) (vec, bool) {
	lon, ok1 := a.real(i)
	lat, ok2 := a.real(i + 1)
	if !ok1 || !ok2 {
		return vec{}, false
	}
	return point(lon, lat)
}

var geoFuncs = []Func{
	fn("geo_distance_2points", "rrrr:r", func(a args) any {
		p, ok1 := a.point(0)
		q, ok2 := a.point(2)
		if !ok1 || !ok2 {
			return nil
		}
		return p.angle(q) * earthRadius
	}),
	fn("geo_distance_point_to_line", "rrd:r", func(a args) any {
		p, ok := a.point(0)
		lines, valid := lineStrings(a.dyn(2))
		if !ok || !valid {
			return nil
		}
		best := math.Inf(1)
		for _, l := range lines {
			for i := 1; i < len(l); i++ {
				best = math.Min(best, distanceToEdge(p, l[i-1], l[i]))
			}
		}
		return best * earthRadius
	}),
	fn("geo_point_in_circle", "rrrrr:b", func(a args) any {
		p, ok1 := a.point(0)
		center, ok2 := a.point(2)
		radius, ok3 := a.real(4)
		if !ok1 || !ok2 || !ok3 || !(radius >= 0) {
			return nil
		}
		return p.angle(center)*earthRadius <= radius
	}),
	fn("geo_point_in_polygon", "rrd:b", func(a args) any {
		p, ok := a.point(0)
		polygons, valid := polygons(a.dyn(2))
		if !ok || !valid {
			return nil
		}
		for _, rings := range polygons {
			if inRings(p, rings) {
				return true
			}
		}
		return false
	}),
	fn("geo_line_length", "d:r", func(a args) any {
		lines, valid := lineStrings(a.dyn(0))
		if !valid {
			return nil
		}
		total := 0.0
		for _, l := range lines {
			for i := 1; i < len(l); i++ {
				total += l[i-1].angle(l[i])
			}
		}
		return total * earthRadius
	}),
}

// distanceToEdge is the angle to the nearest point of a geodesic.
func distanceToEdge(p, a, b vec) float64 {
	n := a.cross(b)
	if l := n.norm(); l > 0 {
		// Between the two ends: p lies on the inner side of both of the planes
		// that stand on the edge there.
		if n.cross(a).dot(p) > 0 && b.cross(n).dot(p) > 0 {
			return math.Asin(math.Min(math.Abs(n.dot(p))/l, 1))
		}
	}
	return math.Min(p.angle(a), p.angle(b))
}

// inRings decides by crossings of the geodesic from p to a far point. A point
// in a hole is outside.
func inRings(p vec, rings [][]vec) bool {
	for i, r := range rings {
		if inRing(p, r) != (i == 0) {
			return false
		}
	}
	return true
}

// inRing sums the angles under which the edges are seen: a ring around the
// point makes a full turn. A point on an edge counts as inside.
func inRing(p vec, ring []vec) bool {
	turn := 0.0
	for i := 1; i < len(ring); i++ {
		a, b := ring[i-1], ring[i]
		if distanceToEdge(p, a, b) < 1e-14 {
			return true
		}
		u, v := p.cross(a), p.cross(b)
		turn += math.Atan2(u.cross(v).dot(p), u.dot(v))
	}
	if math.Abs(turn) < math.Pi {
		return false
	}
	// The turn around the point opposite is a full one as well; the ring is the
	// smaller part of the sphere, so the point must be on its side.
	return p.dot(center(ring)) > 0
}

func center(ring []vec) vec {
	var c vec
	for _, v := range ring[1:] {
		c = vec{c.x + v.x, c.y + v.y, c.z + v.z}
	}
	return c
}

// ringArea sums the triangles to the first vertex (their spherical excess),
// with sign; the smaller of the two parts of the sphere is meant.
func ringArea(ring []vec) float64 {
	total := 0.0
	for i := 2; i < len(ring); i++ {
		a, b, c := ring[0], ring[i-1], ring[i]
		total += 2 * math.Atan2(a.dot(b.cross(c)), 1+a.dot(b)+b.dot(c)+c.dot(a))
	}
	total = math.Abs(total)
	return math.Min(total, 4*math.Pi-total)
}

// coordinates reads [[lon,lat],...].
func coordinates(v any) ([]vec, bool) {
	list, ok := v.([]any)
	if !ok || len(list) < 2 {
		return nil, false
	}
	out := make([]vec, len(list))
	for i, e := range list {
		pair, _ := e.([]any)
		if len(pair) < 2 {
			return nil, false
		}
		lon, ok1 := toReal(pair[0])
		lat, ok2 := toReal(pair[1])
		p, ok3 := point(lon, lat)
		if !ok1 || !ok2 || !ok3 {
			return nil, false
		}
		out[i] = p
	}
	return out, true
}

// geometry gives the type and the coordinates of a GeoJSON object.
func geometry(v any) (string, any) {
	b, ok := v.(*bag)
	if !ok {
		return "", nil
	}
	kind, _ := b.get("type")
	c, _ := b.get("coordinates")
	return text(kind), c
}

func lineStrings(v any) ([][]vec, bool) {
	kind, c := geometry(v)
	list := []any{c}
	if kind == "MultiLineString" {
		list, _ = c.([]any)
	} else if kind != "LineString" {
		return nil, false
	}
	var out [][]vec
	for _, e := range list {
		l, ok := coordinates(e)
		if !ok {
			return nil, false
		}
		out = append(out, l)
	}
	return out, len(out) > 0
}

// polygons reads rings, which must be closed, of at least three distinct
// points, with no edge twice and no crossing of their own.
func polygons(v any) ([][][]vec, bool) {
	kind, c := geometry(v)
	list := []any{c}
	if kind == "MultiPolygon" {
		list, _ = c.([]any)
	} else if kind != "Polygon" {
		return nil, false
	}
	var out [][][]vec
	for _, e := range list {
		ringList, _ := e.([]any)
		var rings [][]vec
		for _, r := range ringList {
			ring, ok := coordinates(r)
			if !ok || !validRing(ring) {
				return nil, false
			}
			rings = append(rings, ring)
		}
		if len(rings) == 0 {
			return nil, false
		}
		out = append(out, rings)
	}
	return out, len(out) > 0
}

func validRing(r []vec) bool {
	n := len(r)
	if n < 4 || r[0].sub(r[n-1]).norm() > 1e-15 {
		return false
	}
	points := slices.Clone(r[1:])
	slices.SortFunc(points, func(a, b vec) int {
		for _, d := range []float64{a.x - b.x, a.y - b.y, a.z - b.z} {
			if d != 0 {
				return int(math.Copysign(1, d))
			}
		}
		return 0
	})
	for i := 1; i < len(points); i++ {
		if points[i] == points[i-1] {
			return false
		}
	}
	// Crossings are looked for in rings of a size where that is cheap.
	if n > 1000 {
		return true
	}
	for i := 1; i < n; i++ {
		for j := i + 2; j < n; j++ {
			if i == 1 && j == n-1 {
				continue
			}
			if crosses(r[i-1], r[i], r[j-1], r[j]) {
				return false
			}
		}
	}
	return true
}

// crosses tells whether two geodesics cross within both.
func crosses(a, b, c, d vec) bool {
	ab, cd := a.cross(b), c.cross(d)
	acb, bda := -ab.dot(c), ab.dot(d)
	cbd, dac := -cd.dot(b), cd.dot(a)
	return acb*bda > 0 && bda*cbd > 0 && cbd*dac > 0
}

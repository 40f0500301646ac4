package builtin

import (
	"github.com/golang/geo/s2"
)

var s2Funcs = []Func{
	// Kusto's default level is 11; it is the caller's to fill in, as a level of
	// null gives nothing.
	fn("geo_point_to_s2cell", "rrl:s", func(a args) any {
		lon, ok1 := a.real(0)
		lat, ok2 := a.real(1)
		level := a.longOr(2, -1)
		if _, ok := point(lon, lat); !ok1 || !ok2 || !ok || level < 0 || level > s2.MaxLevel {
			return ""
		}
		return s2.CellIDFromLatLng(s2.LatLngFromDegrees(lat, lon)).Parent(int(level)).ToToken()
	}),
	fn("geo_s2cell_to_central_point", "s:d", func(a args) any {
		id, ok := cellID(a.str(0))
		if !ok {
			return nil
		}
		at := id.LatLng()
		return encode(makeBag("type", "Point", "coordinates", []any{at.Lng.Degrees(), at.Lat.Degrees()}))
	}),
	fn("geo_s2cell_to_polygon", "s:d", func(a args) any {
		id, ok := cellID(a.str(0))
		if !ok {
			return nil
		}
		cell := s2.CellFromCellID(id)
		var ring []any
		for i := range 5 {
			at := s2.LatLngFromPoint(cell.Vertex(i % 4))
			ring = append(ring, []any{at.Lng.Degrees(), at.Lat.Degrees()})
		}
		return encode(makeBag("type", "Polygon", "coordinates", []any{ring}))
	}),
	fn("geo_s2cell_neighbors", "s:d", func(a args) any {
		id, ok := cellID(a.str(0))
		if !ok {
			return nil
		}
		// Those that share an edge come first.
		out, seen := []any{}, map[s2.CellID]bool{}
		edges := id.EdgeNeighbors()
		for _, n := range append(edges[:], id.AllNeighbors(id.Level())...) {
			if !seen[n] {
				seen[n] = true
				out = append(out, n.ToToken())
			}
		}
		return encode(out)
	}),
}

func cellID(token string) (s2.CellID, bool) {
	if token == "" || len(token) > 16 {
		return 0, false
	}
	id := s2.CellIDFromToken(token)
	return id, id.IsValid()
}

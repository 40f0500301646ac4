package builtin

import (
	"math"
	"testing"
)

func TestGeoDirections(t *testing.T) {
	near := func(want float64, name string, in ...any) {
		t.Helper()
		got, ok := call(name, in...).(float64)
		if !ok || math.Abs(got-want) > 1e-9*math.Max(want, 1) {
			t.Errorf("%s%v gave %v, want %v", name, in, got, want)
		}
	}
	near(0, "geo_azimuth", 0.0, 0.0, 0.0, 10.0)
	near(math.Pi/2, "geo_azimuth", 0.0, 0.0, 10.0, 0.0)
	near(3*math.Pi/2, "geo_azimuth", 10.0, 0.0, 0.0, 0.0)
	near(math.Pi/2, "geo_angle", 0.0, 10.0, 0.0, 0.0, 10.0, 0.0)
	f := check(t)
	f("null", "geo_azimuth", 1.0, 1.0, 1.0, 1.0)
	f("null", "geo_azimuth", 0.0, 0.0, 180.0, 0.0)
	f("null", "geo_angle", 0.0, 0.0, 1.0, 1.0, 1.0, 1.0)
}

func TestGeoClosestAndDistance(t *testing.T) {
	f := check(t)
	square := `{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,10],[0,10],[0,0]]]}`
	f(`{"type":"Point","coordinates":[5.0,0.0]}`, "geo_closest_point_on_line", 5.0, -1.0, `{"type":"LineString","coordinates":[[0,0],[10,0]]}`)
	f(`{"type":"Point","coordinates":[3.0,4.0]}`, "geo_closest_point_on_polygon", 3.0, 4.0, square)
	f("0", "geo_distance_point_to_polygon", 3.0, 4.0, square)
	got, _ := call("geo_distance_point_to_polygon", 5.0, -1.0, square).(float64)
	if want := math.Pi / 180 * earthRadius; math.Abs(got-want) > 1e-6*want {
		t.Errorf("distance %v, want %v", got, want)
	}
	f("null", "geo_distance_point_to_polygon", 500.0, 0.0, square)
	f("null", "geo_closest_point_on_line", 0.0, 0.0, `{}`)
	f(`{"type":"LineString","coordinates":[[0,0],[1,0]]}`, "geo_line_simplify", `{"type":"LineString","coordinates":[[0,0],[0.5,0.00001],[1,0]]}`)
	f(`{"type":"LineString","coordinates":[[0,0],[0.5,0.1],[1,0]]}`, "geo_line_simplify", `{"type":"LineString","coordinates":[[0,0],[0.5,0.1],[1,0]]}`, 100.0)
	f("null", "geo_line_simplify", `{"type":"LineString","coordinates":[[0,0],[1,0]]}`, 1e6)
}

func TestGeoPolygons(t *testing.T) {
	f := check(t)
	square := `{"type":"Polygon","coordinates":[[[-1,-1],[1,-1],[1,1],[-1,1],[-1,-1]]]}`
	inner := `{"type":"Polygon","coordinates":[[[-0.5,-0.5],[0.5,-0.5],[0,0.5],[-0.5,-0.5]]]}`
	far := `{"type":"Polygon","coordinates":[[[20,20],[21,20],[21,21],[20,20]]]}`
	cross := `{"type":"LineString","coordinates":[[-5,0],[5,0]]}`
	f("true", "geo_intersects_2polygons", square, inner)
	f("true", "geo_intersects_2polygons", inner, square)
	f("false", "geo_intersects_2polygons", square, far)
	f("null", "geo_intersects_2polygons", square, `{"type":"Polygon"}`)
	f("true", "geo_intersects_line_with_polygon", cross, square)
	f("false", "geo_intersects_line_with_polygon", cross, far)
	f("true", "geo_intersects_2lines", cross, `{"type":"LineString","coordinates":[[0,-5],[0,5]]}`)
	f("true", "geo_intersects_2lines", cross, `{"type":"LineString","coordinates":[[5,0],[9,9]]}`)
	f("false", "geo_intersects_2lines", cross, `{"type":"LineString","coordinates":[[0,1],[1,2]]}`)
	point := decode(call("geo_polygon_centroid", square).(string)).(*bag)
	c, _ := point.get("coordinates")
	for _, v := range c.([]any) {
		if f, _ := toReal(v); math.Abs(f) > 1e-9 {
			t.Errorf("centroid %v", c)
		}
	}
	f(`{"type":"Point","coordinates":[0.0,0.0]}`, "geo_line_centroid", cross)
	// Of overlapping polygons the union would be needed.
	both := `{"type":"MultiPolygon","coordinates":[[[[-1,-1],[1,-1],[1,1],[-1,1],[-1,-1]]],[[[0,0],[5,0],[5,5],[0,0]]]]}`
	f("null", "geo_polygon_area", both)
	f("null", "geo_polygon_perimeter", both)
}

func TestWKTAndCells(t *testing.T) {
	f := check(t)
	f(`{"type":"Point","coordinates":[1.5,-2]}`, "geo_from_wkt", " point(1.5 -2) ")
	f(`{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}`, "geo_from_wkt", "MULTIPOINT ((1 2), (3 4))")
	f(`{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]}]}`, "geo_from_wkt", "GEOMETRYCOLLECTION (POINT (1 2))")
	for _, bad := range []string{"", "POINT", "POINT (1)", "POINT (1 2", "POINT (1 2) x", "CIRCLE (1 2)", "LINESTRING (1 2,)"} {
		f("null", "geo_from_wkt", bad)
	}
	f("47a851", "geo_point_to_s2cell", 13.4, 52.52, 10)
	f("", "geo_point_to_s2cell", 13.4, 52.52, 31)
	f("", "geo_point_to_s2cell", 13.4, 52.52, nil)
	f("null", "geo_s2cell_to_polygon", "zz")
	if n, _ := decode(call("geo_s2cell_neighbors", "47a851").(string)).([]any); len(n) != 8 {
		t.Errorf("neighbours %v", n)
	}
	f(`a\.b\*`, "regex_quote", "a.b*")
}

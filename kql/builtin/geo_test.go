package builtin

import (
	"math"
	"testing"
)

func TestGeo(t *testing.T) {
	near := func(want float64, name string, in ...any) {
		t.Helper()
		f, _ := Lookup(name)
		got, ok := f.Call(in).(float64)
		if !ok || math.Abs(got-want) > 1e-6*want {
			t.Errorf("%s%v gave %v, want %v", name, in, got, want)
		}
	}
	quarter := math.Pi / 2 * earthRadius
	near(quarter, "geo_distance_2points", 0.0, 0.0, 90.0, 0.0)
	near(2*quarter, "geo_distance_2points", 0.0, 90.0, 0.0, -90.0)
	near(1546754.35197381, "geo_distance_2points", -122.407628, 47.578557, -118.275287, 34.019056)
	line := `{"type":"LineString","coordinates":[[0,0],[10,0],[10,10]]}`
	near(math.Pi/180*earthRadius, "geo_distance_point_to_line", 5.0, 1.0, line)
	near(math.Pi/180*earthRadius, "geo_distance_point_to_line", -1.0, 0.0, line)
	near(20*math.Pi/180*earthRadius, "geo_line_length", line)
	near(4*math.Pi*earthRadius*earthRadius/8, "geo_polygon_area", `{"type":"Polygon","coordinates":[[[0,0],[90,0],[0,90],[0,0]]]}`)
	f := check(t)
	f("0", "geo_distance_2points", 1.0, 2.0, 1.0, 2.0)
	f("null", "geo_distance_2points", 1.0, 91.0, 1.0, 2.0)
	f("null", "geo_distance_2points", nil, 1.0, 1.0, 2.0)
	f("null", "geo_line_length", `{"type":"Point","coordinates":[0,0]}`)
	f("null", "geo_line_length", `{"type":"LineString","coordinates":[[0,0]]}`)
	f("true", "geo_point_in_circle", 0.0, 0.0, 0.0, 0.5, 56000.0)
	f("false", "geo_point_in_circle", 0.0, 0.0, 0.0, 0.51, 56000.0)
	f("null", "geo_point_in_circle", 0.0, 0.0, 0.0, 0.5, -1.0)
}

func TestPointInPolygon(t *testing.T) {
	f := check(t)
	hole := `{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,10],[0,10],[0,0]],[[4,4],[4,6],[6,6],[6,4],[4,4]]]}`
	f("true", "geo_point_in_polygon", 2.0, 2.0, hole)
	f("false", "geo_point_in_polygon", 5.0, 5.0, hole)
	f("false", "geo_point_in_polygon", 11.0, 5.0, hole)
	f("false", "geo_point_in_polygon", -178.0, -2.0, hole)
	clockwise := `{"type":"Polygon","coordinates":[[[0,0],[0,10],[10,10],[10,0],[0,0]]]}`
	f("true", "geo_point_in_polygon", 2.0, 2.0, clockwise)
	dateLine := `{"type":"Polygon","coordinates":[[[170,-10],[-170,-10],[-170,10],[170,10],[170,-10]]]}`
	f("true", "geo_point_in_polygon", 179.0, 1.0, dateLine)
	f("false", "geo_point_in_polygon", 0.0, 1.0, dateLine)
	two := `{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]}`
	f("true", "geo_point_in_polygon", 5.8, 5.2, two)
	f("false", "geo_point_in_polygon", 3.0, 3.0, two)
	f("null", "geo_point_in_polygon", 0.0, 0.0, `{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}`)
	f("null", "geo_point_in_polygon", 0.0, 0.0, `{"type":"Polygon","coordinates":[[[0,0],[2,2],[2,0],[0,2],[0,0]]]}`)
	f("null", "geo_point_in_polygon", 0.0, 0.0, `{"type":"Polygon"}`)
}

func TestGeohash(t *testing.T) {
	f := check(t)
	f("u33db", "geo_point_to_geohash", 13.4, 52.52, 5)
	f("s", "geo_point_to_geohash", 0.0, 0.0, 1)
	f("", "geo_point_to_geohash", 0.0, 0.0, nil)
	f("", "geo_point_to_geohash", 0.0, 0.0, 19)
	f(`{"type":"Point","coordinates":[22.5,22.5]}`, "geo_geohash_to_central_point", "S")
	f("null", "geo_geohash_to_central_point", "ail")
	f(`{"type":"Polygon","coordinates":[[[0.0,0.0],[45.0,0.0],[45.0,45.0],[0.0,45.0],[0.0,0.0]]]}`, "geo_geohash_to_polygon", "s")
}

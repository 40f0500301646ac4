package builtin

import "strings"

const geohashDigits = "0123456789bcdefghjkmnpqrstuvwxyz"

var geohashFuncs = []Func{
	// Kusto's default accuracy is 5; it is the caller's to fill in, as an
	// accuracy of null gives nothing.
	fn("geo_point_to_geohash", "rrl:s", func(a args) any {
		lon, ok1 := a.real(0)
		lat, ok2 := a.real(1)
		n := a.longOr(2, 0)
		if _, ok := point(lon, lat); !ok1 || !ok2 || !ok || n < 1 || n > 18 {
			return ""
		}
		return geohash(lon, lat, int(n))
	}),
	fn("geo_geohash_to_central_point", "s:d", func(a args) any {
		west, east, south, north, ok := geohashBox(a.str(0))
		if !ok {
			return nil
		}
		return encode(makeBag("type", "Point", "coordinates", []any{(west + east) / 2, (south + north) / 2}))
	}),
	fn("geo_geohash_to_polygon", "s:d", func(a args) any {
		w, e, s, n, ok := geohashBox(a.str(0))
		if !ok {
			return nil
		}
		corner := func(lon, lat float64) any { return []any{lon, lat} }
		return encode(makeBag("type", "Polygon", "coordinates",
			[]any{[]any{corner(w, s), corner(e, s), corner(e, n), corner(w, n), corner(w, s)}}))
	}),
}

// geohash halves longitude and latitude in turn, five times a letter.
func geohash(lon, lat float64, n int) string {
	lo, hi := [2]float64{-180, -90}, [2]float64{180, 90}
	value := [2]float64{lon, lat}
	out := make([]byte, n)
	axis := 0
	for i := range out {
		digit := 0
		for range 5 {
			mid := (lo[axis] + hi[axis]) / 2
			digit <<= 1
			if value[axis] >= mid {
				digit |= 1
				lo[axis] = mid
			} else {
				hi[axis] = mid
			}
			axis = 1 - axis
		}
		out[i] = geohashDigits[digit]
	}
	return string(out)
}

func geohashBox(s string) (west, east, south, north float64, ok bool) {
	if s == "" || len(s) > 18 {
		return 0, 0, 0, 0, false
	}
	lo, hi := [2]float64{-180, -90}, [2]float64{180, 90}
	axis := 0
	for _, c := range []byte(strings.ToLower(s)) {
		digit := strings.IndexByte(geohashDigits, c)
		if digit < 0 {
			return 0, 0, 0, 0, false
		}
		for bit := 16; bit > 0; bit >>= 1 {
			mid := (lo[axis] + hi[axis]) / 2
			if digit&bit != 0 {
				lo[axis] = mid
			} else {
				hi[axis] = mid
			}
			axis = 1 - axis
		}
	}
	return lo[0], hi[0], lo[1], hi[1], true
}

package geo

import "math"

const earth = 6371.0 // mean radius in km

// Place is where a network is said to be, with the radius within which it may
// really be. Known is false for a sign-in that names no place at all.
type Place struct {
	Lat, Lon float64 // degrees
	Radius   float64 // km
	Known    bool
}

// Distance is the great-circle distance between two points in km.
func Distance(lat1, lon1, lat2, lon2 float64) float64 {
	const deg = math.Pi / 180
	dLat, dLon := (lat2-lat1)*deg, (lon2-lon1)*deg
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(lat1*deg)*math.Cos(lat2*deg)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * earth * math.Asin(math.Sqrt(min(h, 1)))
}

// Between is the least distance in km that two places can have.
func Between(a, b Place) float64 {
	if !a.Known || !b.Known {
		return 0
	}
	return max(0, Distance(a.Lat, a.Lon, b.Lat, b.Lon)-a.Radius-b.Radius)
}

// Locate is the place of a sign-in: its coordinates with the radius of its kind
// of network, else the middle of its country with the radius of that.
func Locate(lat, lon float64, coordinates bool, country string, c Class) Place {
	// 0,0 is what services write for "unknown"; nobody lives there.
	if coordinates && (lat != 0 || lon != 0) {
		return Place{lat, lon, c.Radius(), true}
	}
	if p, ok := Country(country); ok {
		return p
	}
	return Place{}
}

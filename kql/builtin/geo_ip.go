package builtin

import (
	"fmt"
	"net/netip"
	"sync/atomic"

	"github.com/oschwald/maxminddb-golang/v2"
)

// geoDB is the open database; it is replaced as a whole.
var geoDB atomic.Pointer[maxminddb.Reader]

// GeoFile opens a city database in MaxMind's format for
// geo_info_from_ip_address, in place of the one before, which stays open for
// calls under way. An empty path means none: the function then gives null.
func GeoFile(path string) error {
	if path == "" {
		geoDB.Store(nil)
		return nil
	}
	db, err := maxminddb.Open(path)
	if err != nil {
		return fmt.Errorf("geo database: %w", err)
	}
	geoDB.Store(db)
	return nil
}

// GeoReady tells whether GeoFile has opened a database, so that a result that
// has only nulls for want of one can say so.
func GeoReady() bool { return geoDB.Load() != nil }

var geoIPFuncs = []Func{
	fn("geo_info_from_ip_address", "s:d", func(a args) any { return geoInfo(a.str(0)) }),
}

// named is a place in the languages of the database.
type named struct {
	Names struct {
		English string `maxminddb:"en"`
	} `maxminddb:"names"`
}

func geoInfo(s string) any {
	db := geoDB.Load()
	addr, err := netip.ParseAddr(s)
	if db == nil || err != nil {
		return nil
	}
	var rec struct {
		Country      named   `maxminddb:"country"`
		Subdivisions []named `maxminddb:"subdivisions"`
		City         named   `maxminddb:"city"`
		Location     struct {
			Latitude  float64 `maxminddb:"latitude"`
			Longitude float64 `maxminddb:"longitude"`
		} `maxminddb:"location"`
	}
	found := db.Lookup(addr.Unmap())
	if !found.Found() || found.Decode(&rec) != nil {
		return nil
	}
	out := makeBag("country", rec.Country.Names.English)
	if len(rec.Subdivisions) > 0 {
		out.set("state", rec.Subdivisions[0].Names.English)
	}
	out.set("city", rec.City.Names.English)
	out.set("latitude", rec.Location.Latitude)
	out.set("longitude", rec.Location.Longitude)
	return encode(out)
}

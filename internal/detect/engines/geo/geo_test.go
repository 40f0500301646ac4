package geo

import (
	"math"
	"testing"
	"testing/quick"
)

func TestDistance(t *testing.T) {
	f := func(want, lat1, lon1, lat2, lon2 float64) {
		t.Helper()
		if got := Distance(lat1, lon1, lat2, lon2); math.Abs(got-want) > want*0.01+0.1 {
			t.Errorf("Distance(%v, %v, %v, %v) = %.0f, want %.0f", lat1, lon1, lat2, lon2, got, want)
		}
	}
	f(0, 52.52, 13.405, 52.52, 13.405)
	f(1609, 52.52, 13.405, 55.7558, 37.6173)       // Berlin, Moscow
	f(16989, 51.5074, -0.1278, -33.8688, 151.2093) // London, Sydney
	f(223, 0, 179, 0, -179)                        // over the date line
	f(20015, 90, 0, -90, 0)
}

// TestOverlap is the package's invariant: circles that share a point are at no
// distance, wherever they are.
func TestOverlap(t *testing.T) {
	err := quick.Check(func(a, b, c, d, r, q uint16) bool {
		p1 := Place{float64(a%180) - 90, float64(b%360) - 180, float64(r % 3000), true}
		p2 := Place{float64(c%180) - 90, float64(d%360) - 180, float64(q % 3000), true}
		dist := Distance(p1.Lat, p1.Lon, p2.Lat, p2.Lon)
		got := Between(p1, p2)
		if dist <= p1.Radius+p2.Radius {
			return got == 0
		}
		return got > 0 && got <= dist && got == Between(p2, p1)
	}, &quick.Config{MaxCount: 20_000})
	if err != nil {
		t.Error(err)
	}
}

func TestLocate(t *testing.T) {
	f := func(wantKnown bool, radius float64, lat, lon float64, has bool, country string, c Class) {
		t.Helper()
		if p := Locate(lat, lon, has, country, c); p.Known != wantKnown || p.Radius != radius {
			t.Errorf("Locate(%v, %v, %v, %q, %s) = %+v", lat, lon, has, country, c, p)
		}
	}
	f(true, 60, 52, 13, true, "DE", Fixed)
	f(true, 400, 52, 13, true, "DE", Mobile)
	f(true, 150, 52, 13, true, "DE", Unknown)
	f(true, 450, 0, 0, true, "de", Fixed) // what services write for unknown
	f(true, 450, 0, 0, false, "DE", Mobile)
	f(false, 0, 0, 0, false, "", Fixed)
	f(false, 0, 0, 0, false, "ZZ", Fixed)
}

func TestClass(t *testing.T) {
	seen := map[int64]Class{}
	for c, list := range networks {
		for _, n := range list {
			if o, ok := seen[n]; ok {
				t.Errorf("AS%d is %s and %s", n, o, c)
			}
			seen[n] = c
		}
	}
	if ClassOf(64500) != Unknown || ClassOf(9009) != VPN || !VPN.Placeless() || Mobile.Placeless() {
		t.Error("classes differ from the lists")
	}
}

func TestPrefix(t *testing.T) {
	for in, want := range map[string]string{"203.0.113.9": "203.0.113.0/24", "2003:e7:1:2::9": "2003:e7:1::/48", "::ffff:203.0.113.9": "203.0.113.0/24", "": "", "x": "x"} {
		if got := Prefix(in); got != want {
			t.Errorf("Prefix(%q) = %q, want %q", in, got, want)
		}
	}
}

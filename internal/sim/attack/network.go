package attack

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// network is where a session comes from, as a geolocation provider sees it.
type network struct {
	ip, prefix           string // prefix: the first two octets
	asn                  int
	city, state, country string
	lat, lon             float64
}

// hosting are networks of data centres and of VPN providers in them.
var hosting = []network{
	{prefix: "165.22", asn: 14061, city: "Frankfurt am Main", state: "Hessen", country: "DE", lat: 50.1109, lon: 8.6821},
	{prefix: "51.83", asn: 16276, city: "Warsaw", state: "Mazowieckie", country: "PL", lat: 52.2297, lon: 21.0122},
	{prefix: "45.77", asn: 20473, city: "Singapore", state: "", country: "SG", lat: 1.3521, lon: 103.8198},
	{prefix: "185.220", asn: 9009, city: "Bucharest", state: "Bucuresti", country: "RO", lat: 44.4268, lon: 26.1025},
	{prefix: "5.188", asn: 49505, city: "Saint Petersburg", state: "Sankt-Peterburg", country: "RU", lat: 59.9343, lon: 30.3351},
	{prefix: "23.94", asn: 36352, city: "Buffalo", state: "New York", country: "US", lat: 42.8864, lon: -78.8784},
}

// dwellings are home connections that proxies sell, in many countries.
var dwellings = []network{
	{prefix: "105.112", asn: 37148, city: "Lagos", state: "Lagos", country: "NG", lat: 6.5244, lon: 3.3792},
	{prefix: "113.190", asn: 45899, city: "Hanoi", state: "Ha Noi", country: "VN", lat: 21.0278, lon: 105.8342},
	{prefix: "181.49", asn: 10620, city: "Bogota", state: "Bogota D.C.", country: "CO", lat: 4.711, lon: -74.0721},
	{prefix: "95.24", asn: 8402, city: "Moscow", state: "Moskva", country: "RU", lat: 55.7558, lon: 37.6173},
	{prefix: "36.68", asn: 7713, city: "Jakarta", state: "Jakarta Raya", country: "ID", lat: -6.2088, lon: 106.8456},
	{prefix: "78.160", asn: 9121, city: "Istanbul", state: "Istanbul", country: "TR", lat: 41.0082, lon: 28.9784},
}

// nearby are home connections in the countries of the offices.
var nearby = []network{
	{prefix: "71.202", asn: 7922, city: "Portland", state: "Oregon", country: "US", lat: 45.5152, lon: -122.6784},
	{prefix: "86.156", asn: 2856, city: "Leeds", state: "England", country: "GB", lat: 53.8008, lon: -1.5491},
	{prefix: "93.192", asn: 3320, city: "Hamburg", state: "Hamburg", country: "DE", lat: 53.5511, lon: 9.9937},
	{prefix: "122.161", asn: 24560, city: "Chennai", state: "Tamil Nadu", country: "IN", lat: 13.0827, lon: 80.2707},
}

// address draws an address of a network.
func (n network) address(r *rand.Rand) network {
	n.ip = fmt.Sprintf("%s.%d.%d", n.prefix, r.IntN(256), 1+r.IntN(254))
	return n
}

// one draws a network and an address of it.
func one(r *rand.Rand, list []network) network { return list[r.IntN(len(list))].address(r) }

// abroad draws one that is in another country than home.
func abroad(r *rand.Rand, list []network, home network) network {
	for {
		if n := one(r, list); n.country != home.country {
			return n
		}
	}
}

// near draws a home connection in the same country where there is one.
func near(r *rand.Rand, home network) network {
	for _, n := range nearby {
		if n.country == home.country {
			return n.address(r)
		}
	}
	return one(r, nearby)
}

// far is the distance of two places in kilometres.
func far(a, b network) float64 {
	rad := func(d float64) float64 { return d * math.Pi / 180 }
	h := math.Pow(math.Sin(rad(b.lat-a.lat)/2), 2) + math.Cos(rad(a.lat))*math.Cos(rad(b.lat))*math.Pow(math.Sin(rad(b.lon-a.lon)/2), 2)
	return 2 * 6371 * math.Asin(math.Sqrt(h))
}

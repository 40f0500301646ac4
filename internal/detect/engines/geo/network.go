package geo

import "net/netip"

// Class is the kind of network that an address belongs to.
type Class string

// The classes. Hosting, VPN, proxy, relay and satellite networks say where a
// machine of theirs stands and nothing of where the person is.
const (
	Fixed     Class = "fixed"
	Mobile    Class = "mobile"
	Hosting   Class = "hosting"
	VPN       Class = "vpn"
	Proxy     Class = "proxy" // of a company's security service
	Relay     Class = "relay" // of a browser or phone maker
	Satellite Class = "satellite"
	Unknown   Class = "unknown"
)

// Radius is how far in km an address of the class may be from where it is said
// to be. Measured medians are 3 to 16 km for fixed lines and 179 to 207 km for
// mobile ones (arXiv 2605.21937); these are wider, as a bound has to be.
func (c Class) Radius() float64 {
	switch c {
	case Fixed:
		return 60
	case Mobile:
		return 400
	}
	return 150
}

// Placeless says that the person need not be near the network.
func (c Class) Placeless() bool {
	switch c {
	case Hosting, VPN, Proxy, Relay, Satellite:
		return true
	}
	return false
}

// Anonymous says that anybody can rent an address of the class to hide behind.
func (c Class) Anonymous() bool { return c == Hosting || c == VPN }

// networks are well-known ones by autonomous system number. The list is short
// on purpose: learned and trusted egress do the rest.
var networks = map[Class][]int64{
	Hosting: {8075, 8100, 8560, 12876, 14061, 14618, 15169, 16276, 16509, 20473, 24940, 28753, 29802, 30633, 31898, 36351, 36352, 45102,
		51167, 53667, 55286, 60781, 63949, 132203, 136907, 197540, 213230, 262287, 396982},
	VPN:   {9009, 39351, 60068, 62371, 136787, 141039, 147049, 207137, 209103, 212238},
	Proxy: {13150, 22616, 53813, 54538, 55256, 62044},
	Relay: {13335, 36183, 54113},
	// SpaceX, Viasat, Intelsat, Hughes, Skylogic, SES
	Satellite: {14593, 7155, 13955, 40306, 22351, 64294, 1358, 6621, 63062, 29286, 12684},
	Mobile: {6167, 6805, 9605, 9644, 9808, 12576, 15502, 16637, 17676, 20057, 21928, 22394, 25135, 26599, 26615, 29465, 29975, 35228, 36522, 38266, 45609,
		51207, 55836, 56040, 60339, 133612, 206067},
	Fixed: {577, 701, 2856, 3209, 3215, 3320, 5089, 5466, 5607, 7018, 7922, 12322, 12389, 20001, 20115, 22773},
}

// ClassOf is the class of an autonomous system.
func ClassOf(asn int64) Class {
	for c, list := range networks {
		for _, n := range list {
			if n == asn {
				return c
			}
		}
	}
	return Unknown
}

// Prefix is the network of an address that one customer or site usually has:
// /24 of IPv4, /48 of IPv6. An address that cannot be read is its own prefix.
func Prefix(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	a = a.Unmap()
	bits := 24
	if a.Is6() {
		bits = 48
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return ip
	}
	return p.String()
}

// Is6 says whether an address is of IPv6.
func Is6(ip string) bool {
	a, err := netip.ParseAddr(ip)
	return err == nil && a.Unmap().Is6()
}

package replay

import (
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/detect/engines/geo"
)

var (
	noon  = time.Date(2026, 6, 17, 12, 0, 0, 0, time.UTC)
	owner = Use{Time: noon, Session: "s", User: "u", IP: "198.51.100.7", ASN: 3320, Country: "DE", Device: "d1", OS: "Windows 11", Browser: "Edge 130.0"}
	thief = Use{Time: noon.Add(time.Minute), Session: "s", User: "u", IP: "203.0.113.9", ASN: 9009, Class: geo.VPN, Country: "US", OS: "Linux", Browser: "Chrome 130.0"}
)

func TestJudge(t *testing.T) {
	f := func(name string, want bool, change func(o, t *Use)) {
		t.Helper()
		o, s := owner, thief
		change(&o, &s)
		if got := Judge([]Use{s, o}, noon); (got != nil && got.Score >= 45) != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	f("taken", true, func(o, s *Use) {})
	f("the same device", false, func(o, s *Use) { s.Device = o.Device })
	f("the same network", false, func(o, s *Use) { s.ASN = o.ASN })
	f("a trusted network", false, func(o, s *Use) { s.Trusted = true })
	f("a newer version of the same", false, func(o, s *Use) { o.Device, s.OS, s.Browser = "", "Windows 12", "Edge 131.0" })
	f("taken by the same software on no registered device", true, func(o, s *Use) { s.OS, s.Browser = o.OS, o.Browser })
	f("another registered device", true, func(o, s *Use) { s.Device, s.OS, s.Browser = "d2", o.OS, o.Browser })
	f("the owner is known by the device, though the thief was first", true, func(o, s *Use) { s.Time = noon.Add(-time.Minute) })
	f("before the window", false, func(o, s *Use) { o.Time, s.Time = noon.Add(-2*time.Hour), noon.Add(-time.Hour) })
	f("no system is named", false, func(o, s *Use) { o.Device, s.OS, s.Browser = "", "", "" })
}

// TestMoves: whatever the networks of one device are, it takes no session.
func TestMoves(t *testing.T) {
	var uses []Use
	for i, asn := range []int64{3320, 6805, 9009, 3320, 16509, 14593} {
		u := owner
		u.Time, u.ASN, u.Class, u.IP = noon.Add(time.Duration(i)*time.Minute), asn, geo.ClassOf(asn), "203.0.113."+string(rune('1'+i))
		uses = append(uses, u)
	}
	if f := Judge(uses, noon); f != nil {
		t.Errorf("%+v", f)
	}
}

package travel

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/detect/engines/geo"
)

var (
	noon    = time.Date(2026, 6, 17, 12, 0, 0, 0, time.UTC)
	physics = Physics{Speed: 900, MinKM: 300, Reach: day, Slack: 5 * time.Minute}
)

func at(minutes int, ip string, asn int64, country string, lat, lon float64) SignIn {
	s := SignIn{Time: noon.Add(time.Duration(minutes) * time.Minute), User: "u", IP: ip, ASN: asn, Country: country, City: country, Class: geo.ClassOf(asn)}
	s.Place = geo.Locate(lat, lon, true, country, s.Class)
	return s
}

func TestPairs(t *testing.T) {
	berlin := func(m int) SignIn { return at(m, "87.1.1.1", 3320, "DE", 52.52, 13.405) }
	f := func(name string, want int, list ...SignIn) {
		t.Helper()
		if got := Pairs(Collapse(list), noon, physics); len(got) != want {
			t.Errorf("%s: %d pairs, want %d", name, len(got), want)
		}
	}
	moscow := func(m int) SignIn { return at(m, "95.1.1.1", 12389, "RU", 55.7558, 37.6173) }
	f("no time at all", 1, berlin(0), moscow(0)) // a speed would be null here
	f("within a minute", 1, berlin(0), moscow(1))
	f("an hour and a half, beyond a window of ninety minutes", 1, berlin(-60), moscow(91))
	f("too slow", 0, berlin(-170), moscow(1))
	f("an address that changes alone is no travel", 0, berlin(0), at(1, "87.1.1.2", 3320, "DE", 52.52, 13.405))
	f("a short way", 0, berlin(0), at(1, "87.1.1.2", 3320, "DE", 53.55, 9.99))
	f("both before the window", 0, berlin(-10), moscow(-5))
	f("yesterday's last sign-in is still compared", 1, berlin(-1000), at(1, "49.1.1.1", 64500, "NZ", -52, -170))
	var many []SignIn // more places than one last sign-in
	for i := range 6 {
		s := berlin(i)
		s.IP = "87.1." + string(rune('1'+i)) + ".1"
		many = append(many, s)
	}
	f("each of several earlier networks", 6, append(many, moscow(10))...)
}

// TestOverlap: where the circles of error share a point there is never a pair.
func TestOverlap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	hits := 0
	for range 20_000 {
		a := at(0, "1.1.1.1", 1, "A", r.Float64()*160-80, r.Float64()*360-180)
		b := at(r.IntN(60), "2.2.2.2", 2, "B", a.Place.Lat+r.NormFloat64()*8, a.Place.Lon+r.NormFloat64()*8)
		a.Place.Radius, b.Place.Radius = r.Float64()*800, r.Float64()*800
		got := Pairs([]SignIn{a, b}, noon, physics)
		if geo.Distance(a.Place.Lat, a.Place.Lon, b.Place.Lat, b.Place.Lon) <= a.Place.Radius+b.Place.Radius && len(got) > 0 {
			t.Fatalf("%+v and %+v make a pair", a.Place, b.Place)
		}
		hits += len(got)
	}
	if hits == 0 {
		t.Error("nothing was a pair: the test looks at nothing")
	}
}

func TestCollapse(t *testing.T) {
	a, b, c := at(0, "1.1.1.1", 1, "A", 1, 1), at(1, "1.1.1.1", 1, "A", 1, 1), at(2, "1.1.1.1", 1, "A", 1, 1)
	a.Request, b.Request, b.Correlation, c.Correlation, c.Request = "r", "r", "c", "c", "other"
	got := Collapse([]SignIn{c, a, b})
	if len(got) != 1 || !got[0].Time.Equal(c.Time) {
		t.Errorf("%+v", got)
	}
	b.User = "another"
	if got := Collapse([]SignIn{a, b}); len(got) != 2 {
		t.Errorf("rows of two users became %d", len(got))
	}
	if got := Collapse([]SignIn{at(0, "1.1.1.1", 1, "A", 1, 1), at(0, "1.1.1.1", 1, "A", 1, 1)}); len(got) != 2 {
		t.Errorf("rows without ids became %d", len(got))
	}
}

func TestExplain(t *testing.T) {
	f := func(want string, needed, passed time.Duration) {
		t.Helper()
		p := Pair{A: SignIn{Time: noon}, B: SignIn{Time: noon.Add(passed)}, Needed: needed}
		if got := p.Explain(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f("needs at least 7 h 10 min; 42 min passed", 430*time.Minute, 42*time.Minute)
	f("needs at least 2 h; 0 min passed", 2*time.Hour, 0)
	f("needs at least 59 min; 20 s passed", 59*time.Minute, 20*time.Second)
}

// TestAlertedTeachesNothing: an intruder without a registered device does not
// become familiar by coming again on two days.
func TestAlertedTeachesNothing(t *testing.T) {
	h := &History{Until: noon, Old: true}
	home := at(0, "87.1.1.1", 3320, "DE", 52.52, 13.405)
	home.Device = "d"
	for i := range 20 {
		s := home
		s.Time = noon.Add(-time.Duration(25-i) * day)
		h.Add(s, 1)
	}
	bad := at(0, "185.9.1.9", 9009, "RU", 55.7558, 37.6173)
	for i := range 2 {
		s := bad
		s.Time = noon.Add(-time.Duration(3-i) * day)
		h.Add(s, 5)
	}
	p := Pairs([]SignIn{home, bad}, noon, physics)
	if len(p) != 1 {
		t.Fatal(p)
	}
	if f := Judge(p[0], h, Lists{}); f.Suppressed() || f.Score < 45 || f.Stranger.IP != bad.IP {
		t.Errorf("%+v", f)
	}
}

package spray

import (
	"fmt"
	"math"
	"testing"
	"time"
)

var noon = time.Date(2026, 6, 17, 12, 0, 0, 0, time.UTC)

func tries(n int, ip func(int) string, each func(*Try)) []Try {
	var out []Try
	for i := range n {
		t := Try{IP: ip(i), User: fmt.Sprintf("user%03d", i), ASN: 64500, Tries: 1, First: noon.Add(time.Duration(i) * time.Second), Last: noon.Add(time.Duration(i) * time.Second)}
		if each != nil {
			each(&t)
		}
		out = append(out, t)
	}
	return out
}

func one(int) string     { return "203.0.113.9" }
func near(i int) string  { return fmt.Sprintf("203.0.113.%d", i) }
func apart(i int) string { return fmt.Sprintf("10.%d.0.1", i) }

func TestFind(t *testing.T) {
	l := Limits{5, 3, 0.8}
	f := func(name string, list []Try, k Known, want ...string) {
		t.Helper()
		var got []string
		for _, x := range Find(list, k, l) {
			got = append(got, x.Name)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	f("too few", tries(4, one, nil), nil)
	f("one address", tries(5, one, nil), nil, "203.0.113.9")
	f("one address of many users is not its provider as well", tries(40, one, nil), nil, "203.0.113.9")
	f("a network", tries(8, near, nil), nil, "203.0.113.0/24")
	f("a provider", tries(15, apart, nil), nil, "AS64500")
	f("a provider with too few", tries(14, apart, nil), nil)
	f("brute force", tries(5, one, func(t *Try) { t.Tries = 4 }), nil)
	f("most get in", append(tries(5, one, nil), tries(6, one, func(t *Try) { t.User, t.Tries, t.In = "in"+t.User, 0, 1 })...), nil)
	k := Known{}
	for i := range 3 {
		k.add("203.0.113.0/24", fmt.Sprintf("USER%03d", i))
	}
	f("three of six belong there", tries(6, one, nil), k)
	f("three of twenty belong there", tries(20, one, nil), k, "203.0.113.9")
}

func TestGuessed(t *testing.T) {
	list := tries(6, one, func(t *Try) {
		if t.User == "user002" {
			t.Valid = 1
		}
	})
	list = append(list, Try{IP: one(0), User: "first", ASN: 64500, Valid: 1, In: 1, First: noon, Last: noon})
	got := Find(list, nil, Limits{5, 3, 0.8})
	if len(got) != 1 || fmt.Sprint(got[0].guessed, got[0].signedIn) != "[first user002] [first]" {
		t.Errorf("%+v", got)
	}
}

// TestTail compares with values of the Poisson distribution, and looks that a
// silent past can be left (a baseline of nothing must not forbid findings).
func TestTail(t *testing.T) {
	f := func(want float64, k int, series ...float64) {
		t.Helper()
		if p, _ := Tail(k, series); math.Abs(p-want) > want*0.01 {
			t.Errorf("Tail(%d, %v) = %.4g, want %.4g", k, series, p, want)
		}
	}
	f(1, 0, 3, 3, 3)
	f(0.1847, 5, 3, 3, 3)     // 1 - sum of the first five terms of mean 3
	f(1.1025e-3, 10, 3, 3, 3) // of the first ten
	f(0.3935, 1, 0, 0, 0, 0)  // quiet: 1 - exp(-0.5)
	if p, _ := Tail(10, make([]float64, 27)); p > 1e-8 {
		t.Errorf("ten users after weeks of silence have chance %g", p)
	}
	calm, _ := Tail(20, []float64{5, 5, 5, 5, 5, 5})
	wild, _ := Tail(20, []float64{0, 15, 0, 0, 14, 1})
	if calm >= wild || wild < 1e-4 {
		t.Errorf("a series that varies must allow more: %g, %g", calm, wild)
	}
	last := 1.1
	for k := range 60 {
		p, _ := Tail(k, []float64{2, 9, 4, 12, 1})
		if p > last {
			t.Fatalf("the chance of %d or more is greater than that of fewer", k)
		}
		last = p
	}
}

func TestFingerprintFires(t *testing.T) {
	f := func(want bool, users, ips int, busiest int64) {
		t.Helper()
		s := &shared{users: map[string]int64{}, ips: map[string]bool{}, tries: int64(users)}
		for i := range users {
			s.users[fmt.Sprint(i)] = 1
		}
		for i := range ips {
			s.ips[fmt.Sprint(i)] = true
		}
		if got := s.fires(20, 20, 0.7, 1.5, busiest); got != want {
			t.Errorf("%d users, %d addresses, busiest %d: %v", users, ips, busiest, got)
		}
	}
	f(true, 20, 20, 0)
	f(false, 19, 20, 0)
	f(false, 40, 20, 0)
	f(false, 20, 30, 0)
	f(true, 25, 30, 8)
	f(false, 24, 30, 8)
}

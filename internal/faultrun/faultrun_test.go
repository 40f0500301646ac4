package faultrun

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// shortSeeds is how many runs `go test` makes; WHOLELOG_SEEDS=N makes more, and
// WHOLELOG_SEEDS=FROM-TO makes those of a range, both inclusive.
const shortSeeds = 10

func seeds(t *testing.T) (from, to uint64) {
	t.Helper()
	text := os.Getenv("WHOLELOG_SEEDS")
	if text == "" {
		return 0, shortSeeds - 1
	}
	a, b, ranged := strings.Cut(text, "-")
	if !ranged {
		a, b = "0", text
	}
	from, err := strconv.ParseUint(a, 10, 32)
	if err != nil {
		t.Fatalf("WHOLELOG_SEEDS: %v", err)
	}
	if to, err = strconv.ParseUint(b, 10, 32); err != nil || to < from || to == 0 && !ranged {
		t.Fatalf("WHOLELOG_SEEDS %q is neither a number of seeds nor FROM-TO", text)
	}
	if !ranged {
		to--
	}
	return from, to
}

// TestFaults is the run. What fails says the seed: WHOLELOG_SEEDS=7-7 repeats
// seed 7.
func TestFaults(t *testing.T) {
	from, to := seeds(t)
	began := time.Now()
	passed, events, crashes, lost := 0, 0, 0, 0
	points := map[string]int{}
	for seed := from; seed <= to; seed++ {
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := makeWorld(t, seed)
			s := newSite(t, w)
			s.crashes = 2 + w.r.IntN(6)
			if seed%10 == 9 {
				s.real = newBroker(t, w)
			}
			problems := s.whole()
			report(t, w, s, problems)
			events += len(w.facts)
			crashes += s.count.crashes
			for _, p := range s.points {
				points[p]++
			}
			for _, f := range w.facts {
				if f.lost[onStream] || f.lost[onGraph] {
					lost++
				}
			}
		})
		if ok {
			passed++
		}
	}
	n := int(to - from + 1)
	t.Logf("%d of %d seeds passed, %.1f s each; %d events, %d of them withheld by one path, %d crashes: %v", passed, n, time.Since(began).Seconds()/float64(n), events, lost, crashes, points)
	if n >= shortSeeds && (lost == 0 || len(points) < len(ordered)/2) {
		t.Errorf("too little was tried: %d events withheld, crashes at %d of %d points", lost, len(points), len(ordered))
	}
}

func newSite(t *testing.T, w *world) *site {
	return &site{t: t, w: w, r: rand.New(rand.NewPCG(w.seed, 0x73697465)), dir: t.TempDir()}
}

// whole lives through a run and says what is wrong at its end.
func (s *site) whole() (problems []string) {
	before := runtime.NumGoroutine()
	err := s.live()
	if s.real != nil {
		s.real.close()
	}
	if err != nil {
		return []string{err.Error()}
	}
	problems = s.judge()
	return append(problems, leaked(before)...)
}

// leaked waits for goroutines to end that have been told to.
func leaked(before int) []string {
	for range 500 {
		if runtime.NumGoroutine() <= before {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	buf := make([]byte, 1<<20)
	return []string{fmt.Sprintf("%d goroutines more than at the beginning:\n%s", runtime.NumGoroutine()-before, buf[:runtime.Stack(buf, true)])}
}

func report(t *testing.T, w *world, s *site, problems []string) {
	t.Helper()
	t.Logf("%d events, %d messages, %d starts, %d failed starts, %d pages, crashes at %v; planted: %s", len(w.facts), len(w.log), s.count.starts, s.count.failedStarts, s.count.pages, s.points, w.plan)
	const most = 10
	for i, p := range problems {
		if i == most {
			t.Errorf("and %d problems more", len(problems)-most)
			break
		}
		t.Errorf("seed %d: %s", w.seed, p)
	}
	if len(problems) > 0 {
		t.Errorf("repeat it with WHOLELOG_SEEDS=%d-%d go test ./internal/faultrun -run TestFaults", w.seed, w.seed)
	}
}

// TestFindsDefects is what the run is worth: a stream that does something wrong
// just once is found.
func TestFindsDefects(t *testing.T) {
	for i, defect := range []string{"loses a record", "changes a record", "invents a record", "names another path"} {
		w := makeWorld(t, 4000+uint64(i))
		w.defect = defect
		s := newSite(t, w)
		problems := s.whole()
		if w.defect != "" {
			t.Errorf("%s: it never did", defect)
		}
		if len(problems) == 0 {
			t.Errorf("%s: not found", defect)
		}
	}
}

package collect

import (
	"fmt"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

func TestOnlyFollowedTimeIsClaimed(t *testing.T) {
	now := day
	h := health{now: func() time.Time { return now }, every: 10 * time.Minute, since: map[string]time.Time{}}
	step := func(d time.Duration) { now = now.Add(d) }
	text := func(list []source.Claim) (out string) {
		for _, c := range list {
			out += fmt.Sprintf("%s %s-%s ", c.Path, c.From.Format("15:04"), c.To.Format("15:04"))
		}
		return out
	}
	f := func(want string) {
		t.Helper()
		if got := text(h.claims()); got != want {
			t.Errorf("claims %q, want %q", got, want)
		}
	}
	h.set("a", true)
	step(10 * time.Minute)
	f("a 00:00-00:10 ")
	step(4 * time.Minute)
	h.set("a", false) // it fails ...
	step(4 * time.Minute)
	h.set("a", true) // ... and goes on
	step(2 * time.Minute)
	f("a 00:10-00:14 a 00:18-00:20 ")
	step(3 * time.Hour) // the machine sleeps
	f("")
	step(10 * time.Minute)
	list := h.claims()
	h.unsaid(list) // the disk was full
	step(10 * time.Minute)
	f("a 03:20-03:30 a 03:30-03:40 ")
	h.set("a", false)
	f("")
}

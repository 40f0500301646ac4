package outbox_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/outbox"
)

func start() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func open(t *testing.T, path string, now time.Time) *outbox.Outbox {
	t.Helper()
	o, err := outbox.Open(path, now)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func note(incident string, rev int) message.Notification {
	return message.Notification{Incident: incident, Revision: rev, Kind: message.Updated, Title: "t"}
}

// TestAgainstModel does what comes, crashes included, and checks after each
// delivery what must hold: in a lane revisions only grow, none is told twice
// but after a crash and then under its ID, and the newest is told in the end.
func TestAgainstModel(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 1))
		now, path := start(), filepath.Join(t.TempDir(), "box.db")
		o := open(t, path, now)
		targets := []outbox.Target{{Receiver: "a", Channel: "email"}, {Receiver: "a", Channel: "webhook"}, {Receiver: "b", Channel: "email"}}
		newest, told := map[string]int{}, map[string]int{} // by incident; by lane
		ids := map[string]string{}                         // by lane and revision
		inDoubt := map[string]bool{}
		step := func() bool {
			due, err := o.Due()
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range due {
				if d.Due.After(now) {
					continue
				}
				e, _, _, err := o.Begin(d.ID)
				if err != nil {
					t.Fatal(err)
				}
				lane := e.Notification.Incident + e.Target.String()
				rev := e.Notification.Revision
				if key := fmt.Sprint(lane, rev); ids[key] != "" && ids[key] != e.ID {
					t.Fatalf("seed %d: %s is %s and %s", seed, key, ids[key], e.ID)
				} else {
					ids[key] = e.ID
				}
				if rev < told[lane] || rev == told[lane] && !inDoubt[e.ID] {
					t.Fatalf("seed %d: %s tells revision %d after %d", seed, lane, rev, told[lane])
				}
				if inDoubt[e.ID] != e.Repeat {
					t.Fatalf("seed %d: %s repeat is %v", seed, e.ID, e.Repeat)
				}
				rec := message.Receipt{Delivery: e.ID, Time: now}
				switch x := r.IntN(10); {
				case x == 0: // crash before or after it was taken
					if r.IntN(2) == 0 {
						told[lane] = rev
					}
					inDoubt[e.ID] = true
					if err := o.Close(); err != nil {
						t.Fatal(err)
					}
					o = open(t, path, now)
					return true
				case x < 4:
					rec.Outcome = message.Retry
					err = o.Finish(e.ID, rec, now.Add(time.Duration(r.IntN(300))*time.Second), nil)
				default:
					told[lane] = rev
					rec.Outcome = message.Sent
					err = o.Finish(e.ID, rec, time.Time{}, nil)
				}
				if err != nil {
					t.Fatal(err)
				}
				return true
			}
			return false
		}
		for range 200 {
			switch r.IntN(3) {
			case 0:
				inc := fmt.Sprint("inc-", r.IntN(5))
				rev := max(newest[inc]+r.IntN(3)-1, 1)
				newest[inc] = max(newest[inc], rev)
				n := note(inc, rev)
				n.Urgent = r.IntN(8) == 0
				var orders []outbox.Order
				for _, tg := range targets {
					orders = append(orders, outbox.Order{Target: tg, Wait: 10 * time.Second, Interval: time.Minute})
				}
				if _, err := o.Enqueue(n, orders, now); err != nil {
					t.Fatal(err)
				}
			case 1:
				now = now.Add(time.Duration(r.IntN(60)) * time.Second)
			default:
				step()
			}
		}
		for range 10000 {
			if !step() {
				if list, err := o.List(); err != nil || len(list) == 0 {
					break
				}
				now = now.Add(time.Minute)
			}
		}
		for inc, rev := range newest {
			for _, tg := range targets {
				if told[inc+tg.String()] != rev {
					t.Errorf("seed %d: %s was told %d of %s, which is at %d", seed, tg, told[inc+tg.String()], inc, rev)
				}
			}
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUrgentGoesFirst(t *testing.T) {
	o := open(t, filepath.Join(t.TempDir(), "box.db"), start())
	defer o.Close()
	tg := outbox.Target{Receiver: "a", Channel: "email"}
	for i := range 20 {
		if _, err := o.Enqueue(note(fmt.Sprint("inc-", i), 1), []outbox.Order{{Target: tg}}, start()); err != nil {
			t.Fatal(err)
		}
	}
	u := note("inc-x", 1)
	u.Urgent = true
	if _, err := o.Enqueue(u, []outbox.Order{{Target: tg, Wait: time.Hour}}, start().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	due, err := o.Due()
	if err != nil || len(due) != 2 || due[0].Notification.Incident != "inc-x" || !due[0].Due.Equal(start().Add(time.Minute)) {
		t.Errorf("%v %v", due, err)
	}
	// One that must wait for its lane takes the lane's head along.
	head, _, _, err := o.Begin(due[1].ID)
	if err != nil {
		t.Fatal(err)
	}
	later := start().Add(time.Hour)
	if err := o.Finish(head.ID, message.Receipt{Outcome: message.Retry}, later, nil); err != nil {
		t.Fatal(err)
	}
	u = note(head.Notification.Incident, 2)
	u.Urgent = true
	if _, err := o.Enqueue(u, []outbox.Order{{Target: tg}}, start().Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if e, _, _, err := o.Begin(due[0].ID); err != nil {
		t.Fatal(err)
	} else if err := o.Finish(e.ID, message.Receipt{Outcome: message.Sent}, later, nil); err != nil {
		t.Fatal(err)
	}
	if due, err = o.Due(); err != nil || due[0].ID != head.ID || due[0].Due.Equal(later) {
		t.Errorf("%+v %v", due, err)
	}
}

func TestLockAndErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "box.db")
	o := open(t, path, start())
	defer o.Close()
	if _, err := outbox.Open(path, start()); !errors.Is(err, outbox.ErrLocked) {
		t.Error(err)
	}
	if err := o.Replay("x", start()); !errors.Is(err, outbox.ErrNone) {
		t.Error(err)
	}
	if _, err := o.Enqueue(note("inc-1", 1), []outbox.Order{{Target: outbox.Target{Receiver: "a"}}}, start()); err != nil {
		t.Fatal(err)
	}
	list, err := o.List()
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if err := o.Drop(list[0].ID, "ada", start()); err == nil || errors.Is(err, outbox.ErrNone) {
		t.Errorf("what waits is dropped: %v", err)
	}
}

func TestPrune(t *testing.T) {
	o := open(t, filepath.Join(t.TempDir(), "box.db"), start())
	defer o.Close()
	order := []outbox.Order{{Target: outbox.Target{Receiver: "a"}}}
	tell := func(now time.Time) int {
		t.Helper()
		n, err := o.Enqueue(note("inc-1", 1), order, now)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if tell(start()) != 1 || tell(start()) != 0 {
		t.Error("a revision is taken in once")
	}
	if err := o.Prune(start().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if tell(start()) != 0 {
		t.Error("a lane with something pending was forgotten")
	}
	due, err := o.Due()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := o.Begin(due[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := o.Finish(due[0].ID, message.Receipt{Outcome: message.Sent, Time: start()}, start(), nil); err != nil {
		t.Fatal(err)
	}
	if err := o.Prune(start()); err != nil {
		t.Fatal(err)
	}
	if tell(start()) != 0 {
		t.Error("forgotten too early")
	}
	if err := o.Prune(start().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if tell(start().Add(2*time.Hour)) != 1 {
		t.Error("never forgotten")
	}
}

func TestSafe(t *testing.T) {
	f := func(s string, same bool) {
		t.Helper()
		if got := outbox.Safe(s); (got == s) != same || len(got) > 64 {
			t.Errorf("%q becomes %q", s, got)
		}
	}
	f("inc-1_A", true)
	f("", false)
	f("a.b", false)
	f("a>\r\nBcc: x", false)
	f(string(make([]byte, 200)), false)
	if outbox.Safe("a.b") == outbox.Safe("a/b") {
		t.Error("two identities become one")
	}
}

func BenchmarkEnqueueAndSend(b *testing.B) {
	o, err := outbox.Open(filepath.Join(b.TempDir(), "box.db"), start())
	if err != nil {
		b.Fatal(err)
	}
	defer o.Close()
	order := []outbox.Order{{Target: outbox.Target{Receiver: "a"}}}
	for i := range b.N {
		if _, err := o.Enqueue(note(fmt.Sprint("inc-", i), 1), order, start()); err != nil {
			b.Fatal(err)
		}
		due, err := o.Due()
		if err != nil {
			b.Fatal(err)
		}
		if _, _, _, err := o.Begin(due[0].ID); err != nil {
			b.Fatal(err)
		}
		if err := o.Finish(due[0].ID, message.Receipt{Outcome: message.Sent}, start(), nil); err != nil {
			b.Fatal(err)
		}
	}
}

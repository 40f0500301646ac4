package hubsim

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/eventhub"
)

var start = time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)

const secret = "p1anted~Secret.9vQ8="

// clock is the tenant's: it moves on by an hour whenever the server rests.
type clock struct {
	mu  sync.Mutex
	now time.Time
	end time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, _ time.Duration) error {
	c.mu.Lock()
	c.now = c.now.Add(time.Hour)
	over := !c.now.Before(c.end)
	if over {
		c.now = c.end
	}
	c.mu.Unlock()
	if over {
		time.Sleep(time.Millisecond)
	}
	return ctx.Err()
}

// expected is what must be delivered until a time.
func expected(o sim.LiveOptions, from, end time.Time) map[string]int {
	out := map[string]int{}
	live := sim.NewLive(o)
	for _, e := range live.Events(from, end) {
		if e.Category != "" && e.Delivered.Before(end) {
			rec := event.Record{Raw: e.Diagnostic(), Tenant: live.Tenant()}
			identify.Record(&rec)
			out[rec.Table+" "+rec.ID]++
		}
	}
	return out
}

// TestCollectedOnce reads all hubs by the real source while they are filled.
func TestCollectedOnce(t *testing.T) {
	o := sim.LiveOptions{Users: 40, Seed: 4, Start: start}
	from, end := start.Add(3*time.Hour), start.Add(51*time.Hour)
	const login = "Endpoint=sb://127.0.0.1/;SharedAccessKeyName=listen;SharedAccessKey=" + secret
	c := &clock{now: from, end: end}
	s, err := New(Options{Tenant: o, From: from, ConnectionString: login, Now: c.Now, Sleep: c.Sleep})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	want := expected(o, from, end)
	total := 0
	for _, n := range want {
		total += n
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var mu sync.Mutex
	got, n := map[string]int{}, 0
	tenant := sim.NewLive(o).Tenant()
	var readers sync.WaitGroup
	for _, hub := range Hubs() {
		src, err := eventhub.New(eventhub.Options{Hub: hub, Brokers: []string{s.Address()}, Plaintext: true, ConnectionString: login, Tenant: tenant, MaxWait: 20 * time.Millisecond, Group: "-"})
		if err != nil {
			t.Fatal(err)
		}
		readers.Go(func() {
			err := src.Read(ctx, nil, func(p source.Page) (source.Taken, error) {
				mu.Lock()
				defer mu.Unlock()
				for _, r := range p.Records {
					if r.Tenant != tenant {
						t.Errorf("a record of tenant %q in %s", r.Tenant, hub)
					}
					got[r.Table+" "+r.ID]++
					n++
				}
				for _, note := range p.Notices {
					t.Errorf("%s: %s %s", hub, note.Code, note.Text)
				}
				if n >= total {
					time.AfterFunc(100*time.Millisecond, cancel) // for what comes once too often
				}
				return source.Taken{}, nil
			})
			if ctx.Err() == nil {
				t.Errorf("%s: %v", hub, err)
			}
		})
	}
	if err := s.Run(ctx); err != nil {
		t.Error(err)
	}
	readers.Wait()
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%s came %d times, want %d", k, got[k], n)
		}
	}
	if n != total || total < 600 {
		t.Errorf("%d records, want %d", n, total)
	}
}

func TestAddressIsLoopback(t *testing.T) {
	for _, a := range []string{"0.0.0.0:0", ":9092", "example.com:9092", "127.0.0.1"} {
		if s, err := New(Options{Address: a, Tenant: sim.LiveOptions{Users: 1, Start: start}}); err == nil {
			s.Close()
			t.Errorf("%s is taken", a)
		}
	}
}

func TestMessagesStayWithinBounds(t *testing.T) {
	live := sim.NewLive(sim.LiveOptions{Users: 40, Seed: 2, Start: start})
	events, records, several := live.Events(start, start.Add(72*time.Hour)), 0, false
	events = slices.DeleteFunc(events, func(e sim.Event) bool { return e.Category == "" })
	for _, m := range messages(events) {
		if len(m.value) > 1<<20 {
			t.Errorf("a message of %d bytes", len(m.value))
		}
		n := strings.Count(string(m.value), `"category":"`+m.category+`"`)
		if n == 0 || n > maxRecords || !strings.HasPrefix(string(m.value), `{"records":[{`) || !strings.HasSuffix(string(m.value), "}]}") {
			t.Errorf("a message of %s with %d records: %.40s", m.category, n, m.value)
		}
		records += n
		several = several || n > 1
	}
	if records != len(events) || !several {
		t.Errorf("%d records in messages, want %d", records, len(events))
	}
}

package push_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/intake"
	"github.com/wholelog/wholelog/internal/source/intake/intaketest"
	"github.com/wholelog/wholelog/internal/source/push"
	"github.com/wholelog/wholelog/internal/source/sourcetest"
)

const token = "0123456789abcdef-functions"

var start = time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)

func bearer(t testing.TB) func(*http.Request) (string, int) {
	f, err := intake.Bearer(map[string]string{"functions": token})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// serve makes an intake with a server around it, which is gone when the test
// ends.
func serve(t testing.TB, o push.Options) (*push.Intake, string) {
	t.Helper()
	if o.Authorize == nil {
		o.Authorize = bearer(t)
	}
	in, err := push.New(o)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(push.Prefix, in)
	web := httptest.NewUnstartedServer(mux)
	web.Config.ReadHeaderTimeout = 2 * time.Second
	web.Start()
	t.Cleanup(web.Close)
	return in, web.URL
}

// records are diagnostic records of a simulated tenant, and its id.
func records(seed uint64, hours int) (list [][]byte, tenant string) {
	live := sim.NewLive(sim.LiveOptions{Users: 6, Seed: seed, Start: start})
	for _, e := range live.Delivered(start, start.Add(time.Duration(hours)*time.Hour)) {
		list = append(list, e.Diagnostic())
	}
	return list, live.Tenant()
}

func known(raw []byte, tenant string) sourcetest.Event {
	r := event.Record{Raw: raw, Tenant: tenant, Source: "push", Seen: start}
	identify.Record(&r)
	return sourcetest.Event{Key: r.Table + " " + r.ID, Table: r.Table}
}

// TestConformance runs the suite with a forwarder that sends each batch until
// it hears 200: whatever the collector forgets, no batch that was acknowledged
// may be missing.
func TestConformance(t *testing.T) {
	sourcetest.Run(t, sourcetest.Harness{Seeds: 12, Start: func(t testing.TB, seed uint64, faults bool) sourcetest.World {
		raws, tenant := records(seed, 36)
		in, address := serve(t, push.Options{Label: "functions", Tenant: tenant, Limits: intake.Limits{Wait: 30 * time.Millisecond, Grace: time.Second, MaxMemory: 1 << 20, MaxPage: 40 << 10}})
		s := intaketest.Sender{Address: address + push.Prefix + "auto", Token: token, Seed: seed, Faults: faults, Workers: 2}
		var events []sourcetest.Event
		for i := 0; i < len(raws); {
			n := min(1+i%3, len(raws)-i)
			for _, raw := range raws[i : i+n] {
				events = append(events, known(raw, tenant))
			}
			s.Batches = append(s.Batches, form(raws[i:i+n], i))
			i += n
		}
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		var done sync.Once
		sent := make(chan struct{})
		wg.Go(func() {
			if err := s.Run(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			close(sent)
		})
		t.Cleanup(func() { done.Do(cancel); wg.Wait() })
		over := func() bool {
			select {
			case <-sent:
				return true
			default:
				return false
			}
		}
		return sourcetest.World{Source: func() source.Source { return in }, Events: func() []sourcetest.Event { return events }, Over: over, Tenant: tenant, Secrets: []string{token}}
	}})
}

// form writes a batch in one of the forms that forwarders use.
func form(raws [][]byte, i int) []byte {
	switch i % 3 {
	case 0:
		return append(bytes.Join(raws, []byte("\n")), '\n')
	case 1:
		return append(append([]byte("["), bytes.Join(raws, []byte(","))...), ']')
	}
	return append(append([]byte(`{"records":[`), bytes.Join(raws, []byte(","))...), "]}"...)
}

// reader runs a source and keeps what it yields.
type reader struct {
	mu      sync.Mutex
	records []event.Record
	notices []source.Notice
	pages   int
	seen    map[event.Hash]bool
	yield   func(source.Page) error // before the page is taken; may be nil
}

func (r *reader) run(t testing.TB, s source.Source) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	r.seen = map[event.Hash]bool{}
	go func() {
		defer close(done)
		_ = s.Read(ctx, nil, r.take)
	}()
	t.Cleanup(func() { cancel(); <-done })
}

func (r *reader) take(p source.Page) (t source.Taken, err error) {
	if r.yield != nil {
		if err := r.yield(p); err != nil {
			return t, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notices = append(r.notices, p.Notices...)
	if len(p.Records) > 0 {
		r.pages++
	}
	for _, rec := range p.Records {
		t.Read++
		switch {
		case r.seen[rec.Content]:
			t.Duplicates++
		case rec.Table == "":
			t.Unparsed++
		default:
			t.Accepted++
		}
		r.seen[rec.Content] = true
		r.records = append(r.records, rec)
	}
	return t, nil
}

// all is what was yielded.
func (r *reader) all() ([]event.Record, []source.Notice) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.records), slices.Clone(r.notices)
}

func (r *reader) counts() (records, pages int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.records), r.pages
}

func signIn(i int) string {
	return fmt.Sprintf(`{"id":"s%d","createdDateTime":"2026-10-05T10:00:00Z","appId":"a","userPrincipalName":"u%d@example.com","status":{"errorCode":0}}`, i, i)
}

package incident

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/collect"
	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/schedule"
	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/own"
)

// feed is a source of records that a test hands over.
type feed struct{ pages chan feedPage }

type feedPage struct {
	records []event.Record
	done    chan error
}

func (f feed) Name() string { return "push:test" }

func (f feed) Read(ctx context.Context, _ source.Cursor, yield source.Yield) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case p := <-f.pages:
			_, err := yield(source.Page{Records: p.records})
			p.done <- err
			if err != nil {
				return err
			}
		}
	}
}

// bench is a data folder that collects, with a scheduler and a book over it
// that can be begun again as after a restart.
type bench struct {
	t      *testing.T
	dir    string
	clock  time.Time
	mu     sync.Mutex
	in     *ingest.Ingest
	engine *query.Engine
	feed   feed
	stop   func()
	s      *schedule.Scheduler
	b      *Book
	told   []Change
	rules  []*rule.Rule
	broken bool // nothing can be recorded
	n      int
}

func (w *bench) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *bench) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

const failures = `
id: T-1
title: Failures from an address
description: Many failed.
severity: high
tables: [SigninLogs]
query: |
  SigninLogs
  | where ResultType == "50126"
  | summarize Users = make_set(UserPrincipalName), Failures = count(), StartTime = min(TimeGenerated), EndTime = max(TimeGenerated) by IPAddress
  | where Failures >= 5
every: 5m
window: 20m
entities:
  - {type: IP, fields: {Address: IPAddress}}
alert: {title: "{{Failures}} failures from {{IPAddress}}"}
suppress: {by: [IPAddress], for: 6h}
`

func read(t *testing.T, text string) *rule.Rule {
	t.Helper()
	r, _, err := rule.Read([]byte(text), "test")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newBench(t *testing.T, rules ...string) *bench {
	w := &bench{t: t, dir: t.TempDir(), clock: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)}
	for _, r := range rules {
		w.rules = append(w.rules, read(t, r))
	}
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

// start opens the folder and begins; stop ends what it began.
func (w *bench) start() {
	t := w.t
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var err error
	if w.in, err = ingest.OpenWith(ctx, filepath.Join(w.dir, "data"), ingest.Options{Key: filepath.Join(w.dir, "key"), Notice: func(string) {}}); err != nil {
		t.Fatal(err)
	}
	c, err := collect.New(w.in, filepath.Join(w.dir, "cursors"), collect.Options{Stay: true})
	if err != nil {
		t.Fatal(err)
	}
	j := own.New(w.now)
	w.feed = feed{make(chan feedPage)}
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx, j, w.feed) }()
	w.stop = func() {
		cancel()
		if err := errors.Join(<-ended, w.in.Close(context.Background())); err != nil {
			t.Error(err)
		}
	}
	if w.engine, err = query.New(ctx, w.in.Store, query.Options{}); err != nil {
		t.Fatal(err)
	}
	w.b, err = Open(ctx, w.engine, Options{Now: w.now, Write: func(ctx context.Context, rows ...own.Row) error {
		if w.broken {
			return errors.New("disk full")
		}
		return j.Write(ctx, "", rows...)
	}, Tell: func(_ context.Context, c Change) error {
		w.told = append(w.told, c)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	st, err := LoadState(ctx, w.engine, w.now())
	if err != nil {
		t.Fatal(err)
	}
	w.s = schedule.New(schedule.Options{Runner: &detect.Runner{Query: w.engine}, Position: w.in.Store.Applied, Record: w.b.Record, Exceptions: w.b.Excluded, Now: w.now}, w.rules, st)
}

func (w *bench) restart() {
	w.t.Helper()
	w.stop()
	w.start()
}

// fail delivers failed sign-ins, a second apart and up to a time before now.
func (w *bench) fail(ip, user string, n int, ago time.Duration) {
	w.t.Helper()
	var list []event.Record
	for i := range n {
		w.n++
		at := w.now().Add(-ago - time.Duration(i)*time.Second)
		raw := fmt.Sprintf(`{"time":"%[1]s","category":"SignInLogs","operationName":"Sign-in activity","properties":{"id":"00000000-0000-4000-8000-%012[2]d","createdDateTime":"%[1]s","userPrincipalName":"%[3]s","ipAddress":"%[4]s","appId":"a","status":{"errorCode":50126}}}`,
			at.Format(time.RFC3339Nano), w.n, user, ip)
		r := event.Record{Raw: []byte(raw), Source: "push:test", Tenant: "t", Seen: w.now()}
		identify.Record(&r)
		list = append(list, r)
	}
	p := feedPage{list, make(chan error, 1)}
	w.feed.pages <- p
	if err := <-p.done; err != nil {
		w.t.Fatal(err)
	}
}

func (w *bench) tick() error {
	w.pass(time.Minute)
	return w.s.Tick(context.Background())
}

// count answers a query of one number.
func (w *bench) count(text string) (n int64) {
	w.t.Helper()
	if err := each(context.Background(), w.engine, text, func(r query.Row) { n, _ = r[0].(int64) }); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *bench) want(what string, alerts, incidents, told int) {
	w.t.Helper()
	a := w.count(`SecurityAlert | where ProviderName == "Wholelog" | count`)
	i := w.count(`SecurityIncident | summarize dcount(IncidentName)`)
	if a != int64(alerts) || i != int64(incidents) || len(w.told) != told {
		w.t.Fatalf("%s: %d alerts, %d incidents, told %d times; want %d, %d, %d", what, a, i, len(w.told), alerts, incidents, told)
	}
}

func TestAlertsAreRaisedOnce(t *testing.T) {
	w := newBench(t, failures)
	tick := func() {
		t.Helper()
		if err := w.tick(); err != nil {
			t.Fatal(err)
		}
	}
	w.fail("203.0.113.9", "ada@example.org", 3, 4*time.Minute)
	tick()
	w.want("too few", 0, 0, 0)
	w.fail("203.0.113.9", "bob@example.org", 3, 2*time.Minute)
	tick()
	w.want("found", 1, 1, 1)
	if c := w.told[0]; c.Kind != "created" || c.Title != "6 failures from 203.0.113.9" || c.Number != 1 || c.Severity != rule.High || c.Late || c.Revision != 1 {
		t.Errorf("%+v", c)
	}
	w.fail("203.0.113.9", "eve@example.org", 3, 0)
	tick()
	w.want("the same key is silent", 1, 1, 1)
	w.restart()
	tick()
	w.want("nothing new after a restart", 1, 1, 1)
	w.fail("203.0.113.9", "zoe@example.org", 5, 0)
	tick()
	w.want("silent after a restart", 1, 1, 1)
	if n := w.count(`WholelogRuleRun | where Suppressed > 0 and Status == "ok" | count`); n < 2 {
		t.Errorf("%d runs say that they were silent", n)
	}
	w.pass(8 * time.Hour)
	w.fail("203.0.113.9", "ada@example.org", 6, 0)
	tick()
	w.want("again after its time, and the incident goes on", 2, 1, 2)
	if c := w.told[1]; c.Kind != "updated" || c.Revision != 2 || len(c.Alerts) != 2 {
		t.Errorf("%+v", c)
	}
}

func TestLateRowsAreJudged(t *testing.T) {
	w := newBench(t, failures)
	w.fail("192.0.2.1", "ada@example.org", 1, 0)
	if err := w.tick(); err != nil {
		t.Fatal(err)
	}
	w.fail("192.0.2.7", "ada@example.org", 3, 5*time.Hour)
	if err := w.tick(); err != nil {
		t.Fatal(err)
	}
	w.want("too few", 0, 0, 0)
	w.fail("192.0.2.7", "ada@example.org", 3, 5*time.Hour+10*time.Minute)
	if err := w.tick(); err != nil {
		t.Fatal(err)
	}
	w.want("late rows", 1, 1, 1)
	if c := w.told[0]; !c.Late || !c.Alert.Late {
		t.Errorf("not marked late: %+v", c)
	}
	w.fail("192.0.2.8", "ada@example.org", 9, 10*24*time.Hour)
	if err := w.tick(); err != nil {
		t.Fatal(err)
	}
	w.want("older than the horizon", 1, 1, 1)
}

func TestDowntimeIsCaughtUp(t *testing.T) {
	w := newBench(t, failures)
	w.fail("192.0.2.1", "ada@example.org", 1, 0)
	if err := w.tick(); err != nil {
		t.Fatal(err)
	}
	w.pass(30 * time.Hour) // down; then everything comes at once
	w.fail("192.0.2.2", "ada@example.org", 6, 29*time.Hour)
	w.fail("192.0.2.3", "ada@example.org", 6, 12*time.Hour)
	w.fail("192.0.2.4", "ada@example.org", 6, 0)
	w.restart()
	if err := w.tick(); err != nil {
		t.Fatal(err)
	}
	w.want("caught up", 3, 3, 3)
}

func TestWhatCannotBeRecordedIsRaisedLater(t *testing.T) {
	w := newBench(t, failures)
	w.fail("192.0.2.2", "ada@example.org", 6, 0)
	w.broken = true
	if err := w.tick(); err == nil {
		t.Fatal("no error")
	}
	w.want("nothing recorded", 0, 0, 0)
	w.broken = false
	if err := w.tick(); err != nil {
		t.Fatal(err)
	}
	w.want("recorded", 1, 1, 1)
	if err := w.tick(); err != nil {
		t.Fatal(err)
	}
	w.want("once", 1, 1, 1)
}

func TestABrokenRuleStopsNoOther(t *testing.T) {
	broken := `
id: T-2
title: Broken
description: Divides.
severity: low
tables: [SigninLogs]
query: SigninLogs | where NoSuchColumn == 1
`
	w := newBench(t, broken, failures)
	w.fail("192.0.2.2", "ada@example.org", 6, 0)
	if err := w.tick(); err != nil {
		t.Fatal(err)
	}
	w.want("the other one", 1, 1, 1)
}

func TestPeopleChangeIncidents(t *testing.T) {
	w := newBench(t, failures)
	ctx := context.Background()
	w.fail("192.0.2.2", "ada@example.org", 6, 0)
	if err := w.tick(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.b.Do(ctx, "#1", Act{By: "ada", Status: Closed}); err == nil {
		t.Error("closed without a classification")
	}
	if _, err := w.b.Do(ctx, "7", Act{By: "ada", Comment: "x"}); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
	if _, err := w.b.Do(ctx, "1", Act{Comment: "x"}); err == nil {
		t.Error("done by nobody")
	}
	owner := "bob"
	if _, err := w.b.Do(ctx, "1", Act{By: "ada", Owner: &owner, Status: Active, Comment: "looking", Label: "vpn"}); err != nil {
		t.Fatal(err)
	}
	w.want("a comment is told nobody", 1, 1, 1)
	if _, err := w.b.Do(ctx, "1", Act{By: "bob", Status: Closed, Classification: "false-positive", Comment: "scanner"}); err != nil {
		t.Fatal(err)
	}
	w.want("closed", 1, 1, 2)
	w.restart()
	got, err := w.b.Find("#1")
	if err != nil || got.Status != Closed || got.Classification != "FalsePositive" || got.Owner != "bob" || len(got.Comments) != 2 || got.By != "bob" || got.Labels[0] != "vpn" {
		t.Errorf("%+v: %v", got, err)
	}
	if len(w.b.Risks(time.Time{})) != 0 {
		t.Error("a false positive is a risk")
	}
	w.pass(7 * time.Hour)
	w.fail("192.0.2.2", "ada@example.org", 6, 0)
	if err := w.tick(); err != nil {
		t.Fatal(err)
	}
	w.want("a closed incident stays closed", 2, 2, 3)
	if n := w.count(`SecurityIncident | summarize arg_max(LastModifiedTime, Status) by IncidentNumber | where Status == "Closed" | count`); n != 1 {
		t.Errorf("%d closed incidents by KQL", n)
	}
}

func TestExceptionsHoldUntilTheyEnd(t *testing.T) {
	w := newBench(t, failures)
	ctx := context.Background()
	tick := func() {
		t.Helper()
		if err := w.tick(); err != nil {
			t.Fatal(err)
		}
	}
	w.fail("192.0.2.2", "ada@example.org", 6, 0)
	tick()
	w.want("raised", 1, 1, 1)
	in, err := w.b.Find("1")
	if err != nil {
		t.Fatal(err)
	}
	cols, err := in.Columns(w.rules[0], "ip", "")
	if err != nil || cols["IPAddress"] != "192.0.2.2" {
		t.Fatal(cols, err)
	}
	for _, x := range []Exception{{Rule: "T-1", Columns: cols, Reason: "x"}, {Rule: "T-1", Columns: cols, By: "ada"}, {Rule: "T-1", By: "ada", Reason: "x"}} {
		if _, err := w.b.Except(ctx, x, time.Hour); !errors.Is(err, ErrRefused) {
			t.Errorf("%+v: %v", x, err)
		}
	}
	if _, err := w.b.Except(ctx, Exception{Rule: "T-1", Columns: cols, Reason: "x", By: "ada"}, 3*MaxException); !errors.Is(err, ErrRefused) {
		t.Error("for ever", err)
	}
	x, err := w.b.Except(ctx, Exception{Rule: "T-1", Columns: cols, Reason: "our scanner", By: "ada", Incident: 1}, 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	w.restart()
	if list := w.b.Exceptions(); len(list) != 1 || list[0].Columns["IPAddress"] != "192.0.2.2" || list[0].By != "ada" || list[0].Incident != 1 {
		t.Fatalf("%+v", list)
	}
	w.pass(8 * time.Hour)
	w.fail("192.0.2.2", "ada@example.org", 6, 0)
	w.fail("192.0.2.3", "ada@example.org", 6, 0)
	tick()
	w.want("only the other one", 2, 2, 2)
	if n := w.count(`WholelogRuleRun | summarize sum(Excluded)`); n == 0 {
		t.Error("no run says that rows were left out")
	}
	w.pass(24 * time.Hour)
	w.fail("192.0.2.2", "ada@example.org", 6, 0)
	tick()
	w.want("expired", 3, 3, 3)
	if x, err = w.b.Except(ctx, Exception{Rule: "T-1", Columns: cols, Reason: "again", By: "ada"}, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := w.b.Revoke(ctx, x.ID, "bob"); err != nil {
		t.Fatal(err)
	}
	w.restart()
	if len(w.b.Exceptions()) != 0 {
		t.Error("a revoked exception holds")
	}
}

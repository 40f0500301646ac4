package kube

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/sourcetest"
)

var start = time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)

func logged(i int) string {
	at := start.Add(time.Duration(i) * time.Second).Format("2006-01-02T15:04:05.000000Z")
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a%d","stage":"ResponseComplete","requestURI":"/api/v1/secrets","verb":"list","user":{"username":"u%d"},"requestReceivedTimestamp":%q,"stageTimestamp":%q}`, i, i%7, at, at) + "\n"
}

// apiServer writes an audit log and rotates it.
type apiServer struct {
	mu    sync.Mutex
	t     testing.TB
	path  string
	clock *sourcetest.Clock
	next  int    // of the events
	half  string // of a line that is written in two goes
	turn  int
}

func (a *apiServer) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Error(err)
	}
}

func (a *apiServer) append(text string) {
	f, err := os.OpenFile(a.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	a.must(err)
}

// write appends n events; the last one only in part, if cut.
func (a *apiServer) write(n int, cut bool) {
	text := a.half
	a.half = ""
	for range n {
		text += logged(a.next)
		a.next++
	}
	if cut {
		keep := len(text) - 40
		text, a.half = text[:keep], text[keep:]
	}
	a.append(text)
}

// rotated is the name of the next rotated file, as the API server gives it.
func (a *apiServer) rotated() string {
	a.turn++
	return strings.TrimSuffix(a.path, ".log") + "-" + start.Add(time.Duration(a.turn)*time.Minute).Format(rotation) + ".log"
}

// rotate renames the file, as the API server does.
func (a *apiServer) rotate() string {
	a.append(a.half) // it never rotates within a line
	a.half = ""
	to := a.rotated()
	a.must(os.Rename(a.path, to))
	a.append("")
	return to
}

// copyTruncate copies the file and cuts it, as logrotate does.
func (a *apiServer) copyTruncate() {
	a.append(a.half)
	a.half = ""
	text, err := os.ReadFile(a.path)
	a.must(err)
	a.turn++
	a.must(os.WriteFile(fmt.Sprintf("%s-2026%04d", a.path, a.turn), text, 0o600))
	a.must(os.Truncate(a.path, 0))
}

func (a *apiServer) compress(path string) {
	text, err := os.ReadFile(path)
	a.must(err)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err = z.Write(text)
	a.must(errors.Join(err, z.Close(), os.WriteFile(path+".gz", b.Bytes(), 0o600), os.Remove(path)))
}

// driven is an API server that does something at each sleep of the source.
type driven struct {
	apiServer
	r     *rand.Rand
	steps int
	idle  int
}

func (d *driven) Sleep(ctx context.Context, t time.Duration) error {
	d.mu.Lock()
	d.idle++
	if d.steps > 0 {
		d.steps--
		d.idle = 0
		for range 1 + d.r.IntN(3) {
			switch d.r.IntN(8) {
			case 0:
				d.rotate()
			case 1:
				d.compress(d.rotate())
			case 2:
				d.write(1, false)
				d.copyTruncate()
			case 3:
				d.write(1+d.r.IntN(4), true)
			default:
				d.write(1+d.r.IntN(30), false)
			}
		}
		if d.steps == 0 {
			d.write(1, false)
		}
	}
	d.mu.Unlock()
	return d.clock.Sleep(ctx, t)
}

func (d *driven) over() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.steps == 0 && d.idle > 25
}

// noticing tells when something is yielded.
type noticing struct {
	*Tail
	d *driven
}

func (n noticing) Read(ctx context.Context, from source.Cursor, yield source.Yield) error {
	return n.Tail.Read(ctx, from, func(p source.Page) (source.Taken, error) {
		n.d.mu.Lock()
		n.d.idle = 0
		n.d.mu.Unlock()
		for _, r := range p.Records {
			if r.Table == "" {
				n.d.t.Errorf("half a line was yielded: %s", r.Raw)
			}
		}
		for _, c := range p.Claims {
			n.d.t.Errorf("something is stated as missing: %+v", c)
		}
		return yield(p)
	})
}

// TestTailConformance: nothing is lost whatever is rotated, copied, compressed
// and cut while the tail runs or is down.
func TestTailConformance(t *testing.T) {
	sourcetest.Run(t, sourcetest.Harness{Start: func(t testing.TB, seed uint64, faults bool) sourcetest.World {
		d := &driven{apiServer: apiServer{t: t, path: filepath.Join(t.TempDir(), "audit.log"), clock: sourcetest.NewClock(start)}, r: rand.New(rand.NewPCG(seed, 5)), steps: 40}
		d.write(5, false)
		make := func() source.Source {
			s, err := NewTail(TailOptions{Cluster: "prod", Path: d.path, Tenant: "tenant-1", MaxPage: 2000, Now: d.clock.Now, Sleep: d.Sleep})
			if err != nil {
				t.Fatal(err)
			}
			return noticing{s, d}
		}
		events := func() (out []sourcetest.Event) {
			d.mu.Lock()
			defer d.mu.Unlock()
			for i := range d.next {
				out = append(out, sourcetest.Event{Key: fmt.Sprintf("AKSAudit a%d|ResponseComplete|%s", i, start.Add(time.Duration(i)*time.Second).Format("2006-01-02T15:04:05.0000000Z")), Table: "AKSAudit"})
			}
			return out
		}
		return sourcetest.World{Source: make, Events: events, Over: d.over, Clock: d.clock, Tenant: "tenant-1"}
	}})
}

// follower runs a tail for some sleeps at a time.
type follower struct {
	apiServer
	cursor  source.Cursor
	records []event.Record
	notices []source.Notice
	claims  []source.Claim
	during  func(sleep int) // called at each sleep
}

func newFollower(t *testing.T) *follower {
	return &follower{apiServer: apiServer{t: t, path: filepath.Join(t.TempDir(), "audit.log"), clock: sourcetest.NewClock(start)}}
}

// run reads from the kept cursor, as after a restart, and gives the ids of the
// events that came.
func (f *follower) run(t *testing.T, sleeps int) (ids []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	s, err := NewTail(TailOptions{Cluster: "prod", Path: f.path, Now: f.clock.Now, Sleep: func(ctx context.Context, d time.Duration) error {
		if n++; n == sleeps {
			cancel()
		} else if f.during != nil {
			f.during(n)
		}
		return f.clock.Sleep(ctx, d)
	}})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(ctx, f.cursor, func(p source.Page) (source.Taken, error) {
		f.records = append(f.records, p.Records...)
		f.notices = append(f.notices, p.Notices...)
		f.claims = append(f.claims, p.Claims...)
		for _, r := range p.Records {
			id, _, _ := strings.Cut(r.ID, "|ResponseComplete|") // the time of the request follows
			ids = append(ids, id)
		}
		if p.Next != nil {
			f.cursor = bytes.Clone(p.Next)
		}
		return source.Taken{Read: len(p.Records), Accepted: len(p.Records)}, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	return ids
}

func (f *follower) has(code string) bool {
	for _, n := range f.notices {
		if n.Code == code {
			return true
		}
	}
	return false
}

func ids(from, to int) (out []string) {
	for i := from; i < to; i++ {
		out = append(out, fmt.Sprintf("a%d", i))
	}
	return out
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestRotationsWhileNobodyReads(t *testing.T) {
	f := newFollower(t)
	f.write(10, false)
	same(t, "first", f.run(t, 3), ids(0, 10))
	f.write(5, false)
	f.compress(f.rotate())
	f.write(5, false)
	f.rotate()
	f.write(5, false)
	same(t, "after two rotations", f.run(t, 12), ids(10, 25))
	f.write(3, true)
	same(t, "a line that is not whole waits", f.run(t, 3), ids(25, 27))
	f.copyTruncate()
	f.write(2, false)
	same(t, "after copy and cut", f.run(t, 12), ids(27, 30))
	same(t, "nothing new", f.run(t, 12), nil)
	if len(f.claims) != 0 || f.has(Vanished) {
		t.Errorf("claims %v, notices %v", f.claims, f.notices)
	}
	if src := f.records[0].Source; src != "kubelog:prod" {
		t.Errorf("source %q", src)
	}
}

func TestRotationsWhileItReads(t *testing.T) {
	f := newFollower(t)
	f.write(3, false)
	f.during = func(n int) {
		switch n {
		case 1:
			f.write(2, true)
		case 2:
			f.rotate()
			f.write(1, false)
			f.rotate() // twice between two looks
			f.write(1, false)
		case 12:
			f.write(1, false)
			f.copyTruncate()
			f.write(1, false)
		}
	}
	same(t, "all", f.run(t, 30), ids(0, 9))
	if len(f.claims) != 0 || f.has(Vanished) {
		t.Errorf("claims %v, notices %v", f.claims, f.notices)
	}
}

// TestAFileThatVanishesIsStated: its last events may be lost, and that must be
// said with the time it is about.
func TestAFileThatVanishesIsStated(t *testing.T) {
	f := newFollower(t)
	f.write(10, false)
	same(t, "first", f.run(t, 3), ids(0, 10))
	f.write(5, false)
	f.must(os.Remove(f.rotate()))
	f.write(5, false)
	same(t, "behind the gap", f.run(t, 6), ids(15, 20))
	if !f.has(Vanished) || len(f.claims) != 1 {
		t.Fatalf("notices %v, claims %v", f.notices, f.claims)
	}
	c := f.claims[0]
	if c.Kind != source.Missing || c.Path != "kubelog:prod" || c.Table != "AKSAudit" || !c.From.Equal(start.Add(9*time.Second)) || !c.To.Equal(start.Add(15*time.Second)) {
		t.Errorf("claim %+v", c)
	}
}

// TestAFileThatVanishesBeforeItsTurn: it was seen, and deleted while an older
// one was read.
func TestAFileThatVanishesBeforeItsTurn(t *testing.T) {
	f := newFollower(t)
	f.write(3, false)
	f.rotate()
	f.write(3, false)
	second := f.rotate()
	f.write(3, false)
	f.during = func(n int) {
		if n == 1 {
			f.must(os.Remove(second))
		}
	}
	same(t, "the others", f.run(t, 30), append(ids(0, 3), ids(6, 9)...))
	if !f.has(Vanished) || len(f.claims) != 1 || !f.claims[0].From.Equal(start.Add(2*time.Second)) {
		t.Errorf("notices %v, claims %v", f.notices, f.claims)
	}
}

func TestCutWithoutACopyIsStated(t *testing.T) {
	f := newFollower(t)
	f.write(10, false)
	f.run(t, 3)
	f.must(os.Truncate(f.path, 0))
	f.write(20, false) // longer than it was
	same(t, "behind the cut", f.run(t, 6), ids(10, 30))
	if !f.has(Vanished) || len(f.claims) != 1 {
		t.Errorf("notices %v, claims %v", f.notices, f.claims)
	}
}

func TestOtherLinesAreKept(t *testing.T) {
	f := newFollower(t)
	f.write(1, false)
	f.append("panic: something\n\n\x00\xff\n{\"kind\":\"Event\"\n[1,2]\r\n")
	f.write(1, false)
	f.run(t, 4)
	var got []string
	for _, r := range f.records {
		got = append(got, r.Table+"/"+string(r.Raw[:min(9, len(r.Raw))]))
	}
	same(t, "lines", got, []string{`AKSAudit/{"kind":"`, "/panic: so", "/\x00\xff", `/{"kind":"`, "/[1,2]", `AKSAudit/{"kind":"`})
}

// TestALastLineWithoutEnd is a record when its file is over.
func TestALastLineWithoutEnd(t *testing.T) {
	f := newFollower(t)
	f.append(logged(0) + strings.TrimSuffix(logged(1), "\n"))
	f.next = 2
	same(t, "while it may go on", f.run(t, 4), ids(0, 1))
	f.rotate()
	same(t, "when it cannot", f.run(t, 8), ids(1, 2))
	same(t, "and once", f.run(t, 8), nil)
}

func TestTroubleOfATail(t *testing.T) {
	f := newFollower(t)
	f.run(t, 3)
	if !f.has(NoLog) {
		t.Errorf("no file: notices %v", f.notices)
	}
	f.write(300, false)
	damaged := f.rotate()
	f.compress(damaged)
	f.must(os.Truncate(damaged+".gz", 900))
	f.must(os.Mkdir(f.rotated(), 0o700))
	f.write(2, false)
	got := f.run(t, 12)
	if len(got) < 12 || got[0] != "a0" || got[len(got)-1] != "a301" || !f.has(Vanished) || len(f.claims) != 1 {
		t.Errorf("%d records of a damaged file and the next, notices %v, claims %v", len(got), f.notices, f.claims)
	}
	for _, o := range []TailOptions{{}, {Cluster: "a"}, {Cluster: "a/b", Path: "x"}} {
		if _, err := NewTail(o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

// TestLongLinesAreBounded reads a line that never ends in pieces.
func TestLongLinesAreBounded(t *testing.T) {
	f := newFollower(t)
	f.append(strings.Repeat("x", maxLine+100) + "\n")
	f.write(1, false)
	f.run(t, 4)
	if len(f.records) != 3 || len(f.records[0].Raw) != maxLine || len(f.records[1].Raw) != 100 || f.records[2].ID == "" {
		t.Errorf("%d records", len(f.records))
	}
}

func TestRotatedNames(t *testing.T) {
	tail, err := NewTail(TailOptions{Cluster: "prod", Path: "/var/log/kubernetes/audit.log"})
	if err != nil {
		t.Fatal(err)
	}
	f := func(name string, want bool) {
		t.Helper()
		if _, ok := tail.parse(name); ok != want {
			t.Errorf("%s: %v", name, ok)
		}
	}
	f("audit.log", true)
	f("audit-2026-07-01T00-00-00.000.log", true)
	f("audit-2026-07-01T00-00-00.000.log.gz", true)
	f("audit.log.1", true)
	f("audit.log.2.gz", true)
	f("audit.log-20260701", true)
	f("audit.log-20260701.gz", true)
	f("audit.log.gz", false)
	f("audit.log.bak", false)
	f("audit-policy.log", false)
	f("audit.logs", false)
	f("xaudit.log", false)
}

// FuzzTailCursor: what load accepts it writes again as the same, and reading
// from it neither panics nor hangs.
func FuzzTailCursor(f *testing.F) {
	f.Add([]byte(`{"v":1,"place":{"head":{"len":10,"sum":"AAECAwQFBgc="},"offset":300},"read":["10.00"],"gap":true}`))
	f.Add([]byte(`{"v":1,"place":{"offset":9223372036854775807},"held":{"head":{"len":1024},"offset":1}}`))
	f.Fuzz(func(t *testing.T, c []byte) {
		if c == nil {
			return
		}
		st, err := load(c)
		if err != nil {
			return
		}
		text := st.cursor()
		again, err := load(text)
		if err != nil || !bytes.Equal(again.cursor(), text) {
			t.Errorf("%s comes back as %s, error %v", text, again.cursor(), err)
		}
		fl := newFollower(t)
		fl.write(2, false)
		fl.cursor = c
		if got := fl.run(t, 20); len(got) > 2 {
			t.Errorf("records %v", got)
		}
	})
}

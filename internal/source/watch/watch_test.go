package watch

import (
	"bytes"
	"context"
	"encoding/json"
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

func signIn(i int) string {
	return fmt.Sprintf(`{"id":"s%d","createdDateTime":"2026-10-05T10:00:00Z","appId":"a","userPrincipalName":"u%d@example.com","status":{"errorCode":0}}`, i, i)
}

func lines(from, to int) (s string) {
	for i := from; i < to; i++ {
		s += signIn(i) + "\n"
	}
	return s
}

// dropper is what puts files into a folder, a step at each sleep of the
// source.
type dropper struct {
	mu    sync.Mutex
	t     testing.TB
	dir   string
	r     *rand.Rand
	next  int // of the events
	steps int // that are left
	idle  int // sleeps since something was yielded
	clock *sourcetest.Clock
}

func (d *dropper) write(name, text string, flag int) {
	f, err := os.OpenFile(filepath.Join(d.dir, name), os.O_WRONLY|os.O_CREATE|flag, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		d.t.Error(err)
	}
}

func (d *dropper) step() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.idle++
	if d.steps == 0 {
		return
	}
	d.steps--
	d.idle = 0
	n := 1 + d.r.IntN(12)
	text := lines(d.next, d.next+n)
	name := fmt.Sprintf("f%d.json", d.steps)
	switch d.r.IntN(6) {
	case 0: // written in two goes, with a line cut
		half := len(text) / 2
		d.write(name, text[:half], 0)
		d.write(name, text[half:], os.O_APPEND)
	case 1: // renamed into place
		d.write(name+".tmp", text, 0)
		if err := os.Rename(filepath.Join(d.dir, name+".tmp"), filepath.Join(d.dir, name)); err != nil {
			d.t.Error(err)
		}
	case 2: // grows over several steps
		d.write("growing.json", text, os.O_APPEND)
	case 3: // an array in a folder below
		if err := os.MkdirAll(filepath.Join(d.dir, "below"), 0o700); err != nil {
			d.t.Error(err)
		}
		d.write(filepath.Join("below", name), "["+strings.ReplaceAll(strings.TrimSpace(text), "\n", ",")+"]", 0)
	case 4: // replaced by a larger one
		d.write("replaced.json", text+lines(0, d.next), os.O_TRUNC)
	case 5: // touched
		d.write(name, text, 0)
		at := time.Now().Add(time.Duration(d.r.IntN(1000)) * time.Second)
		if err := os.Chtimes(filepath.Join(d.dir, name), at, at); err != nil {
			d.t.Error(err)
		}
	}
	d.next += n
}

func (d *dropper) Sleep(ctx context.Context, t time.Duration) error {
	d.step()
	return d.clock.Sleep(ctx, t)
}

func (d *dropper) over() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.steps == 0 && d.idle > 8
}

func (d *dropper) events() (out []sourcetest.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.next {
		out = append(out, sourcetest.Event{Key: fmt.Sprintf("SigninLogs s%d", i), Table: "SigninLogs"})
	}
	return out
}

// noticing tells the dropper when something is yielded.
type noticing struct {
	*Source
	d *dropper
}

func (n noticing) Read(ctx context.Context, from source.Cursor, yield source.Yield) error {
	return n.Source.Read(ctx, from, func(p source.Page) (source.Taken, error) {
		n.d.mu.Lock()
		n.d.idle = 0
		n.d.mu.Unlock()
		return yield(p)
	})
}

func TestConformance(t *testing.T) {
	for _, after := range []string{Keep, Done} {
		t.Run("after:"+after, func(t *testing.T) {
			sourcetest.Run(t, sourcetest.Harness{Start: func(t testing.TB, seed uint64, faults bool) sourcetest.World {
				d := &dropper{t: t, dir: t.TempDir(), r: rand.New(rand.NewPCG(seed, 11)), steps: 25, clock: sourcetest.NewClock(start)}
				make := func() source.Source {
					s, err := New(Options{Label: "exports", Folders: []string{d.dir}, Tenant: "tenant-1", After: after, MaxPage: 900, Now: d.clock.Now, Sleep: d.Sleep})
					if err != nil {
						t.Fatal(err)
					}
					return noticing{s, d}
				}
				return sourcetest.World{Source: make, Events: d.events, Over: d.over, Clock: d.clock, Tenant: "tenant-1"}
			}})
		})
	}
}

// watcher runs a source over a folder for a number of sleeps at a time.
type watcher struct {
	t       *testing.T
	o       Options
	clock   *sourcetest.Clock
	cursor  source.Cursor
	records []event.Record
	notices []source.Notice
	pages   int
}

func newWatcher(t *testing.T, dir string, o Options) *watcher {
	w := &watcher{t: t, clock: sourcetest.NewClock(start)}
	if o.Label = "exports"; o.Folders == nil {
		o.Folders = []string{dir}
	}
	o.Now = w.clock.Now
	w.o = o
	return w
}

// run reads from the kept cursor, as after a restart, and returns the records
// that came.
func (w *watcher) run() []event.Record {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	sleeps := 0
	w.o.Sleep = func(ctx context.Context, d time.Duration) error {
		if sleeps++; sleeps == 4 {
			cancel()
		}
		return w.clock.Sleep(ctx, d)
	}
	s, err := New(w.o)
	if err != nil {
		w.t.Fatal(err)
	}
	before := len(w.records)
	err = s.Read(ctx, w.cursor, func(p source.Page) (source.Taken, error) {
		w.pages++
		w.records = append(w.records, p.Records...)
		w.notices = append(w.notices, p.Notices...)
		if p.Next != nil {
			w.cursor = bytes.Clone(p.Next)
		}
		return source.Taken{Read: len(p.Records), Accepted: len(p.Records)}, nil
	})
	if !errors.Is(err, context.Canceled) {
		w.t.Fatal(err)
	}
	return w.records[before:]
}

func (w *watcher) code(code string) (texts []string) {
	for _, n := range w.notices {
		if strings.HasPrefix(n.Code, code) {
			texts = append(texts, n.Text)
		}
	}
	return texts
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreReadOnceAndAgainWhenTheyChange(t *testing.T) {
	dir := t.TempDir()
	w := newWatcher(t, dir, Options{})
	path := filepath.Join(dir, "NonInteractiveSignIns_2026.json")
	put(t, path, lines(0, 10))
	f := func(what string, want int) {
		t.Helper()
		if got := len(w.run()); got != want {
			t.Errorf("%s: %d records, want %d", what, got, want)
		}
	}
	f("new", 10)
	f("after a restart", 0)
	at := start.Add(time.Hour)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	pages := w.pages
	f("touched", 0)
	if w.pages == pages {
		t.Error("that a file was only touched is not remembered")
	}
	pages = w.pages
	if f("touched, after a restart", 0); w.pages != pages {
		t.Error("a touched file is looked at again and again")
	}
	put(t, path, lines(0, 12))
	f("grown", 12)
	put(t, filepath.Join(dir, "copy.json"), lines(0, 12))
	f("a copy", 12) // of another path: the ledger knows its records
	if got := w.records[0].Source; got != "watch:exports/NonInteractiveSignIns_2026.json" {
		t.Errorf("source %q", got)
	}
}

func TestSmallFilesShareAPage(t *testing.T) {
	dir := t.TempDir()
	for i := range 300 {
		put(t, filepath.Join(dir, fmt.Sprintf("f%d.json", i)), lines(i, i+1))
	}
	w := newWatcher(t, dir, Options{})
	if got := len(w.run()); got != 300 || w.pages > 2 {
		t.Errorf("%d records in %d pages", got, w.pages)
	}
}

// TestNothingIsReadBeforeItRests: a file that is still being copied.
func TestNothingIsReadBeforeItRests(t *testing.T) {
	dir := t.TempDir()
	w := newWatcher(t, dir, Options{Rest: time.Minute, Poll: time.Second})
	put(t, filepath.Join(dir, "a.json"), lines(0, 3))
	if got := len(w.run()); got != 0 {
		t.Errorf("%d records of a file that is %v old", got, 3*time.Second)
	}
	w.o.Poll = 30 * time.Second
	if got := len(w.run()); got != 3 {
		t.Errorf("%d records of a file that rests", got)
	}
}

func TestWhatIsLeftOutIsCounted(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	put(t, filepath.Join(outside, "secret.json"), lines(50, 60))
	for _, name := range []string{".hidden.json", "a.json.tmp", "b.part", "c.json~", ".git/d.json", "~$e.csv"} {
		put(t, filepath.Join(dir, name), lines(0, 5))
	}
	put(t, filepath.Join(dir, "sub/good.json"), lines(0, 1))
	for link, to := range map[string]string{"out.json": filepath.Join(outside, "secret.json"), "up.json": "../" + filepath.Base(outside) + "/secret.json", "dir": outside, "in.json": "sub/good.json", "gone.json": "nothing"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	w := newWatcher(t, dir, Options{})
	for _, r := range w.run() {
		if r.ID != "s0" {
			t.Errorf("record %s from %s was read", r.ID, r.Source)
		}
	}
	if len(w.records) != 2 { // the file and the link to it
		t.Errorf("%d records, want 2", len(w.records))
	}
	got := strings.Join(w.code(LeftOut), "\n")
	for _, want := range []string{"3 files or folders are left out: their names begin", "3 files or folders are left out: their names are those", "3 files or folders are left out: they are links"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not said: %s", want, got)
		}
	}
}

func TestTroubleIsSaidAndTriedAgain(t *testing.T) {
	dir := t.TempDir()
	w := newWatcher(t, dir, Options{Folders: []string{filepath.Join(dir, "missing"), filepath.Join(dir, "there")}})
	put(t, filepath.Join(dir, "there/picture.json"), "\x89PNG\r\n\x1a\n\x00")
	put(t, filepath.Join(dir, "there/broken.gz"), "\x1f\x8b\x08\x00nonsense")
	put(t, filepath.Join(dir, "there/good.json"), lines(0, 3))
	if got := len(w.run()); got != 3 {
		t.Errorf("%d records, want 3", got)
	}
	if n := w.code(NoFolder); len(n) != 1 || !strings.Contains(n[0], "missing") {
		t.Errorf("notices %q", n)
	}
	if n := w.code(Rejected); len(n) == 0 || !strings.Contains(strings.Join(n, " "), "picture.json") {
		t.Errorf("notices %q", n)
	}
	put(t, filepath.Join(dir, "missing/late.json"), lines(3, 5))
	if got := len(w.run()); got != 2 {
		t.Errorf("%d records of a folder that came later, want 2", got)
	}
	if err := os.Rename(filepath.Join(dir, "there"), filepath.Join(dir, "away")); err != nil {
		t.Fatal(err)
	}
	w.run()
	if err := os.Rename(filepath.Join(dir, "away"), filepath.Join(dir, "there")); err != nil {
		t.Fatal(err)
	}
	if got := len(w.run()); got != 0 {
		t.Errorf("%d records read again after a folder was away for a while", got)
	}
}

func TestUnreadableFileIsTriedAgain(t *testing.T) {
	if os.Geteuid() == 0 {
		// For root no mode forbids reading: a directory takes the file's place
		// between the look and the reading instead.
		f := &found{folder: t.TempDir(), path: "a.json"}
		if err := os.Mkdir(filepath.Join(f.folder, f.path), 0o700); err != nil {
			t.Fatal(err)
		}
		if in, err := open(f); err == nil {
			t.Errorf("%v was opened", in.Name())
		}
		return
	}
	dir := t.TempDir()
	w := newWatcher(t, dir, Options{})
	path := filepath.Join(dir, "a.json")
	put(t, path, lines(0, 3))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if got := len(w.run()); got != 0 || len(w.code(Unreadable)) != 1 {
		t.Errorf("%d records, notices %v", got, w.notices)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := len(w.run()); got != 3 {
		t.Errorf("%d records when it can be read", got)
	}
}

func TestTakenFilesAreMoved(t *testing.T) {
	dir := t.TempDir()
	w := newWatcher(t, dir, Options{After: Done})
	for round := range 3 {
		put(t, filepath.Join(dir, "sub/a.json"), lines(round, round+1))
		if got := len(w.run()); got != 1 {
			t.Errorf("round %d: %d records", round, got)
		}
	}
	for name, want := range map[string]string{"a.json": lines(0, 1), "a.json.1": lines(1, 2), "a.json.2": lines(2, 3)} {
		if text, err := os.ReadFile(filepath.Join(dir, "sub/done", name)); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

// TestCursorStaysSmall also with more files than it holds.
func TestCursorStaysSmall(t *testing.T) {
	st, err := load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 * maxKept {
		st.add(keyOf("/folder", fmt.Sprint(i)), entry{stampOf(int64(i), start), content{byte(i)}})
	}
	c := st.cursor()
	if len(c) > 64<<10 {
		t.Errorf("a cursor has %d bytes", len(c))
	}
	back, err := load(c)
	if err != nil || len(back.files) != maxKept {
		t.Fatalf("%d files come back, error %v", len(back.files), err)
	}
	for i := 2 * maxKept; i < 3*maxKept; i++ {
		if k := keyOf("/folder", fmt.Sprint(i)); back.files[k] != st.files[k] {
			t.Fatalf("file %d, taken late, is not remembered", i)
		}
	}
	for range 100 { // files that come and go leave nothing behind
		st.keep(nil)
		for i := range 100 {
			st.add(keyOf("/folder", fmt.Sprint(i)), entry{})
		}
	}
	if len(st.order) > 1000 {
		t.Errorf("%d keys in order for %d files", len(st.order), len(st.files))
	}
}

// TestALargeFileGoesOnWhereItWas after a crash in its middle.
func TestALargeFileGoesOnWhereItWas(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.json"), lines(0, 100))
	w := newWatcher(t, dir, Options{MaxPage: 1000})
	s, err := New(w.o)
	if err != nil {
		t.Fatal(err)
	}
	s.o.Sleep = w.clock.Sleep
	full := errors.New("the disk is full")
	n := 0
	err = s.Read(t.Context(), nil, func(p source.Page) (source.Taken, error) {
		if n >= 50 {
			return source.Taken{}, full
		}
		n += len(p.Records)
		w.cursor = bytes.Clone(p.Next)
		return source.Taken{Read: len(p.Records)}, nil
	})
	if !errors.Is(err, full) {
		t.Fatal(err)
	}
	got := w.run()
	if len(got) != 100-n || got[0].ID != fmt.Sprintf("s%d", n) {
		t.Errorf("%d records from %s on, want %d from s%d on", len(got), got[0].ID, 100-n, n)
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	for _, o := range []Options{{}, {Label: "a"}, {Label: "a/b", Folders: []string{"x"}}, {Label: "a", Folders: []string{"x"}, After: "delete"}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

// FuzzCursor: what load accepts it writes again as the same state, and nothing
// makes it panic.
func FuzzCursor(f *testing.F) {
	st, _ := load(nil)
	st.add(keyOf("a", "b"), entry{stampOf(1, start), content{1}})
	st.part = part{[]byte{1}, []byte{2}, []byte{3}, 4}
	f.Add([]byte(st.cursor()))
	f.Add([]byte(`{"v":1,"files":"AAAA"}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, c []byte) {
		if c == nil {
			return
		}
		st, err := load(c)
		if err != nil {
			return
		}
		again, err := load(st.cursor())
		if err != nil {
			t.Fatal(err)
		}
		if len(st.files) <= maxKept && len(again.files) != len(st.files) || fmt.Sprint(again.part) != fmt.Sprint(st.part) {
			t.Errorf("%s comes back as %s", st.cursor(), again.cursor())
		}
		if !json.Valid(again.cursor()) {
			t.Error("a cursor is no JSON")
		}
	})
}

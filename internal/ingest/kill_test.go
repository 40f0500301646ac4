package ingest

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger/verify"
	"github.com/wholelog/wholelog/internal/source/file"
)

const (
	childFolder = "WHOLELOG_TEST_CHILD"
	childFiles  = "WHOLELOG_TEST_FILES"
	killEnd     = 4 // kills in a row before a run that comes to its end
)

// TestMain runs the child of TestKill when the parent asks for it.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		if err := child(dir, os.Getenv(childFiles)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child imports files until it is killed and says how far it is.
func child(dir, from string) error {
	opt := killOptions(dir)
	begun := false
	opt.Ledger.Fail = func(p string) error {
		if p == "append.begin" && !begun {
			begun = true
			fmt.Println("append")
		}
		return nil
	}
	in, err := OpenWith(ctx, dir, opt)
	if err != nil {
		return err
	}
	paths, err := file.Paths([]string{from})
	if err != nil {
		return err
	}
	for n, p := range paths {
		count := 0
		if _, err := file.Read(ctx, p, nil, time.Now, func(r event.Record) error {
			if count++; count%1500 == 0 { // smaller batches have more steps to be killed at
				if err := in.Flush(ctx); err != nil {
					return err
				}
			}
			return in.Add(ctx, r)
		}); err != nil {
			return err
		}
		if n%4 == 3 || n == len(paths)-1 {
			c, err := in.Commit(ctx, in.Counts)
			if err != nil {
				return err
			}
			fmt.Printf("checkpoint %q\n", c.Text)
		}
	}
	fmt.Println("done")
	return in.Close(ctx)
}

func killOptions(dir string) Options {
	opt := Options{Key: dir + ".key"}
	opt.Ledger.SegmentBytes = 700_000
	return opt
}

// mixed writes files of n records in all: sign-ins and audits as diagnostic
// records, Graph pages and portal CSV, some of them versions of each other,
// exact repeats, and lines that cannot be read.
func mixed(t *testing.T, dir string, n int) {
	t.Helper()
	const each = 2500
	write := func(name string, lines []string) {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		text := []byte(strings.Join(lines, "\n"))
		if strings.HasSuffix(name, ".gz") {
			z := gzip.NewWriter(f)
			_, err = z.Write(text)
			if err == nil {
				err = z.Close()
			}
		} else {
			_, err = f.Write(text)
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	audit := func(k int) audit {
		return audit{fmt.Sprint("Directory_", corr, "_", k), fmt.Sprintf("2026-%02d-03T00:%02d:%02d.%07dZ", 5+k%2, k/60%60, k%60, k), "Update user", fmt.Sprint("t-", k%50), "r"}
	}
	for at, i := 0, 0; at < n; at, i = at+each, i+1 {
		var lines []string
		for k := at / 4; len(lines) < each; k++ {
			switch i % 4 {
			case 0:
				lines = append(lines, string(gen(k).Raw))
			case 1:
				lines = append(lines, string(audit(k).hub().Raw))
			case 2:
				raw, err := json.Marshal(map[string]any{"id": fmt.Sprint("id-", k), "createdDateTime": "2026-05-03T00:00:00Z", "appId": "g", "note": strings.Repeat("y", k%300)})
				if err != nil {
					t.Fatal(err)
				}
				lines = append(lines, string(raw))
			case 3:
				if len(lines) == 0 {
					lines = append(lines, string(audit(k).csv(exact).Context))
				}
				lines = append(lines, string(audit(k-k%7).csv(exact).Raw))
			}
		}
		name := fmt.Sprintf("%03d.%s", i, []string{"jsonl", "jsonl.gz", "json", "csv"}[i%4])
		if i%4 == 2 {
			lines = []string{`{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#auditLogs/signIns","value":[` + strings.Join(lines, ",") + "]}"}
		}
		write(name, lines)
	}
}

// run is a run of the child, and what it said before its end.
type run struct {
	appended, done bool
	checkpoint     string
	took           time.Duration
}

// start runs the child; after is when it is killed, 0: never.
func start(t *testing.T, dir, from string, after time.Duration) (r run) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childFolder+"="+dir, childFiles+"="+from)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if after > 0 {
		defer time.AfterFunc(after, func() { _ = c.Process.Kill() }).Stop()
	}
	for sc := bufio.NewScanner(out); sc.Scan(); {
		switch word, rest, _ := strings.Cut(sc.Text(), " "); word {
		case "append":
			r.appended = true
		case "checkpoint":
			if text, err := strconv.Unquote(rest); err == nil { // else killed within the line
				r.checkpoint = text
			}
		case "done":
			r.done = true
		}
	}
	if err := c.Wait(); err != nil && after == 0 {
		t.Fatal(err)
	}
	r.took = time.Since(begin)
	return r
}

// TestKill kills a process that imports files at moments spread over the time
// that an unkilled import takes: 8 times, or as often as WHOLELOG_KILLS says.
// What it had said to be safe is there each time and the ledger as it was left
// verifies; a last run brings every record exactly once, and a store that a
// rebuild makes equal.
func TestKill(t *testing.T) {
	kills, records := 8, 20_000
	if s := os.Getenv("WHOLELOG_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
		records = 30_000
	}
	from := t.TempDir()
	mixed(t, from, records)
	want := map[event.Hash]int{}
	read := 0
	paths, err := file.Paths([]string{from})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		if _, err := file.Read(ctx, p, nil, time.Now, func(r event.Record) error {
			want[r.Content] = 1
			read++
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	whole := start(t, filepath.Join(t.TempDir(), "data"), from, 0)
	rnd := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	// A run in a folder that has some of the records is faster, and how busy the
	// machine is changes: both spans follow what is measured.
	span := [2]time.Duration{whole.took, whole.took}
	within, early, late := 0, 0, 0
	for within+early < kills {
		dir, checkpoint := filepath.Join(t.TempDir(), "data"), ""
		for k := 0; k < killEnd && within+early < kills; k++ {
			again := min(k, 1)
			r := start(t, dir, from, 1+time.Duration(rnd.Int64N(int64(span[again]))))
			if r.checkpoint != "" {
				checkpoint = r.checkpoint
			}
			if r.done {
				late++ // it was done before: no kill
				span[again] = min(r.took, span[again]*9/10)
				break
			}
			if r.appended {
				within++
			} else {
				early++
				span[again] += span[again] / 20
			}
			if checkpoint == "" {
				continue // nothing was said to be safe
			}
			rep, err := verify.Run(verify.Options{Dir: LedgerDir(dir), Against: []byte(checkpoint)})
			if err != nil || !rep.OK {
				t.Fatalf("as it was left: %v %v", err, rep.Findings)
			}
		}
		last := start(t, dir, from, 0)
		arrived(t, dir, want, last.checkpoint)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d records, %d contents; an unkilled import takes %.1f s; of %d kills %d came between the first append and the last checkpoint, %d before; %d runs were done first",
		read, len(want), whole.took.Seconds(), kills, within, early, late)
	if within < kills/4 {
		t.Errorf("only %d of %d kills came while records were being written", within, kills)
	}
}

// arrived checks a data folder that got all files.
func arrived(t *testing.T, dir string, want map[event.Hash]int, checkpoint string) {
	t.Helper()
	opt := killOptions(dir)
	in, err := OpenWith(ctx, dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	got := map[event.Hash]int{}
	if err := in.Ledger.Read(ctx, 0, func(_ event.Position, r *event.Record) error {
		got[r.Content]++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("records: %s", d)
	}
	verified(t, dir, checkpoint)
	rebuilt(t, dir, opt, in)
}

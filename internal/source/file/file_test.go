package file

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/wholelog/wholelog/internal/event"
)

func records(t *testing.T, in string) []string {
	t.Helper()
	var out []string
	// One byte at a time: the cut of a stream must not matter.
	_, err := split(iotest.OneByteReader(strings.NewReader(in)), splitting{
		yield: func(r event.Record) error {
			out = append(out, fmt.Sprintf("%d:%s", r.Line, r.Raw))
			return nil
		},
		say: func(line int, reason string) {
			word, _, _ := strings.Cut(reason, ":")
			out = append(out, fmt.Sprintf("%d! %s", line, word))
		},
	})
	if err != nil {
		out = append(out, err.Error())
	}
	return out
}

func TestSplit(t *testing.T) {
	f := func(in string, want ...string) {
		t.Helper()
		if d := cmp.Diff(want, records(t, in)); d != "" {
			t.Errorf("%q: %s", in, d)
		}
	}
	f("{\"a\":1}\r\n{\"a\":2}", `1:{"a":1}`, `2:{"a":2}`)
	f(`{"records":[{"a":1},{"a":2}]}{"records":[{"a":3}]}`, `1:{"a":1}`, `1:{"a":2}`, `1:{"a":3}`)
	f("{\n \"value\": [\n  {\"a\":1},\n  {\"a\":2}\n ]\n}", `3:{"a":1}`, `4:{"a":2}`)
	f("[{\"a\":1},\n{\"a\":2}]", `1:{"a":1}`, `2:{"a":2}`)
	f(`[{"records":[{"a":1}]},{"records":[]}]`, `1:{"a":1}`)
	f(`{"kind":"EventList","items":[{"kind":"Event"}]}`, `1:{"kind":"Event"}`)
	f("\ufeff{\"a\":1}", `1:{"a":1}`)
	f("{\"a\":1}\n{\"a\":}\nplain\n{\"a\":3}\n", `1:{"a":1}`, `2:{"a":}`, `3:plain`, `4:{"a":3}`)
	f("{\"a\":1}\n{\"a\":", `1:{"a":1}`, `2:{"a":`)
	f("{\n\"a\": 1\n}\n", "1:{\n\"a\": 1\n}")
	f("")
	f(" \r\n")
	f(`{"label":"wholelog-label/1","id":"x"}`, "left out: it holds the labels of a simulation, no records")
	f("hello world", "no JSON, CSV or archive that can be read: it does not begin like JSON")
	f("\x00\x01\x02", "no JSON, CSV or archive that can be read: it is binary")
}

func TestReadUnpacks(t *testing.T) {
	line := []byte(`{"category":"SignInLogs","properties":{"id":"a","createdDateTime":"2026-01-01T00:00:00Z"}}` + "\n")
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	w.Write(line)
	w.Close()
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"plain": line, "gzip": gz.Bytes(), "zstd": enc.EncodeAll(line, nil), "both": enc.EncodeAll(gz.Bytes(), nil)} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "x"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		paths, err := Paths([]string{dir, dir + "/*"})
		if err != nil || len(paths) != 1 {
			t.Fatalf("%v %v", paths, err)
		}
		n := 0
		rejected, err := Read(context.Background(), paths[0], nil, time.Now, func(r event.Record) error {
			if r.Table != "SigninLogs" {
				t.Errorf("%s: table %q: %s", name, r.Table, r.Problem)
			}
			n++
			return nil
		})
		if err != nil || len(rejected) != 0 || n != 1 {
			t.Errorf("%s: %d records, %v, %v", name, n, rejected, err)
		}
	}
}

// TestSamplesAreReadWhole reads the samples, which are not part of the project.
func TestSamplesAreReadWhole(t *testing.T) {
	shared := os.Getenv("WHOLELOG_SHARED")
	if shared == "" {
		shared = "../../../../shared"
	}
	paths, err := Paths([]string{filepath.Join(shared, "samples/graph"), filepath.Join(shared, "samples/panther")})
	if err != nil {
		t.Skipf("cannot run here: no samples under %s (set WHOLELOG_SHARED)", shared)
	}
	for _, p := range paths {
		n := 0
		rejected, err := Read(context.Background(), p, nil, time.Now, func(r event.Record) error {
			if r.Table == "" {
				t.Errorf("%s line %d: %s", filepath.Base(p), r.Line, r.Problem)
			}
			n++
			return nil
		})
		if err != nil || len(rejected) != 0 || n == 0 {
			t.Errorf("%s: %d records, %v, %v", filepath.Base(p), n, rejected, err)
		}
	}
}

// FuzzSplit: whatever comes in, every byte that is not white space or the
// punctuation of a container ends in a record, unless the whole is rejected.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"{\"a\":1}\n{", "[{},{}]", "{\"records\":[{}]}", "{}\nx\n{}", "[[1],2]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var kept int
		_, err := split(bytes.NewReader(in), splitting{yield: func(r event.Record) error {
			kept += len(r.Raw)
			return nil
		}, say: func(int, string) {}})
		if err != nil || bytes.ContainsAny(in, "\"") && bytes.ContainsAny(in, "rvi") {
			return // rejected, or a container whose own members are no record
		}
		var must int
		for _, c := range in {
			if !bytes.ContainsRune([]byte(" \t\r\n,[]\xef\xbb\xbf"), rune(c)) {
				must++
			}
		}
		if kept < must-bytes.Count(in, []byte("\xef"))*3 {
			t.Fatalf("%q: %d bytes in records of at least %d", in, kept, must)
		}
	})
}

func TestCutNamesSourceAndTenant(t *testing.T) {
	seen := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	body := `{"records":[{"category":"SignInLogs","tenantId":"aaaaaaaa-2222-4333-8444-555555555555","properties":{"id":"00000001-0000-4000-8000-000000000000","createdDateTime":"2026-07-01T00:00:00Z"}},` +
		`{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a","stage":"ResponseComplete","stageTimestamp":"2026-07-01T00:00:00Z","requestReceivedTimestamp":"2026-07-01T00:00:00Z"}]}`
	var got []string
	problems, err := Cut(context.Background(), strings.NewReader(body), Container{Name: "message", Source: "eventhub:x", Tenant: "bbbbbbbb-2222-4333-8444-555555555555", Seen: seen}, func(r event.Record) error {
		got = append(got, r.Table+" "+r.Source+" "+r.Tenant[:1])
		return nil
	})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	if want := []string{"SigninLogs eventhub:x a", "AKSAudit eventhub:x b"}; strings.Join(got, ";") != strings.Join(want, ";") {
		t.Errorf("%q, want %q", got, want)
	}
}

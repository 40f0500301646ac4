package file

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/event"
)

func hub(n int) string {
	return fmt.Sprintf(`{"time":"2026-07-16T15:40:00Z","category":"SignInLogs","properties":{"id":"id-%d","createdDateTime":"2026-07-16T15:34:08Z","appliedConditionalAccessPolicies":[{"id":"p","result":"notApplied"},{"id":"q","result":"success"}]}}`, n)
}

func TestDamageCostsNoNeighbour(t *testing.T) {
	f := func(in string, want ...string) {
		t.Helper()
		if d := cmp.Diff(want, records(t, in)); d != "" {
			t.Errorf("%q: %s", in, d)
		}
	}
	a, b, c := hub(1), hub(2), hub(3)
	quote := strings.Replace(b, `"id-2"`, `"id-"2"`, 1)
	cut := b[:len(b)-40]
	f(`{"records":[`+a+`,`+quote+`,`+c+`]}`, "1:"+a, "1:"+quote, "1:"+c)
	f(`{"records":[`+quote+`,`+a+`,`+c+`]}`, "1:"+quote, "1:"+a, "1:"+c)
	f(`{"records":[`+a+`,`+cut+`,`+c+`]}`, "1:"+a, "1:"+cut, "1:"+c)
	f(`{"records":[`+a+`,`+cut, "1:"+a, "1:"+cut, "1! the file ends inside a list of records")
	f(`{"records":[`+a+`,`+cut+"\n"+`{"records":[`+c+`]}`, "1:"+a, "1:"+cut, "2:"+c)
	f(`{"records":[`+a+`,`, "1:"+a, "1! the file ends inside a list of records")
	f(`{"records:[`+a+`,`+b+"]}\n"+c, `1:{"records:[`, "1:"+a, "1:"+b, "2:"+c)
	f(`{"value":[{"x":1,"y":2},{"x":1,"y":},{"x":3,"y":4}],"@odata.nextLink":"u"}`, `1:{"x":1,"y":2}`, `1:{"x":1,"y":}`, `1:{"x":3,"y":4}`)
	f(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[{"kind":"Event","verb":"get","auditID":"1"},{"kind":"Event" "verb"},{"kind":"Event","verb":"get","auditID":"2"}]}`,
		`1:{"kind":"Event","verb":"get","auditID":"1"}`, `1:{"kind":"Event" "verb"}`, `1:{"kind":"Event","verb":"get","auditID":"2"}`)
	f("[\n"+a+",\n"+cut+",\n"+c+"\n]", "2:"+a, "3:"+cut, "4:"+c)
	f(a+"\n\x00\x00\x00"+b+"\n"+c, "1:"+a, "2:\x00\x00\x00", "2:"+b, "3:"+c)
	f(a+"\nnot json at all\n"+c+"\n", "1:"+a, "2:not json at all", "3:"+c)
	f("{\n  \"a\": 1,\n  \"b\": }\n}\n{\n  \"c\": 2\n}\n", "1:{\n  \"a\": 1,\n  \"b\": }\n}", "5:{\n  \"c\": 2\n}")
	f(`{"tables":[{"name":"PrimaryResult","columns":[{"name":"A","type":"int"},{"name":"B","type":"int"}],"rows":[[1,2],[3,,4],[5,6]]}]}`, "1:[1,2]", "1:[3,,4]", "1:[5,6]")
	f(`{"count":2,"value":[{"a":1}],"nextLink":"x"}{"a":2}`, `1:{"a":1}`, `1:{"a":2}`)
	f("{\"a\":\"\xff\xfe\"}\n{\"b\":1}", "1:{\"a\":\"\xff\xfe\"}", `2:{"b":1}`)
}

// TestLargeContainersNeedLittleMemory reads one line of 100 MB.
func TestLargeContainersNeedLittleMemory(t *testing.T) {
	const n = 15000
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	pad := strings.Repeat("x", 6500)
	go func() {
		defer w.Close()
		fmt.Fprint(w, `{"records":[`)
		for i := range n {
			if i > 0 {
				fmt.Fprint(w, ",")
			}
			fmt.Fprintf(w, `{"time":"2026-07-16T15:40:00Z","category":"SignInLogs","properties":{"id":"%d","pad":"%s"}}`, i, pad)
		}
		fmt.Fprint(w, `]}`)
	}()
	var peak uint64
	got := 0
	_, err = split(r, splitting{say: func(int, string) {}, yield: func(event.Record) error {
		if got++; got%1000 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
		return nil
	}})
	if err != nil || got != n {
		t.Fatalf("%d records: %v", got, err)
	}
	if peak > 32<<20 {
		t.Errorf("%d MB are held while reading", peak>>20)
	}
}

func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.WriteFile(p, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func read(t *testing.T, path string) (recs []event.Record, problems []Problem) {
	t.Helper()
	problems, err := Read(context.Background(), path, nil, time.Now, func(r event.Record) error {
		recs = append(recs, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return recs, problems
}

func TestArchives(t *testing.T) {
	dir := t.TempDir()
	var zipped bytes.Buffer
	z := zip.NewWriter(&zipped)
	for _, m := range []struct{ name, text string }{
		{"InteractiveSignIns_1.json", "[" + hub(1) + "," + hub(2) + "]"}, {"folder/", ""}, {"__MACOSX/._x", "junk"}, {"note.txt", "hello"}, {"empty.json", ""}} {
		w, err := z.Create(m.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.text)); err != nil && m.text != "" {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var tarred bytes.Buffer
	g := gzip.NewWriter(&tarred)
	tw := tar.NewWriter(g)
	for _, m := range [][2]string{{"a.jsonl", hub(3) + "\n"}, {"inner.zip", zipped.String()}} {
		if err := tw.WriteHeader(&tar.Header{Name: m[0], Mode: 0o600, Size: int64(len(m[1])), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write([]byte(m[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	f := func(name string, data []byte, n int, problems ...string) {
		t.Helper()
		recs, said := read(t, write(t, dir, name, data))
		if len(recs) != n {
			t.Errorf("%s: %d records, want %d", name, len(recs), n)
		}
		var got []string
		for _, p := range said {
			got = append(got, strings.TrimPrefix(p.File, dir+"/")+": "+p.Reason)
		}
		if d := cmp.Diff(problems, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		for _, r := range recs {
			if r.Table != "SigninLogs" {
				t.Errorf("%s: %q %s", name, r.Table, r.Problem)
			}
		}
	}
	f("a.zip", zipped.Bytes(), 2, "a.zip!note.txt: it does not begin like JSON")
	f("b.tar.gz", tarred.Bytes(), 3, "b.tar.gz!inner.zip!note.txt: it does not begin like JSON")
	f("c.zip", zipped.Bytes()[:100], 0, "c.zip: it begins like a zip archive, but is damaged: zip: not a valid zip file")
	var gz bytes.Buffer
	g = gzip.NewWriter(&gz)
	for i := range 300 {
		fmt.Fprintf(g, "%s\n", hub(i*7919))
	}
	g.Close()
	recs, said := read(t, write(t, dir, "d.gz", gz.Bytes()[:gz.Len()*3/4]))
	if len(recs) < 10 || len(said) != 1 || !strings.Contains(said[0].Reason, "cannot be read to its end") || said[0].Rejected {
		t.Errorf("a cut gzip file gave %d records, %v", len(recs), said)
	}
}

func TestUTF16(t *testing.T) {
	dir := t.TempDir()
	text := hub(1) + "\r\n{\"category\":\"AuditLogs\",\"properties\":{\"activityDisplayName\":\"Update – 😀\",\"initiatedBy\":{}}}"
	for name, order := range map[string][2]int{"le": {0, 8}, "be": {8, 0}} {
		var b []byte
		for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
			b = append(b, byte(u>>order[0]), byte(u>>order[1]))
		}
		recs, said := read(t, write(t, dir, name, b))
		if len(recs) != 2 || len(said) != 0 || !json.Valid(recs[1].Raw) || !bytes.Contains(recs[1].Raw, []byte("Update – 😀")) {
			t.Errorf("%s: %d records %v", name, len(recs), said)
		}
		for _, r := range recs {
			if r.Table == "" {
				t.Errorf("%s: %s", name, r.Problem)
			}
		}
	}
}

// FuzzNeighbours: whatever stands before, between and behind good records on
// lines of their own, each of them is a record, or part of a larger value that
// is valid JSON and a record itself, unless the stream is rejected as a whole.
func FuzzNeighbours(f *testing.F) {
	f.Add([]byte(`{"records":[`), []byte(`]}`), []byte("x"))
	f.Add([]byte("{\"a\":\"b"), []byte("\x00,["), []byte(`{"a":`))
	f.Add([]byte(`[{"a":1},`), []byte(`{"a":"`), []byte("]"))
	f.Add([]byte(`{"tables":[{"columns":[],"rows":[`), []byte(`{"value":[{`), []byte("}}"))
	f.Fuzz(func(t *testing.T, before, between, after []byte) {
		if len(before)+len(between)+len(after) > 1<<16 {
			return
		}
		good := []string{hub(1), hub(2)}
		in := string(before) + "\n" + good[0] + "\n" + string(between) + "\n" + good[1] + "\n" + string(after)
		var got []string
		_, err := split(strings.NewReader(in), splitting{say: func(int, string) {}, yield: func(r event.Record) error {
			if r.Context == nil {
				got = append(got, string(r.Raw))
			}
			return nil
		}})
		if err != nil || len(got) == 0 {
			return // rejected, or CSV by its first line
		}
		for _, g := range good {
			found := false
			for _, r := range got {
				found = found || r == g || strings.Contains(r, g) && json.Valid([]byte(r))
			}
			if !found {
				t.Fatalf("%q: no record %s among %q", in, g, got)
			}
		}
	})
}

func FuzzUTF16(f *testing.F) {
	f.Add([]byte("a\x00\x3d\xd8\x00\xde"), false)
	f.Add([]byte{0xd8, 0x3d, 0xd8}, true)
	// What comes out says what went in: no two inputs of one length give the
	// same text, because every unit has its own form.
	f.Fuzz(func(t *testing.T, in []byte, big bool) {
		var out bytes.Buffer
		if _, err := out.ReadFrom(newUTF16(newBuf(in), big)); err != nil {
			t.Fatal(err)
		}
		var back []byte
		units := []uint16{}
		b := out.Bytes()
		odd := len(in)%2 == 1
		if odd && len(b) > 0 {
			b = b[:len(b)-1]
		}
		for len(b) > 0 {
			r, n := decodeHalf(b)
			if r >= 0x10000 {
				units = utf16.AppendRune(units, r)
			} else {
				units = append(units, uint16(r))
			}
			b = b[n:]
		}
		for _, u := range units {
			if big {
				back = append(back, byte(u>>8), byte(u))
			} else {
				back = append(back, byte(u), byte(u>>8))
			}
		}
		if odd {
			back = append(back, in[len(in)-1])
		}
		if !bytes.Equal(back, in) {
			t.Fatalf("%x became %x", in, out.Bytes())
		}
	})
}

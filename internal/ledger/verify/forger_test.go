package verify_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger"
	"github.com/wholelog/wholelog/internal/ledger/entry"
	"github.com/wholelog/wholelog/internal/ledger/segment"
	"github.com/wholelog/wholelog/internal/ledger/verify"
)

// held is an item with its salt and leaf, as a forger has it.
type held struct {
	segment.Item
	side []byte
}

// forge rewrites a segment as somebody would who knows the format and not the
// signing key: checks, index, positions and chain are right again, block by
// block. fn gets all items of a file.
func forge(t *testing.T, path string, fn func(blocks [][]held) [][]held) {
	t.Helper()
	sidePath := strings.TrimSuffix(path, filepath.Ext(path)) + ".side"
	side := must[[]byte](t)(os.ReadFile(sidePath))
	whole := must[[]byte](t)(os.ReadFile(path))
	in := bytes.NewReader(whole)
	var head segment.Head
	var headBytes, tail []byte
	var blocks [][]held
	at, index := 0, 0
	for at < len(whole) {
		b := must[segment.Block](t)(segment.ReadBlock(in))
		switch b.Type {
		case segment.TypeHead:
			head = must[segment.Head](t)(segment.ParseHead(b.Payload))
			headBytes = whole[:b.Size]
		case segment.TypeData:
			d := must[segment.Data](t)(segment.ParseData(b.Payload))
			var list []held
			ok(t, d.Decode(nil, func(it segment.Item) error {
				list = append(list, held{it, side[index*segment.SideSize : (index+1)*segment.SideSize]})
				index++
				return nil
			}))
			blocks = append(blocks, list)
		default:
			tail = whole[at:]
			at = len(whole)
			continue
		}
		at += int(b.Size)
	}
	blocks = fn(blocks)
	var previous segment.Hash
	ok(t, previous.UnmarshalText([]byte(head.Previous.String())))
	chain := segment.ChainStart(head.Stream, head.Sequence, previous)
	out, newSide, n := bytes.Clone(headBytes), []byte(nil), 0
	for _, list := range blocks {
		var items []segment.Item
		var part []byte
		for _, h := range list {
			items, part = append(items, h.Item), append(part, h.side...)
		}
		p := must[*segment.Packed](t)(segment.Pack(items, part))
		p.Index = n
		n += len(items)
		for i := range items {
			chain = segment.ChainNext(chain, segment.Leaf(p.Side, i))
		}
		p.Chain = chain
		out, newSide = p.Data.Append(out), append(newSide, p.Side...)
	}
	ok(t, os.WriteFile(path, append(out, tail...), 0o600))
	ok(t, os.WriteFile(sidePath, newSide, 0o600))
}

// TestAForgerIsNamed: three streams that take turns, the first with three
// commitments to its open segment; what a forger changes knowingly is named by
// both verifiers, at the record that it is about or, where nobody can tell, at
// the first that it can be.
func TestAForgerIsNamed(t *testing.T) {
	py := python(t)
	base := t.TempDir()
	dir := filepath.Join(base, "ledger")
	l := must[*ledger.Ledger](t)(ledger.Open(ctx, ledger.Options{Dir: dir, Key: filepath.Join(base, "key")}))
	for i := range 9 {
		must[event.Position](t)(l.Append(ctx, ledger.Batch{Records: []event.Record{rec(4 * i), rec(4*i + 1), rec(4*i + 2), rec(4*i + 3)}}))
		if i%3 == 2 {
			ok(t, l.Note(ctx, entry.Import, []byte(`{"read":12}`)))
			_, err := l.Commit(ctx)
			ok(t, err)
		}
	}
	ok(t, l.Close())
	if r := run(t, verify.Options{Dir: dir, Complete: true}); !r.OK || r.Unsigned != 0 {
		t.Fatalf("%v, %d unsigned", r.Findings, r.Unsigned)
	}
	var open string // of the first tenant
	for _, path := range must[[]string](t)(filepath.Glob(filepath.Join(dir, "*", "*.open"))) {
		if strings.HasSuffix(filepath.Dir(path), segment.StreamID("tenant-0", "default")) {
			open = path
		}
	}
	positions := func(blocks [][]held) (out []uint64) {
		for _, list := range blocks {
			for _, h := range list {
				out = append(out, uint64(h.Position))
			}
		}
		return out
	}
	var all []uint64
	forge(t, open, func(b [][]held) [][]held { all = positions(b); return b })
	if r := run(t, verify.Options{Dir: dir}); !r.OK {
		t.Fatalf("rewriting alone: %v", r.Findings)
	}
	if len(all) != 18 {
		t.Fatalf("%d items", len(all))
	}
	for name, c := range map[string]struct {
		fn     func(b [][]held) [][]held
		record uint64
	}{
		// Six items a commitment: the 8th is altered, the 7th is the first that it can be.
		"altered with its leaf": {func(b [][]held) [][]held {
			h := &b[3][1]
			h.Record.Raw = []byte(`{"forged":true}`)
			h.side = must[*segment.Packed](t)(segment.Pack([]segment.Item{h.Item}, nil)).Side
			return b
		}, all[6]},
		"gone with its leaf":    {func(b [][]held) [][]held { b[4] = b[4][:1]; return b }, all[9]},
		"gone at the end":       {func(b [][]held) [][]held { return b[:8] }, all[16]},
		"a block gone":          {func(b [][]held) [][]held { return append(b[:2:2], b[3:]...) }, all[4]},
		"exchanged with leaves": {func(b [][]held) [][]held { b[5][0], b[5][1] = b[5][1], b[5][0]; return b }, all[10]},
		"put in twice":          {func(b [][]held) [][]held { b[5] = append(b[5][:1:1], b[5]...); return b }, all[10]},
	} {
		t.Run(name, func(t *testing.T) {
			to := clone(t, dir)
			path := filepath.Join(to, filepath.Base(filepath.Dir(open)), filepath.Base(open))
			forge(t, path, c.fn)
			r := run(t, verify.Options{Dir: to})
			code, out := second(t, py, to)
			if r.OK || code == 0 {
				t.Fatalf("nothing is found: %v; %s", r.Findings, out)
			}
			m := named.FindStringSubmatch(out)
			if m == nil {
				t.Fatalf("the second verifier names no record: %s", out)
			}
			if got := r.Findings[0].Record; got != c.record || m[1] != jsonText(t, c.record) {
				t.Errorf("record %d and record %s, want %d of %v\n%v\n%s", got, m[1], c.record, all, r.Findings, out)
			}
		})
	}
}

// TestWhatIsNotSignedForIsCounted: a record that nobody signed for, put in by a
// forger or come after the checkpoint, is never part of "what was signed".
func TestWhatIsNotSignedForIsCounted(t *testing.T) {
	py := python(t)
	f := build(t)
	dir := clone(t, f.dir)
	path := must[[]string](t)(filepath.Glob(filepath.Join(dir, segment.StreamID("tenant-1", "default"), "*.open")))
	if len(path) != 1 {
		t.Fatalf("open segments: %v", path)
	}
	forged := uint64(0)
	forge(t, path[0], func(b [][]held) [][]held {
		last := b[len(b)-1]
		h := last[len(last)-1]
		r := *h.Record
		r.Raw = []byte(`{"forged":true}`)
		h.Record, h.Position = &r, h.Position+1000
		forged = uint64(h.Position)
		p := must[*segment.Packed](t)(segment.Pack([]segment.Item{h.Item}, nil))
		h.side = p.Side
		return append(b, []held{h})
	})
	r := run(t, verify.Options{Dir: dir})
	if !r.OK || r.Unsigned != 1 || r.UnsignedFrom != forged {
		t.Errorf("%v, %d unsigned from %d, want 1 from %d", r.Findings, r.Unsigned, r.UnsignedFrom, forged)
	}
	if r := run(t, verify.Options{Dir: dir, Complete: true}); r.OK || r.Findings[0].Record != forged {
		t.Errorf("complete: %v", r.Findings)
	}
	if code, out := second(t, py, dir); code != 0 || !strings.Contains(out, "1 items, from record") || strings.Contains(out, "is what was signed") {
		t.Errorf("the second verifier: %d, %s", code, out)
	}
	if code, out := second(t, py, dir, "--complete"); code != 1 {
		t.Errorf("the second verifier, complete: %d, %s", code, out)
	}
	empty := filepath.Join(t.TempDir(), "checkpoint")
	ok(t, os.WriteFile(empty, nil, 0o600))
	if code, out := second(t, py, f.dir, "--against", empty); code != 2 {
		t.Errorf("an empty checkpoint: %d, %s", code, out)
	}
}

func jsonText(t *testing.T, v any) string {
	return string(must[[]byte](t)(json.Marshal(v)))
}

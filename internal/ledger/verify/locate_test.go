package verify_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger"
	"github.com/wholelog/wholelog/internal/ledger/segment"
	"github.com/wholelog/wholelog/internal/ledger/verify"
)

// TestACutNamesTheRecordThatIsGone cuts an open segment before each of its
// blocks. Positions of two streams take turns, so the record after the last one
// that is there is another stream's.
func TestACutNamesTheRecordThatIsGone(t *testing.T) {
	py := python(t)
	base := t.TempDir()
	f := fixture{dir: filepath.Join(base, "ledger")}
	l := must[*ledger.Ledger](t)(ledger.Open(ctx, ledger.Options{Dir: f.dir, Key: filepath.Join(base, "key")}))
	for i := range 6 {
		must[event.Position](t)(l.Append(ctx, ledger.Batch{Records: []event.Record{rec(2 * i), rec(2*i + 1), rec(2*i + 20), rec(2*i + 21)}}))
	}
	_, err := l.Commit(ctx)
	ok(t, errors.Join(err, l.Close()))
	list := must[[]string](t)(filepath.Glob(filepath.Join(f.dir, "*", "*.open")))
	cuts, gaps := 0, 0
	for _, path := range list {
		whole := must[[]byte](t)(os.ReadFile(path))
		in := must[*os.File](t)(os.Open(path))
		last := uint64(0)
		for {
			at := must[int64](t)(in.Seek(0, 1))
			b, err := segment.ReadBlock(in)
			if err != nil {
				break
			}
			if b.Type != segment.TypeData {
				continue
			}
			d := must[segment.Data](t)(segment.ParseData(b.Payload))
			first := uint64(0)
			ok(t, d.Decode(nil, func(it segment.Item) error {
				if first == 0 {
					first = uint64(it.Position)
				}
				return nil
			}))
			if last > 0 && first > last+1 {
				gaps++
			}
			last = uint64(d.Last)
			dir := clone(t, f.dir)
			ok(t, os.WriteFile(filepath.Join(dir, strings.TrimPrefix(path, f.dir)), whole[:at+5], 0o600))
			r := run(t, verify.Options{Dir: dir})
			if r.OK || r.Findings[0].Record != first {
				t.Errorf("%s cut at %d: %v, want record %d", filepath.Base(path), at, r.Findings, first)
			}
			if code, out := second(t, py, dir); code != 1 || !strings.Contains(out, fmt.Sprintf("[record %d]", first)) {
				t.Errorf("the second verifier: exit %d, want record %d: %s", code, first, out)
			}
			cuts++
		}
		ok(t, in.Close())
	}
	if gaps == 0 {
		t.Errorf("%d cuts, none after positions of another stream", cuts)
	}
}

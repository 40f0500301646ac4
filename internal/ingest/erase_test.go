package ingest

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger/segment"
)

func TestMentions(t *testing.T) {
	f := func(want bool, text, name string) {
		t.Helper()
		if got := mentions(lowered(nil, []byte(text)), lowered(nil, []byte(name))); got != want {
			t.Errorf("%q mentions %q: %v", text, name, got)
		}
	}
	f(true, `{"userPrincipalName":"Ada@Example.org"}`, "ada@example.org")
	f(true, `ada@example.org,b`, "ada@example.org")
	f(true, `x grada@example.org ada@example.org`, "ada@example.org")
	f(true, `"{\"upn\":\"ada@example.org\"}"`, "ada@example.org")
	f(true, `"\nada@example.org"`, "ada@example.org")
	f(true, `"\u003cada@example.org\u003e"`, "ada@example.org")
	f(true, `users/ada%40example.org/`, "ada%40example.org")
	f(false, `grada@example.org`, "ada@example.org")
	f(false, `ada@example.organic`, "ada@example.org")
	f(false, `ada_x.org#EXT#@example.org`, "x.org")
	f(false, ``, "ada@example.org")
	f(false, `ada`, "")
	if got := escaped("jürgen\U0001f600@x"); got != `j\u00fcrgen\ud83d\ude00@x` {
		t.Error(got)
	}
}

// TestAnErasureThatCrashesIsFinished ends the work at every point of an
// erasure: after the next start either nothing is erased or all of it, in the
// ledger and in the store.
func TestAnErasureThatCrashesIsFinished(t *testing.T) {
	for _, point := range []string{"append.begin", "append.synced", "seal.begin", "seal.renamed", "log.add", "log.added", "log.published"} {
		t.Run(point, func(t *testing.T) {
			base := t.TempDir()
			dir := filepath.Join(base, "data")
			opt := Options{Key: filepath.Join(base, "key")}
			in, err := OpenWith(ctx, dir, opt)
			if err != nil {
				t.Fatal(err)
			}
			if err := deliver(in, 0, 30, func(int, string) {}); err != nil {
				t.Fatal(err)
			}
			chosen, err := in.Choose(ctx, Selection{IDs: []string{"id-3", "id-11"}})
			if err != nil || len(chosen.Positions) != 3 { // one has two versions
				t.Fatal(chosen, err)
			}
			if err := in.Close(ctx); err != nil {
				t.Fatal(err)
			}
			armed := opt
			armed.Ledger.Fail = func(p string) error {
				if p == point {
					return errors.New("stopped")
				}
				return nil
			}
			if _, err := Erase(ctx, dir, armed, chosen.Positions, "a test"); err == nil {
				t.Fatal("the point was not passed")
			}
			if in, err = OpenWith(ctx, dir, opt); err != nil {
				t.Fatal(err)
			}
			there := 0
			want := map[event.Position]bool{}
			for _, p := range chosen.Positions {
				want[p] = true
			}
			if err := in.Ledger.Items(ctx, 0, func(it *segment.Item) error {
				if want[it.Position] && !it.Erased {
					there++
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if there != 0 && there != len(chosen.Positions) {
				t.Errorf("%d of %d records are still there", there, len(chosen.Positions))
			}
			verified(t, dir, "")
			rebuilt(t, dir, opt, in)
			if c, err := Erase(ctx, dir, opt, chosen.Positions, "again"); err != nil || c.Text == "" {
				t.Errorf("again: %v", err)
			}
		})
	}
}

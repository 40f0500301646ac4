package blob

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wholelog/wholelog/internal/source"
)

var unexported = cmpopts.IgnoreUnexported(state{}, entry{})

// large is a state with this many prefixes, of each of which some days are
// watched and years are settled.
func large(now time.Time, prefixes, hours, spans int) *state {
	r := rand.New(rand.NewPCG(3, 4))
	st := &state{Horizon: now.Add(-time.Duration(hours) * time.Hour).Truncate(time.Hour).Unix()}
	for p := range prefixes {
		u := st.unit(fmt.Sprintf("insights-logs-category%d", p%8), fmt.Sprintf("resourceId=/SUBSCRIPTIONS/0B1F6471-1BF0-4DDA-AEC3-CB9272F09590/RESOURCEGROUPS/RG%d/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/AKS-%d/y=", p/8, p/8))
		u.Watched = map[string]*entry{}
		for h := range hours {
			at := now.Add(-time.Duration(h) * time.Hour)
			size := r.Int64N(1 << 24)
			u.Watched[at.UTC().Format("2006/m=01/d=02/h=15/m=00/")+"PT1H.json"] = &entry{Off: size, Size: size, Mod: at.Unix(), Tail: r.Uint32()}
		}
		for i := range spans {
			u.Spans = append(u.Spans, span{To: fmt.Sprintf("%04d/m=01/d=01/h=01/m=00/PT1H.json", i), N: spanBlobs, Size: r.Uint64(), Mod: r.Uint64(), Hash: r.Uint64(), Late: 1})
		}
	}
	return st
}

func count(st *state) (n int64) {
	for _, u := range st.Units {
		n += int64(len(u.Watched))
		for _, s := range u.Spans {
			n += s.N
		}
	}
	return n
}

func TestCursorIsWhatItWas(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	st := large(now, 3, 5, 2)
	st.Pass = &pass{Began: 5, Key: "x", After: "y", Open: spanOf(1, item{rest: "a", size: 1, mod: 2}), Date: 7}
	got, err := load(st.cursor(now))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(st, got, unexported); d != "" {
		t.Error(d)
	}
}

func TestCursorStaysSmall(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, size := range [][3]int{{15, 72, 8}, {100, 72, 5}, {300, 72, 2}, {4, 20, 2000}} {
		st := large(now, size[0], size[1], size[2])
		before := count(st)
		plain, c := len(st.pack()), st.cursor(now)
		t.Logf("%d prefixes, %d hours, %d spans: %d bytes, then %d; horizon %v ago", size[0], size[1], size[2], plain, len(c), now.Sub(time.Unix(st.Horizon, 0)))
		if len(c) > 64<<10 { // what sourcetest allows
			t.Errorf("%v: the cursor has %d bytes", size, len(c))
		}
		if after := count(st); after != before {
			t.Errorf("%v: %d blobs are known, %d before", size, after, before)
		}
		if _, err := load(c); err != nil {
			t.Error(err)
		}
	}
}

func FuzzCursor(f *testing.F) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	f.Add([]byte(large(now, 2, 3, 2).pack()))
	f.Add([]byte(`{"v":1,"z":"AQAA//8="}`))
	f.Add([]byte(`{"v":2}`))
	// Whatever is loaded is written and loaded as the same.
	f.Fuzz(func(t *testing.T, c []byte) {
		st, err := load(source.Cursor(c))
		if err != nil {
			return
		}
		packed := st.pack()
		again, err := load(packed)
		if err != nil {
			t.Fatalf("%s: %v", packed, err)
		}
		if !bytes.Equal(again.pack(), packed) {
			t.Errorf("%s: another one", packed)
		}
		st.cursor(now)
	})
}

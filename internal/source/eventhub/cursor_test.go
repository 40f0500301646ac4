package eventhub

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

func TestCursor(t *testing.T) {
	f := func(c, problem string) {
		t.Helper()
		st, err := load(source.Cursor(c))
		if problem != "" {
			if err == nil || !strings.Contains(err.Error(), problem) {
				t.Errorf("%s: %v, want %q", c, err, problem)
			}
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		if got, err := st.cursor(); err != nil || string(got) != c {
			t.Errorf("%s becomes %s, %v", c, got, err)
		}
	}
	f(`{"v":1,"parts":{}}`, "")
	f(`{"v":1,"ns":"n","id":"00","parts":{"0":[-1],"1":[7],"31":[12,1795523726341,4294967295]},"tables":{"SigninLogs":1},"gone":{"from":5,"tables":{"AuditLogs":2}}}`, "")
	f(`{`, "remove it to begin anew")
	f(`7`, "remove it to begin anew")
	f(`{"v":2,"parts":{}}`, "use the newer program")
	f(`{"v":1,"parts":{"0":[1,2]}}`, "remove it to begin anew")
	f(`{"v":1,"parts":{"0":[-2]}}`, "remove it to begin anew")
	f(`{"v":1,"parts":{"0":[0,1,1]}}`, "remove it to begin anew")
	f(`{"v":1,"parts":{"0":[1,1,4294967296]}}`, "remove it to begin anew")
}

// TestCursorOfManyPartitions fits the largest hub into 64 KiB.
func TestCursorOfManyPartitions(t *testing.T) {
	st := begin("contoso.servicebus.windows.net")
	for p := range int32(maxParts) {
		st.Parts[p] = &place{next: 1<<40 + int64(p), at: 1795523726341, mark: 1<<32 - 1, good: true}
	}
	for i := range 2 * maxTables {
		st.saw(fmt.Sprintf("MicrosoftServicePrincipalSignInLogs%03d", i), time.Now())
	}
	st.Gone = &gone{From: 1795523726341, Tables: st.Tables}
	c, err := st.cursor()
	if err != nil || len(c) > 64<<10 {
		t.Errorf("%d bytes, %v", len(c), err)
	}
	if _, err := load(c); err != nil {
		t.Error(err)
	}
}

// FuzzCursor: whatever a cursor holds, it is refused or gives a state that is
// written and read as the same, and that a hub can be compared with.
func FuzzCursor(f *testing.F) {
	for _, c := range []string{`{"v":1,"parts":{}}`, `{"v":1,"parts":{"0":[3,1795523726341,7],"1":[-1],"2":null,"-4":[1]},"gone":{"from":1,"tables":{"A":1}}}`, `null`, `{"v":1}`} {
		f.Add([]byte(c))
	}
	s, err := New(Options{Hub: "h", Brokers: []string{"localhost:1"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		st, err := load(b)
		if err != nil {
			return
		}
		c, err := st.cursor()
		if err != nil {
			t.Fatal(err)
		}
		again, err := load(c)
		if err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		if d, err := again.cursor(); err != nil || string(d) != string(c) {
			t.Fatalf("%s, then %s, %v", c, d, err)
		}
		r := &run{s: s, ctx: t.Context(), st: again, said: map[string]time.Time{}, gaps: map[int32]int64{}, doubt: true}
		r.yield = func(p source.Page) (source.Taken, error) {
			for _, cl := range p.Claims {
				if !cl.From.Before(cl.To) {
					t.Errorf("claim %+v", cl)
				}
			}
			return source.Taken{}, nil
		}
		r.v = &view{count: 2, parts: map[int32]extent{0: {0, 2, 5}, 1: {0, 4, 4}}}
		r.commits.s = s
		at, err := r.place()
		if err != nil || len(at) != 2 {
			t.Fatalf("%v, %v", at, err)
		}
		for p, pos := range at {
			if e := r.v.parts[p]; pos.offset < e.start || pos.offset > e.end {
				t.Errorf("partition %d begins at %d, outside %+v", p, pos.offset, e)
			}
		}
	})
}

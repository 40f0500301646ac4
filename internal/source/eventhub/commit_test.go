package eventhub

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wholelog/wholelog/internal/source"
)

// TestBegin starts where it is told to.
func TestBegin(t *testing.T) {
	h := newHub(t, 1)
	fill(h, 0, 0, 4)
	o := h.options()
	o.Begin = Latest
	done := false
	pages := read(t, newSource(t, o), nil, func(p []source.Page) bool {
		if !done { // where it begins is kept before anything comes
			done = true
			fill(h, 0, 4, 5)
		}
		return len(records(p)) > 0
	})
	if got := ids(records(pages)); got != "s4" {
		t.Errorf("latest: %s", got)
	}
	o.Begin, o.Group = Earliest, "auditors"
	s := newSource(t, o)
	pages = read(t, s, nil, func(p []source.Page) bool {
		if h.committed(t, "auditors") >= 5 {
			return true
		}
		h.put(0, []byte(`{"records":[]}`)) // pages come only with messages
		return false
	})
	if got := ids(records(pages)); !strings.HasPrefix(got, "s0 s1 s2 s3 s4") {
		t.Errorf("earliest: %s", got)
	}
	fill(h, 0, 5, 7)
	o.Begin = Committed
	if got := ids(records(read(t, newSource(t, o), nil, count(2)))); got != "s5 s6" {
		t.Errorf("committed: %s", got)
	}
	o.Group = "nobody"
	if got := ids(records(read(t, newSource(t, o), nil, count(7)))); got != "s0 s1 s2 s3 s4 s5 s6" {
		t.Errorf("nothing committed: %s", got)
	}
}

// committed is the offset of partition 0 that a group has.
func (h *hub) committed(t testing.TB, group string) int64 {
	t.Helper()
	o := h.options()
	o.Group = group
	s := newSource(t, o)
	cl, err := s.client(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	r := &run{s: s, ctx: t.Context(), cl: cl, v: &view{count: 1}}
	got, err := r.committed()
	if err != nil {
		return -1
	}
	return got[0]
}

// TestCommitAtTheEnd stops a reader: the group then has all that is durable,
// though no commit was due.
func TestCommitAtTheEnd(t *testing.T) {
	h := newHub(t, 1)
	fill(h, 0, 0, 20)
	o := h.options()
	o.Commit, o.PageRecords, o.FetchBytes = time.Hour, 4, 1
	s := newSource(t, o)
	cursor := last(read(t, s, nil, count(17)))
	st, err := load(cursor)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := h.committed(t, "wholelog"), st.Parts[0].next; got != want || want < 17 {
		t.Errorf("%d is committed, %d is durable", got, want)
	}
}

// TestNotCommitted goes on where the group cannot be used.
func TestNotCommitted(t *testing.T) {
	h := newHub(t, 1)
	fill(h, 0, 0, 2)
	h.c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Err: kerr.UnknownMemberID, Count: -1})
	pages := read(t, newSource(t, h.options()), nil, func(p []source.Page) bool { return len(records(p)) == 2 && find(p, NotCommitted) != "" })
	if text := find(pages, NotCommitted); !strings.Contains(text, "collecting is not affected") {
		t.Error(text)
	}
}

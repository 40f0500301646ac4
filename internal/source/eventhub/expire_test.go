package eventhub

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wholelog/wholelog/internal/source"
)

func (h *hub) drop(partition int32, before int64) {
	h.t.Helper()
	if err := h.c.DeleteRecords(hubName, partition, before); err != nil {
		h.t.Fatal(err)
	}
}

// TestExpired lets retention overtake a reader that was stopped.
func TestExpired(t *testing.T) {
	f := func(name string, more int, drop int64, want string, message string) {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, 1)
			fill(h, 0, 0, 2)
			s := newSource(t, h.options())
			cursor := last(read(t, s, nil, count(2)))
			fill(h, 0, 2, 2+more)
			h.drop(0, drop)
			pages := read(t, s, cursor, func(p []source.Page) bool { return find(p, Expired) != "" && ids(records(p)) == want })
			if text := find(pages, Expired); !strings.Contains(text, message) {
				t.Error(text)
			}
			c := claims(pages)
			if len(c) != 1 {
				t.Fatalf("claims %+v", c)
			}
			// The last event read happened long before its message was put there.
			put := readTime(t, cursor)
			if c[0].Kind != source.Missing || c[0].Table != "SigninLogs" || c[0].Path != s.Name() || !c[0].From.Equal(put) || c[0].To.Before(put) || c[0].To.After(time.Now()) || !strings.Contains(c[0].Reason, message[:10]) {
				t.Errorf("claim %+v, last message at %v", c[0], put)
			}
		})
	}
	f("in part", 5, 4, "s4 s5 s6", "2 messages")
	f("whole", 5, 7, "", "5 messages")
}

// TestNotExpired drops what was read: nothing is lost, and nothing is said.
func TestNotExpired(t *testing.T) {
	h := newHub(t, 1)
	fill(h, 0, 0, 3)
	s := newSource(t, h.options())
	cursor := last(read(t, s, nil, count(3)))
	h.put(0, message(signIn(3)))
	h.drop(0, 3)
	pages := read(t, s, cursor, count(1))
	if len(notices(pages)) > 0 || len(claims(pages)) > 0 {
		t.Errorf("%v, %v", notices(pages), claims(pages))
	}
}

func readTime(t *testing.T, c source.Cursor) time.Time {
	t.Helper()
	st, err := load(c)
	if err != nil {
		t.Fatal(err)
	}
	return st.Parts[0].at.time()
}

// TestOffsetGap compacts a hub: offsets without a message are counted and
// stated.
func TestOffsetGap(t *testing.T) {
	h := newHub(t, 1)
	if err := h.c.CreateTopic("compacted", 1, map[string]string{"cleanup.policy": "compact", "min.compaction.lag.ms": "0", "segment.bytes": "1048576", "min.cleanable.dirty.ratio": "0"}); err != nil {
		t.Fatal(err)
	}
	p, err := kgo.NewClient(kgo.SeedBrokers(h.c.ListenAddrs()...), kgo.ProducerBatchMaxBytes(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	pad := strings.Repeat(" ", 400<<10)
	for i, key := range []string{"a", "b", "c", "b", "b", "d", "e", "f", "g"} {
		if err := p.ProduceSync(t.Context(), &kgo.Record{Topic: "compacted", Key: []byte(key), Value: []byte(signIn(i) + pad)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	h.c.Compact()
	o := h.options()
	o.Hub = "compacted"
	pages := read(t, newSource(t, o), nil, func(p []source.Page) bool { return strings.HasSuffix(ids(records(p)), "s8") })
	if got := ids(records(pages)); strings.Contains(got, "s1 ") {
		t.Fatal("the broker did not compact")
	}
	if text := find(pages, OffsetGap); !strings.Contains(text, "partition 0 has no message at 1 offsets from 1 on") {
		t.Errorf("%v; %s", notices(pages), ids(records(pages)))
	}
	if len(claims(pages)) > 0 {
		t.Errorf("a gap in offsets may be no loss: %+v", claims(pages))
	}
}

// TestTransactions reads a hub that is written in transactions: their markers
// have offsets and are no gaps.
func TestTransactions(t *testing.T) {
	h := newHub(t, 1)
	p, err := kgo.NewClient(kgo.SeedBrokers(h.c.ListenAddrs()...), kgo.TransactionalID("t"), kgo.DefaultProduceTopic(hubName))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for i := range 3 {
		if err := p.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := p.ProduceSync(t.Context(), &kgo.Record{Value: message(signIn(i))}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := p.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
	}
	pages := read(t, newSource(t, h.options()), nil, count(3))
	if end := h.c.PartitionInfo(hubName, 0).HighWatermark; len(notices(pages)) > 0 || end != 6 {
		t.Errorf("%v, end %d", notices(pages), end)
	}
}

package eventhub

import (
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
)

// older are versions in which topics have no ids, as on Event Hubs.
func older() *kversion.Versions {
	v := kversion.V2_7_0()
	v.SetMaxKeyVersion(37, 3)
	return v
}

func ids(records []event.Record) string {
	var out []string
	for _, r := range records {
		out = append(out, r.ID)
	}
	return strings.Join(out, " ")
}

func fill(h *hub, partition int32, from, to int) {
	for i := from; i < to; i++ {
		h.put(partition, message(signIn(i)))
	}
}

// TestRecreated makes the hub anew while nobody reads: shorter than what was
// read, as long, and longer, with and without topic ids, which Event Hubs lacks.
func TestRecreated(t *testing.T) {
	for _, withIDs := range []bool{true, false} {
		for _, n := range []int{1, 3, 5} {
			t.Run(fmt.Sprintf("ids=%v/%d", withIDs, n), func(t *testing.T) {
				var opts []kfake.Opt
				if !withIDs {
					opts = append(opts, kfake.MaxVersions(older()))
				}
				h := newHub(t, 2, opts...)
				fill(h, 0, 0, 3)
				fill(h, 1, 10, 11)
				s := newSource(t, h.options())
				cursor := last(read(t, s, nil, count(4)))
				if got := strings.Contains(string(cursor), `"id"`); got != withIDs {
					t.Fatalf("ids: %v, cursor %s", got, cursor)
				}
				h.again(2)
				fill(h, 0, 20, 20+n)
				fill(h, 1, 30, 35)
				pages := read(t, s, cursor, count(n+5))
				if got := records(pages); len(got) != n+5 {
					t.Errorf("%d records: %s", len(got), ids(got))
				}
				if text := find(pages, Recreated); !strings.Contains(text, "read from its beginning") {
					t.Errorf("notices: %v", notices(pages))
				}
				c := claims(pages)
				if len(c) != 1 || c[0].Kind != source.Missing || c[0].Table != "SigninLogs" || c[0].Count != 0 || !strings.Contains(c[0].Reason, "anew") {
					t.Errorf("claims: %+v", c)
				}
				// From here on it is the hub of the cursor.
				h.put(0, message(signIn(40)))
				pages = read(t, s, last(pages), count(1))
				if got := ids(records(pages)); got != "s40" || len(notices(pages)) > 0 {
					t.Errorf("afterwards: %s, %v", got, notices(pages))
				}
			})
		}
	}
}

// TestRecreatedWhileReading makes the hub anew, with fewer partitions, under a
// reader that goes on.
func TestRecreatedWhileReading(t *testing.T) {
	h := newHub(t, 3, kfake.MaxVersions(older()))
	for p := range int32(3) {
		fill(h, p, int(p)*10, int(p)*10+2)
	}
	done := false
	pages := read(t, newSource(t, h.options()), nil, func(p []source.Page) bool {
		if len(records(p)) == 6 && !done {
			done = true
			h.again(1)
			fill(h, 0, 50, 52)
		}
		return len(records(p)) >= 8
	})
	if got := ids(records(pages)); !strings.HasSuffix(got, "s50 s51") || find(pages, Recreated) == "" {
		t.Errorf("%s, %v", got, notices(pages))
	}
}

// TestSameHub reads on where nothing has changed: no message comes twice, and
// nothing is said.
func TestSameHub(t *testing.T) {
	h := newHub(t, 1, kfake.MaxVersions(older()))
	var cursor source.Cursor
	for i := range 5 {
		h.put(0, message(signIn(i)))
		pages := read(t, newSource(t, h.options()), cursor, count(1))
		if got := ids(records(pages)); got != fmt.Sprintf("s%d", i) || len(notices(pages)) > 0 {
			t.Errorf("%d: %s, %v", i, got, notices(pages))
		}
		cursor = last(pages)
	}
}

// TestOtherNamespace gives a cursor to a source on another namespace.
func TestOtherNamespace(t *testing.T) {
	h := newHub(t, 1)
	fill(h, 0, 0, 3)
	o := h.options()
	o.Namespace, o.Brokers = strings.Replace(o.Brokers[0], "127.0.0.1", "localhost", 1), nil
	o.ConnectionString = "Endpoint=sb://localhost/;SharedAccessKeyName=n;SharedAccessKey=" + secret
	h.plain(t, o.ConnectionString)
	s := newSource(t, o)
	cursor := last(read(t, s, nil, count(3)))
	other := []byte(strings.Replace(string(cursor), `"ns":"localhost`, `"ns":"other`, 1))
	pages := read(t, s, other, count(3))
	if find(pages, Recreated) == "" {
		t.Errorf("%v", notices(pages))
	}
}

// TestGrowth adds partitions under a reader.
func TestGrowth(t *testing.T) {
	h := newHub(t, 1)
	fill(h, 0, 0, 1)
	done := false
	pages := read(t, newSource(t, h.options()), nil, func(p []source.Page) bool {
		if len(records(p)) == 1 && !done {
			done = true
			h.grow(3)
			fill(h, 1, 10, 12)
			fill(h, 2, 20, 22)
		}
		return len(records(p)) >= 5
	})
	if text := find(pages, Partitions); !strings.Contains(text, "3 partitions") {
		t.Errorf("%v", notices(pages))
	}
	if got := records(pages); len(got) != 5 {
		t.Errorf("%s", ids(got))
	}
}

// grow gives the hub more partitions.
func (h *hub) grow(n int32) {
	h.t.Helper()
	req := kmsg.NewPtrCreatePartitionsRequest()
	topic := kmsg.NewCreatePartitionsRequestTopic()
	topic.Topic, topic.Count = hubName, n
	req.Topics, req.TimeoutMillis = append(req.Topics, topic), 1000
	resp, err := req.RequestWith(h.t.Context(), h.p)
	if err != nil || resp.Topics[0].ErrorCode != 0 {
		h.t.Fatalf("more partitions: %v, %+v", err, resp)
	}
	h.p.Close()
	h.p = nil
}

// TestTooEarlyAnEnd has a broker state an end that lies before what was read:
// once, as it can when another broker takes over, and for good.
func TestTooEarlyAnEnd(t *testing.T) {
	f := func(name string, times int, code string, want string) {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, 1)
			fill(h, 0, 0, 3)
			s := newSource(t, h.options())
			cursor := last(read(t, s, nil, count(3)))
			fill(h, 0, 3, 4)
			h.c.ControlKey(int16(kmsg.ListOffsets), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
				h.c.KeepControl()
				req := kreq.(*kmsg.ListOffsetsRequest)
				if req.Topics[0].Partitions[0].Timestamp != -1 || times == 0 {
					return nil, nil, false
				}
				times--
				resp := req.ResponseKind().(*kmsg.ListOffsetsResponse)
				rt, rp := kmsg.NewListOffsetsResponseTopic(), kmsg.NewListOffsetsResponseTopicPartition()
				rt.Topic, rp.Offset = hubName, 2
				rt.Partitions = append(rt.Partitions, rp)
				resp.Topics = append(resp.Topics, rt)
				return resp, nil, true
			})
			pages := read(t, s, cursor, func(p []source.Page) bool { return strings.HasSuffix(ids(records(p)), "s3") })
			if got := ids(records(pages)); got != want || (code != "") != (find(pages, code) != "") {
				t.Errorf("%s, want %s; %v", got, want, notices(pages))
			}
		})
	}
	f("once", 1, "", "s3")
	f("for good", 2, Truncated, "s0 s1 s2 s3")
}

package eventhub

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/sourcetest"
)

const (
	hubName = "insights-logs-signinlogs"
	secret  = "p1anted~Secret.9vQ8="
)

var start = time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)

// hub is a Kafka broker with one topic.
type hub struct {
	t testing.TB
	c *kfake.Cluster
	p *kgo.Client // producer
}

func newHub(t testing.TB, partitions int32, opts ...kfake.Opt) *hub {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(partitions, hubName)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	h := &hub{t: t, c: c}
	t.Cleanup(func() {
		if h.p != nil {
			h.p.Close()
		}
		c.Close()
	})
	return h
}

// put writes a message to a partition.
func (h *hub) put(partition int32, value []byte) {
	h.t.Helper()
	if h.p == nil {
		p, err := kgo.NewClient(kgo.SeedBrokers(h.c.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.DisableIdempotentWrite(), kgo.MaxProduceRequestsInflightPerBroker(1), kgo.ProducerLinger(0), kgo.AlwaysRetryEOF(), kgo.RetryBackoffFn(func(int) time.Duration { return time.Millisecond }), kgo.MetadataMinAge(10*time.Millisecond), kgo.MaxVersions(versions()))
		if err != nil {
			h.t.Fatal(err)
		}
		h.p = p
	}
	var err error
	for range 100 { // faults that are meant for readers hit its other requests
		if err = h.p.ProduceSync(context.Background(), &kgo.Record{Topic: hubName, Partition: partition, Value: value}).FirstErr(); err == nil {
			return
		}
	}
	h.t.Errorf("put: %v", err)
}

// again deletes the hub and makes it anew.
func (h *hub) again(partitions int32) {
	h.t.Helper()
	if err := errors.Join(h.c.DeleteTopic(hubName), h.c.CreateTopic(hubName, partitions, nil)); err != nil {
		h.t.Fatal(err)
	}
	if h.p != nil { // it knows the old hub
		h.p.Close()
		h.p = nil
	}
}

// options read the hub fast.
func (h *hub) options() Options {
	return Options{Hub: hubName, Brokers: h.c.ListenAddrs(), Plaintext: true, Wait: 2 * time.Millisecond, MaxWait: 20 * time.Millisecond, Refresh: 100 * time.Millisecond, Commit: 10 * time.Millisecond, Timeout: 5 * time.Second}
}

func newSource(t testing.TB, o Options) *Source {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read reads until a page satisfies enough, and gives all pages.
func read(t testing.TB, s source.Source, from source.Cursor, enough func([]source.Page) bool) []source.Page {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var pages []source.Page
	ok := false
	err := s.Read(ctx, from, func(p source.Page) (source.Taken, error) {
		pages = append(pages, p)
		if !ok && enough(pages) {
			ok = true
			cancel()
		}
		return source.Taken{}, nil
	})
	if !ok {
		t.Fatalf("Read returned %v before enough came: %d pages, %v", err, len(pages), notices(pages))
	}
	return pages
}

func records(pages []source.Page) (out []event.Record) {
	for _, p := range pages {
		out = append(out, p.Records...)
	}
	return out
}

func notices(pages []source.Page) (out []source.Notice) {
	for _, p := range pages {
		out = append(out, p.Notices...)
	}
	return out
}

func claims(pages []source.Page) (out []source.Claim) {
	for _, p := range pages {
		out = append(out, p.Claims...)
	}
	return out
}

func last(pages []source.Page) source.Cursor { return pages[len(pages)-1].Next }

// count is satisfied by so many records.
func count(n int) func([]source.Page) bool {
	return func(p []source.Page) bool { return len(records(p)) >= n }
}

// noticed is satisfied by a notice.
func noticed(code string) func([]source.Page) bool {
	return func(p []source.Page) bool { return find(p, code) != "" }
}

func find(pages []source.Page, code string) string {
	for _, n := range notices(pages) {
		if n.Code == code {
			return n.Text
		}
	}
	return ""
}

// signIn is a small diagnostic record.
func signIn(i int) string {
	return fmt.Sprintf(`{"time":"2026-10-05T10:00:%02dZ","category":"SignInLogs","tenantId":"0f5e0a6c-35d0-4b86-92ac-cc83a8d6a001","operationName":"Sign-in activity","properties":{"id":"s%d","createdDateTime":"2026-10-05T09:58:%02dZ","appId":"a","userPrincipalName":"u","status":{"errorCode":0}}}`, i%60, i, i%60)
}

func message(records ...string) []byte {
	return []byte(`{"records":[` + strings.Join(records, ",") + `]}`)
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(b)
	if err := errors.Join(err, z.Close()); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// letter is a message and the partition that it goes to.
type letter struct {
	partition int32
	value     []byte
}

// letters packs events as Azure Monitor does and in every other way that it
// may: several to a message, one, bare, compressed, repeated, out of order.
func letters(r *rand.Rand, live *sim.Live, partitions int32) (out []letter, events []sourcetest.Event) {
	list := live.Delivered(start, start.Add(30*time.Hour))
	list = list[:min(len(list), 300)]
	for len(list) > 0 {
		n := min(1+r.IntN(8), len(list))
		var raws []string
		for _, e := range list[:n] {
			raw := e.Diagnostic()
			rec := event.Record{Raw: raw, Tenant: live.Tenant()}
			identify.Record(&rec)
			events = append(events, sourcetest.Event{Key: rec.Table + " " + rec.ID, Table: rec.Table})
			raws = append(raws, string(raw))
		}
		list = list[n:]
		value := message(raws...)
		switch r.IntN(6) {
		case 0:
			value = []byte(strings.Join(raws, "\r\n"))
		case 1:
			value = zipped(value)
		case 2:
			value = []byte("[" + strings.Join(raws, ",") + "]")
		}
		out = append(out, letter{r.Int32N(partitions), value})
		if r.IntN(8) == 0 {
			out = append(out, letter{r.Int32N(partitions), value})
		}
	}
	out = append(out, letter{0, nil}, letter{0, []byte("no JSON at all")}, letter{0, []byte(`{"records":[]}`)})
	r.Shuffle(len(out), func(i, k int) { out[i], out[k] = out[k], out[i] })
	return out, events
}

// misbehave makes the brokers fail as Kafka's protocol allows.
func (h *hub) misbehave(r *rand.Rand) {
	var mu sync.Mutex
	codes := []*kerr.Error{kerr.NotLeaderForPartition, kerr.UnknownServerError, kerr.UnknownTopicOrPartition, kerr.LeaderNotAvailable, kerr.OffsetOutOfRange, kerr.RequestTimedOut, kerr.TopicAuthorizationFailed}
	h.c.Control(func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		h.c.KeepControl()
		mu.Lock()
		defer mu.Unlock()
		if _, produce := kreq.(*kmsg.ProduceRequest); produce {
			return nil, nil, false
		}
		if r.Float64() < 0.03 {
			return nil, errors.New("closed"), true
		}
		code := codes[r.IntN(len(codes))].Code
		switch req := kreq.(type) {
		case *kmsg.FetchRequest:
			if r.Float64() > 0.12 {
				return nil, nil, false
			}
			resp := req.ResponseKind().(*kmsg.FetchResponse)
			if r.IntN(3) == 0 { // delayed for longer than the request may last: empty, and no error
				resp.ThrottleMillis = 5
				return resp, nil, true
			}
			for _, t := range req.Topics {
				rt := kmsg.NewFetchResponseTopic()
				rt.Topic = t.Topic
				for _, p := range t.Partitions {
					rp := kmsg.NewFetchResponseTopicPartition()
					rp.Partition, rp.ErrorCode = p.Partition, code
					rt.Partitions = append(rt.Partitions, rp)
				}
				resp.Topics = append(resp.Topics, rt)
			}
			return resp, nil, true
		case *kmsg.ListOffsetsRequest:
			if r.Float64() > 0.1 {
				return nil, nil, false
			}
			resp := req.ResponseKind().(*kmsg.ListOffsetsResponse)
			for _, t := range req.Topics {
				rt := kmsg.NewListOffsetsResponseTopic()
				rt.Topic = t.Topic
				for i, p := range t.Partitions {
					rp := kmsg.NewListOffsetsResponseTopicPartition()
					rp.Partition = p.Partition
					if rp.ErrorCode = code; i%2 == 1 {
						continue // left out
					}
					rt.Partitions = append(rt.Partitions, rp)
				}
				resp.Topics = append(resp.Topics, rt)
			}
			return resp, nil, true
		}
		return nil, nil, false
	})
}

// TestConformance runs the suite on hubs of one to five partitions on one to
// three brokers. With faults, a third of the hubs are made anew in the middle.
func TestConformance(t *testing.T) {
	sourcetest.Run(t, sourcetest.Harness{Seeds: 24, Start: func(t testing.TB, seed uint64, faulty bool) sourcetest.World {
		r := rand.New(rand.NewPCG(seed, 7))
		live := sim.NewLive(sim.LiveOptions{Users: 12, Seed: seed, Start: start})
		partitions := 1 + int32(seed%5)
		var opts []kfake.Opt
		if faulty && seed%2 == 1 { // as Event Hubs: no topic ids
			opts = append(opts, kfake.MaxVersions(older()))
		}
		h := newHub(t, partitions, append(opts, kfake.NumBrokers(1+int(seed%3)))...)
		list, events := letters(r, live, partitions)
		half := len(list) / 2
		for _, l := range list[:half] {
			h.put(l.partition, l.value)
		}
		var busy sync.WaitGroup
		busy.Go(func() {
			if faulty && seed%3 == 0 {
				h.again(partitions)
				half = 0
			}
			for _, l := range list[half:] {
				h.put(l.partition, l.value)
			}
		})
		t.Cleanup(busy.Wait)
		if faulty {
			h.misbehave(rand.New(rand.NewPCG(seed, 8)))
			if seed%3 != 0 {
				h.c.ShufflePartitionLeaders()
			}
		}
		o := h.options()
		o.Tenant, o.PageRecords = live.Tenant(), 3
		return sourcetest.World{
			Source:  func() source.Source { return newSource(t, o) },
			Events:  func() []sourcetest.Event { return events },
			Tenant:  live.Tenant(),
			Secrets: []string{secret},
		}
	}})
}

package faultrun

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/eventhub"
)

// broker is a Kafka broker that carries the world's log. The source that reads
// it waits in real time, so virtual time stands still until everything that
// was sent has become durable.
type broker struct {
	t    *testing.T
	w    *world
	c    *kfake.Cluster
	p    *kgo.Client
	sent int // messages; only feed uses it

	mu      sync.Mutex
	durable map[content]bool
	news    chan struct{} // a page has become durable
}

func newBroker(t *testing.T, w *world) *broker {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, hub))
	if err != nil {
		t.Fatal(err)
	}
	p, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.DefaultProduceTopic(hub), kgo.ProducerLinger(0))
	if err != nil {
		c.Close()
		t.Fatal(err)
	}
	return &broker{t: t, w: w, c: c, p: p, durable: map[content]bool{}, news: make(chan struct{}, 1)}
}

func (b *broker) close() {
	b.p.Close()
	b.c.Close()
}

// feed sends messages when their time comes, as one of those that live by the
// clock.
func (b *broker) feed(ctx context.Context) {
	for ctx.Err() == nil {
		now := b.w.clock.Now()
		for b.sent < len(b.w.log) && !b.w.log[b.sent].at.After(now) {
			// Not cut short when the process ends: the hub is another's.
			if err := b.p.ProduceSync(context.WithoutCancel(ctx), &kgo.Record{Value: b.w.log[b.sent].value}).FirstErr(); err != nil {
				b.t.Errorf("send to the hub: %v", err)
				return
			}
			b.sent++
		}
		for !b.arrived() {
			select {
			case <-b.news:
			case <-ctx.Done():
				return
			}
		}
		if b.w.clock.Sleep(ctx, b.w.pause(b.sent)) != nil {
			return
		}
	}
}

func (b *broker) arrived() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.w.log[:b.sent] {
		for _, f := range m.of {
			if !b.durable[f.contents[onStream]] {
				return false
			}
		}
	}
	return true
}

// watched tells the broker what has become durable.
type watched struct {
	source.Source
	b *broker
}

func (s watched) Read(ctx context.Context, from source.Cursor, yield source.Yield) error {
	return s.Source.Read(ctx, from, func(p source.Page) (source.Taken, error) {
		taken, err := yield(p)
		if err != nil {
			return taken, err
		}
		s.b.mu.Lock()
		for i := range p.Records {
			s.b.durable[p.Records[i].Content] = true
		}
		s.b.mu.Unlock()
		select {
		case s.b.news <- struct{}{}:
		default:
		}
		return taken, nil
	})
}

func (b *broker) source() (source.Source, error) {
	s, err := eventhub.New(eventhub.Options{Hub: hub, Brokers: b.c.ListenAddrs(), Plaintext: true, Tenant: b.w.live.Tenant(), Wait: 2 * time.Millisecond, MaxWait: 10 * time.Millisecond, Refresh: 100 * time.Millisecond,
		Commit: 50 * time.Millisecond, Timeout: 5 * time.Second, Now: b.w.clock.Now})
	return watched{s, b}, err
}

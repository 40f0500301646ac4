package eventhub

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// haul is what one fetch of one broker brought.
type haul struct {
	asked    []int32 // partitions that were asked for
	parts    []catch
	err      error // the whole request failed
	throttle time.Duration
}

// catch is what a fetch brought of one partition.
type catch struct {
	partition int32
	messages  []*kgo.Record
	err       error  // nothing more is fetched of the partition
	batch     *batch // that err is about, if it can be stepped over
}

// fetching is a set of fetchers, one for each broker that leads partitions.
// Each holds one answer that waits to be taken and has one under way at most.
type fetching struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
	out    chan haul
}

func (r *run) fetch(at map[int32]position) *fetching {
	ctx, cancel := context.WithCancel(r.ctx)
	f := &fetching{cancel: cancel, out: make(chan haul)}
	led := map[int32]map[int32]int64{}
	for p, pos := range at {
		leader := r.v.parts[p].leader
		if led[leader] == nil {
			led[leader] = map[int32]int64{}
		}
		led[leader][p] = pos.offset
	}
	for leader, offsets := range led {
		b := &broker{s: r.s, cl: r.cl, id: leader, offsets: offsets, most: map[int32]int32{}}
		b.unpack.inner, _ = r.cl.OptValue(kgo.WithDecompressor).(kgo.Decompressor)
		f.done.Go(func() { b.follow(ctx, f.out) })
	}
	return f
}

// stop ends the fetchers. What they hold is fetched again.
func (f *fetching) stop() {
	f.cancel()
	f.done.Wait()
}

// broker fetches the partitions that one broker leads.
type broker struct {
	s       *Source
	cl      *kgo.Client
	id      int32
	unpack  unpacker
	offsets map[int32]int64 // to fetch next, by partition
	most    map[int32]int32 // bytes to ask for where a batch did not fit
	turn    int
}

func (b *broker) follow(ctx context.Context, out chan<- haul) {
	hasty := 0
	for len(b.offsets) > 0 && ctx.Err() == nil {
		asked := time.Now()
		h := b.once(ctx)
		// A broker that does not wait for messages would be asked without end.
		if hasty++; len(h.parts) > 0 || time.Since(asked) > b.s.o.MaxWait/4 {
			hasty = 0
		} else if hasty > 2 && b.s.o.Sleep(ctx, b.s.o.MaxWait/2) != nil {
			return
		}
		select {
		case out <- h:
		case <-ctx.Done():
			return
		}
		if h.err != nil {
			return
		}
	}
}

// once makes one fetch.
func (b *broker) once(ctx context.Context) (h haul) {
	o := &b.s.o
	req := kmsg.NewPtrFetchRequest()
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = int32(o.MaxWait/time.Millisecond), 1, int32(min(o.FetchBytes, maxResponse))
	req.SessionEpoch = -1
	topic := kmsg.NewFetchRequestTopic()
	topic.Topic = o.Hub
	parts := slices.Sorted(maps.Keys(b.offsets))
	// Brokers fill an answer in the order of the request: each comes first in turn.
	b.turn = (b.turn + 1) % len(parts)
	for _, p := range slices.Concat(parts[b.turn:], parts[:b.turn]) {
		part := kmsg.NewFetchRequestTopicPartition()
		part.Partition, part.FetchOffset = p, b.offsets[p]
		part.PartitionMaxBytes = max(min(int32(1<<20), req.MaxBytes), b.most[p])
		topic.Partitions = append(topic.Partitions, part)
	}
	req.Topics = append(req.Topics, topic)
	b.unpack.left = o.MaxBatch
	ctx, cancel := context.WithTimeout(ctx, o.MaxWait+o.Timeout)
	defer cancel()
	kresp, err := b.cl.Broker(int(b.id)).Request(ctx, req)
	if err != nil {
		return haul{err: err}
	}
	resp, ok := kresp.(*kmsg.FetchResponse)
	if !ok {
		return haul{err: errors.New("an answer to another request")}
	}
	h.asked = parts
	h.throttle = time.Duration(resp.ThrottleMillis) * time.Millisecond
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return haul{err: err}
	}
	for i := range resp.Topics {
		if !strings.EqualFold(resp.Topics[i].Topic, o.Hub) {
			continue
		}
		for k := range resp.Topics[i].Partitions {
			if c, ok := b.take(&resp.Topics[i].Partitions[k]); ok {
				h.parts = append(h.parts, c)
			}
		}
	}
	return h
}

// take reads the messages of one partition and moves its offset.
func (b *broker) take(p *kmsg.FetchResponseTopicPartition) (c catch, ok bool) {
	at, asked := b.offsets[p.Partition]
	if !asked {
		return c, false
	}
	c.partition = p.Partition
	if c.err = kerr.ErrorForCode(p.ErrorCode); c.err != nil {
		delete(b.offsets, p.Partition)
		return c, true
	}
	fp, next := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{
		KeepControlRecords: true, // they have offsets, which would be gaps
		Offset:             at,
		Topic:              b.s.o.Hub,
		Partition:          p.Partition,
	}, p, &b.unpack, nil)
	c.messages = fp.Records
	if errors.Is(fp.Err, errFull) {
		return c, false
	}
	if fp.Err != nil {
		c.err = &batchError{fp.Err}
		c.batch = unreadable(p.RecordBatches, next)
		delete(b.offsets, p.Partition)
		return c, true
	}
	if next > at {
		b.offsets[p.Partition] = next
		delete(b.most, p.Partition)
	} else if n := len(p.RecordBatches); n > 0 && next == at {
		// A batch that did not fit, cut off as brokers may: ask for more.
		b.most[p.Partition] = int32(min(2*max(n, 1<<20), maxResponse))
	}
	return c, len(c.messages) > 0
}

// batchError is a batch of messages that cannot be read: damaged, or packed in a
// way that is not known.
type batchError struct{ err error }

func (e *batchError) Error() string { return "batch of messages: " + e.err.Error() }
func (e *batchError) Unwrap() error { return e.err }

// unpacker bounds what all batches of an answer unpack to: a batch that begins
// beyond the bound is left for the next fetch.
type unpacker struct {
	inner kgo.Decompressor // bounds each batch
	left  int
}

var errFull = errors.New("the answer unpacks to more than allowed at a time")

func (u *unpacker) Decompress(src []byte, codec kgo.CompressionCodecType) ([]byte, error) {
	if codec == kgo.CodecNone {
		return src, nil
	}
	if u.left <= 0 {
		return nil, errFull
	}
	if u.inner == nil {
		u.inner = kgo.DefaultDecompressor()
	}
	out, err := u.inner.Decompress(src, codec)
	u.left -= len(out)
	return out, err
}

package eventhub

import (
	"context"
	"maps"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wholelog/wholelog/internal/source"
)

// commits tells a consumer group how far reading has come. Nothing here relies
// on it: an error is a notice, and the next commit makes up for it.
type commits struct {
	s      *Source
	cl     *kgo.Client
	next   map[int32]int64 // durable and not committed
	sent   map[int32]int64 // by the commit under way
	last   time.Time       // of the last commit
	result chan error      // of the one under way; nil: none
}

// partingTime is how long the last commit may hold up the end of Read.
const partingTime = 700 * time.Millisecond

// durable takes over what a page has made durable.
func (c *commits) durable(st *state) {
	if c.s.o.Group == "" {
		return
	}
	if c.next == nil {
		c.next = map[int32]int64{}
	}
	for p, at := range st.Parts {
		if at.next >= 0 {
			c.next[p] = at.next
		}
	}
}

// begin starts a commit if one is due. Its end is a message on result.
func (c *commits) begin(ctx context.Context) {
	now := c.s.o.Now()
	if len(c.next) == 0 || c.result != nil || now.Sub(c.last) < c.s.o.Commit {
		return
	}
	c.last, c.result, c.sent = now, make(chan error, 1), maps.Clone(c.next)
	go func(sent map[int32]int64, result chan<- error) { result <- c.commit(ctx, sent) }(c.sent, c.result)
}

// end takes the end of a commit.
func (c *commits) end(err error) {
	c.result = nil
	for p, at := range c.sent {
		if err == nil && c.next[p] == at {
			delete(c.next, p)
		}
	}
}

// part commits what is left when Read ends, so that a reader that was stopped
// does not look as if it were behind.
func (c *commits) part(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), partingTime)
	defer cancel()
	if c.result != nil {
		select {
		case err := <-c.result:
			c.end(err)
		case <-ctx.Done():
			return
		}
	}
	if len(c.next) > 0 {
		_ = c.commit(ctx, c.next) // nobody is left to be told
	}
}

// committedTo takes the end of a commit and says if it failed.
func (r *run) committedTo(err error) {
	r.commits.end(err)
	if err != nil && r.ctx.Err() == nil {
		r.note(source.Info, NotCommitted, "", "the offsets could not be committed to group %s, so tools that watch the group show a reader that is behind; collecting is not affected. If another application uses the group, name another", r.s.o.Group)
	}
}

func (c *commits) commit(ctx context.Context, next map[int32]int64) error {
	ctx, cancel := context.WithTimeout(ctx, c.s.o.Timeout)
	defer cancel()
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Group, req.Generation = c.s.o.Group, -1 // as one that is no member
	topic := kmsg.NewOffsetCommitRequestTopic()
	topic.Topic = c.s.o.Hub
	for p, at := range next {
		part := kmsg.NewOffsetCommitRequestTopicPartition()
		part.Partition, part.Offset = p, at
		topic.Partitions = append(topic.Partitions, part)
	}
	req.Topics = append(req.Topics, topic)
	resp, err := req.RequestWith(ctx, c.cl)
	if err != nil {
		return err
	}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return err
			}
		}
	}
	return nil
}

package eventhub

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// view is what the brokers say of the hub.
type view struct {
	topic  string // id in hex; "": the broker gives none
	count  int32  // number of partitions
	parts  map[int32]extent
	absent error // why partitions are missing from parts
}

// extent is what a partition holds.
type extent struct {
	leader     int32
	start, end int64 // of its offsets; the end is where the next message will be
}

// same reports whether fetching can go on as it is.
func (v *view) same(w *view) bool {
	return v.topic == w.topic && v.count == w.count && w.absent == nil && maps.EqualFunc(v.parts, w.parts, func(a, b extent) bool { return a.leader == b.leader })
}

// look asks for the hub's partitions, their leaders and what they hold. A view
// can lack partitions; an error says that it lacks all of them.
func (r *run) look() (*view, error) {
	ctx, cancel := context.WithTimeout(r.ctx, r.s.o.Timeout)
	defer cancel()
	req := kmsg.NewPtrMetadataRequest()
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = kmsg.StringPtr(r.s.o.Hub)
	req.Topics = append(req.Topics, topic)
	resp, err := req.RequestWith(ctx, r.cl)
	if err != nil {
		return nil, err
	}
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return nil, err
	}
	if len(resp.Topics) != 1 || resp.Topics[0].Topic == nil || !strings.EqualFold(*resp.Topics[0].Topic, r.s.o.Hub) {
		return nil, kerr.UnknownTopicOrPartition
	}
	t := resp.Topics[0]
	if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
		return nil, err
	}
	if len(t.Partitions) > maxParts {
		return nil, errors.New("more partitions than any hub has")
	}
	v := &view{parts: map[int32]extent{}}
	if t.TopicID != [16]byte{} {
		v.topic = hex.EncodeToString(t.TopicID[:])
	}
	led := map[int32][]int32{}
	for _, p := range t.Partitions {
		v.count = max(v.count, p.Partition+1)
		// A partition whose replica is away can still be read.
		if p.Leader < 0 {
			v.absent = cmp.Or(kerr.ErrorForCode(p.ErrorCode), error(kerr.LeaderNotAvailable))
			continue
		}
		led[p.Leader] = append(led[p.Leader], p.Partition)
	}
	if v.count == 0 {
		return nil, kerr.UnknownTopicOrPartition
	}
	for _, leader := range slices.Sorted(maps.Keys(led)) {
		if err := r.extents(ctx, v, leader, led[leader]); err != nil {
			v.absent = err
		}
	}
	if len(v.parts) == 0 && v.absent != nil {
		return nil, v.absent
	}
	return v, nil
}

// extents asks one broker what its partitions hold.
func (r *run) extents(ctx context.Context, v *view, leader int32, parts []int32) error {
	starts, err := r.offsets(ctx, leader, parts, -2)
	if len(starts) == 0 {
		return err
	}
	// The end is asked for second, so that it lies behind the start.
	ends, err2 := r.offsets(ctx, leader, parts, -1)
	for p, end := range ends {
		if start, ok := starts[p]; ok {
			v.parts[p] = extent{leader, start, end}
		}
	}
	return cmp.Or(err, err2)
}

// offsets asks for the first (-2) or next (-1) offsets of partitions.
func (r *run) offsets(ctx context.Context, leader int32, parts []int32, at int64) (map[int32]int64, error) {
	req := kmsg.NewPtrListOffsetsRequest()
	topic := kmsg.NewListOffsetsRequestTopic()
	topic.Topic = r.s.o.Hub
	for _, p := range parts {
		part := kmsg.NewListOffsetsRequestTopicPartition()
		part.Partition, part.Timestamp = p, at
		topic.Partitions = append(topic.Partitions, part)
	}
	req.Topics = append(req.Topics, topic)
	kresp, err := r.cl.Broker(int(leader)).Request(ctx, req)
	if err != nil {
		return nil, err
	}
	resp, ok := kresp.(*kmsg.ListOffsetsResponse)
	if !ok {
		return nil, errors.New("an answer to another request")
	}
	out := map[int32]int64{}
	for _, t := range resp.Topics {
		if !strings.EqualFold(t.Topic, r.s.o.Hub) {
			continue
		}
		for _, p := range t.Partitions {
			if e := kerr.ErrorForCode(p.ErrorCode); e != nil {
				err = e
			} else if p.Offset >= 0 {
				out[p.Partition] = p.Offset
			}
		}
	}
	if err == nil && len(out) < len(parts) {
		err = kerr.LeaderNotAvailable
	}
	return out, err
}

// committed asks for the offsets that the group has committed.
func (r *run) committed() (map[int32]int64, error) {
	ctx, cancel := context.WithTimeout(r.ctx, r.s.o.Timeout)
	defer cancel()
	req := kmsg.NewPtrOffsetFetchRequest()
	group := kmsg.NewOffsetFetchRequestGroup()
	group.Group = r.s.o.Group
	topic := kmsg.NewOffsetFetchRequestGroupTopic()
	topic.Topic = r.s.o.Hub
	for p := range r.v.count {
		topic.Partitions = append(topic.Partitions, p)
	}
	group.Topics = append(group.Topics, topic)
	req.Groups = append(req.Groups, group)
	resp, err := req.RequestWith(ctx, r.cl)
	if errors.Is(err, kerr.GroupIDNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := map[int32]int64{}
	for _, g := range resp.Groups {
		if err := kerr.ErrorForCode(g.ErrorCode); errors.Is(err, kerr.GroupIDNotFound) {
			continue // groups are made by their first commit
		} else if err != nil {
			return nil, err
		}
		for _, t := range g.Topics {
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					return nil, err
				}
				if strings.EqualFold(t.Topic, r.s.o.Hub) && p.Offset >= 0 {
					out[p.Partition] = p.Offset
				}
			}
		}
	}
	return out, nil
}

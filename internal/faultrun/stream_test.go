package faultrun

import (
	"bytes"
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/file"
)

// stream is a source that follows the world's log as one follows a hub of one
// partition: its cursor is the number of the next message.
type stream struct{ w *world }

func (s *stream) Name() string { return streamPath }

func (s *stream) Read(ctx context.Context, from source.Cursor, yield source.Yield) error {
	next := 0
	if from != nil {
		if err := json.Unmarshal(from, &next); err != nil {
			return err
		}
	}
	for {
		now := s.w.clock.Now()
		p, at := source.Page{}, next
		for at < len(s.w.log) && at-next < 6 && !s.w.log[at].at.After(now) {
			if err := s.cut(ctx, s.w.log[at], now, &p); err != nil {
				return err
			}
			at++
		}
		if at == next {
			if err := s.w.clock.Sleep(ctx, s.w.pause(next)); err != nil {
				return err
			}
			continue
		}
		p.Next, _ = json.Marshal(at)
		if s.w.defect != "" {
			s.spoil(&p, at)
		}
		if _, err := yield(p); err != nil {
			return err
		}
		next = at
	}
}

func (s *stream) cut(ctx context.Context, m message, now time.Time, p *source.Page) error {
	c := file.Container{Name: hub, Source: streamPath, Tenant: s.w.live.Tenant(), Seen: now}
	_, err := file.Cut(ctx, bytes.NewReader(m.value), c, func(r event.Record) error {
		p.Records = append(p.Records, r)
		return nil
	})
	return err
}

// spoil makes a page wrong, once.
func (s *stream) spoil(p *source.Page, at int) {
	if at < len(s.w.log)/2 {
		return
	}
	last := &p.Records[len(p.Records)-1]
	switch s.w.defect {
	case "loses a record":
		p.Records = p.Records[:len(p.Records)-1]
	case "changes a record":
		last.Raw = bytes.Replace(last.Raw, []byte(`"tenantGeo":"`), []byte(`"tenantGeo":"X`), 1)
		last.Raw = bytes.Replace(last.Raw, []byte(`"correlationId":"`), []byte(`"correlationId":"X`), 1)
		last.Content[0]++
	case "invents a record":
		r := *last
		r.ID, r.Content[0] = "invented", r.Content[0]+1
		p.Records = append(p.Records, r)
	case "names another path":
		last.Source = "eventhub:other"
	default:
		return
	}
	s.w.defect = ""
}

// paced is a source that takes its turn by the clock: it waits for its place in
// the queue whenever it is called.
type paced struct {
	source.Source
	clock  *clock
	turn   time.Duration
	active *atomic.Int64 // calls under way
}

func (p paced) Read(ctx context.Context, from source.Cursor, yield source.Yield) error {
	p.active.Add(1)
	defer p.active.Add(-1)
	if err := p.clock.Sleep(ctx, p.turn); err != nil {
		return err
	}
	return p.Source.Read(ctx, from, yield)
}

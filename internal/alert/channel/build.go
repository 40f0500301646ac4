package channel

import (
	"context"
	"fmt"
	"net"

	"github.com/wholelog/wholelog/internal/alert/guard"
	"github.com/wholelog/wholelog/internal/alert/outbox"
	"github.com/wholelog/wholelog/internal/alert/setup"
)

// Set is every channel of a configuration.
type Set struct {
	senders map[outbox.Target]Sender
	order   map[string][]outbox.Target
}

// Sender returns the channel of a target, or false where the configuration no
// longer has it.
func (s *Set) Sender(t outbox.Target) (Sender, bool) {
	x, ok := s.senders[t]
	return x, ok
}

// Targets are the channels of a receiver, in the order of the file.
func (s *Set) Targets(receiver string) []outbox.Target { return s.order[receiver] }

func (s *Set) add(receiver, kind string, i int, x Sender) {
	t := outbox.Target{Receiver: receiver, Channel: kind, Index: i}
	s.senders[t] = x
	s.order[receiver] = append(s.order[receiver], t)
}

// Build makes the channels of a configuration. It connects to nothing.
func Build(c *setup.Config) (*Set, error) {
	s := &Set{senders: map[outbox.Target]Sender{}, order: map[string][]outbox.Target{}}
	dial := guard.Dialer(c.Extras.AllowPrivate)
	for _, r := range c.Alertmanager.Receivers {
		if err := s.receiver(c, r, dial); err != nil {
			return nil, fmt.Errorf("receiver %s: %w", r.Name, err)
		}
	}
	return s, nil
}

type dialer = func(ctx context.Context, network, addr string) (net.Conn, error)

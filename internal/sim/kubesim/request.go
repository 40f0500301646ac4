package kubesim

import (
	"bytes"
	"context"
	"time"

	"github.com/wholelog/wholelog/internal/sim"
)

// handled is how long after a request came its event is written.
const handled = 12 * time.Millisecond

// due is when the API server writes an event.
func due(e *sim.Event) time.Time {
	if e.Audit() == nil {
		return time.Time{}
	}
	return e.Time.Add(handled)
}

// kind stands in each event of a log, and once for the whole list in a batch.
var kind = []byte(`"kind":"Event","apiVersion":"audit.k8s.io/v1",`)

// list is a batch as it is posted.
func list(events [][]byte) []byte {
	out := []byte(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[`)
	for i, e := range events {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, bytes.Replace(e, kind, nil, 1)...)
	}
	return append(out, "]}\n"...)
}

// follow calls step until ctx ends, which is no error, and rests in between
// unless step has more to do.
func follow(ctx context.Context, every time.Duration, rest func(context.Context, time.Duration) error, step func(context.Context) (bool, error)) error {
	for {
		more, err := step(ctx)
		if err == nil && !more {
			err = rest(ctx, every)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

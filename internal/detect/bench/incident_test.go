package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/schedule"
	"github.com/wholelog/wholelog/internal/incident"
	"github.com/wholelog/wholelog/internal/source/own"
)

// incidents groups findings as a server does.
func incidents(ctx context.Context, dir string, list []Finding) ([]int, error) {
	s, err := open(ctx, dir, nil)
	if err != nil {
		return nil, err
	}
	defer s.close(ctx)
	now := begin(list)
	book, err := incident.Open(ctx, s.engine, incident.Options{Write: func(context.Context, ...own.Row) error { return nil }, Now: func() time.Time { return now }})
	if err != nil {
		return nil, err
	}
	out, place := make([]int, len(list)), map[string]int{}
	for i, f := range list {
		out[i], now = -1, f.At
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		place[id] = i
		run := schedule.Run{Rule: f.Rule, From: f.Alert.From, To: f.Alert.To, Started: f.At, Result: &detect.Result{}, Raised: []schedule.Raised{{Alert: f.Alert, ID: id}}}
		if err := book.Record(ctx, []schedule.Run{run}); err != nil {
			return nil, err
		}
	}
	for _, in := range book.List() {
		for _, a := range in.Alerts {
			out[place[a]] = in.Number
		}
	}
	return out, nil
}

// begin is when the first finding was raised.
func begin(list []Finding) time.Time {
	if len(list) == 0 {
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return list[0].At
}

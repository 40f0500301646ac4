package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger"
	"github.com/wholelog/wholelog/internal/ledger/segment"
	"github.com/wholelog/wholelog/internal/normal"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/store/duck"
)

// CoverageNote is the kind of the ledger notes that hold claims of paths, as a
// JSON array of source.Claim.
const CoverageNote = "coverage"

// Claim keeps claims in the ledger. The store gets them with the next records,
// or by Settle: on its own each would cost two transactions.
func (in *Ingest) Claim(ctx context.Context, claims []source.Claim) error {
	if len(claims) == 0 {
		return nil
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return fmt.Errorf("claims: %w", err)
	}
	note := segment.Note{Kind: CoverageNote, Time: time.Now().UTC(), Text: text}
	at, err := in.Ledger.Append(ctx, ledger.Batch{Note: &note})
	if err != nil {
		return fmt.Errorf("claims: %w", err)
	}
	in.claimed.cover(text, at)
	in.claimed.last = at
	return nil
}

// Settle brings the store up to the ledger's claims.
func (in *Ingest) Settle(ctx context.Context) error {
	if err := in.wait(); err != nil || len(in.claimed.spans) == 0 {
		return err
	}
	if err := in.Store.Apply(ctx, duck.Batch{Spans: in.claimed.spans, Last: in.claimed.last}); err != nil {
		return fmt.Errorf("the claims are safe in the ledger; the store follows at the next start: %w", err)
	}
	in.claimed = stretch{}
	return nil
}

// cover adds the claims of a note, cut at the ends of months as the store's
// files are. A note of another version that cannot be read claims nothing.
func (s *stretch) cover(text []byte, at event.Position) {
	var claims []source.Claim
	if err := json.Unmarshal(text, &claims); err != nil {
		return
	}
	for _, c := range claims {
		for from := c.From.UTC(); from.Before(c.To); {
			to := time.Date(from.Year(), from.Month()+1, 1, 0, 0, 0, 0, time.UTC)
			if c.To.Before(to) {
				to = c.To.UTC()
			}
			s.spans = append(s.spans, duck.Span{Table: c.Table, Tenant: c.Tenant, Path: c.Path, Kind: string(c.Kind), From: from, To: to,
				Count: c.Count, Fresh: c.New, Stable: c.Stable, Reason: c.Reason, Position: at})
			from = to
		}
	}
}

// sight adds that a record's path has delivered its event. Of imported files
// nothing is claimed, so nothing is kept.
func (s *stretch) sight(r *event.Record, at event.Position) {
	if r.Table != "" && !event.Imported(r.Source) {
		s.sightKey(r, normal.Key(r), at)
	}
}

func (s *stretch) sightKey(r *event.Record, key event.Hash, at event.Position) {
	s.sightings = append(s.sightings, duck.Sighting{Table: r.Table, Tenant: r.Tenant, Path: r.Source, Key: key, Time: r.Time, Seen: r.Seen, Position: at})
}

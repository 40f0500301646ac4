package sourcetest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/source"
)

// list is a source over a fixed list of events, with a defect or none.
type list struct {
	raws   []string
	defect string
}

func (l *list) Name() string { return "list:events" }

func (l *list) Read(ctx context.Context, from source.Cursor, yield source.Yield) error {
	at := 0
	if from != nil {
		if err := json.Unmarshal(from, &at); err != nil {
			return err
		}
	}
	for at < len(l.raws) {
		if err := ctx.Err(); err != nil && l.defect != "goes on" {
			return err
		}
		end := min(at+3, len(l.raws))
		var p source.Page
		for _, raw := range l.raws[at:end] {
			rec := event.Record{Raw: []byte(raw), Seen: at0, Tenant: "t", Source: l.Name() + "!1"}
			identify.Record(&rec)
			switch l.defect {
			case "wrong table":
				rec.Table = "AuditLogs"
			case "wrong tenant":
				rec.Tenant = "other"
			}
			p.Records = append(p.Records, rec)
		}
		p.Next, _ = json.Marshal(end)
		switch l.defect {
		case "cursor ahead":
			p.Next, _ = json.Marshal(end + 1)
		case "secret in notice":
			p.Notices = []source.Notice{{Level: source.Info, Code: "x", Text: "using hunter2"}}
		case "cursor is no JSON":
			p.Next = source.Cursor("{")
		case "cursor grows":
			p.Next, _ = json.Marshal(strings.Repeat("x", cursorLimit))
		case "claims too much":
			p.Claims = []source.Claim{{Kind: source.Polled, Path: l.Name(), Table: "SigninLogs", From: at0, To: at0.Add(1), New: 2, Count: 1}}
		}
		_, err := yield(p)
		switch {
		case err != nil && l.defect == "hides the error":
			return fmt.Errorf("something went wrong")
		case err != nil && l.defect == "skips after an error":
		case err != nil:
			return err
		}
		at = end
	}
	return nil
}

// recorder is a test that is expected to fail.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Error(...any)          { r.failed = true }
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Failed() bool          { return r.failed }
func (r *recorder) Helper()               {}

func harness(defect string) Harness {
	return Harness{Patience: 2e9, Start: func(t testing.TB, seed uint64, faults bool) World {
		r := rand.New(rand.NewPCG(seed, 4))
		var raws []string
		var events []Event
		for i := range 20 + r.IntN(20) {
			raws = append(raws, fmt.Sprintf(`{"id":"s%d","createdDateTime":"2026-10-05T10:00:00Z","appId":"a","userPrincipalName":"u","status":{}}`, i))
			events = append(events, Event{Key: fmt.Sprintf("SigninLogs s%d", i), Table: "SigninLogs"})
		}
		return World{Source: func() source.Source { return &list{raws, defect} }, Events: func() []Event { return events }, Tenant: "t", Secrets: []string{"hunter2"}}
	}}
}

func TestSuitePassesWhatIsGood(t *testing.T) { Run(t, harness("")) }

// TestSuiteFindsDefects is what the suite is worth.
func TestSuiteFindsDefects(t *testing.T) {
	for _, defect := range []string{"wrong table", "wrong tenant", "cursor ahead", "secret in notice", "cursor is no JSON", "cursor grows", "claims too much", "hides the error", "skips after an error"} {
		found := false
		for seed := range uint64(20) {
			r := &recorder{TB: t}
			harness(defect).run(r, seed, true, 0.3)
			found = found || r.failed
		}
		if !found {
			t.Errorf("%s: not found", defect)
		}
	}
}

var at0 = time.Date(2026, 10, 5, 11, 0, 0, 0, time.UTC)

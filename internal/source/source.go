package source

import (
	"context"
	"encoding/json"
	"time"

	"github.com/wholelog/wholelog/internal/event"
)

// Cursor is where a source goes on: JSON that only the source itself reads.
// Nil is the beginning. A cursor never holds a secret.
type Cursor = json.RawMessage

// Page is what a source has read in one go.
type Page struct {
	Records []event.Record // identified; owned by the receiver
	Next    Cursor         // kept once the page is durable; nil: stay
	Claims  []Claim        // kept in the ledger together with the page
	// Notices are what an operator should know: throttling, a record that was
	// cut, a recreated hub. They hold no content of records and no secret.
	Notices []Notice
}

// Taken says what became of a page's records. Read = Accepted + Versions +
// Duplicates + Unparsed.
type Taken struct {
	Read, Accepted, Versions, Duplicates, Unparsed int
}

// New is the number of records that the ledger did not have.
func (t Taken) New() int { return t.Accepted + t.Versions + t.Unparsed }

// Yield takes a page and returns when it is durable in the ledger: then its
// cursor is kept. After an error the source returns that error.
type Yield func(Page) (Taken, error)

// Source is one path on which records come in. A Source is used by one
// goroutine at a time.
type Source interface {
	// Name is unique in a configuration and stable over restarts, such as
	// "graph:signIns" or "eventhub:insights-logs-signinlogs"; it is what the
	// Source field of records begins with. It holds no secret.
	Name() string
	// Read yields pages from a cursor on. A source that follows its service
	// returns only on an error or when ctx ends; one that comes to an end
	// returns nil. It deals itself with what passes by waiting (throttling, a
	// service that is away), stating it by Notices; an error it returns is one
	// that it cannot deal with, and it is called again later from the cursor
	// kept last.
	Read(ctx context.Context, from Cursor, yield Yield) error
}

// ClaimKind says what a source did to a span of time.
type ClaimKind string

const (
	Polled  ClaimKind = "polled"  // read to its end for the first time
	Reread  ClaimKind = "re-read" // read again at once, to see whether it is stable
	Reswept ClaimKind = "swept"   // read again hours later, for records that came late
	Missing ClaimKind = "missing" // could not be had, and never will on this path: Reason says why
	// Followed is stated by the collector itself, of time on its clock and of
	// all tables: the source was running and had no failure.
	Followed ClaimKind = "followed"
)

// Claim is what a source states about a span of event time that it has read.
// For paths without queries by time (a hub, a container), there are none but
// Missing.
type Claim struct {
	Kind   ClaimKind `json:"kind"`
	Path   string    `json:"path"` // the source's name
	Tenant string    `json:"tenant,omitempty"`
	Table  string    `json:"table"`
	From   time.Time `json:"from"`   // inclusive, UTC
	To     time.Time `json:"to"`     // exclusive
	Count  int64     `json:"count"`  // records the service gave for the span at this reading
	New    int64     `json:"new"`    // of them, those that the ledger did not have before
	Stable bool      `json:"stable"` // the reading gave the same as the one before it
	Reason string    `json:"reason,omitempty"`
}

// Level is how much a Notice matters.
type Level string

const (
	Info    Level = "info"
	Warning Level = "warning" // collection goes on, something needs a look
	Failure Level = "failure" // this path does not collect until somebody acts
)

// Notice is one thing that an operator should know.
type Notice struct {
	Level Level
	Code  string // stable, such as "throttled", "no-permission", "hub-recreated"
	Text  string // what it is and what to do about it
}

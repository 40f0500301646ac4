package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/wholelog/wholelog/internal/source/own"
)

// Entry is a row of WholelogAudit.
type Entry struct {
	who      *Who
	at       time.Time
	from     string
	agent    string
	Action   string
	Target   string
	Query    string
	From, To time.Time
	Result   string // "": ok
	Reason   string
	Rows     int64
	Took     time.Duration
	Details  map[string]any
}

const (
	mostQuery = 32 << 10 // bytes of a query's text that an entry holds
	mostAgent = 300
	auditRoom = 4096 // entries that wait
	auditPage = 500
	auditRest = time.Second // how long entries that nobody waits for are gathered
)

func (s *Server) entry(r *http.Request, action string) *Entry {
	from := remote(r)
	if overSocket(r) {
		from = "socket"
	}
	return &Entry{who: whoOf(r), at: s.opt.Now(), from: from, agent: cut(r.UserAgent(), mostAgent), Action: action}
}

func cut(s string, most int) string {
	if len(s) > most {
		return s[:most]
	}
	return s
}

func (e *Entry) row() own.Row {
	id := make([]byte, 16)
	rand.Read(id)
	result := e.Result
	if result == "" {
		result = "ok"
	}
	row := own.Row{"Type": "WholelogAudit", "TimeGenerated": own.Time(e.at), "AuditId": hex.EncodeToString(id), "Actor": e.who.Name, "ActorId": e.who.ID,
		"ActorKind": e.who.Kind, "Action": e.Action, "Target": e.Target, "Result": result, "Reason": cut(e.Reason, 2000), "RowCount": e.Rows,
		"DurationMs": e.Took.Milliseconds(), "IPAddress": e.from, "UserAgent": e.agent}
	roles := ""
	for _, x := range e.who.Roles {
		roles += " " + string(x)
	}
	if roles != "" {
		row["Roles"] = roles[1:]
	}
	if e.who.Session != "" {
		row["SessionId"] = e.who.Session
	}
	if e.Query != "" {
		row["Query"] = cut(e.Query, mostQuery)
	}
	if !e.From.IsZero() {
		row["RangeStart"] = own.Time(e.From)
	}
	if !e.To.IsZero() {
		row["RangeEnd"] = own.Time(e.To)
	}
	if len(e.Details) > 0 {
		row["Details"] = e.Details
	}
	return row
}

// auditor writes entries in the background, many at a time, as each page costs
// the ledger a sync.
type auditor struct {
	write func(ctx context.Context, rows ...own.Row) error // nil: nothing is kept
	in    chan waiting
	fail  func(error)
}

type waiting struct {
	row  own.Row
	done chan error // nil: nobody waits
}

// errBusy says that an entry found no room.
var errBusy = errors.New("the audit has no room: the ledger takes entries too slowly")

// keep returns when the entry is durable.
func (a *auditor) keep(ctx context.Context, e *Entry) error {
	if a.write == nil {
		return nil
	}
	done := make(chan error, 1)
	select {
	case a.in <- waiting{e.row(), done}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// note hands an entry over, and waits only for room.
func (a *auditor) note(ctx context.Context, e *Entry) error {
	if a.write == nil {
		return nil
	}
	select {
	case a.in <- waiting{row: e.row()}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(5 * time.Second):
		return errBusy
	}
}

// offer hands an entry over if there is room: whoever is refused must not be
// able to hold up those who are not.
func (a *auditor) offer(e *Entry) {
	if a.write == nil {
		return
	}
	select {
	case a.in <- waiting{row: e.row()}:
	default:
	}
}

// run writes until ctx ends, and then what is left.
func (a *auditor) run(ctx context.Context) {
	for {
		var first waiting
		select {
		case first = <-a.in:
		case <-ctx.Done():
			select {
			case first = <-a.in:
			default:
				return
			}
		}
		page := []waiting{first}
		urgent := first.done != nil
		rest := time.NewTimer(auditRest)
	gather:
		for len(page) < auditPage {
			select {
			case w := <-a.in:
				page, urgent = append(page, w), urgent || w.done != nil
				continue
			default:
			}
			if urgent {
				break
			}
			select {
			case w := <-a.in:
				page, urgent = append(page, w), urgent || w.done != nil
			case <-rest.C:
				break gather
			case <-ctx.Done():
				break gather
			}
		}
		rest.Stop()
		rows := make([]own.Row, len(page))
		for i, w := range page {
			rows[i] = w.row
		}
		wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		err := a.write(wait, rows...)
		cancel()
		if err != nil {
			a.fail(err)
		}
		for _, w := range page {
			if w.done != nil {
				w.done <- err
			}
		}
	}
}

// Record keeps what people do until ctx ends. It returns when the last of it is
// kept.
func (s *Server) Record(ctx context.Context) { s.audit.run(ctx) }

// note gives a handler the entry that its route records.
func note(r *http.Request) *Entry {
	if e, ok := r.Context().Value(entryKey).(*Entry); ok {
		return e
	}
	return &Entry{who: whoOf(r)}
}

// recorded answers only when what was done is in the ledger.
func (s *Server) recorded(action string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		e := s.entry(r, action)
		held := &held{w: w, header: w.Header()}
		next(held, r.WithContext(context.WithValue(r.Context(), entryKey, e)))
		if held.status >= 400 {
			e.Result = "failed"
			if e.Reason == "" {
				e.Reason = titleOf(held.body.Bytes())
			}
		}
		e.Took = s.opt.Now().Sub(e.at)
		// Somebody who hangs up has still done it.
		if err := s.audit.keep(context.WithoutCancel(r.Context()), e); err != nil && held.status < 400 {
			s.opt.Log.Error("an action was done and could not be recorded", "action", action, "error", err)
			clear(w.Header())
			problem(w, http.StatusServiceUnavailable, "it was done, and could not be recorded: "+err.Error(), "look at the server's log and at the disk")
			return
		}
		held.send(w)
	}
}

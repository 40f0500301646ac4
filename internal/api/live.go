package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/incident"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/kql"
)

// The queries of what has arrived; %d is the ledger position after which.
var liveQueries = []struct{ table, text string }{
	{"SigninLogs", `SigninLogs | where Position > %d and TimeGenerated > ago(3d) | top 30 by Position
| project Position, TenantId = AADTenantId, TimeGenerated, UserPrincipalName, AppDisplayName, ResultType, ErrorText, IPAddress, Country = tostring(LocationDetails.countryOrRegion), Lag = (ingestion_time() - TimeGenerated) / 1s`},
	{"AuditLogs", `AuditLogs | where Position > %d and TimeGenerated > ago(3d) | top 30 by Position
| project Position, TenantId = AADTenantId, TimeGenerated, OperationName, InitiatedBy = coalesce(tostring(InitiatedBy.user.userPrincipalName), tostring(InitiatedBy.app.displayName)), ResultType = Result, Lag = (ingestion_time() - TimeGenerated) / 1s`},
}

const (
	liveEvery   = time.Second
	statusEvery = 5 * time.Second
	beatEvery   = 15 * time.Second
	liveKept    = 300 // events that somebody who comes back can still have
	liveRoom    = 64  // events that a reader may be behind
	mostLive    = 200 // readers
)

// LiveRows is the data of an event "rows".
type LiveRows struct {
	Table string           `json:"table"`
	Rows  []map[string]any `json:"rows"`
}

// LiveStatus is the data of an event "status".
type LiveStatus struct {
	Rows int64   `json:"rows"` // records of the ledger
	Lag  float64 `json:"lag"`  // seconds between the newest rows' events and their arrival; -1: nothing has come
	Open int     `json:"open"` // incidents
}

type liveEvent struct {
	id     int64
	kind   string
	tenant map[string][]byte // data for each tenant that rows are of; "" for all
	data   []byte
}

// live looks for what has arrived while anybody watches, once for all of them.
type live struct {
	mu      sync.Mutex
	readers map[chan liveEvent]bool
	kept    []liveEvent
	next    int64
	running bool
	closed  chan struct{}
	once    sync.Once
}

func (l *live) init() { l.once.Do(func() { l.closed = make(chan struct{}) }) }

// Hangup ends what would never end by itself, so that the server can stop.
func (s *Server) Hangup() {
	s.saw.init()
	s.saw.mu.Lock()
	defer s.saw.mu.Unlock()
	select {
	case <-s.saw.closed:
	default:
		close(s.saw.closed)
	}
}

func (l *live) send(e liveEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	e.id = l.next
	if l.kept = append(l.kept, e); len(l.kept) > liveKept {
		l.kept = l.kept[len(l.kept)-liveKept:]
	}
	for c := range l.readers {
		select {
		case c <- e:
		default: // too slow: it comes back and is told to reset
			delete(l.readers, c)
			close(c)
		}
	}
}

// join adds a reader. since is the id of the last event it has; the events
// after that come back, or false where they are gone.
func (l *live) join(since int64) (c chan liveEvent, missed []liveEvent, whole bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.readers) >= mostLive {
		return nil, nil, false
	}
	c = make(chan liveEvent, liveRoom)
	if l.readers == nil {
		l.readers = map[chan liveEvent]bool{}
	}
	l.readers[c] = true
	whole = since <= l.next && (len(l.kept) == 0 || since >= l.kept[0].id-1)
	for _, e := range l.kept {
		if whole && e.id > since && e.kind != "status" {
			missed = append(missed, e)
		}
	}
	return c, missed, whole
}

func (l *live) leave(c chan liveEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.readers, c)
}

func (s *Server) live(w http.ResponseWriter, r *http.Request) {
	if s.opt.Folder == nil {
		problem(w, http.StatusNotFound, "nothing arrives here", "")
		return
	}
	s.saw.init()
	since, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64)
	again := err == nil
	c, missed, whole := s.saw.join(since)
	if c == nil {
		full(w)
		return
	}
	defer s.saw.leave(c)
	s.viewed(r, "live.follow", "")
	s.watch()
	h, rc := w.Header(), http.NewResponseController(w)
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	patient(w)
	tenant := ""
	if len(s.tenants()) > 1 {
		tenant = r.URL.Query().Get("tenant")
	}
	out := func(text string) bool {
		_ = rc.SetWriteDeadline(time.Now().Add(30 * time.Second)) // a test's recorder has none
		_, err := w.Write([]byte(text))
		return err == nil && rc.Flush() == nil
	}
	send := func(e liveEvent) bool {
		data := e.data
		if tenant != "" && e.tenant != nil {
			if data = e.tenant[tenant]; data == nil {
				return true
			}
		}
		return out(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", e.id, e.kind, data))
	}
	if !out("retry: 2000\n\n") {
		return
	}
	if again && !whole && !out("event: reset\ndata: {}\n\n") {
		return
	}
	for _, e := range missed {
		if again && !send(e) {
			return
		}
	}
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	who := whoOf(r)
	for {
		select {
		case e, ok := <-c:
			if !ok || !send(e) {
				return
			}
		case <-beat.C:
			// Who is signed out, or whose time is over, sees no more.
			if got, status := s.identify(r); status != 0 || got == nil || got.Session != who.Session {
				return
			}
			if !out(": beat\n\n") {
				return
			}
		case <-r.Context().Done():
			return
		case <-s.saw.closed:
			return
		}
	}
}

// watch looks for news until nobody reads.
func (s *Server) watch() {
	l := &s.saw
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running {
		return
	}
	l.running = true
	at := s.opt.Folder.Store.Applied()
	go s.look(at)
}

func (s *Server) look(at event.Position) {
	l := &s.saw
	t := time.NewTicker(liveEvery)
	defer t.Stop()
	lag, told := -1.0, time.Time{}
	changed := s.opt.Now()
	for {
		l.mu.Lock()
		if len(l.readers) == 0 {
			l.running = false
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		if now := s.opt.Folder.Store.Applied(); now > at {
			if v, err := s.arrived(at); err == nil {
				at = now
				if v >= 0 {
					lag = v
				}
			} else {
				s.opt.Log.Warn("live rows", "error", err)
			}
		}
		open := 0
		if b := s.book.Load(); b != nil {
			mark := changed
			for _, i := range b.List() {
				if i.Status != incident.Closed {
					open++
				}
				if i.Modified.After(mark) {
					if i.Modified.After(changed) {
						changed = i.Modified
					}
					data, err := json.Marshal(map[string]any{"incident": i})
					if err == nil {
						l.send(liveEvent{kind: "incident", data: data, tenant: byTenant(i.Tenant, data)})
					}
				}
			}
		}
		if time.Since(told) >= statusEvery {
			told = time.Now()
			data, err := json.Marshal(LiveStatus{s.opt.Folder.Ledger.Stats().Records, lag, open})
			if err == nil {
				l.send(liveEvent{kind: "status", data: data})
			}
		}
		select {
		case <-t.C:
		case <-l.closed:
			l.mu.Lock()
			l.running = false
			l.mu.Unlock()
			return
		}
	}
}

func byTenant(tenant string, data []byte) map[string][]byte {
	if tenant == "" {
		return nil
	}
	return map[string][]byte{tenant: data}
}

// arrived sends the newest rows behind a position. It gives the lag of the
// newest, -1 if there is none.
func (s *Server) arrived(at event.Position) (float64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	lag := -1.0
	for _, q := range liveQueries {
		var names []string
		rows := LiveRows{Table: q.table, Rows: []map[string]any{}}
		tenants := map[string]*LiveRows{}
		_, err := s.opt.Engine.Run(ctx, query.Request{Text: fmt.Sprintf(q.text, at)}, func(r *query.Result) error {
			for _, c := range r.Columns {
				names = append(names, c.Name)
			}
			return nil
		}, func(r query.Row) error {
			m := map[string]any{}
			tenant := ""
			for i, v := range r {
				switch names[i] {
				case "Lag":
					if f, ok := v.(float64); ok && lag < 0 {
						lag = max(f, 0)
					}
				case "TenantId":
					tenant, _ = v.(string)
				case "TimeGenerated":
					m[names[i]] = query.Text(kql.Datetime, v)
				default:
					m[names[i]] = v
				}
			}
			rows.Rows = append(rows.Rows, m)
			if tenants[tenant] == nil {
				tenants[tenant] = &LiveRows{Table: q.table}
			}
			tenants[tenant].Rows = append(tenants[tenant].Rows, m)
			return nil
		})
		if err != nil {
			return lag, err
		}
		if len(rows.Rows) == 0 {
			continue
		}
		e := liveEvent{kind: "rows", tenant: map[string][]byte{}}
		if e.data, err = json.Marshal(rows); err != nil {
			return lag, err
		}
		for t, v := range tenants {
			if e.tenant[strings.ToLower(t)], err = json.Marshal(v); err != nil {
				return lag, err
			}
		}
		s.saw.send(e)
	}
	return lag, nil
}

package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/dashboard"
	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/kql"
)

// BoardItem is a dashboard in the list.
type BoardItem struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Own         bool   `json:"own"`
}

// roundTo is what panels' ranges are rounded to, so that many people who look
// ask for one run.
const roundTo = 10 * time.Second

func (s *Server) dashboards(w http.ResponseWriter, r *http.Request) {
	list, problems := dashboard.Load(s.opt.Dashboards)
	for _, p := range problems {
		s.opt.Log.Warn("a dashboard cannot be read", "error", p)
	}
	var out []BoardItem
	for _, b := range list {
		out = append(out, BoardItem{b.ID, b.Title, b.Description, b.Own})
	}
	listed(s, w, r, out)
}

func (s *Server) findBoard(w http.ResponseWriter, id string) *dashboard.Board {
	list, _ := dashboard.Load(s.opt.Dashboards)
	for _, b := range list {
		if b.ID == id {
			return b
		}
	}
	problem(w, http.StatusNotFound, "there is no dashboard "+id, "GET /v1/dashboards lists them")
	return nil
}

func (s *Server) board(w http.ResponseWriter, r *http.Request) {
	if b := s.findBoard(w, r.PathValue("id")); b != nil {
		s.viewed(r, "dashboard.view", b.ID)
		s.json(w, b)
	}
}

// rangeOf reads ?from and ?to; nothing is the day before now.
func (s *Server) rangeOf(q url.Values) (dashboard.Range, error) {
	now := s.opt.Now().UTC()
	out := dashboard.Range{From: now.Add(-24 * time.Hour), To: now}
	for _, v := range []struct {
		name string
		to   *time.Time
	}{{"from", &out.From}, {"to", &out.To}} {
		if text := q.Get(v.name); text != "" {
			t, err := time.Parse(time.RFC3339Nano, text)
			if err != nil {
				return out, fmt.Errorf("%s %q is no RFC 3339 time such as 2026-07-01T00:00:00Z", v.name, text)
			}
			*v.to = t
		}
	}
	out = out.Round(roundTo)
	if !out.From.Before(out.To) {
		return out, errors.New("from is not before to")
	}
	return out, nil
}

func (s *Server) panel(w http.ResponseWriter, r *http.Request) {
	b := s.findBoard(w, r.PathValue("id"))
	if b == nil {
		return
	}
	p := b.Panel(r.PathValue("panel"))
	if p == nil {
		problem(w, http.StatusNotFound, "the dashboard has no panel "+r.PathValue("panel"), "")
		return
	}
	span, err := s.rangeOf(r.URL.Query())
	var text string
	var reads dashboard.Range
	var lines int
	tenant := r.URL.Query().Get("tenant")
	shown := ""
	if err == nil {
		shown, reads = p.Expand(span)
		text, lines, err = s.within(tenant, shown)
	}
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error(), "")
		return
	}
	patient(w)
	s.viewed(r, "dashboard.view", b.ID)
	key := panelKey{text, reads, 0}
	if s.opt.Folder != nil {
		key.at = s.opt.Folder.Store.Applied()
	}
	body, err := s.panels.get(r.Context(), key, s.opt.Now(), func(ctx context.Context) ([]byte, error) {
		free, ok := s.slot(ctx)
		if !ok {
			return nil, errFull
		}
		defer free()
		res, err := collectRows(ctx, s.opt.Engine, query.Request{Text: text, Now: span.To, From: reads.From, To: reads.To, Limits: s.opt.Limits})
		if err != nil {
			return nil, above(err, Ask{Query: shown, lines: lines})
		}
		res.Query = shown
		return json.Marshal(res)
	})
	switch {
	case errors.Is(err, errFull):
		full(w)
	case err != nil && r.Context().Err() != nil:
	case err != nil:
		writeProblem(w, problemOf(err))
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body) // whoever asked has gone
	}
}

var errFull = errors.New("other queries take all there is")

// collectRows runs a query to its end.
func collectRows(ctx context.Context, e *query.Engine, req query.Request) (*Result, error) {
	out := &Result{Rows: []json.RawMessage{}}
	var cols []kql.Column
	res, err := e.Run(ctx, req, func(r *query.Result) error {
		cols = r.Columns
		return nil
	}, func(r query.Row) error {
		out.Rows = append(out.Rows, appendRow(nil, cols, r))
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.Columns, out.Stats, out.Notices, out.Diagnostics = query.ColumnsJSON(res.Columns), res.Stats, append([]string{}, res.Notices...), res.Diagnostics
	out.Visualization = visualization(res)
	return out, nil
}

// panelKey is what a panel's rows depend on: the text, the range, and how far
// the store has come.
type panelKey struct {
	text  string
	reads dashboard.Range
	at    event.Position
}

// panels keeps what panels showed, and lets those who ask for the same at the
// same time wait for one run.
type panels struct {
	mu   sync.Mutex
	runs map[panelKey]*panelRun
}

type panelRun struct {
	done chan struct{}
	body []byte
	err  error
	at   time.Time
}

const (
	mostPanels = 2000
	mostBytes  = 1 << 20 // of a panel that is kept
	panelLife  = 2 * time.Minute
	panelTime  = time.Minute
)

func (p *panels) get(ctx context.Context, k panelKey, now time.Time, run func(context.Context) ([]byte, error)) ([]byte, error) {
	p.mu.Lock()
	if p.runs == nil {
		p.runs = map[panelKey]*panelRun{}
	}
	r := p.runs[k]
	if r == nil {
		p.forget(now)
		r = &panelRun{done: make(chan struct{}), at: now}
		p.runs[k] = r
		go func() {
			// It runs for all who wait, so nobody who leaves ends it.
			inner, cancel := context.WithTimeout(detached(ctx), panelTime)
			defer cancel()
			r.body, r.err = run(inner)
			close(r.done)
			if r.err != nil || len(r.body) > mostBytes {
				p.mu.Lock()
				delete(p.runs, k)
				p.mu.Unlock()
			}
		}()
	}
	p.mu.Unlock()
	select {
	case <-r.done:
		return r.body, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// forget drops what is old; all of it where there is too much.
func (p *panels) forget(now time.Time) {
	for k, r := range p.runs {
		select {
		case <-r.done:
			if now.Sub(r.at) > panelLife || len(p.runs) >= mostPanels {
				delete(p.runs, k)
			}
		default:
		}
	}
}

// views remembers what sessions have looked at, so that a page that refreshes
// is one entry and not thousands.
type views struct {
	mu   sync.Mutex
	seen map[string]time.Time
}

const viewEvery = time.Hour

func (v *views) first(key string, now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if at, ok := v.seen[key]; ok && now.Sub(at) < viewEvery {
		return false
	}
	if v.seen == nil || len(v.seen) > mostAddresses {
		v.seen = map[string]time.Time{}
	}
	v.seen[key] = now
	return true
}

// viewed records that somebody looks at something that refreshes by itself:
// once an hour for a session.
func (s *Server) viewed(r *http.Request, action, target string) {
	who := whoOf(r)
	if !s.views.first(who.Kind+"|"+who.ID+"|"+who.Session+"|"+action+"|"+target, s.opt.Now()) {
		return
	}
	e := s.entry(r, action)
	e.Target = target
	if err := s.audit.note(detached(r.Context()), e); err != nil {
		s.opt.Log.Error("a view could not be recorded", "error", err)
	}
}

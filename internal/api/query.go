package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/kql"
)

const (
	maxAsk = 4 << 20 // bytes of a request; a query may have 1 MiB
	// slotWait is how long a query waits for others to end.
	slotWait = 30 * time.Second
)

// ended is the trailer of a result: what there is to say when the rows are
// written, or why they end early.
type ended struct {
	Error       string           `json:"error,omitempty"`
	Notices     []string         `json:"notices,omitempty"`
	Diagnostics []kql.Diagnostic `json:"diagnostics,omitempty"`
}

// endTrailer is the trailer's name.
const endTrailer = "Wholelog-End"

// asked reads the body of a request with a query. ok false: it was answered.
func (s *Server) asked(w http.ResponseWriter, r *http.Request) (a Ask, req query.Request, ok bool) {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAsk))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&a); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			problem(w, http.StatusRequestEntityTooLarge, "the request is larger than 4 MiB", "")
			return a, req, false
		}
		problem(w, http.StatusBadRequest, "the body is no query: "+err.Error(), `send {"query": "SigninLogs | count"}`)
		return a, req, false
	}
	req, err := a.request()
	if err == nil {
		req.Text, a.lines, err = s.within(a.Tenant, a.Query)
	}
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error(), "")
		return a, req, false
	}
	if !overSocket(r) {
		req.Limits = bounded(req.Limits, s.opt.Limits)
	}
	patient(w)
	return a, req, true
}

// slot waits for a place among the queries that run. ok false: none came free
// in time, or whoever asked has gone.
func (s *Server) slot(ctx context.Context) (free func(), ok bool) {
	wait := time.NewTimer(slotWait)
	defer wait.Stop()
	select {
	case s.slots <- struct{}{}:
		return func() { <-s.slots }, true
	case <-wait.C:
	case <-ctx.Done():
	}
	return nil, false
}

func full(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "30")
	problem(w, http.StatusServiceUnavailable, "other queries take all there is", "try again")
}

func (s *Server) query(w http.ResponseWriter, r *http.Request) {
	a, req, ok := s.asked(w, r)
	if !ok {
		return
	}
	free, ok := s.slot(r.Context())
	if !ok {
		full(w)
		return
	}
	defer free()
	e := s.entry(r, "query.run")
	e.Query, e.From, e.To, e.Target = a.Query, req.From, req.To, a.Tenant
	defer func() {
		if a.Format == "check" || a.Format == "explain" {
			return
		}
		e.Took = s.opt.Now().Sub(e.at)
		if err := s.audit.note(context.WithoutCancel(r.Context()), e); err != nil {
			s.opt.Log.Error("a query could not be recorded", "error", err)
		}
	}()
	switch {
	case a.Format == "" && strings.Contains(r.Header.Get("Accept"), "application/x-ndjson"):
		s.streamRows(w, r, a, req, e)
	case a.Format == "answer":
		out := AnswerOf(r.Context(), s.opt.Engine, req)
		e.Rows = int64(len(out.Rows))
		if !out.OK {
			e.Result, e.Reason = "failed", out.Error
		}
		s.json(w, out)
	case a.Format == "check":
		c, err := Check(r.Context(), s.opt.Engine, req)
		if err != nil {
			s.broken(w, r, err)
			return
		}
		s.json(w, c)
	case a.Format == "explain":
		w.Header().Set("Trailer", endTrailer)
		out := &lazy{w: w, kind: "text/plain; charset=utf-8"}
		diags, err := Explain(r.Context(), out, s.opt.Engine, req)
		s.end(w, r, out, ended{Diagnostics: diags}, err)
	case a.Format == "" || slices.Contains(query.Formats, a.Format):
		s.stream(w, r, a, req, e)
	default:
		problem(w, http.StatusBadRequest, "there is no format "+a.Format, "use json, ndjson, csv, table, answer, check or explain")
	}
}

// contentTypes of the formats of package query.
var contentTypes = map[string]string{"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8", "table": "text/plain; charset=utf-8"}

func (s *Server) stream(w http.ResponseWriter, r *http.Request, a Ask, req query.Request, entry *Entry) {
	format := a.Format
	if format == "" {
		format = "json"
	}
	w.Header().Set("Trailer", endTrailer)
	out := &lazy{w: w, kind: contentTypes[format]}
	write, err := query.NewWriter(format, out)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	res, err := s.opt.Engine.Run(r.Context(), req, write.Head, write.Row)
	e := ended{}
	if err == nil {
		err = write.End(res)
		e.Notices, e.Diagnostics = res.Notices, up(res.Diagnostics, a.lines)
		entry.Rows = res.Stats.Rows
	}
	if err != nil {
		err = above(err, a)
		entry.Result, entry.Reason = "failed", err.Error()
	}
	s.end(w, r, out, e, err)
}

// end writes the trailer. An error before the first byte is a problem of its
// own.
func (s *Server) end(w http.ResponseWriter, r *http.Request, out *lazy, e ended, err error) {
	var qe *query.Error
	if err != nil && !out.begun {
		w.Header().Del("Trailer")
		switch {
		case errors.As(err, &qe):
			writeProblem(w, Problem{Title: qe.Error(), Status: http.StatusUnprocessableEntity, Diagnostics: qe.Diagnostics})
		case errors.Is(err, query.ErrLimit):
			problem(w, http.StatusUnprocessableEntity, err.Error(), "")
		default:
			s.broken(w, r, err)
		}
		return
	}
	if err != nil {
		e.Error = err.Error()
	}
	if b, jerr := json.Marshal(e); jerr == nil {
		w.Header().Set(endTrailer, string(b))
	}
}

func (s *Server) json(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // whoever asked has gone
}

// lazy writes the response's head with its first byte.
type lazy struct {
	w     http.ResponseWriter
	kind  string
	begun bool
}

func (l *lazy) Write(b []byte) (int, error) {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", l.kind)
	}
	return l.w.Write(b)
}

// bounded lowers what a request asks for to what is allowed; what it does not
// ask for is what is allowed.
func bounded(r, most query.Limits) query.Limits {
	return query.Limits{Rows: lower(r.Rows, most.Rows), Bytes: lower(r.Bytes, most.Bytes), Timeout: lower(r.Timeout, most.Timeout)}
}

func lower[T int64 | time.Duration](v, most T) T {
	if v <= 0 || v > most {
		return most
	}
	return v
}

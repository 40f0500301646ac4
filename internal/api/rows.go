package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/kql"
	"github.com/wholelog/wholelog/kql/format"
	"github.com/wholelog/wholelog/kql/plan"
)

// Result is a whole result as the page reads it. As NDJSON it comes as a line
// with columns, a line {"row": [...]} per row, and a line with the rest.
type Result struct {
	Columns       []map[string]string `json:"columns"`
	Rows          []json.RawMessage   `json:"rows"`
	Stats         query.Stats         `json:"stats"`
	Notices       []string            `json:"notices"`
	Visualization map[string]any      `json:"visualization,omitempty"`
	Diagnostics   []kql.Diagnostic    `json:"diagnostics,omitempty"`
	Query         string              `json:"query,omitempty"` // that was run
}

// flushEvery is how often rows that are there are sent.
const flushEvery = 100 * time.Millisecond

// streamRows sends rows as they are made.
func (s *Server) streamRows(w http.ResponseWriter, r *http.Request, a Ask, req query.Request, e *Entry) {
	out := &lazy{w: w, kind: "application/x-ndjson"}
	c := http.NewResponseController(w)
	var cols []kql.Column
	line := func(v any) error {
		b, err := json.Marshal(v)
		if err == nil {
			_, err = out.Write(append(b, '\n'))
		}
		return err
	}
	buf := make([]byte, 0, 64<<10)
	sent := time.Now()
	flush := func() error {
		_, err := out.Write(buf)
		buf = buf[:0]
		return err
	}
	res, err := s.opt.Engine.Run(r.Context(), req, func(res *query.Result) error {
		cols = res.Columns
		return line(map[string]any{"columns": query.ColumnsJSON(cols)})
	}, func(row query.Row) error {
		buf = append(appendRow(append(buf, `{"row":`...), cols, row), '}', '\n')
		if len(buf) < 60<<10 && time.Since(sent) < flushEvery {
			return nil
		}
		err := flush()
		if time.Since(sent) >= flushEvery {
			sent = time.Now()
			_ = c.Flush() // whoever asked may have gone: then the context ends
		}
		return err
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		err = above(err, a)
		e.Result, e.Reason = "failed", err.Error()
		if out.begun {
			_ = line(map[string]any{"problem": problemOf(err)})
			return
		}
		s.end(w, r, out, ended{}, err)
		return
	}
	e.Rows = res.Stats.Rows
	_ = line(struct {
		Stats         query.Stats      `json:"stats"`
		Notices       []string         `json:"notices"`
		Visualization map[string]any   `json:"visualization,omitempty"`
		Diagnostics   []kql.Diagnostic `json:"diagnostics,omitempty"`
	}{res.Stats, append([]string{}, res.Notices...), visualization(res), up(res.Diagnostics, a.lines)})
}

func appendRow(dst []byte, cols []kql.Column, row query.Row) []byte {
	dst = append(dst, '[')
	for i, v := range row {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = query.AppendJSON(dst, cols[i].Type, v)
	}
	return append(dst, ']')
}

// visualization is what render says, flat.
func visualization(r *query.Result) map[string]any {
	if r.Render == nil {
		return nil
	}
	out := map[string]any{}
	for k, v := range r.Render.Props {
		out[k] = v
	}
	out["kind"] = r.Render.Kind
	return out
}

func problemOf(err error) Problem {
	var qe *query.Error
	switch {
	case errors.As(err, &qe):
		return Problem{Title: qe.Error(), Status: http.StatusUnprocessableEntity, Diagnostics: qe.Diagnostics}
	case errors.Is(err, query.ErrLimit):
		return Problem{Title: err.Error(), Status: http.StatusUnprocessableEntity}
	}
	return Problem{Title: err.Error(), Status: http.StatusInternalServerError}
}

func (s *Server) check(w http.ResponseWriter, r *http.Request) {
	a, req, ok := s.asked(w, r)
	if !ok {
		return
	}
	c, err := Check(r.Context(), s.opt.Engine, req)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	c.Diagnostics = up(c.Diagnostics, a.lines)
	s.json(w, c)
}

// Explained says how a query would run.
type Explained struct {
	Before string       `json:"before"` // the plan as bound
	Plan   string       `json:"plan"`   // as run
	SQL    string       `json:"sql"`
	Pruned []query.Scan `json:"pruned"` // files read of each table, and of how many
}

func (s *Server) explain(w http.ResponseWriter, r *http.Request) {
	a, req, ok := s.asked(w, r)
	if !ok {
		return
	}
	req.Explain = true
	p, err := s.opt.Engine.Prepare(r.Context(), req)
	if err != nil {
		writeProblem(w, problemOf(above(err, a)))
		return
	}
	s.json(w, Explained{p.Before, plan.Print(p.Plan), p.SQL.SQL, append([]query.Scan{}, p.Scans...)})
}

// Formatted is a query, laid out.
type Formatted struct {
	Query string `json:"query"`
}

func (s *Server) format(w http.ResponseWriter, r *http.Request) {
	a, _, ok := s.asked(w, r)
	if !ok {
		return
	}
	out, diags, err := format.Format(a.Query)
	switch {
	case err != nil:
		problem(w, http.StatusUnprocessableEntity, err.Error(), "")
	case len(diags) > 0:
		qe := &query.Error{Text: a.Query, Diagnostics: diags}
		writeProblem(w, problemOf(qe))
	default:
		s.json(w, Formatted{out})
	}
}

package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/kql"
)

// Ask is a query to answer: the body of POST /v1/query.
type Ask struct {
	Query string `json:"query"`
	Now   string `json:"now,omitempty"` // RFC 3339; "": the time of the call
	// From and To limit every table's rows by TimeGenerated, To exclusive; RFC
	// 3339, "": no limit.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Tenant, an id, limits every table's rows to those of one tenant.
	Tenant string `json:"tenant,omitempty"`
	// Format is one of query.Formats, "answer" (an Answer), "check" (a Checked)
	// or "explain" (text). "": json.
	Format  string  `json:"format,omitempty"`
	Rows    int64   `json:"maxRows,omitempty"`
	Bytes   int64   `json:"maxBytes,omitempty"`
	Seconds float64 `json:"timeoutSeconds,omitempty"`

	lines int // that were put before the query
}

func (a *Ask) request() (query.Request, error) {
	r := query.Request{Text: a.Query, Now: time.Now(), Limits: query.Limits{Rows: a.Rows, Bytes: a.Bytes, Timeout: time.Duration(a.Seconds * float64(time.Second))}}
	for _, v := range []struct {
		name, text string
		to         *time.Time
	}{{"now", a.Now, &r.Now}, {"from", a.From, &r.From}, {"to", a.To, &r.To}} {
		if v.text == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339Nano, v.text)
		if err != nil {
			return r, fmt.Errorf("%s %q is no RFC 3339 time such as 2026-07-01T00:00:00Z", v.name, v.text)
		}
		*v.to = t.UTC()
	}
	if !r.From.IsZero() && !r.To.IsZero() && !r.From.Before(r.To) {
		return r, fmt.Errorf("from %s is not before to %s", a.From, a.To)
	}
	return r, nil
}

// Answer is a whole result, or why there is none.
type Answer struct {
	ID          json.RawMessage     `json:"id,omitempty"`
	OK          bool                `json:"ok"`
	Columns     []map[string]string `json:"columns"`
	Rows        []json.RawMessage   `json:"rows,omitempty"`
	Notices     []string            `json:"notices,omitempty"`
	Diagnostics []kql.Diagnostic    `json:"diagnostics"`
	Error       string              `json:"error,omitempty"`
	Seconds     float64             `json:"seconds"`
}

// Checked says whether a query is understood.
type Checked struct {
	OK          bool                `json:"ok"`
	Columns     []map[string]string `json:"columns"`
	Diagnostics []kql.Diagnostic    `json:"diagnostics"`
}

// AnswerOf runs a query to its end.
func AnswerOf(ctx context.Context, e *query.Engine, req query.Request) Answer {
	start := time.Now()
	a := Answer{Columns: []map[string]string{}, Diagnostics: []kql.Diagnostic{}}
	var cols []kql.Column
	res, err := e.Run(ctx, req, func(r *query.Result) error {
		cols = r.Columns
		return nil
	}, func(r query.Row) error {
		row := []byte{'['}
		for i, v := range r {
			if i > 0 {
				row = append(row, ',')
			}
			row = query.AppendJSON(row, cols[i].Type, v)
		}
		a.Rows = append(a.Rows, append(row, ']'))
		return nil
	})
	a.Seconds = time.Since(start).Seconds()
	var qe *query.Error
	switch {
	case errors.As(err, &qe):
		a.Diagnostics, a.Error = qe.Diagnostics, qe.Error()
		a.Rows = nil
	case err != nil:
		a.Error, a.Rows = err.Error(), nil
	default:
		a.OK, a.Columns, a.Notices = true, query.ColumnsJSON(res.Columns), res.Notices
		if res.Diagnostics != nil {
			a.Diagnostics = res.Diagnostics
		}
	}
	return a
}

// Check says whether a query is understood. An error is not one of the query.
func Check(ctx context.Context, e *query.Engine, r query.Request) (Checked, error) {
	p, err := e.Prepare(ctx, r)
	var qe *query.Error
	switch {
	case errors.As(err, &qe):
		return Checked{Columns: []map[string]string{}, Diagnostics: qe.Diagnostics}, nil
	case err != nil:
		return Checked{}, err
	}
	diags := p.Diagnostics
	if diags == nil {
		diags = []kql.Diagnostic{}
	}
	return Checked{OK: true, Columns: query.ColumnsJSON(p.Columns), Diagnostics: diags}, nil
}

package query

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wholelog/wholelog/kql"
	"github.com/wholelog/wholelog/kql/bind"
)

// Row is a result row: a cell per column. A cell is nil, bool, int64 (int,
// long; datetime and timespan in ticks), float64 (real, decimal), or string
// (string, guid; dynamic as JSON text).
type Row []any

// Stats says what a run did.
type Stats struct {
	Rows    int64   `json:"rows"`
	Compile float64 `json:"compileSeconds"`
	Seconds float64 `json:"seconds"`
	Scans   []Scan  `json:"scans,omitempty"`
}

// Result describes a run's rows.
type Result struct {
	Columns     []kql.Column
	Diagnostics []kql.Diagnostic // warnings
	Notices     []string
	Render      *bind.Render
	Stats       Stats
}

// Run runs a query. head is called once, before the first row, then each per
// row; a row is only valid during the call.
func (e *Engine) Run(ctx context.Context, r Request, head func(*Result) error, each func(Row) error) (*Result, error) {
	ctx, cancel := r.Limits.within(ctx)
	defer cancel()
	p, err := e.Prepare(ctx, r)
	if err != nil {
		return nil, err
	}
	return e.Execute(ctx, p, r.Limits, head, each)
}

// Execute runs a prepared query.
func (e *Engine) Execute(ctx context.Context, p *Prepared, limits Limits, head func(*Result) error, each func(Row) error) (*Result, error) {
	l := limits.orDefault()
	ctx, cancel := l.within(ctx)
	defer cancel()
	res := &Result{Columns: p.Columns, Diagnostics: p.Diagnostics, Notices: p.Notices, Render: p.Render, Stats: Stats{Scans: p.Scans, Compile: p.Compile.Seconds()}}
	start := time.Now()
	release := e.store.Hold()
	rows, err := e.store.DB().QueryContext(ctx, p.SQL.SQL, p.SQL.Params...)
	release()
	if err != nil {
		return nil, because(ctx, err)
	}
	defer rows.Close()
	if err := head(res); err != nil {
		return nil, err
	}
	cells := make([]any, max(len(p.Columns), 1))
	ptrs := make([]any, len(cells))
	for i := range cells {
		ptrs[i] = &cells[i]
	}
	var bytes int64
	row := make(Row, len(p.Columns))
	for rows.Next() {
		if res.Stats.Rows++; l.Rows > 0 && res.Stats.Rows > l.Rows {
			return nil, fmt.Errorf("%w: the result has more than %d rows; add take, top or summarize, or raise --max-rows", ErrLimit, l.Rows)
		}
		if err := rows.Scan(ptrs...); err != nil {
			return nil, fmt.Errorf("read row: %w", err)
		}
		for i, c := range p.Columns {
			row[i] = cell(c.Type, cells[i])
			if s, ok := row[i].(string); ok {
				bytes += int64(len(s))
			} else {
				bytes += 8
			}
		}
		if l.Bytes > 0 && bytes > l.Bytes {
			return nil, fmt.Errorf("%w: the result has more than %d bytes; project fewer columns, or raise --max-bytes", ErrLimit, l.Bytes)
		}
		if err := each(row); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, because(ctx, err)
	}
	res.Stats.Seconds = time.Since(start).Seconds()
	return res, nil
}

// within ends a run that takes too long.
func (l Limits) within(ctx context.Context) (context.Context, context.CancelFunc) {
	l = l.orDefault()
	if l.Timeout < 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, l.Timeout, fmt.Errorf("%w: the query ran longer than %s; narrow its time range or raise --timeout", ErrLimit, l.Timeout))
}

// cell gives an engine's value the Go type of its column.
func cell(t kql.Type, v any) any {
	switch v := v.(type) {
	case nil:
		if t == kql.String {
			return ""
		}
		return nil
	case int32:
		return int64(v)
	case int16:
		return int64(v)
	case int8:
		return int64(v)
	case float32:
		return float64(v)
	case []byte:
		return string(v)
	}
	return v
}

// because names the limit that ended a run, where one did.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		if errors.Is(cause, context.Canceled) {
			return fmt.Errorf("the query was cancelled: %w", cause)
		}
		return cause
	}
	return engineError(err)
}

// engineError says what a person can do about an error of the engine. The SQL
// that the engine quotes behind its first line is left out: --explain has it.
func engineError(err error) error {
	s, _, _ := strings.Cut(err.Error(), "\n")
	switch {
	case strings.Contains(s, "Out of Memory"), strings.Contains(s, "could not allocate"):
		return fmt.Errorf("%w: the query needs more memory than it may have; narrow its time range, or project fewer columns before join and summarize", ErrLimit)
	case strings.Contains(s, "out of range"), strings.Contains(s, "Out of Range"), strings.Contains(s, "Overflow"):
		return errors.New("run query: a number grows beyond what a long can hold; convert it with todouble() before the sum or product")
	case strings.Contains(s, "memory exhausted"), strings.Contains(s, "expression depth"):
		return fmt.Errorf("%w: the query nests too deeply for the engine: it has more than about 1,000 operators one in another; break it up with materialize(), or look for many values with in (...) or has_any (...)", ErrLimit)
	}
	return fmt.Errorf("run query: %s", strings.TrimPrefix(s, "Invalid Input Error: "))
}

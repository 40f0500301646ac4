package query

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/store/duck"
	"github.com/wholelog/wholelog/kql"
	"github.com/wholelog/wholelog/kql/emit/duckdb"
	"github.com/wholelog/wholelog/kql/emit/duckdb/udf"
	"github.com/wholelog/wholelog/kql/plan"
)

// Engine runs queries over a store. It is safe for concurrent use.
type Engine struct {
	store     *duck.Store
	opt       Options
	functions map[string]string
}

// Options configure an Engine.
type Options struct {
	// Watchlists is a folder of CSV files, one per watchlist; "" for none.
	Watchlists string
	// External lists the folders from which externaldata may read; none
	// switches it off.
	External []string
	// Functions is a folder of stored functions, NAME.kql each; "" for those of
	// the binary only.
	Functions string
}

// New gives the store's engine the functions that queries call.
func New(ctx context.Context, store *duck.Store, opt Options) (*Engine, error) {
	conn, err := store.DB().Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	defer conn.Close()
	if err := udf.Register(conn); err != nil {
		return nil, err
	}
	list, err := Functions(opt.Functions)
	if err != nil {
		return nil, err
	}
	e := &Engine{store: store, opt: opt, functions: map[string]string{}}
	for _, f := range list {
		e.functions[f.Name] = f.Text
	}
	return e, nil
}

// Limits bound one query. Zero is the default, a negative number no limit.
type Limits struct {
	Rows    int64         // 500,000
	Bytes   int64         // of cells, 64 MiB
	Timeout time.Duration // 4 minutes
}

const (
	defaultRows    = 500_000
	defaultBytes   = 64 << 20
	defaultTimeout = 4 * time.Minute
)

func (l Limits) orDefault() Limits {
	if l.Rows == 0 {
		l.Rows = defaultRows
	}
	if l.Bytes == 0 {
		l.Bytes = defaultBytes
	}
	if l.Timeout == 0 {
		l.Timeout = defaultTimeout
	}
	return l
}

// Request is a query to run.
type Request struct {
	Text         string
	Now          time.Time // what now() gives; zero: the time of the call
	From, To     time.Time // limit every table's rows by TimeGenerated, To exclusive; zero: no limit
	Limits       Limits
	NoPromotions bool
	Explain      bool // keep the plan as bound
}

// Error is a query that has diagnostics.
type Error struct {
	Text        string
	Diagnostics []kql.Diagnostic
}

// Error shows the first problem with its place.
func (e *Error) Error() string {
	for _, d := range e.Diagnostics {
		if d.Severity == "error" {
			return fmt.Sprintf("%d:%d: %s: %s", d.Line, d.Column, d.Code, d.Message)
		}
	}
	return "the query has no error"
}

// ErrLimit says that a query went over a limit.
var ErrLimit = errors.New("limit reached")

// Prepared is a query that has been compiled to SQL.
type Prepared struct {
	*kql.Query
	SQL         *duckdb.Query
	Diagnostics []kql.Diagnostic // warnings
	Scans       []Scan
	Compile     time.Duration
}

// Scan tells which files of a table are read.
type Scan struct {
	Table string `json:"table"`
	Read  int    `json:"read"`
	Of    int    `json:"of"`
}

// Prepare compiles a query. An error of type *Error has the diagnostics.
func (e *Engine) Prepare(ctx context.Context, r Request) (*Prepared, error) {
	start := time.Now()
	cat := newCatalog(schema.Catalog(), e.opt)
	q, diags := kql.Compile(r.Text, cat, kql.Options{Now: r.Now, From: r.From, To: r.To, NoPromotions: r.NoPromotions, Explain: r.Explain, Functions: e.functions, Stop: func() bool { return ctx.Err() != nil },
		Discover: func(n plan.Node, cols []plan.Col) ([][]string, error) { return e.discover(ctx, cat, n, cols) }})
	if ctx.Err() != nil {
		return nil, because(ctx, ctx.Err())
	}
	if q == nil {
		return nil, &Error{Text: r.Text, Diagnostics: diags}
	}
	p := &Prepared{Query: q, Diagnostics: diags}
	var err error
	p.SQL, err = duckdb.Emit(q.Plan, q.Output, func(s *plan.Scan) ([]duckdb.Part, error) { return e.parts(cat, s, p) })
	if err != nil {
		return nil, &Error{Text: r.Text, Diagnostics: append(diags, kql.Diagnostic{Code: "KQL201", Severity: "error", Line: 1, Column: 1, EndLine: 1, EndColumn: 1, Message: err.Error()})}
	}
	p.Compile = time.Since(start)
	return p, nil
}

// parts names the relations of a scan, only those of the months it needs.
func (e *Engine) parts(cat *catalog, s *plan.Scan, p *Prepared) ([]duckdb.Part, error) {
	if rows, ok := cat.rows(s.Table); ok {
		return []duckdb.Part{{JSON: rows}}, nil
	}
	t := schema.Lookup(s.Table.Name)
	if t == nil {
		return nil, nil
	}
	var out []duckdb.Part
	list := e.store.Parts(t, s.From, s.To)
	for _, part := range list {
		out = append(out, duckdb.Part{From: part.SQL, Misfits: part.Misfits})
	}
	if p != nil {
		p.Scans = append(p.Scans, Scan{Table: t.Name, Read: len(list), Of: len(e.store.Parts(t, 0, 0))})
	}
	return out, nil
}

// discover runs a plan whose cells are texts.
func (e *Engine) discover(ctx context.Context, cat *catalog, n plan.Node, cols []plan.Col) ([][]string, error) {
	q, err := duckdb.Emit(n, cols, func(s *plan.Scan) ([]duckdb.Part, error) { return e.parts(cat, s, nil) })
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	release := e.store.Hold()
	rows, err := e.store.DB().QueryContext(ctx, q.SQL, q.Params...)
	release()
	if err != nil {
		return nil, engineError(err)
	}
	defer rows.Close()
	const most = 10_000
	var out [][]string
	for rows.Next() {
		cells := make([]sql.NullString, len(cols))
		ptrs := make([]any, len(cols))
		for i := range cells {
			ptrs[i] = &cells[i]
		}
		if err := rows.Scan(ptrs...); err != nil {
			return nil, err
		}
		row := make([]string, len(cols))
		for i, c := range cells {
			row[i] = c.String
		}
		if out = append(out, row); len(out) > most {
			return nil, fmt.Errorf("%w: the data would make more than %d columns", ErrLimit, most)
		}
	}
	return out, rows.Err()
}

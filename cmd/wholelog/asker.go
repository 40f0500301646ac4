package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/wholelog/wholelog/internal/api"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/store/duck"
	"github.com/wholelog/wholelog/kql"
)

// asker answers queries: this process, or the server that holds the data
// folder.
type asker interface {
	query(ctx context.Context, a api.Ask, w io.Writer) ([]string, []kql.Diagnostic, error)
	answer(ctx context.Context, a api.Ask) (api.Answer, error)
	check(ctx context.Context, a api.Ask) (api.Checked, error)
}

// openAsker opens the data folder, or an empty store in memory, or finds the
// server that has the folder open.
func openAsker(ctx context.Context, f *queryFlags) (asker, func() error, error) {
	opt := query.Options{Watchlists: f.watchlists, External: f.external}
	if f.data == "" {
		store, err := duck.Open(ctx, "", duck.Options{})
		if err != nil {
			return nil, nil, err
		}
		e, err := query.New(ctx, store, opt)
		return here{e}, func() error { return store.Close(ctx) }, err
	}
	if _, err := os.Stat(f.data); err != nil {
		return nil, nil, fmt.Errorf("data folder: %w; make one with wholelog import --data %s", err, f.data)
	}
	in, err := ingest.Open(ctx, f.data)
	if errors.Is(err, ingest.ErrInUse) {
		c, derr := api.Dial(ctx, f.data)
		if derr != nil {
			return nil, nil, err
		}
		if f.watchlists != "" || len(f.external) > 0 {
			return nil, nil, errors.New("a running server has the data folder: its configuration says where watchlists and external data are, --watchlists and --external cannot")
		}
		return there{c}, func() error { return nil }, nil
	}
	if err != nil {
		return nil, nil, err
	}
	opt.Functions = filepath.Join(f.data, "functions")
	if opt.Watchlists == "" {
		opt.Watchlists = filepath.Join(f.data, "watchlists")
	}
	e, err := query.New(ctx, in.Store, opt)
	return here{e}, func() error { return in.Close(context.WithoutCancel(ctx)) }, err
}

// here asks this process's engine.
type here struct{ e *query.Engine }

func request(a api.Ask) (query.Request, error) {
	now, err := parseNow(a.Now)
	return query.Request{Text: a.Query, Now: now, Limits: query.Limits{Rows: a.Rows, Bytes: a.Bytes, Timeout: time.Duration(a.Seconds * float64(time.Second))}}, err
}

func (h here) query(ctx context.Context, a api.Ask, out io.Writer) ([]string, []kql.Diagnostic, error) {
	req, err := request(a)
	if err != nil {
		return nil, nil, err
	}
	if a.Format == "explain" {
		diags, err := api.Explain(ctx, out, h.e, req)
		return nil, diags, err
	}
	w, err := query.NewWriter(a.Format, out)
	if err != nil {
		return nil, nil, usageError{err}
	}
	res, err := h.e.Run(ctx, req, w.Head, w.Row)
	if err != nil {
		return nil, nil, err
	}
	return res.Notices, res.Diagnostics, w.End(res)
}

func (h here) answer(ctx context.Context, a api.Ask) (api.Answer, error) {
	req, err := request(a)
	if err != nil {
		return api.Answer{}, err
	}
	return api.AnswerOf(ctx, h.e, req), nil
}

func (h here) check(ctx context.Context, a api.Ask) (api.Checked, error) {
	req, err := request(a)
	if err != nil {
		return api.Checked{}, err
	}
	return api.Check(ctx, h.e, req)
}

// there asks a running server.
type there struct{ c *api.Client }

func (t there) query(ctx context.Context, a api.Ask, w io.Writer) ([]string, []kql.Diagnostic, error) {
	return t.c.Query(ctx, a, w)
}

func (t there) answer(ctx context.Context, a api.Ask) (api.Answer, error) { return t.c.Answer(ctx, a) }

func (t there) check(ctx context.Context, a api.Ask) (api.Checked, error) { return t.c.Check(ctx, a) }

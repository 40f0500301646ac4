package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/wholelog/wholelog/internal/detect/backtest"
)

// AskBacktest is the body of POST /v1/backtest: a rule as YAML and how far back
// it is run. The answer is NDJSON: Progress lines, then one with the report or
// an error.
type AskBacktest struct {
	Rule string  `json:"rule"`
	Days float64 `json:"days"`
}

// BacktestLine is a line of the answer.
type BacktestLine struct {
	Done   int              `json:"done,omitempty"` // windows
	All    int              `json:"all,omitempty"`
	Alerts int              `json:"alerts,omitempty"`
	Report *backtest.Report `json:"report,omitempty"`
	Error  string           `json:"error,omitempty"`
}

const maxRule = 1 << 20

func (s *Server) backtest(w http.ResponseWriter, r *http.Request) {
	run := s.tests.Load()
	if run == nil {
		problem(w, http.StatusNotFound, "no rules run here", "rules.disabled is set in the configuration")
		return
	}
	var a AskBacktest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRule)).Decode(&a); err != nil {
		problem(w, http.StatusBadRequest, "the body is no backtest: "+err.Error(), `write it like {"rule":"id: ...","days":30}`)
		return
	}
	patient(w)
	w.Header().Set("Content-Type", "application/x-ndjson")
	e, c := json.NewEncoder(w), http.NewResponseController(w)
	last := time.Time{}
	report, err := (*run)(r.Context(), a, func(done, all, alerts int) {
		if s.opt.Now().Sub(last) < 200*time.Millisecond {
			return
		}
		last = s.opt.Now()
		_ = e.Encode(BacktestLine{Done: done, All: all, Alerts: alerts}) // whoever asked may have gone: then ctx ends
		_ = c.Flush()
	})
	line := BacktestLine{Report: report}
	if err != nil {
		line = BacktestLine{Error: err.Error()}
	}
	_ = e.Encode(line)
}

// Backtests sets who runs backtests; it is given the rule as text.
func (s *Server) Backtests(run func(ctx context.Context, a AskBacktest, progress func(done, all, alerts int)) (*backtest.Report, error)) {
	s.tests.Store(&run)
}

// Backtest runs one on the server.
func (c *Client) Backtest(ctx context.Context, a AskBacktest, progress func(done, all, alerts int)) (*backtest.Report, error) {
	res, err := c.do(ctx, http.MethodPost, "/v1/backtest", a)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	for d := json.NewDecoder(res.Body); ; {
		var l BacktestLine
		if err := d.Decode(&l); err != nil {
			return nil, fmt.Errorf("running server: the answer ended early: %w", err)
		}
		switch {
		case l.Error != "":
			return nil, errors.New(l.Error)
		case l.Report != nil:
			return l.Report, nil
		}
		progress(l.Done, l.All, l.Alerts)
	}
}

package detect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql/plan"
)

// Plan is a rule's query, ready to run.
type Plan struct {
	Text     string
	From, To time.Time
	lets     []rule.Let
	start    time.Time // of what may be read
	values   map[string]any
	prepared *query.Prepared
}

// Tables lists the tables that the query reads.
func (p *Plan) Tables() []string {
	var out []string
	for _, s := range p.prepared.Scans {
		if !slices.Contains(out, s.Table) {
			out = append(out, s.Table)
		}
	}
	slices.Sort(out)
	return out
}

// Prepared is the compiled query.
func (p *Plan) Prepared() *query.Prepared { return p.prepared }

// Prepare compiles a rule's query for a window that ends at end. A diagnostic
// counts lines in the rule's own text.
func (r *Runner) Prepare(ctx context.Context, ru *rule.Rule, end time.Time) (*Plan, error) {
	return r.prepare(ctx, ru, end, nil)
}

func (r *Runner) prepare(ctx context.Context, ru *rule.Rule, end time.Time, knobs map[string]any) (*Plan, error) {
	end = end.UTC()
	p := &Plan{From: end.Add(-ru.Window.Std()), To: end, start: end.Add(-ru.Reach().Std())}
	var err error
	if p.values, err = ru.Values(knobs); err != nil {
		return nil, err
	}
	p.lets = ru.Lets(p.From, p.To, p.values)
	p.Text = p.with(ru.Query)
	p.prepared, err = r.Query.Prepare(ctx, p.request(p.Text, r.Limits))
	if err != nil {
		return nil, fmt.Errorf("rule %s: query: %w", ru.ID, p.moved(err, ru.Query))
	}
	return p, nil
}

// with puts the lets before a query, a line each.
func (p *Plan) with(text string) string {
	var b strings.Builder
	for _, l := range p.lets {
		fmt.Fprintf(&b, "let %s = %s;\n", l.Name, l.Value)
	}
	return b.String() + strings.TrimRight(text, " \t\r\n")
}

func (p *Plan) request(text string, limits query.Limits) query.Request {
	return query.Request{Text: text, Now: p.To, From: p.start, To: p.To, Limits: limits}
}

// moved makes diagnostics count lines in the rule's own text.
func (p *Plan) moved(err error, own string) error {
	var qe *query.Error
	if !errors.As(err, &qe) {
		return err
	}
	c := &query.Error{Text: own, Diagnostics: slices.Clone(qe.Diagnostics)}
	for i := range c.Diagnostics {
		d := &c.Diagnostics[i]
		d.Line, d.EndLine = d.Line-len(p.lets), d.EndLine-len(p.lets)
	}
	return c
}

// Reads lists the columns of each table that the query reads, in order.
func (p *Plan) Reads() map[string][]string {
	out := map[string][]string{}
	plan.Walk(p.prepared.Plan, func(n plan.Node) {
		s, ok := n.(*plan.Scan)
		if !ok || schema.Lookup(s.Table.Name) == nil {
			return
		}
		add := func(c string) {
			if !slices.Contains(out[s.Table.Name], c) {
				out[s.Table.Name] = append(out[s.Table.Name], c)
			}
		}
		for _, c := range s.Physical {
			add(c)
		}
		for _, c := range s.Promoted {
			add(c.Promotion.Column)
		}
	})
	for _, list := range out {
		slices.Sort(list)
	}
	return out
}

package backtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
)

// Options of a backtest.
type Options struct {
	From, To time.Time // windows end in (From, To]
	// Progress is told of every run: windows done of all, alerts so far. May be
	// nil.
	Progress func(done, all, alerts int)
	// Verdict says what an alert was, where that is known: it is asked with the
	// alert and answers with "true", "false" or "". May be nil.
	Verdict func(a *detect.Alert) string
	// Top bounds the lists. 0: 10.
	Top int
}

// Report is what a rule would have done.
type Report struct {
	Rule     string         `json:"rule"`
	Title    string         `json:"title"`
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Windows  int            `json:"windows"`
	Alerts   int            `json:"alerts"`
	Silent   int            `json:"silent"` // not raised again
	Days     []Day          `json:"days"`
	Severity map[string]int `json:"severity"`
	Entities []Entity       `json:"entities"` // by alerts, most first
	Examples []detect.Alert `json:"examples"`
	Known    int            `json:"known"` // alerts of which it is known what they were
	True     int            `json:"true"`
	Notices  []string       `json:"notices,omitempty"`
	Slowest  time.Duration  `json:"slowest_ns"`
	Took     time.Duration  `json:"took_ns"`
}

// Day counts the alerts of a day, UTC.
type Day struct {
	Day    string `json:"day"` // 2026-07-01
	Alerts int    `json:"alerts"`
}

// Entity is what alerts were about. An exclusion of it would leave Alerts out.
type Entity struct {
	Type   string `json:"type"`
	Name   string `json:"name"`
	Column string `json:"column,omitempty"` // of the result, for an exclusion
	Alerts int    `json:"alerts"`           // that are about it
	Saved  int    `json:"saved"`            // that are about nothing else of its type
}

// maxWindows bounds a run: more would take hours and say no more.
const maxWindows = 20_000

// Run runs a rule over past time.
func Run(ctx context.Context, r *detect.Runner, ru *rule.Rule, o Options) (*Report, error) {
	began := time.Now()
	if o.Top == 0 {
		o.Top = 10
	}
	step := ru.Every.Std()
	first := o.From.Truncate(step).Add(step)
	all := int(o.To.Sub(first)/step) + 1
	if !o.To.After(o.From) || all < 1 {
		return nil, fmt.Errorf("backtest: no window of rule %s ends between %s and %s", ru.ID, o.From.Format(time.RFC3339), o.To.Format(time.RFC3339))
	}
	out := &Report{Rule: ru.ID, Title: ru.Title, From: o.From.UTC(), To: o.To.UTC(), Severity: map[string]int{}, Entities: []Entity{}, Examples: []detect.Alert{}}
	// A window that is longer than the step overlaps others: patterns up to the
	// difference are found in every second one just as well.
	if all > maxWindows && ru.Window.Std() >= 2*step {
		step = ru.Window.Std() / 2
		all = int(o.To.Sub(first)/step) + 1
		out.Notices = append(out.Notices, fmt.Sprintf("windows are run %s apart instead of %s, since there are so many", step, ru.Every.Std()))
	}
	if all > maxWindows {
		return nil, fmt.Errorf("backtest: rule %s has %d windows in that time; at most %d are run: ask for fewer days", ru.ID, all, maxWindows)
	}
	type span struct {
		from, to time.Time
		rank     int
	}
	past := map[string][]span{}
	days := map[string]int{}
	seen := map[string]*Entity{}
	quiet := ru.SuppressFor().Std()
	for end := first; !end.After(o.To); end = end.Add(step) {
		res, err := r.Run(ctx, ru, end)
		if err != nil {
			return nil, fmt.Errorf("backtest at %s: %w", end.Format(time.RFC3339), err)
		}
		out.Windows++
		out.Slowest = max(out.Slowest, res.Duration)
		for _, n := range res.Notices {
			if !slices.Contains(out.Notices, n) && len(out.Notices) < 20 {
				out.Notices = append(out.Notices, n)
			}
		}
		for i := range res.Alerts {
			a := &res.Alerts[i]
			if slices.ContainsFunc(past[a.Key], func(p span) bool {
				return !a.From.After(p.to.Add(quiet)) && !a.To.Before(p.from.Add(-quiet)) && a.Severity.Rank() <= p.rank
			}) {
				out.Silent++
				continue
			}
			past[a.Key] = append(past[a.Key], span{a.From, a.To, a.Severity.Rank()})
			out.Alerts++
			out.Severity[string(a.Severity)]++
			days[a.From.UTC().Format("2006-01-02")]++
			count(seen, ru, a)
			if len(out.Examples) < o.Top {
				e := *a
				e.Rows = e.Rows[:min(len(e.Rows), 3)]
				out.Examples = append(out.Examples, e)
			}
			if o.Verdict != nil {
				switch o.Verdict(a) {
				case "true":
					out.Known++
					out.True++
				case "false":
					out.Known++
				}
			}
		}
		if o.Progress != nil {
			o.Progress(out.Windows, all, out.Alerts)
		}
	}
	for d := o.From.UTC().Truncate(24 * time.Hour); d.Before(o.To); d = d.Add(24 * time.Hour) {
		k := d.Format("2006-01-02")
		out.Days = append(out.Days, Day{k, days[k]})
	}
	for _, e := range seen {
		out.Entities = append(out.Entities, *e)
	}
	slices.SortFunc(out.Entities, func(a, b Entity) int {
		if a.Alerts != b.Alerts {
			return b.Alerts - a.Alerts
		}
		return strings.Compare(a.Type+a.Name, b.Type+b.Name)
	})
	out.Entities = out.Entities[:min(len(out.Entities), o.Top)]
	out.Took = time.Since(began)
	return out, nil
}

// count adds an alert to what is known of its entities.
func count(seen map[string]*Entity, ru *rule.Rule, a *detect.Alert) {
	of := map[string]int{}
	for _, e := range a.Entities {
		of[e.Type]++
	}
	for _, e := range a.Entities {
		name, column := "", ""
		for _, m := range ru.Entities {
			if m.Type != e.Type {
				continue
			}
			for _, f := range rule.Identifiers(m.Type) {
				if v := e.Fields[f]; v != "" && name == "" {
					name, column = v, m.Fields[f]
				}
			}
		}
		if name == "" {
			continue
		}
		k := e.Type + "\x00" + strings.ToLower(name)
		if seen[k] == nil {
			seen[k] = &Entity{Type: e.Type, Name: name, Column: column}
		}
		seen[k].Alerts++
		if of[e.Type] == 1 {
			seen[k].Saved++
		}
	}
}

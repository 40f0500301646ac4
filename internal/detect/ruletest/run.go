package ruletest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
)

// RunTest runs one test of a rule. An error that is a *Difference says how the
// alerts differ; another that the test could not run.
func (r *Runner) RunTest(ctx context.Context, ru *rule.Rule, t *rule.Test) error {
	now, err := t.At()
	if err != nil {
		return err
	}
	records, err := Records(t.Events, now)
	if err != nil {
		return err
	}
	if err := r.watchlists(t.Watchlists); err != nil {
		return err
	}
	if err := r.Load(ctx, records); err != nil {
		return err
	}
	res, err := r.RunWith(ctx, ru, now, t.Knobs)
	if err != nil {
		return err
	}
	if t.Alerts == nil {
		return errors.New("no alerts: write what is wanted")
	}
	return compare(*t.Alerts, res)
}

// Difference is how the alerts of a test differ from those that it wants.
type Difference struct {
	Problems []string
	Got      []detect.Alert
	Notices  []string
}

// Error lists the problems and the alerts there are, as a test would want them.
func (d *Difference) Error() string {
	var b strings.Builder
	b.WriteString(strings.Join(d.Problems, "\n"))
	var got []rule.Expectation
	for _, a := range d.Got {
		e := rule.Expectation{Title: a.Title, Severity: a.Severity, Details: a.Details, Rows: a.RowCount, Entities: map[string]rule.Strings{}}
		for _, n := range a.Entities {
			e.Entities[n.Type] = append(e.Entities[n.Type], label(n))
		}
		got = append(got, e)
	}
	text, err := yaml.MarshalWithOptions(map[string]any{"alerts": got}, yaml.IndentSequence(true))
	if err != nil {
		text = []byte(err.Error())
	}
	fmt.Fprintf(&b, "\nthe rule gives\n%s", text)
	for _, n := range d.Notices {
		fmt.Fprintf(&b, "notice: %s\n", n)
	}
	return strings.TrimRight(b.String(), "\n")
}

// label is the field by which a person would name an entity.
func label(e detect.Entity) string {
	for _, f := range []string{"FullName", "Address", "Name", "AadUserId", "AppId", "ResourceId", "Url"} {
		if v := e.Fields[f]; v != "" {
			return v
		}
	}
	for _, f := range slices.Sorted(maps.Keys(e.Fields)) {
		return e.Fields[f]
	}
	return ""
}

// compare finds for each wanted alert one that is like it.
func compare(want []rule.Expectation, res *detect.Result) error {
	d := &Difference{Got: res.Alerts, Notices: res.Notices}
	free := slices.Clone(res.Alerts)
	for i, w := range want {
		for range max(w.Count, 1) {
			n := slices.IndexFunc(free, func(a detect.Alert) bool { return unlike(w, a) == "" })
			if n >= 0 {
				free = slices.Delete(free, n, n+1)
				continue
			}
			why := "there is no further alert"
			if len(free) > 0 {
				why = unlike(w, free[0])
			}
			d.Problems = append(d.Problems, fmt.Sprintf("alerts[%d]: no alert like this: %s", i, why))
		}
	}
	if len(want) == 0 && len(free) > 0 || len(d.Problems) == 0 && len(free) > 0 {
		d.Problems = append(d.Problems, fmt.Sprintf("%d alerts more than wanted", len(free)))
	}
	if len(d.Problems) == 0 {
		return nil
	}
	return d
}

// unlike says how an alert differs from what is wanted, "" if it does not.
func unlike(w rule.Expectation, a detect.Alert) string {
	switch {
	case w.Title != "" && w.Title != a.Title:
		return fmt.Sprintf("title is %q, want %q", a.Title, w.Title)
	case w.Severity != "" && w.Severity != a.Severity:
		return fmt.Sprintf("severity is %s, want %s", a.Severity, w.Severity)
	case w.Rows != 0 && w.Rows != a.RowCount:
		return fmt.Sprintf("it has %d rows, want %d", a.RowCount, w.Rows)
	}
	for _, l := range slices.Sorted(maps.Keys(w.Details)) {
		if got, ok := a.Details[l]; !ok || got != w.Details[l] {
			return fmt.Sprintf("detail %s is %q, want %q", l, got, w.Details[l])
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(w.Entities)) {
		if why := unlikeEntities(kind, w.Entities[kind], a.Entities); why != "" {
			return why
		}
	}
	return ""
}

// unlikeEntities wants the entities of a type to be those that are named, each
// by one of its fields.
func unlikeEntities(kind string, want rule.Strings, have []detect.Entity) string {
	var names []string
	found := map[string]bool{}
	for _, e := range have {
		if e.Type != kind {
			continue
		}
		names = append(names, label(e))
		known := false
		for _, v := range e.Fields {
			for _, w := range want {
				if strings.EqualFold(v, w) {
					found[w], known = true, true
				}
			}
		}
		if !known {
			return fmt.Sprintf("entity %s %s is not wanted", kind, label(e))
		}
	}
	for _, w := range want {
		if !found[w] {
			return fmt.Sprintf("entity %s %s is missing; there are %v", kind, w, names)
		}
	}
	return ""
}

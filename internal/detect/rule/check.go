package rule

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	ruleID    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,99}$`)
	technique = regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)
	// Placeholder is {{Column}} in a title or description.
	Placeholder = regexp.MustCompile(`\{\{\s*([^{}]+?)\s*\}\}`)
)

const (
	leastEvery = Duration(time.Minute)
	mostReach  = Duration(400 * 24 * time.Hour)
	// maxEntities is Microsoft Sentinel's limit.
	maxEntities = 10
)

// Check finds what is wrong with a rule whose defaults are filled in, all at
// once.
func (r *Rule) Check() error {
	var errs []error
	say := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	oneOf := func(at, v string, allowed ...string) {
		if !slices.Contains(allowed, v) {
			say("%s: %q: write one of %s", at, v, strings.Join(allowed, ", "))
		}
	}
	if !ruleID.MatchString(r.ID) {
		say("id: %q: 2 to 100 letters, digits, dots, dashes and underlines", r.ID)
	}
	if r.Title == "" {
		say("title: is missing")
	}
	if strings.TrimSpace(r.Query) == "" {
		say("query: is missing")
	}
	if r.Severity.Rank() < 0 {
		say("severity: %q: write one of informational, low, medium, high, critical", r.Severity)
	}
	oneOf("kind", r.Kind, Scheduled, NRT)
	oneOf("alerts", r.Alerts, PerResult, Single)
	oneOf("trigger.op", r.Trigger.Op, "gt", "lt", "eq", "ne")
	oneOf("incident.group", r.Incident.Group, "all", "any", "none", "selected")
	if r.Trigger.Threshold < 0 {
		say("trigger.threshold: is negative")
	}
	if r.Every < leastEvery {
		say("every: %s: at least %s", r.Every, leastEvery)
	}
	if r.Window < r.Every {
		say("window: %s: at least every (%s), or events between two runs are never looked at", r.Window, r.Every)
	}
	if r.Lookback != 0 && r.Lookback < r.Window {
		say("lookback: %s: at least the window (%s)", r.Lookback, r.Window)
	}
	if r.Reach() > mostReach {
		say("window and lookback: at most %s", mostReach)
	}
	errs = append(errs, r.checkEntities()...)
	if r.Incident.Group == "selected" && len(r.Incident.By) == 0 {
		say("incident.by: is missing: group selected needs entity types or details")
	}
	for _, t := range r.Attack.Techniques {
		if !technique.MatchString(t) {
			say("attack.techniques: %q is no id such as T1110.003", t)
		}
	}
	if r.Attack.Version < 1 {
		say("attack.version: %d", r.Attack.Version)
	}
	for _, n := range r.KnobNames() {
		if err := r.Knobs[n].check(n); err != nil {
			errs = append(errs, err)
		}
	}
	names := map[string]bool{}
	for i := range r.Tests {
		t := &r.Tests[i]
		if err := t.check(r); err != nil {
			say("tests[%d] %s: %w", i, t.Name, err)
		}
		if names[t.Name] {
			say("tests[%d]: a second test has the name %q", i, t.Name)
		}
		names[t.Name] = true
	}
	return errors.Join(errs...)
}

func (r *Rule) checkEntities() (errs []error) {
	if len(r.Entities) > maxEntities {
		errs = append(errs, fmt.Errorf("entities: %d, at most %d", len(r.Entities), maxEntities))
	}
	for i, m := range r.Entities {
		fields, ok := identifiers[m.Type]
		if !ok {
			errs = append(errs, fmt.Errorf("entities[%d].type: %q: write one of %s", i, m.Type, strings.Join(EntityTypes(), ", ")))
			continue
		}
		if len(m.Fields) == 0 {
			errs = append(errs, fmt.Errorf("entities[%d].fields: are missing", i))
		}
		for f := range m.Fields {
			if !slices.Contains(fields, f) {
				errs = append(errs, fmt.Errorf("entities[%d].fields: %q: %s has %s", i, f, m.Type, strings.Join(fields, ", ")))
			}
		}
	}
	return errs
}

// KnobNames lists the knobs in order.
func (r *Rule) KnobNames() []string { return slices.Sorted(maps.Keys(r.Knobs)) }

// Values gives every knob its value: that of set, else its default.
func (r *Rule) Values(set map[string]any) (map[string]any, error) {
	out := make(map[string]any, len(r.Knobs))
	for n, k := range r.Knobs {
		v, ok := set[n]
		if !ok {
			v = k.Default
		}
		got, err := k.Value(v)
		if err != nil {
			return nil, fmt.Errorf("knob %s: %w", n, err)
		}
		out[n] = got
	}
	for n := range set {
		if _, ok := r.Knobs[n]; !ok {
			return nil, fmt.Errorf("rule %s has no knob %q; it has %s", r.ID, n, strings.Join(r.KnobNames(), ", "))
		}
	}
	return out, nil
}

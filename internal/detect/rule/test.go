package rule

import (
	"errors"
	"fmt"
	"time"

	"github.com/goccy/go-yaml"
)

// Test is a unit test of a rule: events in, alerts out.
type Test struct {
	Name       string                         `yaml:"name"`
	Now        string                         `yaml:"now,omitempty"` // the window's end; default TestNow
	Knobs      map[string]any                 `yaml:"knobs,omitempty"`
	Watchlists map[string][]map[string]string `yaml:"watchlists,omitempty"`
	Events     []Event                        `yaml:"events"`
	Alerts     *[]Expectation                 `yaml:"alerts"` // nil: left out, which is an error
}

// TestNow is the window's end of tests that name none.
const TestNow = "2026-06-17T12:00:00Z"

// Event is one or more records of a test. Its members are those of docs/rules.md;
// package ruletest makes records of them.
type Event map[string]any

// UnmarshalYAML reads an event, of which each member may be there once.
func (e *Event) UnmarshalYAML(b []byte) error {
	var m map[string]any
	if err := yaml.UnmarshalWithOptions(b, &m, yaml.Strict()); err != nil {
		return err
	}
	*e = m
	return nil
}

// Expectation describes alerts that a test wants.
type Expectation struct {
	Title    string             `yaml:"title,omitempty"`
	Severity Severity           `yaml:"severity,omitempty"`
	Entities map[string]Strings `yaml:"entities,omitempty"` // type: each entity by one of its fields
	Details  map[string]string  `yaml:"details,omitempty"`
	Rows     int64              `yaml:"rows,omitempty"`  // result rows behind the alert
	Count    int                `yaml:"count,omitempty"` // alerts like this; default 1
}

// At is the end of the test's window.
func (t *Test) At() (time.Time, error) {
	s := t.Now
	if s == "" {
		s = TestNow
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return at, fmt.Errorf("now: %q is no time such as %s", s, TestNow)
	}
	return at.UTC(), nil
}

// Positive tells whether the test wants an alert.
func (t *Test) Positive() bool { return t.Alerts != nil && len(*t.Alerts) > 0 }

func (t *Test) check(r *Rule) error {
	if t.Name == "" {
		return errors.New("no name")
	}
	if t.Alerts == nil {
		return errors.New("no alerts: write what is wanted, or `alerts: []` for none")
	}
	if _, err := t.At(); err != nil {
		return err
	}
	for _, a := range *t.Alerts {
		if a.Severity != "" && a.Severity.Rank() < 0 {
			return fmt.Errorf("severity %q is none", a.Severity)
		}
	}
	_, err := r.Values(t.Knobs)
	return err
}

// Complete reports what a rule's tests lack: one that wants an alert and one
// that wants none.
func (r *Rule) Complete() error {
	pos, neg := 0, 0
	for i := range r.Tests {
		if r.Tests[i].Positive() {
			pos++
		} else {
			neg++
		}
	}
	if pos == 0 || neg == 0 {
		return fmt.Errorf("%s: %d tests want an alert and %d want none; a rule has one of each at least", r.ID, pos, neg)
	}
	return nil
}

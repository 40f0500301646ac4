package rule

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// Parse reads one rule and fills in its defaults. source is what messages call
// the file.
func Parse(text []byte, source string) (*Rule, error) {
	r := &Rule{Source: source}
	if err := decode(text, r); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	r.Defaults()
	if err := r.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	return r, nil
}

// decode reads the one document of a text. A key that v does not have is an
// error with its line.
func decode(text []byte, v any) error {
	dec := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	if err := dec.Decode(v); errors.Is(err, io.EOF) {
		return errors.New("the file is empty")
	} else if err != nil {
		return errors.New(strings.TrimRight(yaml.FormatError(err, false, true), "\n"))
	}
	var more any
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return errors.New("the file holds a second document: one rule a file")
	}
	return nil
}

// Defaults fills in what a rule leaves out.
func (r *Rule) Defaults() {
	set := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	set(&r.Kind, Scheduled)
	set(&r.Alerts, PerResult)
	set(&r.Trigger.Op, "gt")
	set(&r.Incident.Group, "all")
	if r.Version == 0 {
		r.Version = 1
	}
	if r.Every == 0 {
		r.Every = Duration(5 * time.Minute)
	}
	if r.Window == 0 {
		r.Window = r.Every
	}
	if r.Incident.Within == 0 {
		r.Incident.Within = Duration(24 * time.Hour)
	}
	if r.Attack.Version == 0 {
		r.Attack.Version = 18
	}
}

// Marshal writes a rule as YAML.
func Marshal(r *Rule) ([]byte, error) {
	b, err := yaml.MarshalWithOptions(r, yaml.UseLiteralStyleIfMultiline(true), yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("write rule %s: %w", r.ID, err)
	}
	return b, nil
}

// Let is a constant that a rule's query sees.
type Let struct{ Name, Value string }

// Lets are the constants of a run: the window in ticks of time, and the knobs
// by name.
func (r *Rule) Lets(from, to time.Time, values map[string]any) []Let {
	out := []Let{{"window_start", datetime(from)}, {"window_end", datetime(to)}}
	for _, name := range r.KnobNames() {
		out = append(out, Let{name, Literal(values[name])})
	}
	return out
}

func datetime(t time.Time) string {
	return "datetime(" + t.UTC().Format("2006-01-02T15:04:05.0000000Z") + ")"
}

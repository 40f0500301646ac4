package dashboard

import (
	"fmt"
	"strings"
	"time"
)

// Range is a stretch of event time, To exclusive.
type Range struct{ From, To time.Time }

// Round makes bounds fall on whole steps, so that people who ask at about the
// same time ask the same.
func (r Range) Round(step time.Duration) Range {
	return Range{r.From.UTC().Truncate(step), r.To.UTC().Truncate(step)}
}

// Before is the stretch of the same length before it.
func (r Range) Before() Range { return Range{r.From.Add(-r.To.Sub(r.From)), r.From} }

// bins is into how many parts a range is cut for curves.
const bins = 48

// steps are those in which people think.
var steps = []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute,
	30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}

// Step is the width of a bin of a curve over the range.
func (r Range) Step() time.Duration {
	for _, s := range steps {
		if s*bins >= r.To.Sub(r.From) {
			return s
		}
	}
	return steps[len(steps)-1]
}

// Expand gives the query of a panel for a range, and the range of rows that it
// reads. What the text uses of _startTime, _endTime, _before (the beginning of
// the span before) and _step stands before it as lets.
func (p *Panel) Expand(r Range) (string, Range) {
	reads := r
	if p.Compare {
		reads.From = r.Before().From
	}
	var b strings.Builder
	let := func(name, value string) {
		if strings.Contains(p.KQL, name) {
			fmt.Fprintf(&b, "let %s = %s;\n", name, value)
		}
	}
	let("_startTime", datetime(r.From))
	let("_endTime", datetime(r.To))
	let("_before", datetime(r.Before().From))
	let("_step", timespan(r.Step()))
	return b.String() + strings.TrimSpace(p.KQL), reads
}

func datetime(t time.Time) string {
	return "datetime(" + t.UTC().Format("2006-01-02T15:04:05.999999999Z") + ")"
}

func timespan(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	if d%time.Hour == 0 {
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	if d%time.Minute == 0 {
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}

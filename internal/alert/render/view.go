package render

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/wholelog/wholelog/internal/alert/message"
)

// View is a notification made ready for layouts: every text in it is plain
// (see Plain), but not escaped for any language.
type View struct {
	Name     string // #123
	Headline string // what happened, in words
	Title    string
	Summary  string // may have several lines
	Severity string
	Facts    []Fact
	Entities []Fact
	Columns  []string
	Rows     [][]string
	Shown    string // how many of how many rows, if there are any
	Query    string // may have several lines
	URL      string // http or https, or nothing
	Delivery string
}

// Fact is a name and a value.
type Fact struct{ Name, Value string }

// Context is what a delivery adds to its notification.
type Context struct {
	Delivery string // identity of the delivery
	Changes  int    // revisions that it joins
	First    bool   // nothing about the incident was sent there before
	Repeat   bool   // may have arrived already
}

// Bounds of what a message shows.
const (
	maxCell = 200
	maxRows = 10
)

// Of makes the view.
func Of(n *message.Notification, c Context) View {
	v := View{
		Name: Plain(n.Name()), Title: Plain(n.Title), Summary: Lines(n.Summary), Severity: Plain(n.Severity),
		Query: Lines(n.Query), URL: SafeURL(n.URL), Delivery: c.Delivery, Headline: headline(n, c),
	}
	fact := func(name, value string) {
		if value = message.Shorten(Plain(value), 500); value != "" {
			v.Facts = append(v.Facts, Fact{name, value})
		}
	}
	fact("Severity", n.Severity)
	fact("Status", n.Status)
	fact("Tenant", n.Tenant)
	fact("First activity", stamp(n.First))
	fact("Last activity", stamp(n.Last))
	fact("Rule", n.Labels["rule"])
	fact("Tactics", strings.Join(n.Tactics, ", "))
	var tech []string
	for _, t := range n.Techniques {
		s := t.ID
		if t.V18 != "" {
			s += " " + t.V18
		}
		if t.V19 != "" && t.V19 != t.V18 {
			s += " (v19: " + t.V19 + ")"
		}
		tech = append(tech, s)
	}
	fact("Techniques", strings.Join(tech, ", "))
	for i, e := range n.Entities {
		if i == 20 {
			v.Entities = append(v.Entities, Fact{"…", fmt.Sprintf("%d more", len(n.Entities)-i)})
			break
		}
		value := Plain(e.Name)
		if e.Extra != "" {
			value += " (" + Plain(e.Extra) + ")"
		}
		v.Entities = append(v.Entities, Fact{Plain(e.Kind), message.Shorten(value, 300)})
	}
	if e := n.Evidence; e != nil && len(e.Rows) > 0 {
		for _, c := range e.Columns {
			v.Columns = append(v.Columns, message.Shorten(Plain(c), maxCell))
		}
		for _, r := range e.Rows[:min(len(e.Rows), maxRows)] {
			cells := make([]string, len(v.Columns))
			for i := range cells {
				if i < len(r) {
					cells[i] = message.Shorten(Plain(r[i]), maxCell)
				}
			}
			v.Rows = append(v.Rows, cells)
		}
		v.Shown = fmt.Sprintf("%d of %d rows", len(v.Rows), max(e.Total, int64(len(e.Rows))))
	}
	return v
}

func headline(n *message.Notification, c Context) string {
	s := map[message.Kind]string{
		message.Created: "New incident", message.Updated: "Incident changed", message.Closed: "Incident closed", message.Test: "TEST: nothing has happened",
	}[n.Kind]
	if n.Kind == message.Updated && c.First {
		s = "New incident"
	}
	if n.Urgent {
		s = "URGENT: " + s
	}
	if c.Changes > 1 {
		s += fmt.Sprintf(" (%d changes)", c.Changes)
	}
	if c.Repeat {
		s += " (may be a repeat)"
	}
	return s
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// Plain makes a text one line of visible characters: control characters, line
// and paragraph separators become spaces, and what reorders or hides text
// (bidirectional controls, zero-width characters) becomes U+FFFD.
func Plain(s string) string { return strings.TrimSpace(clean(s, false)) }

// Lines is Plain for a text of several lines.
func Lines(s string) string { return strings.TrimSpace(clean(s, true)) }

func clean(s string, lines bool) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && lines:
			return r
		case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			return ' '
		case unicode.IsControl(r):
			return ' '
		case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x2069, r == 0xfeff, r == 0x061c,
			r >= 0xe0000 && r <= 0xe0fff:
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// SafeURL is the URL if it is an absolute http or https one without blanks or
// markup in it, or nothing.
func SafeURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.ContainsAny(s, " <>\"'`|\\") {
		return ""
	}
	return u.String()
}

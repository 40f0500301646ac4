package push

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/source/intake"
)

// Prefix is where the intake's paths begin.
const Prefix = "/v1/ingest/"

// Options say what to take. Only Authorize is needed.
type Options struct {
	intake.Limits
	Label  string // tells several intakes apart; part of the source's name
	Tenant string // of records that do not state one; "": left empty
	// Authorize says who sends a request: see intake.Options and intake.Bearer.
	Authorize func(*http.Request) (who string, status int)
	Now       func() time.Time // nil: the real clock
}

// Intake is the handler of Prefix and the source of what it takes, called
// "push" or "push:LABEL".
type Intake struct{ *intake.Intake }

var label = regexp.MustCompile(`^[A-Za-z0-9._-]{0,64}$`)

// New checks the options.
func New(o Options) (*Intake, error) {
	if !label.MatchString(o.Label) {
		return nil, fmt.Errorf("push: the label %q must be of letters, digits, dots and dashes", o.Label)
	}
	name := "push"
	if o.Label != "" {
		name += ":" + o.Label
	}
	in, err := intake.New(intake.Options{Limits: o.Limits, Name: name, Tenant: o.Tenant, Authorize: o.Authorize, Now: o.Now,
		Route: func(r *http.Request) (intake.Route, error) { return route(name, r.URL.Path) }})
	if err != nil {
		return nil, fmt.Errorf("push: %w", err)
	}
	return &Intake{in}, nil
}

// route finds the table that a path names.
func route(name, path string) (intake.Route, error) {
	word, ok := strings.CutPrefix(path, Prefix)
	if !ok {
		return intake.Route{}, &intake.Refusal{Status: http.StatusNotFound, Text: "records are delivered to " + Prefix + "{table}, such as " + Prefix + "auto"}
	}
	if word == "auto" {
		return intake.Route{Source: name}, nil
	}
	t := find(word)
	if t == nil {
		return intake.Route{}, &intake.Refusal{Status: http.StatusNotFound, Text: "there is no table " + quote(word) + meant(word) + "; with " + Prefix + "auto the records' content decides"}
	}
	r := intake.Route{Table: t.Name, Source: name + "/" + t.Name, File: t.Name}
	if t.Name == "SigninLogs" {
		r.File = "InteractiveSignIns" // as the portal calls such a file
	}
	return r, nil
}

// find is a table by its name or its category, in any letter case.
func find(word string) *schema.Table {
	for _, t := range schema.Tables() {
		if strings.EqualFold(t.Name, word) {
			return t
		}
	}
	return schema.ByCategory(word)
}

// quote makes text from a path harmless.
func quote(word string) string {
	if len(word) > 64 {
		word = word[:64]
	}
	return strconv.QuoteToASCII(word)
}

// meant suggests the table whose name is nearest; "" if none is near.
func meant(word string) string {
	best, least := "", 1+min(len(word), 32)/3
	if len(word) > 64 {
		return ""
	}
	for _, t := range schema.Tables() {
		if d := distance(strings.ToLower(word), strings.ToLower(t.Name)); d < least {
			best, least = t.Name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance is how many letters have to be put in, taken out or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost++
			}
			last = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

package doctor

import (
	"fmt"
	"strings"
	"unicode"
)

// Level is how bad a finding is.
type Level string

// Levels. Only Fail makes a report not OK.
const (
	OK   Level = "ok"
	Warn Level = "warn"
	Fail Level = "fail"
)

// Finding is one thing that was looked at.
type Finding struct {
	Level Level  `json:"level"`
	Area  string `json:"area"` // token, permission, collection, field, licence, setting, category, path, aks
	Name  string `json:"name"` // what of the area: a collection, a category, a column
	Code  string `json:"code"` // stable
	What  string `json:"what"`
	Fix   []Step `json:"fix,omitempty"`
}

// Step is one way to mend a finding, or a part of it.
type Step struct {
	How  string `json:"how"` // az, powershell, portal, wholelog, config
	Text string `json:"text"`
}

// Tenant is what was found of one tenant.
type Tenant struct {
	Name     string    `json:"name"`
	ID       string    `json:"id"`
	Findings []Finding `json:"findings"`
}

// Report is what Run found.
type Report struct {
	OK      bool     `json:"ok"` // no finding is a failure
	Tenants []Tenant `json:"tenants"`
	Plan    *Plan    `json:"plan,omitempty"`
}

// Count is how many findings have a level.
func (r *Report) Count(l Level) (n int) {
	for _, t := range r.Tenants {
		for _, f := range t.Findings {
			if f.Level == l {
				n++
			}
		}
	}
	return n
}

func (t *Tenant) say(l Level, area, name, code, what string, fix ...Step) {
	t.Findings = append(t.Findings, Finding{l, area, printable(name), code, printable(what), fix})
}

// printable takes what a terminal would obey out of a text that came from a
// service.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// list joins names for reading.
func list(names []string) string {
	const most = 30
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

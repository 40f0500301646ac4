package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/wholelog/wholelog/internal/alert"
	"github.com/wholelog/wholelog/internal/detect/attack"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/query"
)

// Detection is what runs rules and tells people, as the server shows it.
type Detection struct {
	// Rules are those that are loaded, those that are off too.
	Rules func() (*rule.Set, error)
	// Off says whether the configuration leaves a rule out.
	Off func(id string) bool
	// Problems and Blind say by id why rules do not run, or what they do not see.
	Problems func() map[string]string
	Blind    func() map[string]string
	// Check says what is wrong with the text of a rule or of a change of one.
	Check func(ctx context.Context, text []byte) (*rule.Rule, *rule.Overlay, error)
	// Keep writes the text to the folder of own rules and takes it over.
	Keep func(ctx context.Context, id string, text []byte) error
	// Receivers are who is told; Test sends each channel of one a test and gives
	// their answers.
	Receivers func() []Receiver
	Test      func(ctx context.Context, receiver string) ([]TestLine, error)
	Delivery  *alert.Delivery // nil: nobody is told
}

// Receiver is somebody who is told of incidents.
type Receiver struct {
	Receiver string   `json:"receiver"`
	Channels []string `json:"channels"`
}

// TestAnswer is what became of a test.
type TestAnswer struct {
	OK     bool       `json:"ok"`
	Detail string     `json:"detail"`
	Lines  []TestLine `json:"lines"`
}

// TestLine is what one channel answered.
type TestLine struct {
	Channel string `json:"channel"`
	OK      bool   `json:"ok"`
	Answer  string `json:"answer"`
}

// Detect sets what runs rules.
func (s *Server) Detect(d *Detection) { s.detect.Store(d) }

// RuleAnswer is a rule in the list.
type RuleAnswer struct {
	ID           string      `json:"id"`
	Title        string      `json:"title"`
	Severity     string      `json:"severity"`
	Enabled      bool        `json:"enabled"`
	Health       string      `json:"health"` // ok, blind, failing or off
	HealthReason string      `json:"healthReason,omitempty"`
	LastRun      *time.Time  `json:"lastRun,omitempty"`
	Hits24h      int64       `json:"hits24h"`
	Hits7d       int64       `json:"hits7d"`
	Techniques   []Technique `json:"techniques"`
	Tables       []string    `json:"tables"`
	Source       string      `json:"source"`
}

// Technique is one of ATT&CK's.
type Technique struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// RuleDetail is a rule.
type RuleDetail struct {
	RuleAnswer
	YAML           string       `json:"yaml"`
	KQL            string       `json:"kql"`
	Knobs          []KnobAnswer `json:"knobs"`
	Tests          []TestName   `json:"tests"`
	Description    string       `json:"description"`
	FalsePositives []string     `json:"falsePositives"`
	Response       []string     `json:"response"`
	Warnings       []string     `json:"warnings"`
	Runs           []RunAnswer  `json:"runs"` // the newest first, 100 at most
}

// KnobAnswer is a knob with its value.
type KnobAnswer struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Default     any    `json:"default"` // overlays put in
	Value       any    `json:"value"`
	Description string `json:"description"`
}

// TestName is a test that a rule carries.
type TestName struct {
	Name   string `json:"name"`
	Alerts int    `json:"alerts"` // that it wants
}

// RunAnswer is a run of a rule.
type RunAnswer struct {
	Time    string  `json:"time"`
	From    *string `json:"from"`
	To      *string `json:"to"`
	Status  string  `json:"status"`
	Rows    int64   `json:"rows"`
	Alerts  int64   `json:"alerts"`
	Seconds float64 `json:"seconds"`
	Error   string  `json:"error,omitempty"`
}

// RuleText is a rule, or a change of one, as YAML.
type RuleText struct {
	YAML string `json:"yaml"`
}

// RuleChecked says whether a rule is one.
type RuleChecked struct {
	OK      bool   `json:"ok"`
	ID      string `json:"id"`
	Overlay bool   `json:"overlay"` // it changes a rule that is there
}

func (s *Server) detectOff(w http.ResponseWriter) *Detection {
	d := s.detect.Load()
	if d == nil {
		problem(w, http.StatusNotFound, "no rules run here", "rules.disabled is set in the configuration")
	}
	return d
}

type ruleRuns struct {
	last     *time.Time
	day, all int64
}

// ruleStats sums the runs of the last week up.
func (s *Server) ruleStats(ctx context.Context) (map[string]ruleRuns, error) {
	res, err := collectRows(ctx, s.opt.Engine, query.Request{Now: s.opt.Now(), Text: `WholelogRuleRun | where TimeGenerated > ago(7d)
| summarize LastRun = max(TimeGenerated), Day = sumif(Alerts, TimeGenerated > ago(1d)), Week = sum(Alerts) by RuleId`})
	if err != nil {
		return nil, err
	}
	out := map[string]ruleRuns{}
	for _, row := range res.Rows {
		var id string
		var v ruleRuns
		if err := json.Unmarshal(row, &[]any{&id, &v.last, &v.day, &v.all}); err != nil {
			return nil, err
		}
		out[id] = v
	}
	return out, nil
}

func (s *Server) ruleAnswer(d *Detection, r *rule.Rule, runs map[string]ruleRuns) RuleAnswer {
	v := runs[r.ID]
	a := RuleAnswer{ID: r.ID, Title: r.Title, Severity: string(r.Severity), Enabled: r.IsEnabled() && !d.Off(r.ID), Health: "ok", LastRun: v.last, Hits24h: v.day, Hits7d: v.all,
		Techniques: []Technique{}, Tables: append([]string{}, r.Tables...), Source: r.Source}
	for _, id := range r.Attack.Techniques {
		p, _ := attack.Find(r.Attack.Version, id)
		t := p.Of(r.Attack.Version)
		a.Techniques = append(a.Techniques, Technique{id, t.Name})
	}
	switch {
	case !a.Enabled:
		a.Health = "off"
	case d.Problems()[r.ID] != "":
		a.Health, a.HealthReason = "failing", d.Problems()[r.ID]
	case d.Blind()[r.ID] != "":
		a.Health, a.HealthReason = "blind", d.Blind()[r.ID]
	}
	return a
}

func (s *Server) rules(w http.ResponseWriter, r *http.Request) {
	d := s.detectOff(w)
	if d == nil {
		return
	}
	set, err := d.Rules()
	var runs map[string]ruleRuns
	if err == nil {
		runs, err = s.ruleStats(r.Context())
	}
	if err != nil {
		s.broken(w, r, err)
		return
	}
	var out []RuleAnswer
	for _, x := range set.Rules {
		out = append(out, s.ruleAnswer(d, x, runs))
	}
	listed(s, w, r, out)
}

func (s *Server) rule(w http.ResponseWriter, r *http.Request) {
	d := s.detectOff(w)
	if d == nil {
		return
	}
	set, err := d.Rules()
	if err != nil {
		s.broken(w, r, err)
		return
	}
	x := set.Find(r.PathValue("id"))
	if x == nil {
		problem(w, http.StatusNotFound, "there is no rule "+r.PathValue("id"), "GET /v1/rules lists them")
		return
	}
	runs, err := s.ruleStats(r.Context())
	var text []byte
	if err == nil {
		text, err = rule.Marshal(x)
	}
	if err != nil {
		s.broken(w, r, err)
		return
	}
	out := RuleDetail{RuleAnswer: s.ruleAnswer(d, x, runs), YAML: string(text), KQL: x.Query, Knobs: []KnobAnswer{}, Tests: []TestName{}, Description: x.Description,
		FalsePositives: append([]string{}, x.FalsePositives...), Response: append([]string{}, x.Response...), Warnings: append([]string{}, x.Warnings...), Runs: []RunAnswer{}}
	for _, n := range x.KnobNames() {
		k := x.Knobs[n]
		out.Knobs = append(out.Knobs, KnobAnswer{n, k.Type, k.Default, k.Default, k.Description})
	}
	for _, t := range x.Tests {
		n := 0
		if t.Alerts != nil {
			for _, a := range *t.Alerts {
				n += max(a.Count, 1)
			}
		}
		out.Tests = append(out.Tests, TestName{t.Name, n})
	}
	res, err := collectRows(r.Context(), s.opt.Engine, query.Request{Now: s.opt.Now(), Text: "WholelogRuleRun | where TimeGenerated > ago(30d) and RuleId == " + literal(x.ID) +
		" | top 100 by TimeGenerated | project TimeGenerated, WindowStart, WindowEnd, Status, Matched, Alerts, Seconds = DurationMs / 1000.0, Error"})
	if err != nil {
		s.broken(w, r, err)
		return
	}
	for _, row := range res.Rows {
		var v RunAnswer
		var rows, alerts *int64
		var took *float64
		if err := json.Unmarshal(row, &[]any{&v.Time, &v.From, &v.To, &v.Status, &rows, &alerts, &took, &v.Error}); err != nil {
			s.broken(w, r, err)
			return
		}
		v.Rows, v.Alerts, v.Seconds = *cmp.Or(rows, new(int64)), *cmp.Or(alerts, new(int64)), *cmp.Or(took, new(float64))
		out.Runs = append(out.Runs, v)
	}
	s.json(w, out)
}

var ruleID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// ruleOf checks the rule of a body; ok false: it was answered.
func (s *Server) ruleOf(w http.ResponseWriter, r *http.Request) (text []byte, c RuleChecked, d *Detection, ok bool) {
	if d = s.detectOff(w); d == nil {
		return nil, c, nil, false
	}
	var b RuleText
	if !s.body(w, r, maxRule, &b, `send {"yaml": "id: ..."}`) {
		return nil, c, nil, false
	}
	ru, over, err := d.Check(r.Context(), []byte(b.YAML))
	if err != nil {
		var qe *query.Error
		p := Problem{Title: err.Error(), Status: http.StatusUnprocessableEntity, Detail: "docs/rules.md has the format"}
		if errors.As(err, &qe) {
			p.Diagnostics = qe.Diagnostics
		}
		writeProblem(w, p)
		return nil, c, nil, false
	}
	c.OK = true
	if c.Overlay = over != nil; c.Overlay {
		c.ID = over.ID
	} else {
		c.ID = ru.ID
	}
	return []byte(b.YAML), c, d, true
}

func (s *Server) checkRule(w http.ResponseWriter, r *http.Request) {
	if _, c, _, ok := s.ruleOf(w, r); ok {
		s.json(w, c)
	}
}

func (s *Server) putRule(w http.ResponseWriter, r *http.Request) {
	e := note(r)
	e.Target = r.PathValue("id")
	text, c, d, ok := s.ruleOf(w, r)
	if !ok {
		return
	}
	e.Details = map[string]any{"yaml": cut(string(text), mostQuery)}
	if c.ID != r.PathValue("id") || !ruleID.MatchString(c.ID) {
		problem(w, http.StatusBadRequest, "the rule's id is "+c.ID+", not "+r.PathValue("id"), "")
		return
	}
	if err := d.Keep(r.Context(), c.ID, text); err != nil {
		problem(w, http.StatusConflict, "the rule was not taken over: "+err.Error(), "")
		return
	}
	s.json(w, c)
}

func (s *Server) receivers(w http.ResponseWriter, r *http.Request) {
	var out []Receiver
	if d := s.detect.Load(); d != nil && d.Receivers != nil {
		out = d.Receivers()
	}
	slices.SortFunc(out, func(a, b Receiver) int { return cmp.Compare(a.Receiver, b.Receiver) })
	listed(s, w, r, out)
}

func (s *Server) testReceiver(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("receiver")
	note(r).Target = name
	d := s.detect.Load()
	if d == nil || d.Test == nil || d.Delivery == nil {
		problem(w, http.StatusNotFound, "nobody is told of incidents here", "alerting names no file in the configuration")
		return
	}
	patient(w)
	lines, err := d.Test(r.Context(), name)
	if err != nil {
		problem(w, http.StatusBadGateway, err.Error(), "")
		return
	}
	out := TestAnswer{OK: true, Lines: lines}
	for _, l := range lines {
		if out.OK = out.OK && l.OK; !l.OK {
			out.Detail = l.Channel + ": " + l.Answer
		}
	}
	if out.OK {
		out.Detail = plural(len(lines), "channel") + " answered well"
		s.json(w, out)
		return
	}
	problem(w, http.StatusBadGateway, "the test did not arrive: "+out.Detail, "look at the receiver in the alerting file")
}

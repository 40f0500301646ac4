package bench

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/sim/attack"
)

// Report is what was measured, seed by seed.
type Report struct {
	Users, Days int
	near        bool
	seeds       []tenant
	rules       []*rule.Rule
	errors      map[string]string // by rule
}

// tenant is what one seed gave.
type tenant struct {
	seed      uint64
	days      float64 // that were judged
	campaigns []outcome
	alerts    []verdict
}

// outcome is what became of a campaign.
type outcome struct {
	kind, level string
	alerts      int
	after       time.Duration // from its first record to the first alert
	rules       []string
}

// verdict is what an alert was: about an attack, a confuser, or neither.
type verdict struct {
	rule     string
	severity rule.Severity
	title    string
	at       time.Time
	attack   bool
	confuser string // its kind
	incident bool   // no earlier alert of the same incident
}

// add compares a seed's alerts with its labels.
func (rep *Report) add(seed uint64, found []finding, h *history) {
	t := tenant{seed: seed, days: h.to.Sub(h.from).Hours() / 24}
	list := campaigns(h.labels)
	outcomes := make([]outcome, len(list))
	slices.SortStableFunc(found, func(a, b finding) int { return a.at.Compare(b.at) })
	open := map[string]time.Time{}
	for _, f := range found {
		v := verdict{rule: f.rule.ID, severity: f.alert.Severity, title: f.alert.Title, at: f.at}
		about := names(f.alert)
		for i, c := range list {
			if !c.has(f.alert, about) {
				continue
			}
			if c.benign {
				v.confuser = c.kind
				continue
			}
			v.attack = true
			o := &outcomes[i]
			if o.alerts++; o.alerts == 1 {
				o.after = max(0, f.at.Sub(c.times[0]))
			}
			if !slices.Contains(o.rules, v.rule) {
				o.rules = append(o.rules, v.rule)
			}
		}
		if !v.attack {
			k := incidentKey(f.rule, f.alert)
			within := 24 * time.Hour
			if f.rule.Incident.Within > 0 {
				within = f.rule.Incident.Within.Std()
			}
			last, ok := open[k]
			v.incident = f.rule.Incident.CreatesIncidents() && (!ok || f.at.Sub(last) > within)
			if v.incident {
				open[k] = f.at
			}
		}
		t.alerts = append(t.alerts, v)
	}
	for i, c := range list {
		if !c.benign {
			outcomes[i].kind, outcomes[i].level = c.kind, c.level
			t.campaigns = append(t.campaigns, outcomes[i])
		}
	}
	rep.seeds = append(rep.seeds, t)
}

// incidentKey is the same for alerts that become one incident: those of one
// rule with the same entities, of the chosen types where a rule chooses.
func incidentKey(r *rule.Rule, a detect.Alert) string {
	parts := []string{r.ID}
	for _, e := range a.Entities {
		if r.Incident.Group == "selected" && !slices.Contains(r.Incident.By, e.Type) {
			continue
		}
		if r.Incident.Group == "any" {
			break
		}
		for _, f := range sorted(e.Fields) {
			parts = append(parts, f+"="+strings.ToLower(e.Fields[f]))
		}
	}
	if r.Incident.Group == "none" {
		parts = append(parts, a.Key, a.From.String())
	}
	slices.Sort(parts[1:])
	return strings.Join(parts, "\x00")
}

// Recall gives how many of the campaigns of a kind ("" for all) and level raised
// an alert.
func (rep *Report) Recall(kind string, level attack.Level) Share {
	s := Share{}
	for _, t := range rep.seeds {
		found, all := 0, 0
		for _, o := range t.campaigns {
			if o.level == level.String() && (kind == "" || o.kind == kind) {
				if all++; o.alerts > 0 {
					found++
				}
			}
		}
		s.add(found, all)
	}
	return s
}

// FoundBy tells in how many seeds a rule found a campaign of a kind and level.
func (rep *Report) FoundBy(id, kind string, level attack.Level) (seeds int) {
	for _, t := range rep.seeds {
		for _, o := range t.campaigns {
			if o.kind == kind && o.level == level.String() && slices.Contains(o.rules, id) {
				seeds++
			}
		}
	}
	return seeds
}

// Rate counts what passes keep, per tenant, over what is judged.
func (rep *Report) rate(unit float64, keep func(verdict) bool) Rate {
	r := Rate{}
	for _, t := range rep.seeds {
		n := 0
		for _, v := range t.alerts {
			if keep(v) {
				n++
			}
		}
		r.add(n, float64(rep.Users)*t.days/unit)
	}
	return r
}

// Incidents is how many incidents of severity high and above there are about no
// attack, per 1,000 users and week.
func (rep *Report) Incidents() Rate {
	return rep.rate(7000, func(v verdict) bool { return v.incident && v.severity.Rank() >= rule.High.Rank() })
}

// False is how many alerts of a rule are about no attack, per 1,000 users and
// day.
func (rep *Report) False(id string) Rate {
	return rep.rate(1000, func(v verdict) bool { return v.rule == id && !v.attack })
}

// Problems lists the errors of rules.
func (rep *Report) Problems() []string {
	var out []string
	for _, id := range sorted(rep.errors) {
		out = append(out, id+": "+rep.errors[id])
	}
	return out
}

// examples lists up to n titles of a rule's false alerts, each kind of
// confuser once before any is repeated.
func (rep *Report) examples(id string, n int) []string {
	var list []verdict
	seen := map[string]int{}
	var round []int
	for _, t := range rep.seeds {
		for _, v := range t.alerts {
			if v.rule == id && !v.attack {
				list, round = append(list, v), append(round, seen[v.confuser])
				seen[v.confuser]++
			}
		}
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(round[a], round[b]) })
	var out []string
	for _, i := range order[:min(n, len(order))] {
		what := list[i].confuser
		if what == "" {
			what = "ordinary work"
		}
		out = append(out, fmt.Sprintf("%s (%s, %s)", list[i].title, list[i].severity, what))
	}
	return out
}

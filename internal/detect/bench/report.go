package bench

import (
	"cmp"
	"fmt"
	"slices"
	"time"

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
	spent       map[string]time.Duration
}

// tenant is what one seed gave.
type tenant struct {
	seed      uint64
	days      float64 // that were judged
	campaigns []outcome
	alerts    []verdict
	wrong     int // incidents of severity high and above about no attack
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
	incident bool   // it is what an incident about no attack is told by
}

// add compares a seed's alerts with its labels. groups has the incident of each
// finding, negative for none.
func (rep *Report) add(seed uint64, found []Finding, groups []int, h *history) {
	t := tenant{seed: seed, days: h.to.Sub(h.from).Hours() / 24}
	list := campaigns(h.labels)
	outcomes := make([]outcome, len(list))
	real, worst := map[int]bool{}, map[int]rule.Severity{}
	for n, f := range found {
		v := verdict{rule: f.Rule.ID, severity: f.Alert.Severity, title: f.Alert.Title, at: f.At}
		about := names(f.Alert)
		for i, c := range list {
			touches, finds := c.has(f.Alert, about)
			if !touches {
				continue
			}
			if c.benign {
				v.confuser = c.kind
				continue
			}
			// What touches an attack is no false alarm, even if it calls it something
			// else; only what fits counts as found.
			if v.attack = true; !finds {
				continue
			}
			o := &outcomes[i]
			if o.alerts++; o.alerts == 1 {
				o.after = max(0, f.At.Sub(c.times[0]))
			}
			if !slices.Contains(o.rules, v.rule) {
				o.rules = append(o.rules, v.rule)
			}
		}
		if g := groups[n]; g >= 0 {
			real[g] = real[g] || v.attack
			if w, ok := worst[g]; !ok || v.severity.Rank() > w.Rank() {
				worst[g] = v.severity
			}
		}
		t.alerts = append(t.alerts, v)
	}
	for g, severity := range worst {
		if !real[g] && severity.Rank() >= rule.High.Rank() {
			t.wrong++
		}
	}
	// Which alert an incident is told by: the first of the worst.
	told := map[int]bool{}
	for n := range t.alerts {
		g := groups[n]
		if v := &t.alerts[n]; g >= 0 && !real[g] && v.severity == worst[g] && !told[g] {
			told[g], v.incident = true, true
		}
	}
	for i, c := range list {
		if !c.benign {
			outcomes[i].kind, outcomes[i].level = c.kind, c.level
			t.campaigns = append(t.campaigns, outcomes[i])
		}
	}
	rep.seeds = append(rep.seeds, t)
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
	r := Rate{}
	for _, t := range rep.seeds {
		r.add(t.wrong, float64(rep.Users)*t.days/7000)
	}
	return r
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
		if list[i].incident && list[i].severity.Rank() >= rule.High.Rank() {
			what += ", an incident"
		}
		out = append(out, fmt.Sprintf("%s (%s, %s)", list[i].title, list[i].severity, what))
	}
	return out
}

package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/sim/attack"
)

// targets are what is wanted of the recall of each level.
var targets = map[attack.Level]float64{attack.Easy: 0.98, attack.Realistic: 0.90, attack.Evasive: 0.70}

// Print writes the report as tables. Intervals are of 95%.
func (rep *Report) Print(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	p := func(format string, a ...any) { fmt.Fprintf(tw, format+"\n", a...) }
	days := 0.0
	for _, t := range rep.seeds {
		days += t.days
	}
	p("%d tenants of %d users; %.0f days judged of %d each; %d rules; intervals of 95%%", len(rep.seeds), rep.Users, days, rep.Days, len(rep.rules))
	if rep.near {
		p("only windows near campaigns and confusers: rates of false alerts are too low")
	}
	p("\ncampaign\tlevel\trecall\tmedian time to detect\talerts per campaign\tfound by")
	for _, c := range attack.Campaigns() {
		for _, l := range attack.Levels() {
			share := rep.Recall(c.Kind, l)
			if c.Benign || sum(share.All) == 0 {
				continue
			}
			after, each, by := rep.detection(c.Kind, l)
			p("%s\t%s\t%s\t%s\t%s\t%s", c.Kind, l, share, after, each, by)
		}
	}
	p("\nlevel\trecall of all campaigns\twanted")
	for _, l := range attack.Levels() {
		if s := rep.Recall("", l); sum(s.All) > 0 {
			p("%s\t%s\t%.2f", l, s, targets[l])
		}
	}
	p("\nrule\talerts\tabout attacks\tprecision\tconfusers\tordinary work\tfalse per 1,000 users and day")
	for _, r := range rep.rules {
		var alerts, good, confused int
		precision := Share{}
		for _, t := range rep.seeds {
			all, right := 0, 0
			for _, v := range t.alerts {
				if v.rule != r.ID {
					continue
				}
				if all++; v.attack {
					right++
				} else if v.confuser != "" {
					confused++
				}
			}
			precision.add(right, all)
			alerts, good = alerts+all, good+right
		}
		if alerts > 0 {
			p("%s\t%d\t%d\t%s\t%d\t%d\t%s", r.ID, alerts, good, precision, confused, alerts-good-confused, rep.False(r.ID))
		}
	}
	travel, userDays := rep.False("WL-LOC-001"), 0.0
	for _, t := range rep.seeds {
		userDays += t.days * float64(rep.Users)
	}
	if slices.ContainsFunc(rep.rules, func(r *rule.Rule) bool { return r.ID == "WL-LOC-001" }) {
		p("\nimpossible travel (WL-LOC-001) about no attack, per 1,000 user-days: %s of %.0f user-days (wanted: at most 0.5)", travel, userDays)
		all, found := 0, 0
		for _, l := range attack.Levels() {
			all, found = all+sum(rep.Recall("travel", l).All), found+rep.FoundBy("WL-LOC-001", "travel", l)
		}
		p("of the journeys of attackers it finds %s (wanted: at least 0.90)", Share{Found: []int{found}, All: []int{all}})
	}
	p("\nincidents of severity high and above about no attack, per 1,000 users and week: %s (wanted: at most 1)", rep.Incidents())
	for _, r := range rep.rules {
		if list := rep.examples(r.ID, 3); len(list) > 0 {
			p("%s raises without an attack, for example:\n  %s", r.ID, strings.Join(list, "\n  "))
		}
	}
	slow := slices.Clone(rep.rules)
	slices.SortFunc(slow, func(a, b *rule.Rule) int { return cmp.Compare(rep.spent[b.ID], rep.spent[a.ID]) })
	var took []string
	for _, r := range slow[:min(10, len(slow))] {
		took = append(took, fmt.Sprintf("%s %.0f s", r.ID, rep.spent[r.ID].Seconds()))
	}
	p("\nmost time went to %s", strings.Join(took, ", "))
	for _, e := range rep.Problems() {
		p("error of rule %s", e)
	}
	return tw.Flush()
}

// detection says how soon campaigns were found, by how many alerts each, and
// by which rules in how many seeds.
func (rep *Report) detection(kind string, level attack.Level) (after, each, by string) {
	var times []time.Duration
	alerts, rules := 0, map[string]int{}
	for _, t := range rep.seeds {
		for _, o := range t.campaigns {
			if o.kind != kind || o.level != level.String() || o.alerts == 0 {
				continue
			}
			times, alerts = append(times, o.after), alerts+o.alerts
			for _, r := range o.rules {
				rules[r]++
			}
		}
	}
	if len(times) == 0 {
		return "-", "-", "-"
	}
	slices.Sort(times)
	var list []string
	for _, r := range sorted(rules) {
		list = append(list, fmt.Sprintf("%s (%d)", r, rules[r]))
	}
	return times[len(times)/2].Round(time.Minute).String(), fmt.Sprintf("%.1f", float64(alerts)/float64(len(times))), strings.Join(list, " ")
}

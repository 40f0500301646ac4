package bench

import (
	"net"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	mitre "github.com/wholelog/wholelog/internal/detect/attack"
	"github.com/wholelog/wholelog/internal/sim/attack"
)

// slack is how far a record may lie outside of an alert's evidence.
const slack = 5 * time.Minute

// silenceSlack is how long after it began to be silent a table's silence may be
// told of.
const silenceSlack = 24 * time.Hour

// campaign is what one seed has of a kind and level.
type campaign struct {
	id, kind, level string
	benign          bool
	labels          []attack.Label
	times           []time.Time
	techniques      []string
}

func campaigns(labels []attack.Label) []*campaign {
	var out []*campaign
	for _, l := range labels {
		if len(out) == 0 || out[len(out)-1].id != l.Campaign {
			out = append(out, &campaign{id: l.Campaign, kind: l.Kind, level: l.Level, benign: l.Benign})
		}
		c := out[len(out)-1]
		l.Actor, l.Victim = strings.ToLower(l.Actor), strings.ToLower(l.Victim)
		at, _ := time.Parse(time.RFC3339Nano, l.Time) // Plan wrote it
		c.labels, c.times, c.techniques = append(c.labels, l), append(c.times, at), append(c.techniques, l.Technique)
	}
	return out
}

// names lists what an alert is about, in small letters.
func names(a detect.Alert) map[string]bool {
	out := map[string]bool{}
	for _, e := range a.Entities {
		for _, v := range e.Fields {
			out[strings.ToLower(v)] = true
		}
		if n, d := e.Fields["Name"], e.Fields["UPNSuffix"]; n != "" && d != "" {
			out[strings.ToLower(n+"@"+d)] = true
		}
	}
	return out
}

// sources are the addresses that an alert names, in small letters.
func sources(a detect.Alert) map[string]bool {
	out := map[string]bool{}
	for _, e := range a.Entities {
		if v := e.Fields["Address"]; e.Type == "IP" && v != "" {
			out[strings.ToLower(v)] = true
		}
	}
	return out
}

// fits tells whether an alert is about a technique: it names it, its parent or
// a part of it, or a tactic that the technique serves.
func fits(a detect.Alert, technique string) bool {
	parent := func(id string) string { p, _, _ := strings.Cut(id, "."); return p }
	if slices.ContainsFunc(a.Techniques, func(t string) bool { return parent(t) == parent(technique) }) {
		return true
	}
	p, ok := mitre.Find(18, technique)
	return ok && slices.ContainsFunc(p.V18.Tactics, func(t string) bool { return slices.Contains(a.Tactics, t) })
}

// has tells whether an alert is about a campaign: the time of a labelled record
// lies within its evidence, and it names who acted or who was acted on. An alert
// that names addresses is about none that acts from another address. found is
// stricter: the alert must also say what kind of attack that record is of.
func (c *campaign) has(a detect.Alert, about map[string]bool) (touches, found bool) {
	from := sources(a)
	for i, l := range c.labels {
		if l.ID == "" { // what is missing has no record and no actor
			same := slices.Contains(a.Techniques, l.Technique)
			if same && !a.To.Before(c.times[0]) && a.To.Before(c.times[len(c.times)-1].Add(silenceSlack)) {
				return true, true
			}
			continue
		}
		if c.times[i].Before(a.From.Add(-slack)) || c.times[i].After(a.To.Add(slack)) {
			continue
		}
		if address := net.ParseIP(l.Actor) != nil; about[l.Actor] || about[l.Victim] && !(address && len(from) > 0 && !from[l.Actor]) {
			if touches = true; c.benign || fits(a, l.Technique) {
				return true, true
			}
		}
	}
	return touches, false
}

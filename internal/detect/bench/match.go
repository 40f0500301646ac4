package bench

import (
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
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

// has tells whether an alert is about a campaign.
func (c *campaign) has(a detect.Alert, about map[string]bool) bool {
	for i, l := range c.labels {
		if l.ID == "" { // what is missing has no record and no actor
			same := slices.Contains(a.Techniques, l.Technique)
			if same && !a.To.Before(c.times[0]) && a.To.Before(c.times[len(c.times)-1].Add(silenceSlack)) {
				return true
			}
			continue
		}
		within := !c.times[i].Before(a.From.Add(-slack)) && !c.times[i].After(a.To.Add(slack))
		if within && (about[l.Actor] || about[l.Victim]) {
			return true
		}
	}
	return false
}

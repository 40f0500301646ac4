package backtest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
)

// slack is how far a labelled record may lie outside of an alert's evidence.
const slack = 5 * time.Minute

// Labels are what somebody knows of records, from a file with a line for each:
// those that the simulator writes, or those of an exercise. What has no label
// is taken for ordinary work.
type Labels struct {
	list  []label
	found map[string]bool // campaigns that an alert was about
}

type label struct {
	Campaign string    `json:"campaign"`
	Actor    string    `json:"actor"`  // address or account that acts
	Victim   string    `json:"victim"` // account or object that is acted on
	Time     time.Time `json:"time"`
	Benign   bool      `json:"benign"`
}

// ReadLabels reads lines of JSON. Lines without a time say nothing of when and
// are left out.
func ReadLabels(r io.Reader) (*Labels, error) {
	out := &Labels{found: map[string]bool{}}
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for n := 1; s.Scan(); n++ {
		if strings.TrimSpace(s.Text()) == "" {
			continue
		}
		var l label
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("labels, line %d: want an object with campaign, actor, victim, time and benign: %w", n, err)
		}
		if !l.Time.IsZero() && (l.Actor != "" || l.Victim != "") {
			l.Actor, l.Victim = strings.ToLower(l.Actor), strings.ToLower(l.Victim)
			out.list = append(out.list, l)
		}
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	return out, nil
}

// Verdict says whether an alert is about an attack: a label's time lies within
// its evidence, and its actor or victim is one of its entities. It is
// Options.Verdict.
func (l *Labels) Verdict(a *detect.Alert) string {
	about := map[string]bool{}
	for _, e := range a.Entities {
		for _, v := range e.Fields {
			about[strings.ToLower(v)] = true
		}
		if n, d := e.Fields["Name"], e.Fields["UPNSuffix"]; n != "" && d != "" {
			about[strings.ToLower(n+"@"+d)] = true
		}
	}
	verdict := "false"
	for _, x := range l.list {
		if !x.Benign && (about[x.Actor] || about[x.Victim]) && !x.Time.Before(a.From.Add(-slack)) && !x.Time.After(a.To.Add(slack)) {
			verdict, l.found[x.Campaign] = "true", true
		}
	}
	return verdict
}

// Campaigns counts the attacks with a label in [from, to), and those of them
// that an alert was about.
func (l *Labels) Campaigns(from, to time.Time) (found, all int) {
	seen := map[string]bool{}
	for _, x := range l.list {
		if !x.Benign && !seen[x.Campaign] && !x.Time.Before(from) && x.Time.Before(to) {
			seen[x.Campaign] = true
			if all++; l.found[x.Campaign] {
				found++
			}
		}
	}
	return found, all
}

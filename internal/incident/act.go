package incident

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
)

// Act is what a person does to an incident. Empty fields leave as it is.
type Act struct {
	By      string // who; needed
	Status  Status
	Owner   *string
	Comment string
	// Classification and Reason are of a closing, which needs the first.
	Classification, Reason string
	Label                  string // added; with a minus before it, taken away
}

// ErrRefused says that something cannot be done as it was asked for.
var ErrRefused = errors.New("refused")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}

// maxComment bounds a comment, in bytes.
const maxComment = 16 << 10

// Do changes an incident and records that.
func (b *Book) Do(ctx context.Context, name string, act Act) (Incident, error) {
	if act.By == "" {
		return Incident{}, refuse("nobody is named who does it")
	}
	if len(act.Comment) > maxComment {
		return Incident{}, refuse("the comment has %d bytes; at most %d", len(act.Comment), maxComment)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	old, err := b.find(name)
	if err != nil {
		return Incident{}, err
	}
	in, now := old.clone(), b.now()
	kind, worth := "updated", false
	switch act.Status {
	case "":
	case New, Active:
		if in.Status == Closed {
			worth = true
			in.Closed, in.Classification, in.Reason, in.Closing = nil, "", "", ""
		}
		in.Status = act.Status
	case Closed:
		c := canonical(act.Classification)
		if c == "" {
			return Incident{}, refuse("closing needs a classification: one of %s", strings.Join(Classifications, ", "))
		}
		in.Status, in.Classification, in.Reason, in.Closing, in.Closed = Closed, c, act.Reason, act.Comment, &now
		kind, worth = "closed", true
	default:
		return Incident{}, refuse("there is no status %q: New, Active or Closed", act.Status)
	}
	if act.Owner != nil {
		in.Owner = *act.Owner
	}
	if act.Comment != "" {
		in.Comments = append(in.Comments, Comment{now, act.By, act.Comment})
	}
	if l, minus := strings.CutPrefix(act.Label, "-"); l != "" {
		in.Labels = slices.DeleteFunc(in.Labels, func(s string) bool { return s == l })
		if !minus {
			in.Labels = append(in.Labels, l)
		}
	}
	if worth {
		in.Revision++
	}
	in.Modified, in.By = b.stamp(old, now), act.By
	if err := b.opt.Write(ctx, in.row()); err != nil {
		return Incident{}, err
	}
	b.all[in.ID] = in
	if worth {
		// It is recorded; a start tells it again.
		_ = b.opt.Tell(ctx, Change{Incident: *in.clone(), Kind: kind})
	}
	return *in.clone(), nil
}

func canonical(classification string) string {
	for _, c := range Classifications {
		if strings.EqualFold(c, strings.ReplaceAll(classification, "-", "")) {
			return c
		}
	}
	return ""
}

// Risk is what the alerts of a time say of one person together.
type Risk struct {
	Account   string    `json:"account"`
	Score     int       `json:"score"`
	Incidents []int     `json:"incidents"`
	Last      time.Time `json:"last"`
}

// weights of severities in a person's risk.
var weights = []int{1, 5, 15, 40, 100}

// Risks rolls the incidents since a time up by person, the riskiest first.
// Incidents that were closed as false or benign count nothing.
func (b *Book) Risks(since time.Time) []Risk {
	by := map[string]*Risk{}
	for _, i := range b.List() {
		if i.Last.Before(since) || i.Classification == "FalsePositive" || i.Classification == "BenignPositive" {
			continue
		}
		for _, n := range names(i.Entities, "Account") {
			r := by[n]
			if r == nil {
				r = &Risk{Account: n}
				by[n] = r
			}
			r.Score += weights[max(0, i.Severity.Rank())]
			r.Incidents = append(r.Incidents, i.Number)
			if i.Last.After(r.Last) {
				r.Last = i.Last
			}
		}
	}
	out := make([]Risk, 0, len(by))
	for _, r := range by {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, c Risk) int {
		if a.Score != c.Score {
			return c.Score - a.Score
		}
		return strings.Compare(a.Account, c.Account)
	})
	return out
}

// Verdict says what people have found about an alert like this one: "true" or
// "false" where a closed incident of the rule is about one of its entities and
// of its time, "" where nobody said.
func (b *Book) Verdict(a *detect.Alert) string {
	for _, i := range b.List() {
		if i.Status != Closed || !slices.Contains(i.Rules, a.Rule) || a.From.After(i.Last) || a.To.Before(i.First) {
			continue
		}
		if !slices.ContainsFunc(a.Entities, func(e detect.Entity) bool {
			return slices.ContainsFunc(i.Entities, func(h detect.Entity) bool { return h.Type == e.Type && strings.EqualFold(Name(h), Name(e)) })
		}) {
			continue
		}
		switch i.Classification {
		case "TruePositive":
			return "true"
		case "FalsePositive", "BenignPositive":
			return "false"
		}
	}
	return ""
}

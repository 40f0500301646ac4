package spray

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/engines/geo"
	"github.com/wholelog/wholelog/internal/detect/engines/row"
)

// Source finds a spray from one address, network or provider.
type Source struct{}

// Name is what rules call it.
func (Source) Name() string { return "spray-source" }

// Limits are from where on a source sprays.
type Limits struct {
	Users    int     // of one address; a network needs half more, a provider three times as many
	PerUser  float64 // tries for each user at most
	NewShare float64 // of the users tried, how many never signed in from there
}

// Group is a source and what came from it.
type Group struct {
	Kind, Name string // "address", "network" or "provider"
	Tries      []Try
	wide       float64 // how many times the users it needs
}

// measures of a group.
type measures struct {
	users, guessed, in                        []string // tried; tried and right; signed in without a wrong try
	signedIn                                  []string // of those guessed, who got in
	tries, unknown, locked, legacy, most, new int64
	ips                                       []string
	first, last                               time.Time
	country, app                              string
}

func (g *Group) measure(k Known) measures {
	m := measures{}
	by := map[string]*Try{}
	newUser := map[string]bool{}
	for _, t := range g.Tries {
		u := by[t.User]
		if u == nil {
			u = &Try{}
			by[t.User] = u
		}
		u.Tries, u.Valid, u.In = u.Tries+t.Tries, u.Valid+t.Valid, u.In+t.In
		m.tries, m.unknown, m.locked, m.legacy = m.tries+t.Tries, m.unknown+t.Unknown, m.locked+t.Locked, m.legacy+t.Legacy
		if !k.Has(t) {
			newUser[t.User] = true
		}
		if t.Tries > 0 {
			m.ips = append(m.ips, t.IP)
			m.country, m.app = cmp.Or(m.country, t.Country), cmp.Or(m.app, t.App)
			if m.first.IsZero() || t.First.Before(m.first) {
				m.first = t.First
			}
			if t.Last.After(m.last) {
				m.last = t.Last
			}
		}
	}
	for u, t := range by {
		if t.Tries > 0 {
			m.users = append(m.users, u)
			m.most = max(m.most, t.Tries)
			if newUser[u] {
				m.new++
			}
		} else if t.In > 0 {
			m.in = append(m.in, u)
		}
		// A right password of somebody who was never there is a guess even
		// without a wrong one before it.
		if t.Valid > 0 && newUser[u] {
			m.guessed = append(m.guessed, u)
			if t.In > 0 {
				m.signedIn = append(m.signedIn, u)
			}
		}
	}
	m.users, m.guessed, m.in, m.signedIn, m.ips = distinct(m.users), distinct(m.guessed), distinct(m.in), distinct(m.signedIn), distinct(m.ips)
	return m
}

// fires says whether a source sprays.
func (m *measures) fires(l Limits, wide float64) bool {
	n := float64(len(m.users))
	return n >= float64(l.Users)*wide && // enough people
		float64(m.tries) <= l.PerUser*n && // each but a little
		float64(m.new) >= l.NewShare*n && // strangers to the place
		len(m.users) > len(m.in) && // an office has more who get in
		m.most*2 <= m.tries // one forgotten password is no spray
}

// Finding is a source that sprays.
type Finding struct {
	Group
	measures
	Parts []Part
	Score int
}

// Part is one part of a score.
type Part struct {
	Name   string `json:"part"`
	Points int    `json:"points"`
}

// Find groups tries by address, network and provider. A wider group takes the
// place of the narrower ones in it only if it has half more users than the
// largest of those: else it only repeats it.
func Find(tries []Try, k Known, l Limits) []*Finding {
	level := func(kind string, wide float64, name func(Try) string) map[string]*Finding {
		groups := map[string]*Group{}
		for _, t := range tries {
			n := name(t)
			if n == "" {
				continue
			}
			if groups[n] == nil {
				groups[n] = &Group{Kind: kind, Name: n, wide: wide}
			}
			groups[n].Tries = append(groups[n].Tries, t)
		}
		out := map[string]*Finding{}
		for n, g := range groups {
			if m := g.measure(k); m.fires(l, wide) {
				f := &Finding{Group: *g, measures: m}
				f.weigh()
				out[n] = f
			}
		}
		return out
	}
	provider := func(t Try) string {
		if t.ASN == 0 {
			return ""
		}
		return fmt.Sprintf("AS%d", t.ASN)
	}
	found := level("address", 1, func(t Try) string { return t.IP })
	for _, wider := range []map[string]*Finding{level("network", 1.5, func(t Try) string { return geo.Prefix(t.IP) }), level("provider", 3, provider)} {
		for n, w := range wider {
			var inside []string
			most := 0
			for name, f := range found {
				if slices.ContainsFunc(f.Tries, func(t Try) bool { return geo.Prefix(t.IP) == n || provider(t) == n }) {
					inside, most = append(inside, name), max(most, len(f.users))
				}
			}
			if most == 0 || 2*len(w.users) >= 3*most {
				for _, name := range inside {
					delete(found, name)
				}
				found[n] = w
			}
		}
	}
	out := make([]*Finding, 0, len(found))
	for _, f := range found {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b *Finding) int {
		return cmp.Or(len(b.users)-len(a.users), strings.Compare(a.Name, b.Name))
	})
	return out
}

// weigh scores what a spray has in common with tools for it.
func (f *Finding) weigh() {
	part := func(name string, points int, holds bool) {
		if holds {
			f.Parts, f.Score = append(f.Parts, Part{name, points}), f.Score+points
		}
	}
	n := len(f.users)
	part("enough users, few tries each", 50, true)
	part("unknown users among them", 10, f.unknown*10 >= f.tries && f.unknown > 0)
	part("accounts locked", 10, f.locked > 0)
	part("old protocols", 10, f.legacy*2 > f.tries)
	part("hosting or anonymiser", 10, slices.ContainsFunc(f.Tries, func(t Try) bool { return geo.ClassOf(t.ASN).Anonymous() }))
	part("users in the order of the alphabet", 5, n >= 8 && f.ordered() >= 0.8)
	part("one password was right", 20, len(f.guessed) > 0)
	f.Score = min(f.Score, 100)
}

// ordered is the share of neighbours in time whose names stand in order.
func (f *Finding) ordered() float64 {
	list := slices.DeleteFunc(slices.Clone(f.Tries), func(t Try) bool { return t.Tries == 0 })
	slices.SortStableFunc(list, func(a, b Try) int { return a.First.Compare(b.First) })
	up := 0
	for i := 1; i < len(list); i++ {
		if list[i].User > list[i-1].User {
			up++
		}
	}
	return float64(up) / float64(max(len(list)-1, 1))
}

// Run finds sprays of the window. The input has a row for each user and
// address.
func (Source) Run(ctx context.Context, in detect.Input) (*detect.Table, error) {
	tries, err := readTries(in.Table)
	if err != nil {
		return nil, err
	}
	k := row.Knobs(in.Knobs)
	l := Limits{int(k.Int("min_users", 5)), k.Real("max_tries_per_user", 3), k.Real("new_share", 0.8)}
	out := row.Table(sourceColumns...)
	// Nobody known first: only what fires then is worth asking about.
	var users []string
	suspects := Find(tries, nil, Limits{l.Users, l.PerUser, 0})
	for _, f := range suspects {
		for _, t := range f.Tries {
			users = append(users, t.User)
		}
	}
	if len(suspects) == 0 {
		return out, nil
	}
	who, err := known(ctx, in, users)
	if err != nil {
		return nil, err
	}
	for _, f := range Find(tries, who, l) {
		if err := f.add(out); err != nil {
			return nil, fmt.Errorf("finding: %w", err)
		}
	}
	return out, nil
}

var sourceColumns = []string{"StartTime:datetime", "EndTime:datetime", "Source", "SourceKind", "IPs:dynamic", "UsersTried:long", "Tries:long", "Users:dynamic", "Guessed:dynamic", "SignedIn:dynamic",
	"Country", "App", "Severity", "Score:long", "Explanation", "Evidence:dynamic"}

func (f *Finding) add(t *detect.Table) error {
	sev := "high"
	text := fmt.Sprintf("%d tries for %d users, %d of whom never signed in from there; %d others got in", f.tries, len(f.users), f.new, len(f.in))
	if len(f.guessed) > 0 {
		sev = "critical"
		text += fmt.Sprintf("; the password of %d was right", len(f.guessed))
	}
	ev := map[string]any{"attempted": head(f.users, 200), "passwordValid": f.guessed, "signedIn": f.signedIn, "score": f.Parts, "unknownUsers": f.unknown, "locked": f.locked, "oldProtocols": f.legacy}
	return row.Add(t, f.first, f.last, f.Name, f.Kind, head(f.ips, 50), len(f.users), f.tries, head(f.users, 50), head(f.guessed, 50), head(f.signedIn, 50), f.country, f.app, sev, f.Score, text, ev)
}

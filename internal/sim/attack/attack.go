package attack

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

// Options say what to put in.
type Options struct {
	Seed      uint64
	Levels    []Level // of each campaign; none: no attacks
	Confusers bool
	// From is when the first campaign may begin: before it lies what rules learn
	// from. Zero: the middle of the history.
	From time.Time
	// Only names the kinds to play; empty: all.
	Only []string
}

// Campaign is a kind of attack, or a confuser.
type Campaign struct {
	Kind      string
	Technique string // of ATT&CK 18, where a step says no other
	Benign    bool
	Days      int // that it lasts at most
	play      func(*stage)
}

// Campaigns lists the attacks, then the confusers.
func Campaigns() []Campaign {
	return []Campaign{
		{"spray_single", "T1110.003", false, 1, spraySingle},
		{"spray_proxy", "T1110.003", false, 1, sprayProxy},
		{"spray_slow", "T1110.003", false, 3, spraySlow},
		{"stuffing", "T1110.004", false, 1, stuffing},
		{"brute", "T1110.001", false, 1, brute},
		{"fatigue", "T1621", false, 1, fatigue},
		{"aitm", "T1557", false, 1, aitm},
		{"devicecode", "T1528", false, 1, deviceCode},
		{"consent", "T1528", false, 1, consent},
		{"ropc", "T1078.004", false, 1, ropc},
		{"dormant", "T1078.004", false, 1, dormant},
		{"travel", "T1078.004", false, 1, travel},
		{"pim", "T1098.003", false, 1, pim},
		{"ca_exclusion", "T1556.009", false, 1, caExclusion},
		{"group_excluded", "T1556.009", false, 1, groupExcluded},
		{"sp_secret", "T1098.001", false, 1, spSecret},
		{"federation", "T1484.002", false, 1, federation},
		{"hidden_au", "T1098.003", false, 1, hiddenAU},
		{"breakglass", "T1078.004", false, 1, breakGlass},
		{"log_silence", "T1562.008", false, 1, logSilence},
		{"insider_vpn", "T1078.004", false, 1, insiderVPN},

		{"office_move", "", true, 2, officeMove},
		{"vpn_change", "", true, 2, vpnChange},
		{"carrier_rehoming", "", true, 2, carrierRehoming},
		{"password_expiry", "", true, 1, passwordExpiry},
		{"saas_rollout", "", true, 1, saasRollout},
		{"pentest", "", true, 1, penTest},
		{"conference", "", true, 2, conference},
		{"airline_wifi", "", true, 1, airlineWiFi},
	}
}

// Injection is what campaigns put into a history.
type Injection struct {
	Records []Record // by time
	Labels  []Label  // campaign by campaign, in the order of steps
	gaps    []gap
}

// Missing tells whether a record of the history is one that a campaign keeps
// from being delivered.
func (in *Injection) Missing(r Record) bool {
	return slices.ContainsFunc(in.gaps, func(g gap) bool {
		return !r.Time.Before(g.from) && r.Time.Before(g.to) && (g.category == "" || is(r.Raw, g.category))
	})
}

// Plan plays campaigns over a history, which must be native diagnostic records.
func Plan(history []Record, o Options) (*Injection, error) {
	w, err := read(history)
	if err != nil {
		return nil, err
	}
	if o.From.IsZero() {
		o.From = w.from.Add(w.to.Sub(w.from) / 2)
	}
	d := &deck{people: slices.Clone(w.people)}
	source(o.Seed, "deck").Shuffle(len(d.people), func(i, j int) { d.people[i], d.people[j] = d.people[j], d.people[i] })
	in := &Injection{}
	for n, c := range Campaigns() {
		if len(o.Only) > 0 && !slices.Contains(o.Only, c.Kind) {
			continue
		}
		levels := o.Levels
		if c.Benign {
			if levels = nil; o.Confusers {
				levels = []Level{Realistic}
			}
		}
		for _, l := range levels {
			s := &stage{world: w, level: l, kind: c.Kind, technique: c.Technique, benign: c.Benign, id: c.Kind, r: source(o.Seed, c.Kind, l.String())}
			if !c.Benign {
				s.id = c.Kind + "-" + l.String()
			}
			// Whom it strikes depends on its place in the list, not on who came before.
			s.deck = &deck{people: d.people, next: n*7 + int(l)*3}
			last := max(1, int(w.to.Sub(o.From).Hours())-24*c.Days)
			at := o.From.Add(time.Duration(s.r.IntN(last)) * time.Hour).Truncate(24 * time.Hour)
			if at.Before(o.From) {
				at = at.AddDate(0, 0, 1)
			}
			s.now = at.Add(time.Duration(6*3600+s.r.IntN(12*3600)) * time.Second).Add(time.Duration(s.r.IntN(1e7)) * 100)
			c.play(s)
			in.Records, in.Labels, in.gaps = append(in.Records, s.records...), append(in.Labels, s.labels...), append(in.gaps, s.gaps...)
		}
	}
	slices.SortStableFunc(in.Records, func(a, b Record) int { return a.Time.Compare(b.Time) })
	return in, nil
}

// source makes a random source that depends only on the seed and the names.
func source(seed uint64, names ...string) *rand.Rand {
	h := fnv.New64a()
	for _, n := range names {
		fmt.Fprintf(h, "attack\x00%s\x00", n)
	}
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

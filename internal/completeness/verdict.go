package completeness

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/store/duck"
)

// Bounds of the lateness after which an hour is judged. The measured one is
// that of 999 records of 1000.
const (
	leastLateness = 15 * time.Minute
	mostLateness  = 72 * time.Hour
)

// lateness is how long after its end an hour of a table stays open.
func (w *weighing) lateness(k key) time.Duration {
	most := leastLateness
	for _, l := range w.late[k] {
		most = max(most, time.Duration(l.P999)*time.Second)
	}
	return min(most, mostLateness)
}

// everyHour makes the hours known that a path should have had events of, also
// where it had none, up to now.
func (w *weighing) everyHour() {
	end := w.o.To
	if w.o.Now.Before(end) {
		end = w.o.Now
	}
	until := func(k key, from int64) {
		if low := w.o.From.Unix() / 3600; from < low {
			from = low
		}
		for h := from; time.Unix((h+1)*3600, 0).Before(end); h++ {
			w.hour(at{k, h})
		}
	}
	for k, byPath := range w.late {
		for p, l := range byPath {
			if f := w.follows(p); f != nil && w.asked[p] == nil {
				until(k, begins(l, f))
			}
		}
	}
	for _, byKey := range w.asked {
		for k, p := range byKey {
			until(k, p.first)
		}
	}
}

// begins is the first hour of which a stream must have every event: the one
// after that with which it began to carry the table. Where nothing is kept for
// those who come later, it is not before it was first followed.
func begins(l duck.Lateness, f *followed) int64 {
	if keeps(l.Path) {
		return l.First + 1
	}
	return max(l.First, f.first()) + 1
}

// judge gives an hour its verdict.
func (w *weighing) judge(a at, h *Hour) {
	start := h.Hour
	type opinion struct {
		Path
		asks, stable  bool
		missing, note string
	}
	paths := map[string]*opinion{}
	of := func(name string) *opinion {
		p := paths[name]
		if p == nil {
			p = &opinion{Path: Path{Name: name}}
			paths[name] = p
		}
		return p
	}
	var total int64
	for _, s := range w.sets[a] {
		total += s.Events
		for _, p := range s.Paths {
			of(p).Events += s.Events
		}
	}
	closes := start.Add(time.Hour + w.lateness(a.key))
	waiting, beginning, reading := "", "", false
	for name, byKey := range w.asked {
		t := byKey[a.key]
		if t == nil {
			continue
		}
		p := of(name)
		p.asks = true
		r := t.hours[a.hour]
		if r == nil {
			r = &readings{}
		}
		h.Polled += r.polled
		h.Reread += r.again
		h.Reswept += r.swept
		all, stable, count := r.covers(start)
		p.Expected, p.stable = all, stable
		if count != nil {
			if h.Recount == nil {
				h.Recount = new(int64)
			}
			*h.Recount += *count
		}
		if !all && len(r.missing) > 0 {
			p.missing = r.missing[len(r.missing)-1].Reason
		} else if !all && a.hour > t.last {
			waiting = fmt.Sprintf("%s has not read all of it yet", name)
			f := w.followed[name]
			reading = reading || f == nil || w.o.Now.Sub(f.to()) < time.Hour
		} else if !all && t.first == a.hour {
			beginning = fmt.Sprintf("collection by %s began within this hour", name)
		}
	}
	for name, l := range w.late[a.key] {
		f := w.follows(name)
		if f == nil || of(name).asks {
			continue
		}
		if a.hour < begins(l, f) {
			beginning = fmt.Sprintf("collection by %s began within this hour or later", name)
			continue
		}
		p := of(name)
		p.stable = true
		if closes.After(f.to()) {
			waiting = fmt.Sprintf("%s has been followed up to %s", name, f.to().Format("2006-01-02 15:04"))
			continue
		}
		p.Expected = true
		if b, ok := f.broken(start, start.Add(time.Hour)); ok {
			between := fmt.Sprintf("from %s to %s", b.from.Format("15:04"), b.to.Format("15:04"))
			if p.Expected = keeps(name); p.Expected {
				p.note = "not followed " + between + " and read on from there afterwards"
			} else {
				p.missing = "nobody was there to take records " + between
			}
		}
	}
	names := make([]string, 0, len(paths))
	for n := range paths {
		names = append(names, n)
	}
	sort.Strings(names)
	var expected, agree []string
	var lost, missing []string
	for _, n := range names {
		p := paths[n]
		if p.Expected {
			expected = append(expected, n)
			p.Lacks = total - p.Events
		}
		// A path of which nothing was expected may still have brought all.
		if p.Lacks == 0 && (p.Expected || p.Events == total && total > 0) {
			agree = append(agree, n)
		}
		if p.Lacks > 0 {
			lost = append(lost, fmt.Sprintf("%s lacks %d of %d events", n, p.Lacks, total))
		}
		if p.missing != "" {
			missing = append(missing, n+": "+p.missing)
		}
		h.Paths = append(h.Paths, p.Path)
	}
	say := func(v Verdict, format string, args ...any) {
		h.Verdict, h.Reason = v, fmt.Sprintf(format, args...)
	}
	switch {
	case a.table == "":
		if h.Verdict != Imported {
			say(Open, "records that could not be read belong to no table")
		}
	case total == 0 && h.Verdict == Imported && !slices.ContainsFunc(names, func(n string) bool { return paths[n].Expected }):
		say(Imported, "from files: nothing is claimed")
	case w.o.Now.Before(closes):
		say(Open, "records of this table come up to %s after their events", round(w.lateness(a.key)))
	case len(lost) > 0:
		n := w.incomplete(a, expected)
		h.Missing = &n
		from := "paths that have them"
		if full := others(names, paths, func(p *opinion) bool { return p.Lacks == 0 && p.Events > 0 }); len(full) > 0 {
			from = strings.Join(full, " and ")
		}
		say(Gap, "%s; they were taken from %s, so nothing of them is missing here", strings.Join(lost, "; "), from)
	case len(agree) >= 2:
		say(Proven, "%s delivered the same %d events", strings.Join(agree, " and "), total)
	case len(agree) == 1 && paths[agree[0]].asks && paths[agree[0]].Expected && !paths[agree[0]].stable:
		say(Open, "%s gave other records at each reading: it is read again when it is swept", agree[0])
	case len(expected) == 1:
		how := "followed without a break"
		if p := paths[expected[0]]; p.asks {
			how = "read again until it was stable"
		} else if p.note != "" {
			how = p.note
		}
		say(SinglePath, "%s, %s", expected[0], how)
		if len(missing) > 0 {
			h.Reason += "; " + strings.Join(missing, "; ")
		}
	case waiting != "" && (reading || w.o.Now.Sub(closes) < mostLateness):
		say(Open, "%s", waiting)
	case len(missing) > 0:
		say(Gap, "%s", strings.Join(missing, "; "))
	case waiting != "":
		say(Gap, "%s, and nothing since", waiting)
	case beginning != "":
		say(Gap, "%s", beginning)
		h.Beginning = true
	default:
		say(Gap, "no path has read or followed this hour from its beginning to its end")
	}
}

// others are the names of the paths that a condition holds for.
func others[P any](names []string, paths map[string]P, is func(P) bool) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !is(paths[n]) })
}

// incomplete counts the events that not every expected path delivered.
func (w *weighing) incomplete(a at, expected []string) (n int64) {
	for _, s := range w.sets[a] {
		for _, p := range expected {
			if !slices.Contains(s.Paths, p) {
				n += s.Events
				break
			}
		}
	}
	return n
}

func round(d time.Duration) string {
	d = d.Round(time.Minute)
	if h := d.Hours(); d >= time.Hour {
		return fmt.Sprintf("%.1f hours", h)
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()))
}

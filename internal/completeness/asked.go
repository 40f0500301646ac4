package completeness

import (
	"sort"
	"time"

	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/store/duck"
)

// asked is what a path that asks by time states of one table, by hour.
type asked struct {
	hours map[int64]*readings
	first int64 // the earliest of hours
	last  int64 // the latest that has been read
}

// readings are those of one hour.
type readings struct {
	polled, again, swept int64
	// newest tiles the time that was read: for each stretch its newest reading.
	newest  []tile
	reread  bool
	missing []duck.Span
}

// tile is a stretch of time and what its newest reading gave.
type tile struct {
	from, to time.Time
	count    int64
	whole    bool // the count is of just this stretch
	stable   bool
}

func (p *asked) add(hour int64, s duck.Span) {
	r := p.hours[hour]
	if r == nil {
		r = &readings{}
		if len(p.hours) == 0 {
			p.first, p.last = hour, hour-1
		}
		p.first = min(p.first, hour)
		p.hours[hour] = r
	}
	switch source.ClaimKind(s.Kind) {
	case source.Missing:
		r.missing = append(r.missing, s)
		return
	case source.Polled:
		r.polled += s.Count
	case source.Reread:
		r.again++
		r.reread = true
	case source.Reswept:
		r.again++
		r.swept += s.Fresh
		r.reread = true
	default:
		return // of another version: it claims nothing
	}
	p.last = max(p.last, hour)
	r.put(tile{s.From, s.To, s.Count, true, s.Stable})
}

// put lays a tile over those that are there.
func (r *readings) put(n tile) {
	out := r.newest[:0:0]
	for _, t := range r.newest {
		if !t.to.After(n.from) || !t.from.Before(n.to) {
			out = append(out, t)
			continue
		}
		// What sticks out on either side keeps its reading, but not its count.
		if t.from.Before(n.from) {
			out = append(out, tile{t.from, n.from, 0, false, t.stable})
		}
		if t.to.After(n.to) {
			out = append(out, tile{n.to, t.to, 0, false, t.stable})
		}
	}
	out = append(out, n)
	sort.Slice(out, func(i, j int) bool { return out[i].from.Before(out[j].from) })
	r.newest = out
}

// covers reports whether the readings cover the whole hour, whether all of
// them were stable, and how many records they gave, if that is known.
func (r *readings) covers(start time.Time) (all, stable bool, count *int64) {
	pos, end := start, start.Add(time.Hour)
	stable = true
	sum, known := int64(0), true
	for _, t := range r.newest {
		if t.from.After(pos) {
			return false, false, nil
		}
		stable = stable && t.stable
		sum, known = sum+t.count, known && t.whole
		if t.to.After(pos) {
			pos = t.to
		}
	}
	if pos.Before(end) {
		return false, false, nil
	}
	if known && r.reread {
		count = &sum
	}
	return true, stable, count
}

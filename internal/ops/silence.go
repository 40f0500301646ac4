package ops

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/wholelog/wholelog/internal/completeness"
	"github.com/wholelog/wholelog/internal/store/duck"
)

const (
	// silenceEvents is how many events an hour of the day's average must have
	// promised before none at all is a finding: by chance that comes once in e^20.
	silenceEvents = 20
	// silenceDays is how far back averages go.
	silenceDays = 14
	// leastDays is how much a path must have delivered before it is judged.
	leastDays = 2
)

// Silent finds the tables of which a path that used to deliver them has
// delivered nothing for longer than chance explains. Averages are by hour of
// the day, so that nights and weekends are no findings by themselves.
func Silent(ctx context.Context, s *duck.Store, now time.Time) ([]Finding, error) {
	type stream struct{ table, tenant, path string }
	hours := map[stream]map[int64]int64{}
	end := now.UTC().Truncate(time.Hour)
	begin := end.Add(-silenceDays * 24 * time.Hour)
	err := s.PathCounts(ctx, begin, end, func(p duck.PathCount) {
		k := stream{p.Table, p.Tenant, p.Path}
		if hours[k] == nil {
			hours[k] = map[int64]int64{}
		}
		hours[k][p.Hour] += p.Events
	})
	if err != nil {
		return nil, err
	}
	var out []Finding
	for k, counts := range hours {
		first, last := int64(1)<<40, int64(0)
		for h := range counts {
			first, last = min(first, h), max(last, h)
		}
		if last-first < leastDays*24 {
			continue
		}
		promised := 0.0
		for h := last + 1; h < end.Unix()/3600; h++ {
			sum, days := int64(0), 0
			for d := h - 24; d >= first; d -= 24 {
				if d <= last {
					sum += counts[d]
					days++
				}
			}
			if days > 0 {
				promised += float64(sum) / float64(days)
			}
		}
		if promised >= silenceEvents {
			out = append(out, Finding{Kind: "silent", Subject: k.table + " by " + k.path, Text: fmt.Sprintf("%s has delivered no record of %s of tenant %s with a time after %s; about %.0f were to be expected by now. Look at the diagnostic setting, the permission and the source's notices",
				k.path, k.table, k.tenant, time.Unix((last+1)*3600, 0).UTC().Format("2006-01-02 15:04"), promised)})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Subject < out[j].Subject })
	return out, nil
}

// failingAfter is how long a source may fail before that is a finding.
const failingAfter = 15 * time.Minute

// Failing finds the sources that have failed for a while, and clocks that are
// wrong.
func (b *Board) Failing() []Finding {
	now := b.now().UTC()
	var out []Finding
	for _, s := range b.Sources() {
		if s.State == "failing" && now.Sub(s.Since) >= failingAfter {
			why := "see its notices"
			if i := slices.IndexFunc(s.Notices, func(n NoticeAt) bool { return n.Level == "failure" }); i >= 0 {
				why = s.Notices[i].Text
			}
			out = append(out, Finding{Kind: "failing", Subject: s.Name, Text: fmt.Sprintf("it has not collected since %s: %s", s.Since.Format("2006-01-02 15:04"), why)})
		}
		for _, n := range s.Notices {
			if n.Code == "clock-skew" && now.Sub(n.At) < 2*time.Hour {
				out = append(out, Finding{Kind: "skew", Subject: s.Name, Text: n.Text})
			}
		}
		if s.Future > 0 && now.Sub(s.LastFuture) < 2*time.Hour {
			out = append(out, Finding{Kind: "skew", Subject: s.Name + " (records)", Text: fmt.Sprintf("%d records had times more than %v ahead of this machine's clock: set it by NTP", s.Future, futureAfter)})
		}
	}
	return out
}

// Gaps finds the hours of the last days in which something is known to be
// missing, one finding for each tenant and table.
func Gaps(hours []completeness.Hour) []Finding {
	type sum struct {
		n      int
		events int64
		newest *completeness.Hour
	}
	sums := map[string]*sum{}
	for i := range hours {
		h := &hours[i]
		if h.Verdict != completeness.Gap || h.Beginning {
			continue
		}
		k := h.Table + " of tenant " + h.Tenant
		s := sums[k]
		if s == nil {
			s = &sum{}
			sums[k] = s
		}
		s.n++
		if h.Missing != nil {
			s.events += *h.Missing
		}
		s.newest = h
	}
	var out []Finding
	for k, s := range sums {
		out = append(out, Finding{Kind: "gap", Subject: k, Text: fmt.Sprintf("%d hours of the last %d days have gaps, with %d events that a path lacks; the newest is %s: %s", s.n, gapDays, s.events, s.newest.Hour.Format("2006-01-02 15:04"), s.newest.Reason)})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Subject < out[j].Subject })
	return out
}

// gapDays is how far back gaps are findings.
const gapDays = 7

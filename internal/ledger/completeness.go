package ledger

import (
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/wholelog/wholelog/internal/ledger/segment"
)

// Verdict says how far an hour's records can be called complete, relative to
// what the service served.
type Verdict string

const (
	VerdictImported Verdict = "imported" // from files: nothing is claimed
	VerdictOpen     Verdict = "open"     // still inside the measured lateness
)

// Hour is what arrived for one tenant and table in one hour of event time. An
// empty Table is of records that could not be parsed.
type Hour struct {
	Tenant    string
	Table     string
	Hour      time.Time
	Received  int64  // deliveries: Unique + Duplicate
	Unique    int64  // distinct contents: records in the ledger
	Duplicate int64  // exact repeats, counted by receipts
	Late      int64  // records that came more than LateAfter after their event
	Reswept   int64  // records that only a second reading of the hour brought
	Recount   *int64 // what the service said when it was asked again; nil: not asked
	Verdict   Verdict
}

// Completeness sums the counts of all segments up, from the ledger's own
// files: it reads the footers of sealed segments, not their records.
func (l *Ledger) Completeness() ([]Hour, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	type key struct {
		tenant, table string
		hour          int64
	}
	sums := map[key]*Hour{}
	sum := func(tenant string, counts []segment.Count) {
		for _, c := range counts {
			k := key{tenant, c.Table, c.Hour}
			h := sums[k]
			if h == nil {
				h = &Hour{Tenant: tenant, Table: c.Table, Hour: time.Unix(c.Hour*3600, 0).UTC(), Verdict: VerdictImported}
				sums[k] = h
			}
			h.Received += c.Records + c.Repeats
			h.Unique += c.Records
			h.Duplicate += c.Repeats
			h.Late += c.Late
			if !imported(c.Source) {
				h.Verdict = VerdictOpen
			}
		}
	}
	for _, s := range l.sorted() {
		for _, seg := range s.sealed {
			f, err := readFooter(seg.path)
			if err != nil {
				return nil, fmt.Errorf("segment %d of stream %s: %w", seg.footer.Sequence, s.id, err)
			}
			sum(f.Tenant, f.Counts)
		}
		if s.open != nil {
			sum(s.open.head.Tenant, s.open.sortedCounts())
		}
	}
	out := make([]Hour, 0, len(sums))
	for _, h := range sums {
		out = append(out, *h)
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := &out[i], &out[j]
		if a.Tenant != b.Tenant {
			return a.Tenant < b.Tenant
		}
		if a.Table != b.Table {
			return a.Table < b.Table
		}
		return a.Hour.Before(b.Hour)
	})
	return out, nil
}

func readFooter(path string) (f segment.Footer, err error) {
	file, err := os.Open(path)
	if err != nil {
		return f, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return f, err
	}
	b, err := segment.ReadFooterBlock(file, info.Size())
	if err != nil {
		return f, err
	}
	return segment.ParseFooter(b.Payload)
}

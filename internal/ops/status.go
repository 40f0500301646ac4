package ops

import (
	"context"
	"sort"
	"time"

	"github.com/wholelog/wholelog/internal/completeness"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/schema"
)

// Status is what there is to know of a data folder.
type Status struct {
	Records     int64         `json:"records"`
	Unparsed    int           `json:"unparsed"`
	LedgerBytes int64         `json:"ledgerBytes"`
	StoreBytes  int64         `json:"storeBytes"`
	Tables      []TableStatus `json:"tables"`
	// Segments counts sealed segments, Open those that still grow.
	Segments     int          `json:"segments"`
	Open         int          `json:"open"`
	Completeness []HourStatus `json:"completeness"`
	Lateness     []Lateness   `json:"lateness"`
	Sources      []Source     `json:"sources,omitempty"`     // of a running server
	Findings     []Finding    `json:"findings,omitempty"`    // that are open, of a running server
	Checkpoint   string       `json:"checkpoint,omitempty"`  // the newest signed note
	VerifierKey  string       `json:"verifierKey,omitempty"` // that checks it
}

// TableStatus is one table over all its months.
type TableStatus struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
	From  string `json:"from"`
	To    string `json:"to"`
	Files int    `json:"files"`
}

// HourStatus is one hour of completeness.
type HourStatus struct {
	Tenant    string              `json:"tenant"`
	Category  string              `json:"category"` // diagnostic category; "" for records that could not be parsed
	Table     string              `json:"table"`
	Hour      string              `json:"hour"`
	Polled    int64               `json:"polled"`
	Received  int64               `json:"received"`
	Unique    int64               `json:"unique"`
	Duplicate int64               `json:"duplicate"`
	Late      int64               `json:"late"`
	Reswept   int64               `json:"reswept"`
	Reread    int64               `json:"reread"`
	Recount   *int64              `json:"recount"` // null: the service was not asked again
	Verdict   string              `json:"verdict"`
	Missing   *int64              `json:"missing"` // of a gap; null: none, or it is not known how many
	Reason    string              `json:"reason"`
	Paths     []completeness.Path `json:"paths"`
}

// Lateness is how long after their events a path's records of a table come, in
// seconds.
type Lateness struct {
	Tenant string `json:"tenant"`
	Table  string `json:"table"`
	Path   string `json:"path"`
	Events int64  `json:"events"`
	P50    int64  `json:"p50"`
	P90    int64  `json:"p90"`
	P99    int64  `json:"p99"`
	P999   int64  `json:"p999"`
	Max    int64  `json:"max"`
}

// Of looks at a data folder. From is the first hour of completeness; zero: all.
func Of(ctx context.Context, in *ingest.Ingest, from time.Time) (*Status, error) {
	tables, err := in.Store.Stats(ctx, schema.Tables())
	if err != nil {
		return nil, err
	}
	unparsed, err := in.Store.Unparsed(ctx)
	if err != nil {
		return nil, err
	}
	bytes, err := in.Store.Bytes()
	if err != nil {
		return nil, err
	}
	stats := in.Ledger.Stats()
	s := &Status{Records: stats.Records, Unparsed: len(unparsed), LedgerBytes: stats.Bytes, StoreBytes: bytes, Segments: stats.Segments, Open: stats.Open,
		Tables: []TableStatus{}, Completeness: []HourStatus{}, Lateness: []Lateness{}}
	report, err := completeness.Of(ctx, in.Ledger, in.Store, completeness.Options{From: from})
	if err != nil {
		return nil, err
	}
	for i := range report.Hours {
		s.Completeness = append(s.Completeness, hourStatus(&report.Hours[i]))
	}
	for _, l := range report.Lateness {
		s.Lateness = append(s.Lateness, Lateness{l.Tenant, l.Table, l.Path, l.Events, l.P50, l.P90, l.P99, l.P999, l.Max})
	}
	checkpoint, err := in.Ledger.Checkpoint()
	if err != nil {
		return nil, err
	}
	s.Checkpoint, s.VerifierKey = checkpoint.Text, in.Ledger.VerifierKey()
	for _, t := range tables {
		const form = "2006-01-02T15:04:05.0000000Z"
		s.Tables = append(s.Tables, TableStatus{t.Table, t.Rows, schema.Time(t.From).Format(form), schema.Time(t.To).Format(form), t.Files})
	}
	sort.Slice(s.Tables, func(i, j int) bool { return s.Tables[i].Table < s.Tables[j].Table })
	return s, nil
}

func hourStatus(h *completeness.Hour) HourStatus {
	category := h.Table
	if t := schema.Lookup(h.Table); t != nil {
		category = t.Category
	}
	paths := h.Paths
	if paths == nil {
		paths = []completeness.Path{}
	}
	return HourStatus{Tenant: h.Tenant, Category: category, Table: h.Table, Hour: h.Hour.Format(time.RFC3339), Polled: h.Polled, Received: h.Received, Unique: h.Unique,
		Duplicate: h.Duplicate, Late: h.Late, Reswept: h.Reswept, Reread: h.Reread, Recount: h.Recount, Verdict: h.Text(), Missing: h.Missing, Reason: h.Reason, Paths: paths}
}

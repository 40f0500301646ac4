package ops

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/wholelog/wholelog/internal/ingest"
)

// histogram counts seconds in the buckets of which the issue of latency is
// made: a page should be queryable within two seconds.
type histogram struct {
	mu     sync.Mutex
	bounds []float64
	counts []uint64
	sum    float64
	n      uint64
}

func newHistogram() *histogram {
	h := &histogram{bounds: []float64{0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30}}
	h.counts = make([]uint64, len(h.bounds))
	return h
}

func (h *histogram) add(v float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sum += v
	h.n++
	for i, b := range h.bounds {
		if v <= b {
			h.counts[i]++
		}
	}
}

func (h *histogram) read() (n uint64, sum float64, buckets map[float64]uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	buckets = map[float64]uint64{}
	for i, b := range h.bounds {
		buckets[b] = h.counts[i]
	}
	return h.n, h.sum, buckets
}

// metrics describes the board and the data folder to Prometheus.
type metrics struct {
	b  *Board
	in *ingest.Ingest
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("wholelog_"+name, help, labels, nil)
}

var (
	descRecords  = desc("source_records_total", "Records that a source delivered, by what became of them.", "source", "outcome")
	descPages    = desc("source_pages_total", "Pages with records that a source delivered.", "source")
	descFailures = desc("source_failures_total", "Failure notices of a source.", "source")
	descUp       = desc("source_up", "1 while a source is followed without a failure.", "source")
	descLast     = desc("source_last_page_timestamp_seconds", "When a source last delivered records.", "source")
	descNewest   = desc("source_newest_event_timestamp_seconds", "The latest event time that a source delivered.", "source")
	descReadTo   = desc("source_read_to_timestamp_seconds", "Event time up to which a source that asks by time has read.", "source")
	descVisible  = desc("page_visible_seconds", "From a page's arrival until it can be queried.")
	descLedger   = desc("ledger_records", "Records in the ledger.")
	descBytes    = desc("ledger_bytes", "Bytes of the ledger's files.")
	descStore    = desc("store_bytes", "Bytes of the store's files.")
	descPosition = desc("ledger_position", "Position of the newest item in the ledger.")
	descApplied  = desc("store_position", "Ledger position that the store has reached.")
)

// Registry is a registry with all metrics: the board's, the data folder's and
// those of the process.
func Registry(b *Board, in *ingest.Ingest) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(&metrics{b, in}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descRecords, descPages, descFailures, descUp, descLast, descNewest, descReadTo, descVisible, descLedger, descBytes, descStore, descPosition, descApplied} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	for _, s := range m.b.Sources() {
		counter(descRecords, float64(s.Taken.Accepted), s.Name, "accepted")
		counter(descRecords, float64(s.Taken.Versions), s.Name, "version")
		counter(descRecords, float64(s.Taken.Duplicates), s.Name, "duplicate")
		counter(descRecords, float64(s.Taken.Unparsed), s.Name, "unparsed")
		counter(descPages, float64(s.Pages), s.Name)
		counter(descFailures, float64(s.Failures), s.Name)
		up := 0.0
		if s.State == "following" {
			up = 1
		}
		gauge(descUp, up, s.Name)
		if s.LastPage != nil {
			gauge(descLast, float64(s.LastPage.UnixMilli())/1000, s.Name)
		}
		if s.Newest != nil {
			gauge(descNewest, float64(s.Newest.UnixMilli())/1000, s.Name)
		}
		if s.ReadTo != nil {
			gauge(descReadTo, float64(s.ReadTo.UnixMilli())/1000, s.Name)
		}
	}
	n, sum, buckets := m.b.took.read()
	ch <- prometheus.MustNewConstHistogram(descVisible, n, sum, buckets)
	stats := m.in.Ledger.Stats()
	gauge(descLedger, float64(stats.Records))
	gauge(descBytes, float64(stats.Bytes))
	if size, err := m.in.Store.Bytes(); err == nil {
		gauge(descStore, float64(size))
	}
	gauge(descPosition, float64(m.in.Ledger.Last()))
	gauge(descApplied, float64(m.in.Store.Applied()))
}

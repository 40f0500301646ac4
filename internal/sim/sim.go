package sim

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// Options say what to make.
type Options struct {
	Users  int
	Days   int
	Seed   uint64
	End    time.Time // the last day is the one before it; zero: 2026-11-01
	Out    string    // folder; made if missing
	Format string    // eventhub, graph or blob
	// Progress is called after each day.
	Progress func(done, total int)
}

// Result counts what was written.
type Result struct {
	Records map[string]int `json:"records"` // by diagnostic category
	Repeats int            `json:"repeats"` // of them, delivered a second time (blob only)
	Labels  int            `json:"labels"`
	Files   int            `json:"files"`
	Bytes   int64          `json:"bytes"`
}

type record struct {
	category string
	time     time.Time
	envelope object
	props    object
	label    *label // nil for ordinary work
}

// diagnostic wraps properties in the envelope of Azure Monitor. Its time is
// when the record was emitted, half a minute and more after the event.
func (t *tenant) diagnostic(category, operation string, at time.Time, props, more object, r *rand.Rand) record {
	env := object{{"time", stamp(at.Add(30*time.Second + time.Duration(r.IntN(600))*time.Second))}, {"resourceId", "/tenants/" + t.id + "/providers/Microsoft.aadiam"},
		{"operationName", operation}, {"operationVersion", "1.0"}, {"category", category}, {"tenantId", t.id}, {"durationMs", 0}, {"Level", 4}}
	env = append(env, more...)
	return record{category: category, time: at, envelope: append(env, member{"properties", props}), props: props}
}

// Run writes a tenant's history. The same Options give the same bytes.
func Run(ctx context.Context, o Options) (Result, error) {
	if o.Users < 1 || o.Days < 1 {
		return Result{}, errors.New("users and days must be at least 1")
	}
	if o.End.IsZero() {
		o.End = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	}
	switch o.Format {
	case "":
		o.Format = "eventhub"
	case "eventhub", "graph", "blob":
	default:
		return Result{}, fmt.Errorf("unknown format %q: use eventhub, graph or blob", o.Format)
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return Result{}, fmt.Errorf("output folder: %w", err)
	}
	t := newTenant(o)
	res := Result{Records: map[string]int{}}
	var labels []byte
	steps := map[string]int{} // of each campaign
	for d := range o.Days {
		if err := ctx.Err(); err != nil {
			return res, err
		}
		day := o.End.AddDate(0, 0, d-o.Days)
		var recs []record
		emit := func(r record) { recs = append(recs, r) }
		for _, p := range t.people {
			t.day(p, day, emit)
		}
		for _, s := range t.services {
			t.serviceDay(s, day, emit)
		}
		t.auditDay(day, emit)
		t.otherDay(day, emit)
		sort.SliceStable(recs, func(i, j int) bool { return recs[i].time.Before(recs[j].time) })
		for _, r := range recs {
			if r.label != nil {
				steps[r.label.campaign]++
				r.label.id, r.label.step = r.props[0].value.(string), steps[r.label.campaign]
				labels = r.label.append(labels)
				res.Labels++
			}
		}
		if o.Format == "blob" {
			recs = t.redeliver(recs, day, &res)
		}
		if err := write(o, t, day, recs, &res); err != nil {
			return res, err
		}
		if o.Progress != nil {
			o.Progress(d+1, o.Days)
		}
	}
	if err := os.WriteFile(filepath.Join(o.Out, "labels.jsonl"), labels, 0o644); err != nil {
		return res, fmt.Errorf("labels: %w", err)
	}
	return res, nil
}

// redeliver repeats a few records with another envelope time, as blobs do.
func (t *tenant) redeliver(recs []record, day time.Time, res *Result) []record {
	r := source(t.seed, "redelivery", day.Format("2006-01-02"))
	out := make([]record, 0, len(recs)+len(recs)/20)
	for _, rec := range recs {
		out = append(out, rec)
		if rec.props == nil || r.Float64() >= repeatedShare {
			continue
		}
		again := rec
		again.envelope = append(object(nil), rec.envelope...)
		again.envelope[0].value = stamp(rec.time.Add(20*time.Minute + time.Duration(r.IntN(3600))*time.Second))
		out = append(out, again)
		res.Repeats++
	}
	return out
}

func write(o Options, t *tenant, day time.Time, recs []record, res *Result) error {
	byFile := map[string][]record{}
	for _, r := range recs {
		byFile[fileFor(o.Format, t, day, r)] = append(byFile[fileFor(o.Format, t, day, r)], r)
	}
	names := make([]string, 0, len(byFile))
	for n := range byFile {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		path := filepath.Join(o.Out, n)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("output folder: %w", err)
		}
		f, err := os.Create(path)
		if err != nil {
			return fmt.Errorf("output file: %w", err)
		}
		w := bufio.NewWriterSize(f, 1<<20)
		err = encode(w, o.Format, byFile[n])
		err = errors.Join(err, w.Flush())
		if info, serr := f.Stat(); serr == nil {
			res.Bytes += info.Size()
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
		res.Files++
		for _, r := range byFile[n] {
			res.Records[r.category]++
		}
	}
	return nil
}

func fileFor(format string, t *tenant, day time.Time, r record) string {
	switch format {
	case "blob":
		at := r.time.UTC()
		return fmt.Sprintf("insights-logs-%s/tenantId=%s/y=%04d/m=%02d/d=%02d/h=%02d/m=00/PT1H.json", strings.ToLower(r.category), t.id, at.Year(), at.Month(), at.Day(), at.Hour())
	case "graph":
		return fmt.Sprintf("%s/%s.json", strings.ToLower(r.category), day.Format("2006-01-02"))
	}
	return day.Format("2006-01-02") + ".jsonl"
}

// graphContext names the collection that a category's records come from.
var graphContext = map[string]string{
	"AuditLogs": "v1.0/$metadata#auditLogs/directoryAudits", "ProvisioningLogs": "v1.0/$metadata#auditLogs/provisioning",
	"UserRiskEvents": "v1.0/$metadata#identityProtection/riskDetections", "RiskyUsers": "v1.0/$metadata#identityProtection/riskyUsers",
}

const messageRecords = 50 // records in one Event Hubs message or Graph page

func encode(w *bufio.Writer, format string, recs []record) error {
	var b []byte
	for len(recs) > 0 {
		n := min(messageRecords, len(recs))
		switch {
		case format == "blob":
			n = 1
			b = append(appendJSON(b[:0], recs[0].envelope), "\r\n"...)
		default:
			items := make([]object, n)
			for i, r := range recs[:n] {
				if items[i] = r.envelope; format == "graph" && r.props != nil {
					items[i] = r.props
				}
			}
			page := object{{"records", items}}
			if format == "graph" && recs[0].props != nil {
				ctx := graphContext[recs[0].category]
				if ctx == "" {
					ctx = "beta/$metadata#auditLogs/signIns"
				}
				page = object{{"@odata.context", "https://graph.microsoft.com/" + ctx}, {"value", items}}
			}
			b = append(appendJSON(b[:0], page), '\n')
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		recs = recs[n:]
	}
	return nil
}

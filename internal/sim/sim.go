package sim

import (
	"bufio"
	"context"
	"encoding/json"
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
	Files   int            `json:"files"`
	Bytes   int64          `json:"bytes"`
}

type record struct {
	category string
	time     time.Time
	envelope object
	props    object
}

// diagnostic wraps properties in the envelope of Azure Monitor. Its time is
// when the record was emitted, half a minute and more after the event.
func (t *tenant) diagnostic(category, operation string, at time.Time, props, more object, r *rand.Rand) record {
	env := object{{"time", stamp(at.Add(30*time.Second + time.Duration(r.IntN(600))*time.Second))}, {"resourceId", "/tenants/" + t.id + "/providers/Microsoft.aadiam"},
		{"operationName", operation}, {"operationVersion", "1.0"}, {"category", category}, {"tenantId", t.id}, {"durationMs", 0}, {"Level", 4}}
	env = append(env, more...)
	return record{category, at, append(env, member{"properties", props}), props}
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
	for d := range o.Days {
		if err := ctx.Err(); err != nil {
			return res, err
		}
		day := o.End.AddDate(0, 0, d-o.Days)
		var recs []record
		emit := func(r record) error { recs = append(recs, r); return nil }
		for _, p := range t.people {
			if err := t.day(p, day, emit); err != nil {
				return res, err
			}
		}
		for _, s := range t.services {
			if err := t.serviceDay(s, day, emit); err != nil {
				return res, err
			}
		}
		if err := errors.Join(t.auditDay(day, emit), t.otherDay(day, emit)); err != nil {
			return res, err
		}
		sort.SliceStable(recs, func(i, j int) bool { return recs[i].time.Before(recs[j].time) })
		if err := write(o, t, day, recs, &res); err != nil {
			return res, err
		}
		if o.Progress != nil {
			o.Progress(d+1, o.Days)
		}
	}
	// Attacks name themselves here; a benign history has none.
	if err := os.WriteFile(filepath.Join(o.Out, "labels.jsonl"), nil, 0o644); err != nil {
		return res, fmt.Errorf("labels: %w", err)
	}
	return res, nil
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
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if format == "blob" {
		for _, r := range recs {
			b, err := json.Marshal(r.envelope)
			if err != nil {
				return err
			}
			w.Write(b)
			if _, err := w.WriteString("\r\n"); err != nil {
				return err
			}
		}
		return nil
	}
	for len(recs) > 0 {
		n := min(messageRecords, len(recs))
		var items []object
		for _, r := range recs[:n] {
			if format == "graph" && r.props != nil {
				items = append(items, r.props)
			} else {
				items = append(items, r.envelope)
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
		if err := enc.Encode(page); err != nil {
			return err
		}
		recs = recs[n:]
	}
	return nil
}

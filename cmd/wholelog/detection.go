package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/alert"
	"github.com/wholelog/wholelog/internal/alert/setup"
	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/attack"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/rules"
	"github.com/wholelog/wholelog/internal/detect/schedule"
	"github.com/wholelog/wholelog/internal/incident"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/ops"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/source/own"
)

// tickEvery is how often the scheduler looks for rows that came.
const tickEvery = 5 * time.Second

// detection is what of a server runs rules and tells people.
type detection struct {
	log       *slog.Logger
	journal   *own.Journal
	book      *incident.Book
	scheduler *schedule.Scheduler
	delivery  *alert.Delivery // nil: nobody is told
	watch     *ops.Watcher

	mu       sync.Mutex
	problems map[string]string // of rules, by id
	changed  bool
	runner   *detect.Runner
	running  []*rule.Rule
	set      *rule.Set // as it was read last, with what is not run

	stop func()
	work sync.WaitGroup
}

// newDetection reads what the last server left. It runs nothing.
func newDetection(ctx context.Context, c *config.Config, in *ingest.Ingest, engine *query.Engine, watch *ops.Watcher, log *slog.Logger, journal *own.Journal) (*detection, error) {
	d := &detection{log: log, journal: journal, watch: watch, problems: map[string]string{}}
	if c.Rules.Disabled {
		return d, nil
	}
	list, err := d.rules(c)
	if err != nil {
		return nil, err
	}
	d.book, err = incident.Open(ctx, engine, incident.Options{Tell: d.tell,
		Write: func(ctx context.Context, rows ...own.Row) error { return d.journal.Write(ctx, "", rows...) }})
	if err != nil {
		return nil, err
	}
	st, err := incident.LoadState(ctx, engine, time.Now())
	if err != nil {
		return nil, err
	}
	d.runner, d.running = &detect.Runner{Query: engine, Engines: rules.Engines()}, list
	d.scheduler = schedule.New(schedule.Options{Runner: d.runner, Position: in.Store.Applied, Record: d.book.Record, Exceptions: d.book.Excluded,
		Problem: d.problem, First: time.Duration(c.Rules.Since)}, list, st)
	if c.Alerting == "" {
		log.Info("nobody is told of incidents: alerting names no file", "rules", len(list))
		return d, nil
	}
	cfg, err := setup.Load(c.Alerting)
	if err != nil {
		return nil, err
	}
	for _, w := range cfg.Warnings {
		log.Warn(w, "file", c.Alerting)
	}
	d.delivery, err = alert.New(alert.Options{Path: filepath.Join(c.Data, "outbox.db"), Config: cfg, Receipt: d.receipt,
		Notice: func(text string) { log.Warn(text) }})
	return d, err
}

// rules reads the rules of the binary and of the folder. One that cannot be
// read is a problem of its own.
func (d *detection) rules(c *config.Config) ([]*rule.Rule, error) {
	f := rulesFlags{data: c.Data, folder: c.Rules.Folder}
	set, err := f.load()
	if err != nil {
		return nil, err
	}
	for _, p := range set.Problems {
		d.log.Error("a rule cannot be read", "error", p)
	}
	d.mu.Lock()
	d.set = set
	d.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(set.Rules), func(r *rule.Rule) bool { return slices.Contains(c.Rules.Without, r.ID) }), nil
}

// start begins to run rules, once the collector takes what they write.
func (d *detection) start(ctx context.Context) {
	ctx, d.stop = context.WithCancel(ctx)
	if d.scheduler == nil {
		return
	}
	if d.delivery != nil {
		d.work.Go(func() {
			if err := d.delivery.Run(ctx); err != nil && ctx.Err() == nil {
				d.log.Error("telling people has stopped", "error", err)
			}
		})
	}
	d.work.Go(func() {
		if err := d.book.Retell(ctx); err != nil && ctx.Err() == nil {
			d.log.Error("open incidents are not told of", "error", err)
		}
		d.scheduler.Loop(ctx, tickEvery, func(err error) { d.log.Error("rules run again later", "error", err) })
	})
	d.work.Go(func() { d.tellFindings(ctx) })
}

// end stops running rules; what was begun is recorded or made again.
func (d *detection) end() error {
	if d.stop != nil {
		d.stop()
	}
	d.work.Wait()
	if d.delivery != nil {
		return d.delivery.Close()
	}
	return nil
}

// reload takes rules and alerting over.
func (d *detection) reload(c *config.Config) error {
	if d.scheduler == nil {
		return nil
	}
	list, err := d.rules(c)
	if err != nil {
		return err
	}
	if d.delivery != nil {
		cfg, err := setup.Load(c.Alerting)
		if err == nil {
			err = d.delivery.Reload(cfg)
		}
		if err != nil {
			return err
		}
	}
	d.scheduler.Rules(list)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running, d.changed = list, true
	return nil
}

// blind lists the rules that read columns which a finding says are no longer
// filled.
func blind(ctx context.Context, r *detect.Runner, list []*rule.Rule, open []ops.Finding, now time.Time) map[string][]string {
	out := map[string][]string{}
	for _, f := range open {
		table, column, ok := strings.Cut(f.Subject, ".")
		if f.Kind != "unfilled" || !ok {
			continue
		}
		for _, ru := range list {
			p, err := r.Prepare(ctx, ru, now)
			if err != nil {
				continue // a finding of its own
			}
			if slices.Contains(p.Reads()[table], column) {
				out[ru.ID] = append(out[ru.ID], f.Subject)
			}
		}
	}
	return out
}

func (d *detection) problem(id, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.problems[id] == text {
		return
	}
	d.changed = true
	if text == "" {
		delete(d.problems, id)
		return
	}
	d.problems[id] = text
}

// tellFindings makes findings of rules that cannot run.
func (d *detection) tellFindings(ctx context.Context) {
	t := time.NewTicker(tickEvery)
	defer t.Stop()
	var looked []ops.Finding
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		d.mu.Lock()
		problems, changed, list := maps.Clone(d.problems), d.changed, d.running
		d.changed = false
		d.mu.Unlock()
		if open := d.watch.Findings(); changed || !slices.Equal(open, looked) {
			looked = open
			if err := d.watch.Blind(ctx, blind(ctx, d.runner, list, open, time.Now())); err != nil && ctx.Err() == nil {
				d.log.Error("findings about rules", "error", err)
			}
		}
		if !changed {
			continue
		}
		if err := d.watch.Rules(ctx, problems); err != nil && ctx.Err() == nil {
			d.log.Error("findings about rules", "error", err)
		}
	}
}

// tell hands a change of an incident to the outbox.
func (d *detection) tell(ctx context.Context, c incident.Change) error {
	d.log.Warn("incident "+c.Kind, "number", c.Number, "severity", c.Severity, "title", c.Title, "status", c.Status)
	if d.delivery == nil {
		return nil
	}
	err := d.delivery.Notify(ctx, notification(c))
	if err != nil {
		d.log.Error("an incident could not be handed to the outbox; the next start tries again", "number", c.Number, "error", err)
	}
	return err
}

func notification(c incident.Change) alert.Notification {
	n := alert.Notification{Incident: c.ID, Number: int64(c.Number), Revision: c.Revision, Kind: alert.Kind(c.Kind), Title: c.Title, Summary: c.Description,
		Severity: string(c.Severity), Status: string(c.Status), Tenant: c.Tenant, First: c.First, Last: c.Last, Tactics: c.Tactics, Urgent: c.Urgent,
		Labels: map[string]string{"alertname": c.Title, "severity": string(c.Severity), "rule": strings.Join(c.Rules, ",")}}
	for _, e := range c.Entities {
		name := incident.Name(e)
		kind := strings.ToLower(e.Type)
		n.Entities = append(n.Entities, alert.Entity{Kind: kind, Name: name})
		if n.Labels[kind] == "" {
			n.Labels[kind] = name
		}
	}
	for _, id := range c.Techniques {
		p, _ := attack.Find(c.Attack, id)
		n.Techniques = append(n.Techniques, alert.Technique{ID: id, V18: p.V18.Name, V19: p.V19.Name})
	}
	if c.Late {
		n.Labels["late"] = "true"
	}
	if a := c.Alert; a != nil {
		n.Query, n.Evidence = a.Query, evidence(a.Rows, a.RowCount)
	}
	return n
}

// evidence makes a table of result rows.
func evidence(rows []json.RawMessage, total int64) *alert.Evidence {
	e := &alert.Evidence{Total: total}
	for _, raw := range rows {
		var row map[string]any
		if json.Unmarshal(raw, &row) != nil {
			continue
		}
		if e.Columns == nil {
			e.Columns = slices.Sorted(maps.Keys(row))
		}
		line := make([]string, len(e.Columns))
		for i, c := range e.Columns {
			switch v := row[c].(type) {
			case nil:
			case string:
				line[i] = v
			default:
				b, err := json.Marshal(v)
				if err == nil {
					line[i] = string(b)
				}
			}
		}
		e.Rows = append(e.Rows, line)
	}
	return e
}

// receipt keeps what became of an attempt to tell somebody.
func (d *detection) receipt(ctx context.Context, r alert.Receipt) error {
	return d.journal.Write(ctx, "", own.Row{"Type": "WholelogDelivery", "TimeGenerated": own.Time(r.Time), "ReceiptId": fmt.Sprintf("%s|%d|%s", r.Delivery, r.ID, own.Time(r.Time)),
		"DeliveryId": r.Delivery, "IncidentName": r.Incident, "Revision": r.Revision, "Kind": string(r.Kind), "Severity": r.Severity, "Receiver": r.Receiver,
		"Channel": r.Channel, "Attempt": r.Attempt, "Repeat": r.Repeat, "Outcome": string(r.Outcome), "Status": r.Status, "Error": r.Error,
		"LatencyMs": r.Latency.Milliseconds(), "WaitedMs": r.Waited.Milliseconds()})
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/wholelog/wholelog/internal/collect"
	"github.com/wholelog/wholelog/internal/completeness"
	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/graph"
)

func newRescue() *cobra.Command {
	var path, since string
	c := &cobra.Command{
		Use: "rescue [-c FILE]", Short: "Read what Entra ID still holds, oldest first, before it expires", Args: cobra.NoArgs,
		Long: `Reads the 30 days (7 for a free tenant) that Entra ID still holds through
Microsoft Graph, the oldest first because it expires first, and ends when it has
come to now. It can be stopped and started again: it goes on where it was, and
so does serve, which reads the same without the progress.

At the end it states which hours could not be had.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			back := time.Duration(0)
			if since != "" {
				var err error
				if back, err = config.ParseDuration(since); err != nil {
					return usageError{fmt.Errorf("--since: %w", err)}
				}
			}
			return rescue(cmd.Context(), cmd, configPath(path), back)
		},
	}
	configFlag(c, &path)
	c.Flags().StringVar(&since, "since", "", "begin this long ago instead of as far back as the service holds, such as 7d")
	return c
}

func rescue(ctx context.Context, cmd *cobra.Command, path string, since time.Duration) (err error) {
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	began := time.Now().UTC()
	log := newLogger(cfg.Log)
	p := &rescuing{out: cmd.ErrOrStderr(), began: began, since: since, by: map[string]*rescued{}}
	sources, err := p.sources(cfg)
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		return usageError{fmt.Errorf("%s names no tenant that is read by Graph", path)}
	}
	in, err := ingest.OpenWith(ctx, cfg.Data, ingest.Options{Key: cfg.Key, Notice: func(text string) { log.Warn(text) }})
	if errors.Is(err, ingest.ErrInUse) {
		return fmt.Errorf("%w\na running server reads the same by itself, oldest first: wholelog status --data %s shows how far it is", err, cfg.Data)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close(context.WithoutCancel(ctx))) }()
	c, err := collect.New(in, filepath.Join(cfg.Data, "cursors"), collect.Options{Observer: collect.Observer{Page: p.page, Notice: p.notice}})
	if err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	var shown sync.WaitGroup
	shown.Go(func() { p.show(watching) })
	err = c.Run(ctx, sources...)
	stop()
	shown.Wait()
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		fmt.Fprintln(p.out, "stopped; run it again, or serve, to go on from here")
	}
	return p.report(context.WithoutCancel(ctx), cmd.OutOrStdout(), in)
}

// rescued is how far one source has come.
type rescued struct {
	name, table, tenant string
	from, at, to        time.Time
	records, fresh      int
	done                bool
	trouble             string
}

// rescuing is one run of rescue.
type rescuing struct {
	out   io.Writer
	began time.Time
	since time.Duration

	mu    sync.Mutex
	order []string
	by    map[string]*rescued
}

func (p *rescuing) sources(cfg *config.Config) (out []source.Source, err error) {
	for i := range cfg.Tenants {
		t := &cfg.Tenants[i]
		// What serve would begin with later than the service allows is read too.
		if t.Graph.Since = config.Duration(p.since); t.Graph.Disabled {
			continue
		}
		w := &wiring{c: cfg}
		w.tenant(fmt.Sprintf("tenants[%d]", i), t)
		if err := errors.Join(w.errs...); err != nil {
			return nil, err
		}
		target := p.began.Add(-t.Graph.Settle.Or(15*time.Minute) - 5*time.Minute)
		for _, s := range w.sources {
			p.order = append(p.order, s.Name())
			p.by[s.Name()] = &rescued{name: s.Name(), tenant: t.ID, to: target}
			out = append(out, &until{Source: s, target: target, p: p})
		}
	}
	return out, nil
}

// until is a source that ends when its first reading has come to a time.
type until struct {
	source.Source
	target time.Time
	p      *rescuing
}

var errReached = errors.New("reached")

func (u *until) Read(ctx context.Context, from source.Cursor, yield source.Yield) error {
	if at := graph.Reached(from); !at.IsZero() {
		u.p.reached(u.Name(), at)
		if !at.Before(u.target) {
			u.p.finished(u.Name())
			return nil
		}
	}
	over, done := false, false
	err := u.Source.Read(ctx, from, func(page source.Page) (source.Taken, error) {
		t, err := yield(page)
		if err == nil && denied(page.Notices) { // waiting for a permission would be waiting for ever
			over = true
			return t, errReached
		}
		if err != nil || page.Next == nil {
			return t, err
		}
		at := graph.Reached(page.Next)
		u.p.reached(u.Name(), at)
		if !at.Before(u.target) {
			over, done = true, true
			return t, errReached
		}
		return t, nil
	})
	if !over || !errors.Is(err, errReached) {
		return err
	}
	if done {
		u.p.finished(u.Name())
	}
	return nil
}

func denied(list []source.Notice) bool {
	for _, n := range list {
		switch n.Code {
		case graph.NoPermission, graph.NoLicence, graph.NotThere:
			return true
		}
	}
	return false
}

func (p *rescuing) reached(name string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.by[name]
	if r.from.IsZero() {
		r.from = at
	}
	r.at = at
}

func (p *rescuing) finished(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.by[name].done = true
}

func (p *rescuing) page(name string, page source.Page, t source.Taken, _ time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.by[name]
	r.records += t.Read
	r.fresh += t.New()
	for _, c := range page.Claims {
		if c.Table != "" {
			r.table = c.Table
		}
	}
	if len(page.Records) > 0 {
		r.trouble = ""
	}
}

func (p *rescuing) notice(name string, n source.Notice) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.by[name]; n.Level == source.Info {
		r.trouble = ""
	} else if r.trouble != n.Text {
		r.trouble = n.Text
		fmt.Fprintf(p.out, "\r\x1b[K%s: %s\n", n.Level, n.Text)
	}
}

// share is how much of a source's time is read, from 0 to 1.
func (r *rescued) share() float64 {
	if all := r.to.Sub(r.from); !r.from.IsZero() && all > 0 {
		return min(1, float64(r.at.Sub(r.from))/float64(all))
	}
	return 0
}

// show prints progress: a line that is written over on a terminal, one a
// minute otherwise.
func (p *rescuing) show(ctx context.Context) {
	every, end := time.Minute, "\n"
	if f, ok := p.out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		every, end = time.Second, ""
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			fmt.Fprintln(p.out)
			return
		case <-tick.C:
		}
		fmt.Fprint(p.out, "\r\x1b[K"+p.line()+end)
	}
}

func (p *rescuing) line() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	sum, records, done := 0.0, 0, 0
	slowest := p.by[p.order[0]]
	for _, n := range p.order {
		r := p.by[n]
		if r.done {
			done++
			sum++
		} else {
			sum += r.share()
			if slowest.done || r.share() < slowest.share() {
				slowest = r
			}
		}
		records += r.records
	}
	share := sum / float64(len(p.order))
	text := fmt.Sprintf("%3.0f %%, %d records, %d of %d collections done", 100*share, records, done, len(p.order))
	if share > 0.02 && share < 1 {
		left := time.Duration(float64(time.Since(p.began)) * (1 - share) / share)
		text += fmt.Sprintf(", about %s left", left.Round(time.Second))
	}
	if !slowest.done && !slowest.at.IsZero() {
		text += fmt.Sprintf("; %s is at %s", slowest.name, slowest.at.Format("2006-01-02 15:04"))
	}
	return text
}

// report says what was read, and which hours could not be had.
func (p *rescuing) report(ctx context.Context, out io.Writer, in *ingest.Ingest) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "collection\tfrom\tread to\trecords\tnew\t")
	missing := map[string]bool{}
	for _, n := range p.order {
		r := p.by[n]
		if r.table != "" {
			missing[r.tenant+" "+r.table] = true
		}
		note := ""
		if r.trouble != "" {
			note = r.trouble
		} else if !r.done {
			note = "not at its end"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\n", n, day(r.from), day(r.at), r.records, r.fresh, note)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	report, err := completeness.Of(ctx, in.Ledger, in.Store, completeness.Options{})
	if err != nil {
		return err
	}
	type stretch struct {
		table, reason string
		from, to      time.Time
		n             int
	}
	var list []stretch
	for i := range report.Hours {
		h := &report.Hours[i]
		if h.Verdict != completeness.Gap || !missing[h.Tenant+" "+h.Table] {
			continue
		}
		if n := len(list) - 1; n >= 0 && list[n].table == h.Table && list[n].reason == h.Reason && list[n].to.Equal(h.Hour) {
			list[n].to, list[n].n = h.Hour.Add(time.Hour), list[n].n+1
			continue
		}
		list = append(list, stretch{h.Table, h.Reason, h.Hour, h.Hour.Add(time.Hour), 1})
	}
	if len(list) == 0 {
		_, err = fmt.Fprintln(out, "\nno hour that was asked for is missing")
		return err
	}
	fmt.Fprintln(out, "\nhours that could not be had:")
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, s := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d hours\t%s\n", s.table, day(s.from), day(s.to), s.n, strings.TrimSpace(s.reason))
	}
	return w.Flush()
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

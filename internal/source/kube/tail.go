package kube

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
)

// Codes of notices of a tail.
const (
	NoLog     = "no-log-file"    // there is no file at the path
	Vanished  = "log-vanished"   // a file was deleted or cut before it was known to be read to its end
	Truncated = "log-truncated"  // the file was cut, as logrotate's copytruncate does
	ManyFiles = "many-log-files" // more rotated files than maxFiles
	Damaged   = "damaged-log"    // a file cannot be read
	again     = time.Hour        // after which a notice that still holds is repeated
)

// TailOptions say what to follow. Cluster and Path are needed.
type TailOptions struct {
	Cluster string        // name of the cluster; part of the source's name
	Path    string        // as --audit-log-path has it
	Tenant  string        // put on records, which do not name their tenant
	Poll    time.Duration // from one look at the file to the next; 0: a second
	MaxPage int64         // bytes of lines yielded at once; 0: 8 MiB

	// Now and Sleep are the clock; nil: the real one.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
}

// Tail follows an audit log file through its rotations. It is called
// "kubelog:CLUSTER".
type Tail struct {
	o         TailOptions
	name      string
	dir, base string
}

// NewTail checks the options. The file need not exist yet.
func NewTail(o TailOptions) (*Tail, error) {
	if !word.MatchString(o.Cluster) {
		return nil, fmt.Errorf("kube: the cluster's name %q must be of letters, digits, dots and dashes", o.Cluster)
	}
	if o.Path == "" {
		return nil, errors.New("kube: the path of the audit log is needed: the value of the API server's --audit-log-path")
	}
	if o.Poll <= 0 {
		o.Poll = time.Second
	}
	if o.MaxPage <= 0 {
		o.MaxPage = 8 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	return &Tail{o, "kubelog:" + o.Cluster, filepath.Dir(o.Path), filepath.Base(o.Path)}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Name is "kubelog:" and the cluster.
func (t *Tail) Name() string { return t.name }

// run is one call of Read.
type run struct {
	t       *Tail
	ctx     context.Context
	yield   source.Yield
	st      *state
	log     *logFile         // that is being read; nil: to be found
	heads   map[string]head  // of rotated files, by name, size and time
	waiting map[print]string // files that were seen and not read, by name
	listed  time.Time
	closing bool // the file is not the current one any more, and its end was seen once
	said    map[string]time.Time
	notices []source.Notice
}

// Read follows the log until ctx ends or yield fails.
func (t *Tail) Read(ctx context.Context, from source.Cursor, yield source.Yield) error {
	st, err := load(from)
	if err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	r := &run{t: t, ctx: ctx, yield: yield, st: st, heads: map[string]head{}, waiting: map[print]string{}, said: map[string]time.Time{}}
	defer func() { r.close() }()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.step(); err != nil {
			return err
		}
	}
}

func (r *run) close() {
	if r.log != nil {
		r.log.close()
	}
	r.log, r.closing = nil, false
}

// step does one thing: find a file, read a page of it, finish it, or wait.
func (r *run) step() error {
	if r.log == nil {
		if err := r.find(); err != nil || r.log == nil {
			return errors.Join(err, r.rest())
		}
	}
	if r.t.o.Now().Sub(r.listed) > 10*r.t.o.Poll {
		all, err := r.list() // also to see what vanishes before its turn
		if err != nil {
			return r.rest()
		}
		if now, err := r.current(); err == nil && now && r.older(all) != nil {
			// One was rotated between a look and the opening of this one.
			r.st.Held, r.st.Place = r.log.place(), place{}
			r.close()
			return nil
		}
	}
	lines, end, err := r.log.read(r.t.o.MaxPage)
	if !r.log.intact() {
		// What was read may be from the middle of something else.
		return r.cut()
	}
	if err != nil && r.log.packed {
		r.lost(r.log.name + " is damaged and ends (" + reasonOf(err).Error() + ")")
		return r.finish()
	}
	if err != nil {
		r.note(source.Warning, Damaged, "%s cannot be read: %v; it is tried again", r.log.name, reasonOf(err))
		r.close()
		return r.rest()
	}
	if len(lines) > 0 {
		r.closing = false
		return r.give(lines, end)
	}
	switch now, err := r.current(); {
	case err != nil:
		return r.rest()
	case now && r.log.shrunk():
		return r.cut()
	case now:
		r.closing = false
		return r.rest()
	case !r.closing && !r.log.packed:
		// Somebody may still be writing the last line.
		r.closing = true
		return r.rest()
	}
	return r.finish()
}

// rest says what there is to say and waits.
func (r *run) rest() error {
	if err := r.flush(source.Page{}); err != nil {
		return err
	}
	return r.t.o.Sleep(r.ctx, r.t.o.Poll)
}

// give yields lines; end is the offset behind them.
func (r *run) give(lines []line, end int64) error {
	p := source.Page{Records: make([]event.Record, 0, len(lines))}
	for _, l := range lines {
		rec := r.t.record(l, r.t.o.Now().UTC())
		if rec.TimeOf != event.TimeSeen {
			if r.st.Gap {
				r.claim(&p, rec.Time)
			}
			if rec.Time.After(r.st.Last) {
				r.st.Last = rec.Time
			}
		}
		p.Records = append(p.Records, rec)
	}
	r.log.offset = end
	r.st.Place = r.log.place()
	p.Next = r.st.cursor()
	return r.flush(p)
}

// finish ends a file that nothing is written to any more. A last line without
// an end is a record too.
func (r *run) finish() error {
	var p source.Page
	if rest := r.log.rest(); len(rest.raw) > 0 {
		p.Records = []event.Record{r.t.record(rest, r.t.o.Now().UTC())}
	}
	if h := r.log.full(); h.Len > 0 {
		r.st.done(h.print())
		delete(r.waiting, h.print())
	}
	r.st.Place = place{}
	r.close()
	p.Next = r.st.cursor()
	return r.flush(p)
}

// cut deals with a file that was cut while it was read: its copy has the rest.
func (r *run) cut() error {
	r.note(source.Info, Truncated, "%s was cut while it was followed: what was written between the copy and the cut is lost to everybody; let the API server rotate its log itself (--audit-log-maxsize)", r.log.name)
	r.close()
	return nil
}

// lost queues the claim that something could not be had.
func (r *run) lost(what string) {
	r.note(source.Warning, Vanished, "%s before it was known to be read to its end: what was in it is stated as missing; keep more files (--audit-log-maxbackup) or look why collection was behind", what)
	r.st.Gap = !r.st.Last.IsZero()
}

// claim states the time between the last event before a gap and the first
// behind it as missing.
func (r *run) claim(p *source.Page, to time.Time) {
	r.st.Gap = false
	if !to.After(r.st.Last) {
		return // what is there overlaps what was read: nothing is between them
	}
	p.Claims = append(p.Claims, source.Claim{Kind: source.Missing, Path: r.t.name, Tenant: r.t.o.Tenant, Table: "AKSAudit", From: r.st.Last, To: to,
		Reason: "a log file was deleted or cut before it was known to be read to its end"})
}

// note queues a notice, unless the same was given lately.
func (r *run) note(level source.Level, code, format string, args ...any) {
	now := r.t.o.Now()
	if last, ok := r.said[code]; ok && now.Sub(last) < again {
		return
	}
	r.said[code] = now
	r.notices = append(r.notices, source.Notice{Level: level, Code: code, Text: r.t.name + ": " + fmt.Sprintf(format, args...)})
}

// flush yields a page with what there is to say, if there is anything.
func (r *run) flush(p source.Page) error {
	p.Notices, r.notices = r.notices, nil
	if len(p.Records) == 0 && len(p.Claims) == 0 && len(p.Notices) == 0 && p.Next == nil {
		return nil
	}
	_, err := r.yield(p)
	return err
}

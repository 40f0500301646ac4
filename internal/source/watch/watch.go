package watch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

// What happens to a file when it is taken.
const (
	Keep = ""     // it stays
	Done = "done" // it is moved to a folder of this name, beside it
)

// Options say what to watch. Label and Folders are needed.
type Options struct {
	Label   string   // part of the source's name
	Folders []string // with everything below them
	Tenant  string   // of records that do not state one; "": left empty
	After   string   // Keep or Done

	Rest     time.Duration // for which a file must not change before it is read; 0: 2 seconds
	Poll     time.Duration // from one look at the folders to the next; 0: 2 seconds
	MaxPage  int64         // bytes of records yielded at once; 0: 16 MiB
	MaxFiles int           // that are looked at in all folders; 0: 100,000

	// Now and Sleep are the clock; nil: the real one.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
}

// Source reads what is dropped into folders.
type Source struct {
	o    Options
	name string
}

var label = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// New checks the options. The folders need not exist yet.
func New(o Options) (*Source, error) {
	if !label.MatchString(o.Label) {
		return nil, fmt.Errorf("watch: the label %q must be of letters, digits, dots and dashes", o.Label)
	}
	if len(o.Folders) == 0 {
		return nil, errors.New("watch: a folder is needed")
	}
	if o.After != Keep && o.After != Done {
		return nil, fmt.Errorf("watch: after %q is not known: leave it out to keep files, or use %q", o.After, Done)
	}
	if o.Rest <= 0 {
		o.Rest = 2 * time.Second
	}
	if o.Poll <= 0 {
		o.Poll = 2 * time.Second
	}
	if o.MaxPage <= 0 {
		o.MaxPage = 16 << 20
	}
	if o.MaxFiles <= 0 {
		o.MaxFiles = 100_000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	return &Source{o, "watch:" + o.Label}, nil
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

// Name is "watch:" and the label.
func (s *Source) Name() string { return s.name }

// run is one call of Read.
type run struct {
	s       *Source
	ctx     context.Context
	yield   source.Yield
	st      *state
	looks   map[key]look // files that are not taken in the state they are in
	notices []source.Notice
	said    map[string]time.Time

	page  source.Page // of one large file, or of several small ones
	size  int64       // bytes of its records
	dirty bool        // the state is not what the last page's cursor says
	taken []found     // that the page completes
}

// look is a file as it was when it last changed.
type look struct {
	stamp stamp
	since time.Time // when it was first seen like that
}

// Read takes files as they come to rest, until ctx ends or yield fails.
func (s *Source) Read(ctx context.Context, from source.Cursor, yield source.Yield) error {
	st, err := load(from)
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	r := &run{s: s, ctx: ctx, yield: yield, st: st, looks: map[key]look{}, said: map[string]time.Time{}}
	for {
		if err := r.pass(); err != nil {
			return err
		}
		if err := r.flush(); err != nil {
			return err
		}
		if err := s.o.Sleep(ctx, s.o.Poll); err != nil {
			return err
		}
	}
}

// pass looks at all folders once and takes what rests.
func (r *run) pass() error {
	files, whole, err := r.walk()
	if err != nil {
		return err
	}
	present := make(map[key]bool, len(files))
	for i := range files {
		f := &files[i]
		present[f.key] = true
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if e, ok := r.st.files[f.key]; ok && e.stamp == f.stamp {
			if r.s.o.After == Done {
				r.move(f)
			}
			delete(r.looks, f.key)
			continue
		}
		now := r.s.o.Now()
		if l, ok := r.looks[f.key]; !ok || l.stamp != f.stamp {
			r.looks[f.key] = look{f.stamp, now}
			continue
		} else if now.Sub(l.since) < r.s.o.Rest {
			continue
		}
		if err := r.take(f); err != nil {
			return err
		}
	}
	if whole { // what could not be looked at may still be there
		r.st.keep(present)
		for k := range r.looks {
			if !present[k] {
				delete(r.looks, k)
			}
		}
	}
	return nil
}

// digest reads a file's content.
func digest(f *os.File) (c content, err error) {
	h := newHash()
	if _, err = io.Copy(h, f); err != nil {
		return c, err
	}
	copy(c[:], h.Sum(nil))
	_, err = f.Seek(0, io.SeekStart)
	return c, err
}

// flush yields what there is: records, what is to be said, what was taken.
func (r *run) flush() error {
	p := r.page
	p.Notices = r.notices
	if r.dirty {
		p.Next = r.st.cursor()
	}
	if len(p.Records) == 0 && len(p.Notices) == 0 && p.Next == nil {
		return nil
	}
	taken := r.taken
	r.page, r.size, r.dirty, r.taken, r.notices = source.Page{}, 0, false, nil, nil
	if _, err := r.yield(p); err != nil {
		return err
	}
	for i := range taken {
		if r.s.o.After == Done {
			r.move(&taken[i])
		}
	}
	return nil
}

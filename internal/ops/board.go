package ops

import (
	"sort"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/collect"
	"github.com/wholelog/wholelog/internal/source"
)

// Source is the state of one source.
type Source struct {
	Name     string     `json:"name"`
	State    string     `json:"state"` // starting, following, failing or ended
	Since    time.Time  `json:"since"` // of the state
	LastPage *time.Time `json:"lastPage,omitempty"`
	Newest   *time.Time `json:"newest,omitempty"` // latest event time that it delivered
	// ReadTo is how far a source that asks by time has read for good.
	ReadTo   *time.Time   `json:"readTo,omitempty"`
	Pages    int64        `json:"pages"`
	Taken    source.Taken `json:"taken"`
	Notices  []NoticeAt   `json:"notices"` // the newest of each code, newest first
	Failures int64        `json:"failures"`
	// Future counts records whose time was ahead of this machine's clock.
	Future     int64     `json:"future,omitempty"`
	LastFuture time.Time `json:"lastFuture,omitzero"`
}

// futureAfter is how far a record's time may be ahead.
const futureAfter = 2 * time.Minute

// NoticeAt is a notice and when it was given.
type NoticeAt struct {
	At    time.Time    `json:"at"`
	Level source.Level `json:"level"`
	Code  string       `json:"code"`
	Text  string       `json:"text"`
}

// Board is what a running server knows of its sources. It is safe for
// concurrent use.
type Board struct {
	mu      sync.Mutex
	now     func() time.Time
	sources map[string]*Source
	took    *histogram
}

// NewBoard makes a Board on a clock; nil: the real one.
func NewBoard(now func() time.Time) *Board {
	if now == nil {
		now = time.Now
	}
	return &Board{now: now, sources: map[string]*Source{}, took: newHistogram()}
}

// Expect lists sources before they run; those that are no longer there go.
func (b *Board) Expect(names []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	keep := map[string]bool{}
	for _, n := range names {
		keep[n] = true
		b.of(n)
	}
	for n := range b.sources {
		if !keep[n] {
			delete(b.sources, n)
		}
	}
}

func (b *Board) of(name string) *Source {
	s := b.sources[name]
	if s == nil {
		s = &Source{Name: name, State: "starting", Since: b.now().UTC(), Notices: []NoticeAt{}}
		b.sources[name] = s
	}
	return s
}

// Observer feeds the board from a collector; also is called after it.
func (b *Board) Observer(also collect.Observer) collect.Observer {
	return collect.Observer{
		Page: func(name string, p source.Page, t source.Taken, took time.Duration) {
			b.page(name, p, t, took)
			if also.Page != nil {
				also.Page(name, p, t, took)
			}
		},
		Notice: func(name string, n source.Notice) {
			b.notice(name, n)
			if also.Notice != nil {
				also.Notice(name, n)
			}
		},
		State: func(name string, healthy bool) {
			b.state(name, healthy)
			if also.State != nil {
				also.State(name, healthy)
			}
		},
	}
}

func (b *Board) page(name string, p source.Page, t source.Taken, took time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.of(name)
	for _, c := range p.Claims {
		if c.Kind != source.Missing && (s.ReadTo == nil || c.To.After(*s.ReadTo)) {
			to := c.To
			s.ReadTo = &to
		}
	}
	if len(p.Records) == 0 {
		return
	}
	now := b.now().UTC()
	s.LastPage = &now
	s.Pages++
	s.Taken.Read += t.Read
	s.Taken.Accepted += t.Accepted
	s.Taken.Versions += t.Versions
	s.Taken.Duplicates += t.Duplicates
	s.Taken.Unparsed += t.Unparsed
	for i := range p.Records {
		if r := &p.Records[i]; r.Table != "" && (s.Newest == nil || r.Time.After(*s.Newest)) {
			at := r.Time
			s.Newest = &at
		}
		if r := &p.Records[i]; r.Table != "" && r.Time.Sub(r.Seen) > futureAfter {
			s.Future++
			s.LastFuture = now
		}
	}
	b.took.add(took.Seconds())
}

// noticesKept is how many codes a source's list holds.
const noticesKept = 16

func (b *Board) notice(name string, n source.Notice) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.of(name)
	if n.Level == source.Failure {
		s.Failures++
	}
	list := []NoticeAt{{b.now().UTC(), n.Level, n.Code, n.Text}}
	for _, o := range s.Notices {
		if o.Code != n.Code && len(list) < noticesKept {
			list = append(list, o)
		}
	}
	s.Notices = list
}

func (b *Board) state(name string, healthy bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.of(name)
	s.State, s.Since = "failing", b.now().UTC()
	if healthy {
		s.State = "following"
	}
}

// End says that a source has come to its end.
func (b *Board) End() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.sources {
		s.State, s.Since = "ended", b.now().UTC()
	}
}

// Sources lists the sources, by name. The caller owns the list.
func (b *Board) Sources() []Source {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Source, 0, len(b.sources))
	for _, s := range b.sources {
		c := *s
		c.Notices = append([]NoticeAt{}, s.Notices...)
		out = append(out, c)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

package eventhub

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wholelog/wholelog/internal/source"
)

// run is one call of Read.
type run struct {
	s       *Source
	ctx     context.Context
	yield   source.Yield
	cl      *kgo.Client
	hook    *hook
	commits commits

	st    *state
	fresh bool // there was no cursor
	doubt bool // the hub seemed to end too early
	v     *view
	from  map[int32]position // where the fetching began, until the first message

	page    source.Page // what is not given yet
	size    int         // bytes of it
	moved   bool        // the cursor is not that of the last page
	notices []source.Notice
	said    map[string]time.Time // when a notice was last given

	failing        bool
	bad            int             // failures in a row
	slow           int             // delayed answers in a row
	empty, damaged int             // messages
	gaps           map[int32]int64 // offsets without a message, by partition
	poison         map[int32]poison
}

// Read follows the hub until ctx ends or yield fails.
func (s *Source) Read(ctx context.Context, from source.Cursor, yield source.Yield) error {
	r := &run{s: s, ctx: ctx, yield: yield, said: map[string]time.Time{}, poison: map[int32]poison{}, gaps: map[int32]int64{}, hook: &hook{}}
	if from == nil {
		r.st, r.fresh = begin(s.namespace()), true
	} else {
		st, err := load(from)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		r.st = st
	}
	// The client lives a little longer than ctx: to commit.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	cl, err := s.client(life, r.hook)
	if err != nil {
		return fmt.Errorf("%s: the Kafka client does not take the options: %w", s.name, err)
	}
	defer cl.Close()
	r.cl = cl
	r.commits = commits{s: s, cl: cl}
	defer func() {
		if r.hook.spoke() {
			r.commits.part(ctx)
		}
	}()
	for {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if err := r.round(); err != nil {
			return err
		}
	}
}

// round looks at the hub and fetches until it has to be looked at again.
func (r *run) round() error {
	v, err := r.look()
	for err == nil {
		r.v = v
		at, perr := r.place()
		if perr != nil {
			err = perr
			break
		}
		v, err = r.follow(at)
		if errors.Is(err, errLook) {
			return nil
		}
	}
	var failure *lookError
	if v != nil && !errors.As(err, &failure) {
		return err // yield's, or ctx's
	}
	if r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	pause := r.failed(err)
	if err := r.flush(); err != nil {
		return err
	}
	return r.s.o.Sleep(r.ctx, pause)
}

// follow fetches from the places given. It returns a view if the hub has
// changed, or an error.
func (r *run) follow(at map[int32]position) (*view, error) {
	r.from = at
	f := r.fetch(at)
	defer f.stop()
	ctx, stop := context.WithCancel(r.ctx)
	defer stop()
	alarm := r.alarm(ctx, r.s.o.Refresh)
	fine := map[int32]bool{} // partitions that were fetched without an error
	sick := false
	if err := r.v.absent; err != nil {
		sick = true
		alarm = r.alarm(ctx, r.failed(err))
	}
	for {
		if err := r.flush(); err != nil {
			return r.v, err
		}
		r.commits.begin(r.ctx)
		select {
		case <-r.ctx.Done():
			return r.v, r.ctx.Err()
		case err := <-r.commits.result:
			r.committedTo(err)
		case h := <-f.out:
			for more := true; more; {
				err := r.haul(h, fine)
				var failure *lookError
				if errors.As(err, &failure) {
					if !sick {
						// The others go on meanwhile.
						sick = true
						alarm = r.alarm(ctx, r.failed(failure.err))
					}
				} else if err != nil {
					return r.v, err
				}
				if more = !r.full(); more {
					select {
					case h = <-f.out:
					default:
						more = false
					}
				}
			}
			if !sick && len(fine) == len(r.v.parts) {
				r.well()
			}
		case <-alarm:
			if sick {
				return r.v, errLook
			}
			v, err := r.look()
			if err != nil {
				return nil, err
			}
			same := r.v.same(v)
			r.v = v
			if !same || r.behind() {
				return v, nil
			}
			alarm = r.alarm(ctx, r.s.o.Refresh)
		}
	}
}

// haul takes what one fetch brought. What the hub fails with is a lookError.
func (r *run) haul(h haul, fine map[int32]bool) error {
	if h.err != nil {
		return &lookError{h.err}
	}
	r.throttled(h.throttle)
	for _, p := range h.asked {
		// The message that the mark is compared with says nothing of those behind.
		if !r.from[p].check {
			fine[p] = true
		}
	}
	var failure error
	for _, c := range h.parts {
		if err := r.take(c); err != nil {
			return err
		}
		if c.err != nil {
			delete(fine, c.partition)
			failure = &lookError{c.err}
			if done, err := r.step(c); err != nil {
				return err
			} else if done {
				failure = errLook
			}
		}
	}
	return failure
}

// throttled says that the service delays answers, if it does so again and
// again.
func (r *run) throttled(by time.Duration) {
	if by <= 0 {
		r.slow = 0
		return
	}
	if r.slow++; r.slow >= sayAfter {
		r.note(source.Info, Throttled, "", "the namespace delays answers (by %v): more is read than its throughput units allow. Nothing is lost, records come later; raise its throughput or processing units if this lasts", by)
	}
}

// alarm goes off once after a time.
func (r *run) alarm(ctx context.Context, d time.Duration) <-chan struct{} {
	c := make(chan struct{})
	go func() {
		if r.s.o.Sleep(ctx, d) == nil {
			close(c)
		}
	}()
	return c
}

// hook watches how far connections get.
type hook struct {
	mu    sync.Mutex
	heard bool  // a broker has answered in Kafka's protocol
	last  int16 // the request at which a connection ended last
}

// OnBrokerRead is called by the client for each answer, or what came instead.
func (h *hook) OnBrokerRead(_ kgo.BrokerMetadata, key int16, _ int, _, _ time.Duration, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		h.heard = true
	}
	h.last = -1
	if ended(err) {
		h.last = key
	}
}

// spoke reports whether a broker has ever answered.
func (h *hook) spoke() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.heard
}

// atLogin reports whether the last connection ended at the login.
func (h *hook) atLogin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last == kmsg.SASLHandshake.Int16() || h.last == kmsg.SASLAuthenticate.Int16()
}

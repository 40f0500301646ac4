package blob

import (
	"errors"
	"slices"
	"sort"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// everything makes or goes on with a full pass: all blobs of all units, in the
// order of their keys.
func (r *run) everything() error {
	st := r.st
	if st.Pass == nil {
		st.settle(r.horizon(), r.s.o.Now(), r.s.o.Finish)
		clear(r.found) // new prefixes must be in the pass
		st.Pass, st.dirty = &pass{Began: r.s.o.Now().Unix()}, true
	}
	r.kept, r.lists = 0, st.Pass.Lists
	boxes, err := r.boxes()
	if err != nil {
		return err
	}
	skipped := r.barred("")
	for _, box := range boxes {
		if r.barred(box) {
			continue
		}
		if err := r.pass(&unit{Box: box}, r.discover(box)); err != nil {
			return err
		}
	}
	for at := 0; ; at++ {
		// Units may have come meanwhile.
		i := sort.Search(len(st.Units), func(i int) bool { return st.Units[i].key() >= st.Pass.Key })
		if at > 0 && i < len(st.Units) && st.Units[i].key() == st.Pass.Key {
			i++
		}
		if i >= len(st.Units) {
			break
		}
		u := st.Units[i]
		if u.key() != st.Pass.Key {
			*st.Pass = pass{Began: st.Pass.Began, Lists: r.lists, Key: u.key()}
			st.dirty = true
		}
		if !r.barred(u.Box) && !r.barred("") {
			err := r.unit(u)
			if errors.Is(err, errGone) && !slices.Contains(boxes, u.Box) {
				err = r.drop(u)
			}
			if n := len(u.Spans); errors.Is(err, errDenied) && (n == 0 || st.Pass.After > u.Spans[n-1].To) {
				r.close(u, n, st.Pass.After) // what was read behind the last span stays known
			}
			if err := r.pass(u, err); err != nil {
				return err
			}
		}
		skipped = skipped || r.s.o.Now().Before(r.denied[u.Box])
	}
	st.Full, st.Lists, st.Pass, st.dirty = st.Pass.Began, r.lists, nil, true
	st.settle(st.Horizon, r.s.o.Now(), r.s.o.Finish)
	now := r.s.o.Now()
	if r.nextFull = r.afterFull(); skipped || !now.Before(r.nextFull) {
		r.nextFull = now.Add(r.s.o.Retry)
	}
	return r.flush()
}

// drop forgets a unit whose container is gone.
func (r *run) drop(u *unit) error {
	for rest, e := range u.Watched {
		if err := r.gone(u, item{rest: rest, size: e.Size, mod: e.Mod}, e); err != nil {
			return err
		}
	}
	i := slices.Index(r.st.Units, u)
	r.st.Units, r.st.dirty = slices.Delete(r.st.Units, i, i+1), true
	return nil
}

// unit goes through one unit, span by span.
func (r *run) unit(u *unit) error {
	ps := r.st.Pass
	i := sort.Search(len(u.Spans), func(i int) bool { return u.Spans[i].To > ps.After })
	var gathered []item
	done := func() (err error) {
		i, err = r.span(u, i, gathered)
		gathered = nil
		return err
	}
	delimiter := ""
	if u.Prefix == "" {
		delimiter = year
	}
	each := func(list []*container.BlobItem, _ []string, date int64) error {
		if ps.Date == 0 {
			ps.Date = date - serviceSkew
		}
		for _, it := range r.items(u, list) {
			if r.st.watches(u, it.rest) {
				if err := r.look(u, it, date); err != nil {
					return err
				}
				continue
			}
			if i > 0 && it.rest <= u.Spans[i-1].To {
				continue
			}
			for i < len(u.Spans) && it.rest > u.Spans[i].To {
				if err := done(); err != nil {
					return err
				}
			}
			if i == len(u.Spans) && it.rest <= ps.After {
				continue
			}
			if i < len(u.Spans) && len(gathered) >= bufferedMost+2*int(u.Spans[i].N) {
				// Too many new names to compare at once: this span's sums are given
				// up, and what is in it is read again.
				to := u.Spans[i].To
				u.Spans[i] = span{To: to}
				u.Spans = slices.Insert(u.Spans, i, span{To: gathered[len(gathered)-1].rest})
				if err := done(); err != nil {
					return err
				}
			}
			gathered = append(gathered, it)
			if i == len(u.Spans) && len(gathered) >= spanBlobs {
				if err := done(); err != nil {
					return err
				}
			}
		}
		return nil
	}
	prefix := u.Prefix
	if prefix == "" {
		prefix = r.s.o.Prefix
	}
	err := r.list(u.Box, prefix, delimiter, each)
	if errors.Is(err, errRefused) && delimiter != "" {
		err = r.list(u.Box, prefix, "", each)
	}
	for err == nil && i < len(u.Spans) {
		err = done()
	}
	if err == nil && len(gathered) > 0 {
		err = done()
	}
	return err
}

// span goes through the blobs of a span, or of what is behind the last one, as
// a listing shows them, and returns the next span.
func (r *run) span(u *unit, i int, list []item) (next int, err error) {
	ps, tail := r.st.Pass, i == len(u.Spans)
	old := span{}
	if !tail {
		old = u.Spans[i]
	}
	for n, v := range old.judge(list) {
		it := list[n]
		if it.rest <= ps.After {
			continue
		}
		if v.state == same {
			ps.Open.add(it.rest, it.size, it.mod, ps.Date)
			ps.After = it.rest
			continue
		}
		e := new(entry)
		if v.state == grown {
			// It leaves the span's sums with what was read of it. One of the same
			// size was written anew.
			u.Spans[i].sub(it.rest, v.size, v.mod)
			if *e = (entry{Size: v.size, Mod: v.mod}); v.size != it.size {
				e.Off = v.size
			}
			r.keep(u, it.rest, e)
		}
		r.hurry = r.kept >= keepMost
		err := r.take(u, it, e)
		r.hurry = false
		if err != nil {
			return i, err
		}
		if u.Watched[it.rest] != nil {
			if e.read() && (r.kept >= keepMost || r.finished(e.Mod)) {
				ps.Open.add(it.rest, e.Size, e.Mod, min(ps.Date, e.at))
				delete(u.Watched, it.rest)
			} else {
				r.kept++
			}
		}
		ps.After, r.st.dirty = it.rest, true
		if err := r.meanwhile(); err != nil {
			return i, err
		}
	}
	to := ps.After
	if !tail {
		to = u.Spans[i].To
	}
	r.close(u, i, to)
	if tail {
		return len(u.Spans), nil
	}
	if i < len(u.Spans) && u.Spans[i].To == to {
		i++
	}
	return i, nil
}

// meanwhile keeps an eye on what is new during a full pass.
func (r *run) meanwhile() error {
	switch now := r.s.o.Now(); {
	case !now.Before(r.nextWide):
		return r.window()
	case !now.Before(r.nextPoll):
		return r.poll()
	}
	return nil
}

// close makes the open sums those of a span.
func (r *run) close(u *unit, i int, to string) {
	ps := r.st.Pass
	open := ps.Open
	open.To = to
	switch {
	case i < len(u.Spans) && open.N == 0:
		u.Spans = slices.Delete(u.Spans, i, i+1)
	case i < len(u.Spans):
		u.Spans[i] = open
	case open.N > 0 && i > 0 && u.Spans[i-1].N+open.N <= spanBlobs:
		open.merge(u.Spans[i-1])
		u.Spans[i-1] = open
	case open.N > 0:
		u.Spans = append(u.Spans, open)
	}
	ps.After, ps.Open, r.st.dirty = max(ps.After, to), span{}, true
}

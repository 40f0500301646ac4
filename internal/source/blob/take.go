package blob

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

const (
	// tailBytes before an offset are read again each time, to see whether they
	// are still the same.
	tailBytes = 1024
	// lineMost is how long a line may be; longer ones are cut.
	lineMost = 32 << 20
	// soon is how near a reading may be to the last change: the service tells
	// changes by the second, so another one may follow that looks the same.
	soon = 2
	// tries is how often a blob is begun again that changes while it is read.
	tries = 3
)

// look reads what is new in a blob that is watched, or becomes it.
func (r *run) look(u *unit, it item, date int64) error {
	e := u.Watched[it.rest]
	if e == nil {
		return r.take(u, it, new(entry))
	}
	r.seen[e] = true
	if it.mod == e.Mod && it.size == e.Size {
		e.at = date
	}
	if it.mod < e.Mod || it.mod == e.Mod && it.size <= e.Size { // as it was, or the listing is an old one
		if e.read() || !r.finished(e.Mod) {
			return nil
		}
	}
	return r.take(u, it, e)
}

// finished reports whether a blob that was changed last at a time will not
// grow, as far as one can tell.
func (r *run) finished(mod int64) bool {
	return r.hurry || r.s.o.Now().Sub(time.Unix(mod, 0)) >= r.s.o.Finish
}

// take reads a blob from its entry's offset to its end.
func (r *run) take(u *unit, it item, e *entry) error {
	n := int64(r.s.o.PageBytes)
	for begun := 0; begun <= tries; {
		if it.archived {
			return r.archived(u, it, e)
		}
		back := min(e.Off, tailBytes)
		p, err := r.fetch(u.Box, u.Prefix+it.rest, e.Off-back, n+back, "")
		switch {
		case errors.Is(err, errGone):
			return r.gone(u, it, e)
		case errors.Is(err, errArchived):
			it.archived = true
			continue
		case errors.Is(err, errRange) && e.Off == 0:
			return nil // it is empty by now
		case err != nil && !errors.Is(err, errRange):
			return err
		}
		if why := e.stale(&p, err, back); why != "" {
			if why != renewed {
				r.note(source.Warning, why, "container %s: a blob was changed where it had been read already; it is read again from its start, and what was collected stays. Nothing but the service should write there", u.Box)
			}
			*e = entry{Size: e.Size, Mod: e.Mod}
			r.keep(u, it.rest, e)
			begun++
			continue
		}
		if e.Off == 0 && whole(p.data) {
			again, err := r.whole(u, it, e, &p)
			if err != nil || !again {
				return err
			}
			begun++
			continue
		}
		before := e.Off
		more, err := r.lines(u, it, e, &p, back)
		if err != nil || !more {
			return err
		}
		if n = int64(r.s.o.PageBytes); e.Off == before { // a line longer than was read
			n = min(2*int64(len(p.data)), lineMost)
		}
	}
	return nil // it is changing: the next listing shows it
}

// renewed is why a blob is read again that may well change where it was read.
const renewed = "renewed"

// stale says why what was read of a blob is no longer what is there, "" if it
// is.
func (e *entry) stale(p *part, err error, back int64) string {
	moved := p.mod != e.Mod
	switch {
	case err != nil, p.total < e.Off:
		return Shrunk
	case e.Whole && (moved || p.total != e.Size):
		return renewed
	case e.Off > 0 && e.Tail != 0 && tailOf(p.data[:back]) != e.Tail:
		return Rewritten
	case e.Off > 0 && e.Tail == 0 && (p.block || p.data[back-1] != '\n'): // a span knows no tails
		return renewed
	case e.Off > 0 && p.block && moved && p.total == e.Off && e.Size == e.Off:
		return renewed // the same size, but written anew
	}
	return ""
}

func tailOf(b []byte) uint32 {
	sum := sha256.Sum256(b[max(0, len(b)-tailBytes):])
	return binary.BigEndian.Uint32(sum[:]) | 1 // 0 is: not known
}

// saw notes a blob's size and time of change.
func (e *entry) saw(p *part) {
	e.Size, e.Mod, e.at = p.total, p.mod, p.date
	if p.date-p.mod < soon {
		e.Mod-- // the next listing differs, and it is looked at again
	}
}

// keep has an entry watched.
func (r *run) keep(u *unit, rest string, e *entry) {
	if u.Watched == nil {
		u.Watched = map[string]*entry{}
	}
	u.Watched[rest], r.seen[e], r.st.dirty = e, true, true
}

// lines takes the complete lines of a part of which the first back bytes were
// read before, and reports whether the blob goes on.
func (r *run) lines(u *unit, it item, e *entry, p *part, back int64) (more bool, err error) {
	data := p.data[back:]
	end := e.Off+int64(len(data)) == p.total
	cut := bytes.LastIndexByte(data, '\n') + 1
	if cut == 0 && !end {
		if len(data) < lineMost {
			return true, nil // asked for again with more
		}
		cut = len(data)
		r.note(source.Warning, LongLine, "container %s: a line of more than %d MiB is cut into pieces that cannot be read", u.Box, lineMost>>20)
	}
	if err := r.cut(u, it.rest, data[:cut]); err != nil {
		return false, err
	}
	taken := e.Took && cut == 0 && e.Size == p.total
	e.Took = false
	if cut > 0 {
		e.Off += int64(cut)
		e.Tail = tailOf(p.data[:back+int64(cut)])
	}
	if e.saw(p); end && cut < len(data) {
		// A last line that is a whole record is taken at once, any other when the
		// blob has long been still. The offset stays: should the line go on, it is
		// read whole.
		if e.Took = taken; !taken && (r.finished(p.mod) || json.Valid(data[cut:])) {
			if err := r.cut(u, it.rest, data[cut:]); err != nil {
				return false, err
			}
			e.Took = true
		}
	}
	r.keep(u, it.rest, e)
	return !end, r.full()
}

// full hands over what has gathered if it is a page.
func (r *run) full() error {
	if r.bytes >= r.s.o.PageBytes || len(r.page.Records) >= pageRecords || len(r.page.Claims) >= pageRecords {
		return r.flush()
	}
	return nil
}

const pageRecords = 5000

// gone forgets a blob that was deleted, and states what was not read of it.
func (r *run) gone(u *unit, it item, e *entry) error {
	if size := max(it.size, e.Size); e.Off < size && !e.Took {
		r.note(source.Warning, Deleted, "container %s: a blob was deleted before all of it was read: its hour is stated as missing. Keep blobs at least some days (lifecycle management)", u.Box)
		r.missing(u, it.rest, max(it.mod, e.Mod), "a blob was deleted before all of it was read")
	}
	if _, ok := u.Watched[it.rest]; ok {
		delete(u.Watched, it.rest)
		r.st.dirty = true
	}
	return r.full()
}

// archived passes a blob over that cannot be read.
func (r *run) archived(u *unit, it item, e *entry) error {
	if e.Off < it.size {
		r.note(source.Warning, Archived, "container %s: blobs that were not read are in the archive tier: their hours are stated as missing. Rehydrate them and remove the source's cursor to read them; what was collected is kept once", u.Box)
		r.missing(u, it.rest, it.mod, "a blob is in the archive tier, from which it cannot be read")
	}
	*e = entry{Off: it.size, Size: it.size, Mod: it.mod, Whole: true, at: it.mod}
	r.keep(u, it.rest, e)
	return r.full()
}

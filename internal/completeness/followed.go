package completeness

import (
	"strings"
	"time"
)

// followed is the time, on the collector's clock, for which a stream has been
// followed: spans in order that do not touch.
type followed struct{ spans []span }

type span struct{ from, to time.Time }

// slack joins spans: the collector states them in pieces.
const slack = time.Minute

func (f *followed) add(from, to time.Time) {
	n := span{from, to}
	out := f.spans[:0:0]
	for _, s := range f.spans {
		switch {
		case s.to.Add(slack).Before(n.from) || n.to.Add(slack).Before(s.from):
			out = append(out, s)
		default:
			if s.from.Before(n.from) {
				n.from = s.from
			}
			if s.to.After(n.to) {
				n.to = s.to
			}
		}
	}
	i := len(out)
	for i > 0 && out[i-1].from.After(n.from) {
		i--
	}
	f.spans = append(out[:i:i], append([]span{n}, out[i:]...)...)
}

// first is the hour in which it was first followed.
func (f *followed) first() int64 { return f.spans[0].from.Unix() / 3600 }

// to is the last moment.
func (f *followed) to() time.Time { return f.spans[len(f.spans)-1].to }

// broken is the first stretch within a span of time in which it was not
// followed.
func (f *followed) broken(from, to time.Time) (span, bool) {
	for _, s := range f.spans {
		if from.Before(s.from) {
			end := s.from
			if to.Before(end) {
				end = to
			}
			return span{from, end}, end.After(from)
		}
		if s.to.After(from) {
			from = s.to
		}
		if !from.Before(to) {
			return span{}, false
		}
	}
	return span{from, to}, from.Before(to)
}

// keeps reports whether the service keeps records for a stream while nobody
// follows it, so that a break costs nothing. What is delivered to us by others
// is not kept.
func keeps(path string) bool {
	for _, p := range []string{"eventhub:", "blob:", "kubelog:"} {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// follows is what is known of the source of a path: a source may deliver by
// several, NAME/PART.
func (w *weighing) follows(path string) *followed {
	for name := path; ; {
		if f := w.followed[name]; f != nil {
			return f
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return nil
		}
		name = name[:i]
	}
}

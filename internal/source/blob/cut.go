package blob

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/event/tabular"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/file"
)

// whole reports whether what begins so is no lines of records, but one thing:
// a list in an object, packed bytes, a table.
func whole(data []byte) bool {
	for _, magic := range []string{"\x1f\x8b", "\x28\xb5\x2f\xfd", "PK\x03\x04", "\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(data, []byte(magic)) {
			return true
		}
	}
	if len(data) > 1 && (data[0] == 0 || data[1] == 0) {
		return true // UTF-16 without a mark
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
	line, _, ended := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimSpace(line)
	switch {
	case len(line) == 0 || ended && json.Valid(line):
		return false
	case line[0] == '[':
		return true
	case line[0] == '{':
		inside := bytes.TrimLeft(line[1:], " \t")
		for _, list := range []string{`"records"`, `"value"`, `"items"`, `"tables"`, `"@odata.context"`} {
			if bytes.HasPrefix(inside, []byte(list)) {
				return true
			}
		}
		return ended && len(inside) == 0
	}
	if !ended {
		return false
	}
	_, err := tabular.ParseHeader(line)
	return err == nil
}

// closed reports whether what is no lines has come to its end, as far as its
// last bytes tell.
func closed(begin, end []byte) bool {
	begin = bytes.TrimLeft(bytes.TrimPrefix(begin, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(begin) == 0 || begin[0] != '{' && begin[0] != '[' {
		return true // only finding out can tell
	}
	end = bytes.TrimRight(end, " \t\r\n")
	return len(end) > 0 && (end[len(end)-1] == '}' || end[len(end)-1] == ']')
}

// container says what the records of a blob come from.
func (r *run) container(u *unit, rest string) file.Container {
	c := file.Container{Name: u.Prefix + rest, Source: r.s.name + "/" + u.Box, Tenant: tenantOf(u.Prefix), Seen: r.s.o.Now().UTC()}
	if c.Tenant == "" {
		c.Tenant = r.s.o.Tenant
	}
	return c
}

// cut adds the records of complete lines.
func (r *run) cut(u *unit, rest string, lines []byte) error {
	c := r.container(u, rest)
	problems, err := file.Cut(r.ctx, bytes.NewReader(lines), c, r.add)
	if err != nil {
		return err
	}
	if r.problems(u, problems) {
		for line := range bytes.SplitSeq(lines, []byte("\n")) {
			if line = bytes.TrimRight(line, "\r"); len(line) > 0 {
				if err := r.unparsed(c, bytes.Clone(line)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// problems tells of damage and reports whether nothing could be read at all.
func (r *run) problems(u *unit, list []file.Problem) (rejected bool) {
	for _, p := range list {
		// Reasons hold no content; they are those of importing a file.
		r.note(source.Warning, Damaged, "container %s: %s; what cannot be read is kept as it is, as unparsed", u.Box, p.Reason)
		rejected = rejected || p.Rejected
	}
	return rejected
}

// add adds a record to the page.
func (r *run) add(rec event.Record) error {
	r.page.Records = append(r.page.Records, rec)
	r.bytes += len(rec.Raw) + 256
	return nil
}

// unparsed adds bytes that are no record.
func (r *run) unparsed(c file.Container, raw []byte) error {
	rec := event.Record{Raw: raw, Seen: c.Seen, Source: c.Source, Tenant: c.Tenant, Line: 1}
	identify.Record(&rec)
	return r.add(rec)
}

// whole takes a blob that is no lines, and reports whether it has to be begun
// again because it was changed meanwhile. Pages of it do not move the cursor.
func (r *run) whole(u *unit, it item, e *entry, p *part) (again bool, err error) {
	name := u.Prefix + it.rest
	end := *p
	if int64(len(p.data)) < p.total {
		from := max(0, p.total-tailBytes)
		if end, err = r.fetch(u.Box, name, from, tailBytes, p.etag); err != nil {
			return restart(err)
		}
	}
	if !closed(p.data, end.data) && !r.finished(p.mod) {
		*e = entry{}
		e.saw(p)
		r.keep(u, it.rest, e)
		return false, nil
	}
	in := &stream{r: r, box: u.Box, name: name, etag: p.etag, total: p.total, buf: p.data, at: int64(len(p.data))}
	c := r.container(u, it.rest)
	problems, err := file.Cut(r.ctx, in, c, func(rec event.Record) error {
		if err := r.add(rec); err != nil {
			return err
		}
		return r.full()
	})
	if err == nil && in.err != nil && !errors.Is(in.err, io.EOF) {
		return restart(in.err)
	}
	if err != nil {
		return false, err
	}
	if r.problems(u, problems) {
		if err := r.raw(u, name, c, p); err != nil {
			return restart(err)
		}
	}
	*e = entry{Off: p.total, Tail: tailOf(end.data), Whole: true}
	e.saw(p)
	r.keep(u, it.rest, e)
	return false, r.full()
}

// restart tells an error that another reading may mend.
func restart(err error) (bool, error) {
	if errors.Is(err, errChanged) || errors.Is(err, errRange) || errors.Is(err, errGone) || errors.Is(err, errArchived) {
		return true, nil
	}
	return false, err
}

// raw keeps a blob that holds nothing that can be read as it is, in pieces.
func (r *run) raw(u *unit, name string, c file.Container, p *part) error {
	for at := int64(0); at < p.total; {
		piece, err := r.fetch(u.Box, name, at, int64(r.s.o.PageBytes), p.etag)
		if err != nil {
			return err
		}
		if err := r.unparsed(c, piece.data); err != nil {
			return err
		}
		if err := r.full(); err != nil {
			return err
		}
		at += int64(len(piece.data))
	}
	return nil
}

// stream reads a blob as it was when its etag was taken.
type stream struct {
	r         *run
	box, name string
	etag      azcore.ETag
	total, at int64
	buf       []byte
	err       error
}

func (s *stream) Read(b []byte) (int, error) {
	if len(s.buf) == 0 && s.err == nil {
		if s.at >= s.total {
			s.err = io.EOF
		} else {
			var p part
			if p, s.err = s.r.fetch(s.box, s.name, s.at, int64(s.r.s.o.PageBytes), s.etag); s.err == nil {
				s.buf, s.at = p.data, s.at+int64(len(p.data))
			}
		}
	}
	if len(s.buf) == 0 {
		return 0, s.err
	}
	n := copy(b, s.buf)
	s.buf = s.buf[n:]
	return n, nil
}

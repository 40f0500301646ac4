package file

import (
	"bytes"
	"errors"
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/event/rawjson"
)

const (
	// maxStretch bounds one record of damaged bytes; a longer stretch becomes
	// several.
	maxStretch = 8 << 20
	// maxProbe bounds a record that ends a damaged stretch.
	maxProbe = 2 << 20
)

// salvage consumes a damaged element of a list as one record, up to where the
// next good one begins. left says that the list was left with it: what follows
// stands on a line of its own.
func (s *splitter) salvage(l *list) (left bool, err error) {
	s.loose = true
	open := "{"
	if l.context != nil {
		open = "[{"
	}
	for i := 1; ; {
		n := bytes.IndexAny(s.buf[min(i, len(s.buf)):], open)
		if n < 0 {
			i = len(s.buf)
			if s.more(maxStretch) {
				continue
			}
			return false, s.stretch(len(s.buf))
		}
		i += n
		prev, start := before(s.buf[:i])
		if start || prev == ',' || prev == '[' || prev == '}' || prev == 0 {
			if start && s.buf[i] == '{' {
				if _, inner, _ := headOf(s.buf[i:], &s.doc); inner != nil {
					return true, s.stretch(i)
				}
			}
			if s.probe(i, l) {
				return start && prev != ',' && prev != '[', s.stretch(i)
			}
		}
		i++
		if i > maxStretch {
			if err := s.stretch(i - 1); err != nil {
				return false, err
			}
			i = 1
		}
	}
}

// before gives the last byte before the end of b that is not white space, and
// whether a line begins at the end of b.
func before(b []byte) (prev byte, start bool) {
	for i := len(b) - 1; i >= 0; i-- {
		switch c := b[i]; c {
		case '\n':
			start = true
		case ' ', '\t', '\r':
		default:
			return c, start
		}
	}
	return 0, true
}

// probe reports whether a good record begins at i.
func (s *splitter) probe(i int, l *list) bool {
	for {
		end, err := s.doc.ParsePrefix(s.buf[i:])
		if errors.Is(err, rawjson.ErrTruncated) && len(s.buf)-i < maxProbe && s.more(i+maxProbe) {
			continue
		}
		if err != nil {
			return false
		}
		if l.context != nil && s.buf[i] == '[' {
			return s.doc.Root().Len() == l.columns
		}
		return alike(memberNames(s.doc.Root()), l.siblings) || plausible(s.buf[i:i+end])
	}
}

// alike reports whether an object has at least half of its sibling's members.
func alike(names, siblings []string) bool {
	if len(siblings) == 0 {
		return false
	}
	have := map[string]bool{}
	for _, n := range names {
		have[n] = true
	}
	same := 0
	for _, n := range siblings {
		if have[n] {
			same++
		}
	}
	return 2*same >= len(siblings)
}

// plausible reports whether bytes are a record by their own content.
func plausible(raw []byte) bool {
	r := event.Record{Raw: raw}
	identify.Record(&r)
	return r.Table != "" || strings.HasPrefix(r.Problem, "diagnostic category")
}

// stretch consumes n damaged bytes as one record.
func (s *splitter) stretch(n int) error {
	line := s.line
	b := bytes.TrimRight(s.take(n), " \t\r\n,")
	if len(b) == 0 {
		return nil
	}
	return s.emit(b[:len(b):len(b)], line, event.FormatUnknown, nil)
}

// broken consumes a damaged value between others: its line, and the lines
// behind it that go on with it, as those of an indented object do. A list of
// records that begins in that line is read.
func (s *splitter) broken() error {
	i := 0
	for {
		n := bytes.IndexByte(s.buf[i:], '\n')
		for n < 0 && s.more(maxStretch) {
			n = bytes.IndexByte(s.buf[i:], '\n')
		}
		end := len(s.buf)
		if n >= 0 {
			end = i + n
		}
		if k := s.inside(i, end); k > 0 {
			s.loose = true
			if err := s.stretch(k); err != nil {
				return err
			}
			return s.list(&list{any: true, damaged: true})
		}
		if n < 0 {
			return s.stretch(end)
		}
		i = end + 1
		if i >= len(s.buf) {
			s.more(i + 4096)
		}
		if i >= len(s.buf) || i >= maxStretch || !strings.ContainsRune(" \t}]\"", rune(s.buf[i])) {
			return s.stretch(i)
		}
	}
}

// inside finds the first record that begins within a damaged line.
func (s *splitter) inside(from, to int) int {
	for i := max(from, 1); i < min(to, len(s.buf)); i++ {
		n := bytes.IndexByte(s.buf[i:to], '{')
		if n < 0 {
			return 0
		}
		i += n
		prev, _ := before(s.buf[:i])
		if (prev == ',' || prev == '[' || prev == '}' || prev == 0) && s.probe(i, &list{}) {
			return i
		}
	}
	return 0
}

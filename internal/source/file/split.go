package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/rawjson"
)

// maxValue bounds one JSON value: a message, a page or a record. A top-level
// array is read element by element and may be of any size.
const maxValue = 256 << 20

// errNoRecords says that a container holds nothing that could be a record.
var errNoRecords = errors.New("no JSON, CSV or archive that can be read")

// splitter cuts a stream into records.
type splitter struct {
	r     io.Reader
	buf   []byte // what is read and not consumed
	eof   bool
	line  int // line of buf[0], from 1
	array bool
	first bool // nothing was consumed yet
	doc   rawjson.Doc
	yield func(event.Record) error
}

// split reads a whole stream. A stream that is no JSON at all is an error
// wrapping errNoRecords, before any record was yielded.
func split(r io.Reader, yield func(event.Record) error) error {
	s := &splitter{r: r, line: 1, first: true, yield: yield}
	if err := s.fill(64 << 10); err != nil {
		return err
	}
	s.buf = bytes.TrimPrefix(s.buf, []byte("\xef\xbb\xbf"))
	if reason := reject(s.buf, s.eof); reason != "" {
		return fmt.Errorf("%w: %s", errNoRecords, reason)
	}
	for {
		if err := s.space(); err != nil {
			return err
		}
		if len(s.buf) == 0 {
			return nil
		}
		if err := s.next(); err != nil {
			return err
		}
	}
}

// reject says why the beginning of a stream cannot be one of records.
func reject(b []byte, whole bool) string {
	text := bytes.TrimLeft(b, " \t\r\n")
	switch {
	case len(text) == 0 && whole:
		return "" // an empty blob or page is a delivery of nothing
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}) || bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return "it is UTF-16; save it as UTF-8"
	case bytes.IndexByte(b[:min(len(b), 4096)], 0) >= 0:
		return "it is binary"
	case text[0] == '{' || text[0] == '[':
		return ""
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	if bytes.Count(first, []byte(",")) >= 3 {
		return "it looks like CSV, which is not read yet; download it as JSON"
	}
	if bytes.Contains(b, []byte("\n{")) {
		return "" // lines, the first of them broken
	}
	return "it does not begin like JSON"
}

// fill reads until buf holds n bytes or the stream ends.
func (s *splitter) fill(n int) error {
	for len(s.buf) < n && !s.eof {
		if cap(s.buf) < n {
			grown := make([]byte, len(s.buf), n+n/4)
			copy(grown, s.buf)
			s.buf = grown
		}
		m, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+m]
		if errors.Is(err, io.EOF) {
			s.eof = true
		} else if err != nil {
			return fmt.Errorf("read: %w", err)
		}
	}
	return nil
}

// take consumes n bytes and keeps count of lines.
func (s *splitter) take(n int) []byte {
	b := s.buf[:n:n]
	s.line += bytes.Count(b, []byte("\n"))
	s.buf = s.buf[n:]
	s.first = false
	return b
}

// space consumes white space and, inside a top-level array, its punctuation.
func (s *splitter) space() error {
	for {
		if len(s.buf) == 0 && !s.eof {
			s.buf = nil // what was handed out must not be written over
			if err := s.fill(256 << 10); err != nil {
				return err
			}
		}
		if len(s.buf) == 0 {
			return nil
		}
		c := s.buf[0]
		opens := c == '[' && s.first
		if opens {
			s.array = true
		}
		if !opens && !(c == ' ' || c == '\t' || c == '\r' || c == '\n' || s.array && (c == ',' || c == ']')) {
			return nil
		}
		array := s.first && !opens
		s.take(1)
		s.first = array
	}
}

// next consumes one value, or one broken line, and yields its records.
func (s *splitter) next() error {
	for {
		line := s.line
		end, err := s.doc.ParsePrefix(s.buf)
		switch {
		case err == nil && end == len(s.buf) && !s.eof: // a number might go on
		case err == nil:
			raw := s.take(end)
			return s.expand(s.doc.Root(), raw, line)
		case !errors.Is(err, rawjson.ErrTruncated) || s.eof:
			return s.broken(line, err)
		}
		if len(s.buf) >= maxValue {
			return fmt.Errorf("JSON value at line %d is larger than %d MiB", line, maxValue>>20)
		}
		if err := s.fill(2*len(s.buf) + 4096); err != nil {
			return err
		}
	}
}

// broken consumes the rest of the line as one record that cannot be read.
func (s *splitter) broken(line int, cause error) error {
	for {
		if i := bytes.IndexByte(s.buf, '\n'); i >= 0 {
			return s.emit(bytes.TrimRight(s.take(i+1), "\r\n"), line, event.FormatUnknown, cause)
		}
		if s.eof {
			return s.emit(s.take(len(s.buf)), line, event.FormatUnknown, cause)
		}
		if len(s.buf) >= maxValue {
			return fmt.Errorf("line %d is larger than %d MiB", line, maxValue>>20)
		}
		if err := s.fill(2*len(s.buf) + 4096); err != nil {
			return err
		}
	}
}

// expand yields the records of a message or page, or the value itself.
func (s *splitter) expand(v rawjson.Value, raw []byte, line int) error {
	list, hint := members(v)
	if s.array && hint == event.FormatUnknown {
		hint = event.FormatPortalJSON
	}
	if list.Kind() != rawjson.Array {
		return s.emit(raw, line, hint, nil)
	}
	var err error
	at, last := line, 0
	list.Elements(func(e rawjson.Value) bool {
		b := e.Raw()
		// Elements stand in raw in order, so lines are counted once over it.
		if off := bytes.Index(raw[last:], b); off >= 0 {
			at += bytes.Count(raw[last:last+off], []byte("\n"))
			last += off
		}
		err = s.emit(b, at, hint, nil)
		return err == nil
	})
	return err
}

// members finds the list of records in a container.
func members(v rawjson.Value) (rawjson.Value, event.Format) {
	if r := v.Get("records"); r.Kind() == rawjson.Array {
		return r, event.FormatUnknown
	}
	if r := v.Get("value"); r.Kind() == rawjson.Array {
		if strings.Contains(v.Get("@odata.context").Str(), "/beta/") {
			return r, event.FormatGraphBeta
		}
		return r, event.FormatGraph
	}
	if strings.HasSuffix(v.Get("kind").Str(), "EventList") && v.Get("items").Kind() == rawjson.Array {
		return v.Get("items"), event.FormatUnknown
	}
	return rawjson.Value{}, event.FormatUnknown
}

func (s *splitter) emit(raw []byte, line int, hint event.Format, cause error) error {
	rec := event.Record{Raw: raw, Line: line, Format: hint}
	if cause != nil {
		rec.Problem = cause.Error()
	}
	return s.yield(rec)
}

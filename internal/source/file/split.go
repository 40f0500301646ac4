package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/rawjson"
	"github.com/wholelog/wholelog/internal/event/tabular"
)

const (
	// chunk is how much is read at a time.
	chunk = 256 << 10
	// maxRecord bounds one record; services write at most about a megabyte.
	maxRecord = 32 << 20
	// maxHead bounds what stands before a container's list.
	maxHead = 1 << 20
)

// errNoRecords says that a container holds nothing that could be a record.
var errNoRecords = errors.New("no JSON, CSV or archive that can be read")

// errLabels says that a file is about records and holds none.
var errLabels = errors.New("left out: it holds the labels of a simulation, no records")

// labels is how a file of them begins.
const labels = `{"label":"wholelog-label/`

// splitting is where the parts of a stream go.
type splitting struct {
	file  string // its name, a hint where content does not tell
	yield func(event.Record) error
	say   func(line int, reason string)
}

// splitter cuts a stream into records.
type splitter struct {
	splitting
	r     io.Reader
	buf   []byte // what is read and not consumed
	eof   bool
	fault error // why the stream ended before its end
	line  int   // line of buf[0], from 1
	doc   rawjson.Doc
	loose bool // damage was seen: closing brackets may stand alone
	left  bool // salvage left all containers: what follows stands on its own
}

// split reads a whole stream. A stream that holds no records at all is an
// error wrapping errNoRecords, before any was yielded; fault says that reading
// failed before the stream's end.
func split(r io.Reader, to splitting) (fault, err error) {
	s := &splitter{splitting: to, r: r, line: 1}
	s.fill(chunk)
	s.buf = bytes.TrimPrefix(s.buf, []byte("\xef\xbb\xbf"))
	if s.blank() {
		return s.fault, nil // an empty blob or page is a delivery of nothing
	}
	if bytes.HasPrefix(s.buf, []byte(labels)) {
		return s.fault, errLabels
	}
	line, _, _ := bytes.Cut(s.buf, []byte("\n"))
	text := bytes.TrimLeft(line, " \t\r")
	if len(text) > 0 && text[0] != '{' && text[0] != '[' && tabular.LooksTabular(text) {
		h, err := tabular.ParseHeader(bytes.TrimRight(text, "\r"))
		switch {
		case errors.Is(err, tabular.ErrDetails):
			return s.fault, fmt.Errorf("%w: it lists the authentication details of sign-ins, which it names by their request ids, and holds no events: import the sign-ins file of the same download, or download JSON, which has both", errNoRecords)
		case err == nil:
			return s.fault, s.csv(h)
		case !bytes.Contains(s.buf, []byte("\n{")):
			return s.fault, fmt.Errorf("%w: %w", errNoRecords, err)
		}
	}
	if reason := refuse(s.buf); reason != "" {
		return s.fault, fmt.Errorf("%w: %s", errNoRecords, reason)
	}
	return s.fault, s.all()
}

// refuse says why the beginning of a stream cannot be one of JSON records.
func refuse(b []byte) string {
	text := bytes.TrimLeft(b, " \t\r\n\x00")
	switch {
	case len(text) > 0 && (text[0] == '{' || text[0] == '['):
		return ""
	case bytes.Contains(b, []byte("\n{")):
		return "" // lines, the first of them broken
	case bytes.IndexByte(b[:min(len(b), 4096)], 0) >= 0:
		return "it is binary"
	}
	return "it does not begin like JSON"
}

// fill reads until buf holds n bytes or the stream ends.
func (s *splitter) fill(n int) {
	for len(s.buf) < n && !s.eof {
		if cap(s.buf) < n {
			grown := make([]byte, len(s.buf), max(n, len(s.buf)+chunk))
			copy(grown, s.buf)
			s.buf = grown
		}
		m, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+m]
		if err != nil {
			s.eof = true
			if !errors.Is(err, io.EOF) {
				s.fault = err
			}
		}
	}
}

// more reads on; false if there is nothing more or buf would grow past limit.
func (s *splitter) more(limit int) bool {
	if s.eof || len(s.buf) >= limit {
		return false
	}
	s.fill(min(limit, 2*len(s.buf)+4096))
	return true
}

// take consumes n bytes and keeps count of lines.
func (s *splitter) take(n int) []byte {
	b := s.buf[:n:n]
	s.line += bytes.Count(b, []byte("\n"))
	s.buf = s.buf[n:]
	return b
}

// blank consumes white space and reports whether the stream ends there.
func (s *splitter) blank() bool {
	for {
		i := 0
		for i < len(s.buf) && (s.buf[i] == ' ' || s.buf[i] == '\t' || s.buf[i] == '\r' || s.buf[i] == '\n') {
			i++
		}
		s.take(i)
		if len(s.buf) > 0 || s.eof {
			return len(s.buf) == 0
		}
		s.buf = nil // what was handed out must not be written over
		s.fill(chunk)
	}
}

// all reads values one after the other.
func (s *splitter) all() error {
	for !s.blank() {
		s.left = false
		c := s.buf[0]
		if s.loose && (c == '}' || c == ']' || c == ',') {
			s.take(1)
			continue
		}
		if err := s.top(c); err != nil {
			return err
		}
	}
	return nil
}

func (s *splitter) top(c byte) error {
	switch {
	case c == '[':
		s.take(1)
		return s.list(&list{hint: event.FormatPortalJSON, any: true})
	case c == '{':
		if head, l := s.head(); l != nil {
			s.take(head)
			return s.container(l)
		}
	}
	line := s.line
	raw, err := s.value()
	if err == nil {
		return s.emit(raw, line, event.FormatUnknown, nil)
	}
	return s.broken()
}

// value consumes one JSON value. An error consumes nothing.
func (s *splitter) value() ([]byte, error) {
	for {
		end, err := s.doc.ParsePrefix(s.buf)
		switch {
		case err == nil && end == len(s.buf) && s.buf[end-1] >= '0' && s.buf[end-1] <= '9' && s.more(maxRecord): // a number might go on
		case err == nil:
			return s.take(end), nil
		case !errors.Is(err, rawjson.ErrTruncated):
			return nil, err
		case !s.more(maxRecord):
			if !s.eof {
				return nil, fmt.Errorf("a value of more than %d MiB", maxRecord>>20)
			}
			return nil, err
		}
	}
}

func (s *splitter) emit(raw []byte, line int, hint event.Format, context []byte) error {
	return s.yield(event.Record{Raw: raw, Line: line, Format: hint, Context: context})
}

// graphHint tells the version of Graph that a page is from.
func graphHint(context string) event.Format {
	if strings.Contains(context, "/beta/") {
		return event.FormatGraphBeta
	}
	return event.FormatGraph
}

package file

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/tabular"
)

// maxRow bounds one CSV record.
const maxRow = 4 << 20

// csv reads the rows under a header line, which is at the start of buf.
func (s *splitter) csv(h *tabular.Header) error {
	context := s.header(h)
	for {
		if s.blankLines() {
			return nil
		}
		line := s.line
		end, n, err := h.Cut(s.buf, s.eof)
		if errors.Is(err, tabular.ErrMore) && s.more(maxRow) {
			continue
		}
		spans := err == nil && bytes.IndexByte(bytes.TrimRight(s.buf[:end], "\r\n"), '\n') >= 0
		if err != nil || n != len(h.Names) && spans {
			// A quote that is not closed swallows its neighbours: only its own
			// line is damaged.
			end = s.lineEnd()
		}
		raw := bytes.TrimRight(s.take(end), "\r\n")
		if bytes.Equal(raw, context) {
			continue // the header again: files were joined
		}
		if n != len(h.Names) || strings.EqualFold(firstName(raw), h.Names[0]) {
			if next, err := tabular.ParseHeader(raw); err == nil {
				h, context = next, raw
				continue
			}
		}
		if err := s.emit(raw[:len(raw):len(raw)], line, event.FormatUnknown, context); err != nil {
			return err
		}
	}
}

// firstName is the first cell of a line, without its quotes.
func firstName(line []byte) string {
	c, _, _ := bytes.Cut(line, []byte{','})
	return strings.TrimSpace(strings.Trim(string(c), "\ufeff\""))
}

// blankLines consumes empty lines and reports whether the stream ends there.
// Other white space may be an empty first cell.
func (s *splitter) blankLines() bool {
	for {
		i := 0
		for i < len(s.buf) && (s.buf[i] == '\r' || s.buf[i] == '\n') {
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

// lineEnd is the offset behind the first line of buf.
func (s *splitter) lineEnd() int {
	for {
		if i := bytes.IndexByte(s.buf, '\n'); i >= 0 {
			return i + 1
		}
		if !s.more(maxRow) {
			return len(s.buf)
		}
	}
}

// header consumes the header line, says what there is to say about it, and
// returns it as the context of the rows.
func (s *splitter) header(h *tabular.Header) []byte {
	line := bytes.TrimRight(s.take(s.lineEnd()), "\r\n")
	context := bytes.TrimLeft(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")), " \t\r")
	if len(h.Unknown) > 0 {
		s.say(1, fmt.Sprintf("columns that are not known, whose cells are kept in AdditionalFields: %s", quoteAll(h.Unknown)))
	}
	if h.Kind == tabular.SignIns && !strings.Contains(strings.ToLower(s.file), "interactive") {
		s.say(1, "interactive and non-interactive downloads have the same columns, and the file's name says neither InteractiveSignIns nor NonInteractiveSignIns: read as interactive sign-ins")
	}
	return context[:len(context):len(context)]
}

func quoteAll(names []string) string {
	out := make([]string, 0, len(names))
	for _, n := range names {
		out = append(out, fmt.Sprintf("%q", n))
	}
	return strings.Join(out, ", ")
}

package file

import (
	"bytes"
	"errors"
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/rawjson"
)

// list is a list of records that is being read.
type list struct {
	hint     event.Format
	any      bool     // a top-level array: its elements may be containers
	damaged  bool     // found in a damaged line: its end may be missing
	tables   bool     // of a Log Analytics answer: elements are tables
	context  []byte   // Log Analytics: the columns of these rows
	columns  int      // their number
	siblings []string // members of the first good element
}

// head looks whether a container begins at buf: an object with a list of
// records behind at most a few plain members. It returns the offset behind the
// list's bracket; nothing is consumed.
func (s *splitter) head() (int, *list) {
	for {
		n, l, again := headOf(s.buf, &s.doc)
		if l != nil || !again || !s.more(maxHead) {
			return n, l
		}
	}
}

func headOf(b []byte, d *rawjson.Doc) (n int, l *list, again bool) {
	i, odata, kind := blanks(b, 1), "", ""
	for range 16 {
		if i >= len(b) {
			return 0, nil, true
		}
		if b[i] != '"' {
			return 0, nil, false
		}
		end, err := d.ParsePrefix(b[i:])
		if err != nil {
			return 0, nil, errors.Is(err, rawjson.ErrTruncated)
		}
		name := d.Root().Str()
		if i = blanks(b, i+end); i >= len(b) {
			return 0, nil, true
		}
		if b[i] != ':' {
			return 0, nil, false
		}
		if i = blanks(b, i+1); i >= len(b) {
			return 0, nil, true
		}
		if b[i] == '[' {
			l := listOf(name, odata, kind)
			return i + 1, l, false
		}
		if b[i] == '{' && name != "metadata" {
			return 0, nil, false
		}
		if end, err = d.ParsePrefix(b[i:]); err != nil {
			return 0, nil, errors.Is(err, rawjson.ErrTruncated)
		}
		switch name {
		case "@odata.context", "odata.metadata":
			odata = d.Root().Str()
		case "kind":
			if kind = d.Root().Str(); kind == "Event" {
				return 0, nil, false
			}
		}
		if i = blanks(b, i+end); i >= len(b) {
			return 0, nil, true
		}
		if b[i] != ',' {
			return 0, nil, false
		}
		i = blanks(b, i+1)
	}
	return 0, nil, false
}

// listOf tells what the list under a member name holds, nil if no records.
func listOf(name, odata, kind string) *list {
	switch strings.ToLower(name) {
	case "records":
		return &list{}
	case "value":
		return &list{hint: graphHint(odata)}
	case "items":
		if kind == "" || strings.HasSuffix(kind, "List") {
			return &list{}
		}
	case "tables":
		return &list{tables: true}
	}
	return nil
}

func blanks(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// container reads the lists of an object, from behind the bracket of the
// first to the object's end.
func (s *splitter) container(l *list) error {
	if err := s.list(l); err != nil {
		return err
	}
	return s.tail()
}

// tail reads what follows a list in its object: more lists, links, counts.
func (s *splitter) tail() error {
	for !s.left && !s.blank() {
		switch s.buf[0] {
		case '}':
			s.take(1)
			return nil
		case ',':
			s.take(1)
			continue
		case '"':
		default:
			return nil // damage, or the object was left in salvage
		}
		l, ok, err := s.field("")
		if err != nil || !ok {
			return err
		}
		if l != nil {
			if err := s.list(l); err != nil {
				return err
			}
		}
	}
	return nil
}

// field consumes a member's name and its value, unless the value is a list of
// records, of which only the bracket is consumed. It is not ok if the member
// is damaged; then nothing is consumed.
func (s *splitter) field(odata string) (l *list, ok bool, err error) {
	for {
		end, perr := s.doc.ParsePrefix(s.buf)
		if perr == nil {
			name := s.doc.Root().Str()
			i := blanks(s.buf, end)
			if i < len(s.buf) && s.buf[i] != ':' {
				return nil, false, nil
			}
			if i = blanks(s.buf, i+1); i < len(s.buf) {
				if s.buf[i] == '[' {
					if l := listOf(name, odata, ""); l != nil {
						s.take(i + 1)
						return l, true, nil
					}
				}
				n, verr := s.doc.ParsePrefix(s.buf[i:])
				if verr == nil && i+n < len(s.buf) {
					s.take(i + n)
					return nil, true, nil
				}
				perr = verr
			}
		}
		if perr != nil && !errors.Is(perr, rawjson.ErrTruncated) || !s.more(maxRecord) {
			return nil, false, nil
		}
	}
}

// list reads the elements of a list, from behind its bracket to its end.
func (s *splitter) list(l *list) error {
	for !s.left {
		if s.blank() {
			if l.damaged {
				return nil
			}
			s.say(s.line, "the file ends inside a list of records: it is cut off, and what it held beyond this is not here")
			return nil
		}
		switch s.buf[0] {
		case ']':
			s.take(1)
			return nil
		case ',':
			s.take(1)
			continue
		case '{':
			if l.tables && s.tableBegins() {
				s.take(1)
				if err := s.table(); err != nil {
					return err
				}
				continue
			}
			if l.any {
				if n, inner := s.head(); inner != nil {
					s.take(n)
					if err := s.container(inner); err != nil {
						return err
					}
					continue
				}
			}
		}
		line := s.line
		raw, err := s.value()
		if err != nil {
			if s.left, err = s.salvage(l); err != nil || s.left {
				return err
			}
			continue
		}
		if inner := wrapped(s.doc.Root()); inner != nil {
			if err := s.spread(s.doc.Root(), raw, line, inner); err != nil {
				return err
			}
			continue
		}
		if l.siblings == nil {
			l.siblings = memberNames(s.doc.Root())
		}
		context := l.context
		if len(raw) > 0 && raw[0] != '[' {
			context = nil // no row of cells: what it is must show by itself
		}
		if err := s.emit(raw, line, l.hint, context); err != nil {
			return err
		}
	}
	return nil
}

// wrapped finds a whole message inside a list: a list whose end is missing.
func wrapped(v rawjson.Value) *list {
	if v.Get("records").Kind() == rawjson.Array {
		return &list{}
	}
	return nil
}

func (s *splitter) spread(v rawjson.Value, raw []byte, line int, l *list) (err error) {
	at, last := line, 0
	v.Get("records").Elements(func(e rawjson.Value) bool {
		b := e.Raw()
		if off := bytes.Index(raw[last:], b); off >= 0 {
			at += bytes.Count(raw[last:last+off], []byte("\n"))
			last += off
		}
		err = s.emit(b, at, l.hint, nil)
		return err == nil
	})
	return err
}

// tableBegins reports whether the object at buf is a table of an answer.
func (s *splitter) tableBegins() bool {
	i := blanks(s.buf, 1)
	end, err := s.doc.ParsePrefix(s.buf[min(i, len(s.buf)):])
	for errors.Is(err, rawjson.ErrTruncated) && s.more(maxHead) {
		i = blanks(s.buf, 1)
		end, err = s.doc.ParsePrefix(s.buf[min(i, len(s.buf)):])
	}
	if err != nil || end == 0 {
		return false
	}
	switch strings.ToLower(s.doc.Root().Str()) {
	case "name", "tablename", "columns", "rows":
		return true
	}
	return false
}

// table reads one table of a Log Analytics answer, from behind its brace.
func (s *splitter) table() error {
	var context []byte
	columns := 0
	for !s.left && !s.blank() {
		switch s.buf[0] {
		case '}':
			s.take(1)
			return nil
		case ',':
			s.take(1)
			continue
		}
		name, ok := s.name()
		if !ok {
			return nil // the list around it salvages
		}
		if strings.EqualFold(name, "rows") && len(s.buf) > 0 && s.buf[0] == '[' {
			s.take(1)
			if context == nil {
				s.say(s.line, "a Log Analytics answer has its rows before its columns: they cannot be read")
			}
			if err := s.list(&list{context: context, columns: columns, hint: event.FormatLARow}); err != nil {
				return err
			}
			continue
		}
		raw, err := s.value()
		if err != nil {
			return nil
		}
		if strings.EqualFold(name, "columns") && s.doc.Root().Kind() == rawjson.Array {
			context, columns = raw, s.doc.Root().Len()
		}
	}
	return nil
}

// name consumes a member's name and colon.
func (s *splitter) name() (string, bool) {
	for {
		end, err := s.doc.ParsePrefix(s.buf)
		if err == nil {
			i := blanks(s.buf, end)
			if i < len(s.buf) {
				name := s.doc.Root().Str()
				if s.buf[i] != ':' || s.buf[0] != '"' {
					return "", false
				}
				s.take(i + 1)
				return name, !s.blank()
			}
		} else if !errors.Is(err, rawjson.ErrTruncated) {
			return "", false
		}
		if !s.more(maxHead) {
			return "", false
		}
	}
}

func memberNames(v rawjson.Value) []string {
	out := []string{}
	v.Members(func(name string, _ rawjson.Value) bool {
		out = append(out, name)
		return len(out) < 32
	})
	return out
}

package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/wholelog/wholelog/internal/event/rawjson"
)

// Kind is what the rows under a header are.
type Kind uint8

const (
	SignIns      Kind = iota + 1 // portal: interactive and non-interactive users
	Applications                 // portal: service principals
	Identities                   // portal: managed identities
	Audits                       // portal: directory audits
	AnalyticsCSV                 // Log Analytics, saved as CSV
	AnalyticsRow                 // Log Analytics answer, an array of cells
)

// ErrHeader says that a first line is no header that is known.
var ErrHeader = errors.New("unknown header")

// ErrDetails says that a file is about sign-ins that other files hold.
var ErrDetails = errors.New("authentication details")

// Header is a header line that is understood.
type Header struct {
	Kind    Kind
	Names   []string // as the file has them, blanks at the ends removed
	Unknown []string // names without a counterpart; their cells are kept
	comma   byte
	columns []column
	types   []string // AnalyticsRow: the columns' types
	plan    []step
}

// fold makes names comparable: the portal's have trailing and double blanks.
func fold(name string) string {
	name = strings.Trim(name, "\ufeff")
	return strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(name, "\u00a0", " ")), " "))
}

// LooksTabular reports whether a first line could be a header line at all.
func LooksTabular(line []byte) bool {
	line = bytes.TrimRight(line, "\r\n")
	return bytes.IndexByte(line, 0) < 0 && bytes.Count(line, []byte{delimiter(line)}) >= 2
}

// ParseHeader reads a header line without its line end.
func ParseHeader(line []byte) (*Header, error) {
	line = bytes.TrimPrefix(line, []byte("\ufeff"))
	h := &Header{comma: delimiter(line)}
	list, _, err := fields(nil, line, h.comma, true)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHeader, err)
	}
	has := map[string]bool{}
	for _, f := range list {
		name := strings.TrimSpace(strings.ToValidUTF8(string(f), "\uFFFD"))
		h.Names = append(h.Names, name)
		has[fold(name)] = true
	}
	all := func(names ...string) bool {
		for _, n := range names {
			if !has[n] {
				return false
			}
		}
		return true
	}
	switch {
	case all("date (utc)", "correlationid", "activity") && (has["service"] || has["actortype"] || has["target1type"]):
		h.Kind = Audits
	case all("request id") && (all("authentication method") || all("authentication method detail") || all("result detail")) && !has["username"] && !has["application"]:
		return nil, ErrDetails
	case all("date (utc)", "request id") && (has["username"] || has["user id"] || has["user"]):
		h.Kind = SignIns
	case all("date (utc)", "request id") && (has["service principal id"] || has["service principal name"]):
		h.Kind = Applications
		if !has["credential key id"] && has["managed identity type"] {
			h.Kind = Identities
		}
	default:
		if err := h.analytics(); err != nil {
			return nil, err
		}
		return h, nil
	}
	h.portal()
	return h, nil
}

// unknown is the error for a header that is none of ours.
func (h *Header) unknown() error {
	show := h.Names
	if len(show) > 6 {
		show = show[:6]
	}
	quoted := make([]string, len(show))
	for i, n := range show {
		if len(n) > 48 {
			n = strings.ToValidUTF8(n[:48], "")
		}
		quoted[i] = string(rawjson.Append(nil, n))
	}
	return fmt.Errorf("%w: the columns %s ... are none of the portal's sign-in or audit downloads nor of Log Analytics; headers in other languages are not read: set the portal's language to English and download the file again, or download it as JSON", ErrHeader, strings.Join(quoted, ", "))
}

var cache = struct {
	sync.Mutex
	m map[string]*Header
}{m: map[string]*Header{}}

// Of gives the header that a record's context holds: a header line, or the
// columns of a Log Analytics answer as JSON.
func Of(context []byte) (*Header, error) {
	cache.Lock()
	h := cache.m[string(context)]
	cache.Unlock()
	if h != nil {
		return h, nil
	}
	var err error
	if len(context) > 0 && context[0] == '[' {
		h, err = parseColumns(context)
	} else {
		h, err = ParseHeader(context)
	}
	if err != nil {
		return nil, err
	}
	cache.Lock()
	if len(cache.m) >= 256 {
		clear(cache.m)
	}
	cache.m[string(context)] = h
	cache.Unlock()
	return h, nil
}

// Object is the JSON object of one row, appended to dst.
func (h *Header) Object(dst, row []byte) ([]byte, error) {
	if h.Kind == AnalyticsRow {
		return h.array(dst, row)
	}
	list, end, err := fields(make([][]byte, 0, len(h.Names)), row, h.comma, true)
	if err != nil {
		return nil, err
	}
	if end < len(row) {
		return nil, errors.New("more than one CSV record")
	}
	for len(list) > len(h.Names) && len(list[len(list)-1]) == 0 {
		list = list[:len(list)-1] // a comma at the end of the line
	}
	if len(list) != len(h.Names) {
		return nil, fmt.Errorf("%d fields under a header of %d columns", len(list), len(h.Names))
	}
	if h.Kind == AnalyticsCSV {
		return h.line(dst, list), nil
	}
	if h.Kind == Audits {
		return h.audit(dst, list), nil
	}
	return h.signIn(dst, list), nil
}

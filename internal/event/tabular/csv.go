package tabular

import (
	"bytes"
	"errors"
)

var (
	errQuote = errors.New("a quoted field does not end")
	// ErrMore says that a record may go on behind the bytes given.
	ErrMore = errors.New("CSV record goes on")
)

// fields splits one CSV record (RFC 4180) at comma and returns where it ends,
// behind its line end. Quotes inside a field that does not begin with one
// stand for themselves, as spreadsheets read them. The fields are appended to
// dst and point into data unless they hold doubled quotes.
func fields(dst [][]byte, data []byte, comma byte, whole bool) ([][]byte, int, error) {
	i := 0
	for {
		if i < len(data) && data[i] == '"' {
			field, end, err := quoted(data, i, whole)
			if err != nil {
				return dst, 0, err
			}
			dst = append(dst, field)
			i = end
		} else {
			n := bytes.IndexAny(data[i:], string([]byte{comma, '\n'}))
			if n < 0 {
				if !whole {
					return dst, 0, ErrMore
				}
				n = len(data) - i
			}
			field := data[i : i+n]
			if i += n; i == len(data) || data[i] == '\n' {
				field = bytes.TrimSuffix(field, []byte("\r"))
			}
			dst = append(dst, field)
		}
		switch {
		case i >= len(data):
			return dst, i, nil
		case data[i] == comma:
			i++
		default:
			return dst, i + 1, nil
		}
	}
}

// quoted reads the quoted field at i; end is at the comma, line end or end.
func quoted(data []byte, i int, whole bool) (field []byte, end int, err error) {
	start, doubled := i+1, false
	for i = start; ; {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			if whole {
				return nil, 0, errQuote
			}
			return nil, 0, ErrMore
		}
		i += n
		if i+1 < len(data) && data[i+1] == '"' {
			doubled = true
			i += 2
			continue
		}
		if i+1 >= len(data) && !whole {
			return nil, 0, ErrMore
		}
		break
	}
	field = data[start:i]
	if doubled {
		field = bytes.ReplaceAll(field, []byte(`""`), []byte(`"`))
	}
	i++
	// What stands between the closing quote and the comma is kept with it.
	rest := i
	for i < len(data) && data[i] != '\n' && data[i] != '\r' && data[i] != ',' && data[i] != ';' && data[i] != '\t' {
		i++
	}
	if i > rest {
		field = append(append([]byte(nil), field...), data[rest:i]...)
	}
	if i+1 < len(data) && data[i] == '\r' && data[i+1] == '\n' || i+1 == len(data) && data[i] == '\r' {
		i++
	}
	return field, i, nil
}

// Cut finds the end of the CSV record at the start of data and the number of
// its fields. ErrMore asks for more data; whole says that there is none.
func (h *Header) Cut(data []byte, whole bool) (end, n int, err error) {
	list, end, err := fields(nil, data, h.comma, whole)
	return end, len(list), err
}

// delimiter is the one that a header line uses.
func delimiter(line []byte) byte {
	best, most := byte(','), 0
	for _, c := range []byte{',', ';', '\t'} {
		if n := bytes.Count(line, []byte{c}); n > most {
			best, most = c, n
		}
	}
	return best
}

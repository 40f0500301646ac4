package rawjson

import (
	"errors"
	"fmt"
	"unicode/utf8"
	"unsafe"
)

// Kind is the kind of a JSON value. The zero Kind is that of a missing value.
type Kind uint8

const (
	Missing Kind = iota
	Null
	False
	True
	Number
	String
	Array
	Object
)

// MaxDepth is how deep arrays and objects may be nested.
const MaxDepth = 512

// ErrTruncated says that the input ended inside a value.
var ErrTruncated = errors.New("JSON ends in the middle of a value")

type node struct {
	kind       Kind
	escaped    bool  // string: holds a backslash or a byte >= 0x80 that may be invalid
	loose      bool  // array or object: holds white space between its values
	start, end int32 // bytes of the value; strings without their quotes
	next       int32 // index of the node after this value
	count      int32 // members or elements
}

// Doc is a parsed document. It refers to the bytes it was parsed from, which
// must not change while it is in use. A Doc may be parsed into again.
type Doc struct {
	data  []byte
	nodes []node
	text  string // data as a string, of which Str and Text may return parts
	valid bool   // text is valid UTF-8

	members []sortable // room for Canonical
}

// Parse parses one JSON value with nothing but white space around it.
func (d *Doc) Parse(data []byte) error {
	n, err := d.ParsePrefix(data)
	if err != nil {
		return err
	}
	if n = skip(data, n); n < len(data) {
		return fmt.Errorf("JSON value is followed by %q at byte %d", data[n], n)
	}
	return nil
}

// ParseString is Parse, and the strings that values of the document return are
// parts of s where they can be: they cost nothing and stay valid, but keep all
// of s in memory.
func (d *Doc) ParseString(s string) error {
	if err := d.Parse(unsafe.Slice(unsafe.StringData(s), len(s))); err != nil { // read only
		return err
	}
	d.text, d.valid = s, utf8.ValidString(s)
	return nil
}

// ParsePrefix parses the first JSON value of data and returns its end.
func (d *Doc) ParsePrefix(data []byte) (int, error) {
	d.text, d.valid = "", false
	if len(data) > 1<<31-1 {
		return 0, errors.New("JSON value is larger than 2 GiB")
	}
	d.data, d.nodes = data, d.nodes[:0]
	if d.nodes == nil {
		// Records have a node for about every 20 bytes; a container's first
		// value may be a small part of data.
		d.nodes = make([]node, 0, min(len(data)/16+8, 4096))
	}
	p := parser{data: data, nodes: d.nodes}
	end, err := p.value(skip(data, 0), 0)
	d.nodes = p.nodes
	if err != nil {
		d.nodes = d.nodes[:0]
		return 0, err
	}
	return end, nil
}

// Root is the document's value.
func (d *Doc) Root() Value {
	if len(d.nodes) == 0 {
		return Value{}
	}
	return Value{d, 0}
}

type parser struct {
	data   []byte
	nodes  []node
	blanks int // white space skipped inside containers so far
}

func (p *parser) skip(i int) int {
	if i < len(p.data) && p.data[i] > ' ' {
		return i
	}
	j := skip(p.data, i)
	p.blanks += j - i
	return j
}

func skip(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

func (p *parser) fail(i int, want string) error {
	if i >= len(p.data) {
		return ErrTruncated
	}
	return fmt.Errorf("%q at byte %d, want %s", p.data[i], i, want)
}

func (p *parser) value(i, depth int) (int, error) {
	if depth > MaxDepth {
		return 0, fmt.Errorf("JSON nests deeper than %d at byte %d", MaxDepth, i)
	}
	if i >= len(p.data) {
		return 0, ErrTruncated
	}
	switch c := p.data[i]; {
	case c == '"':
		return p.str(i)
	case c == '{' || c == '[':
		return p.container(i, depth, c == '{')
	case c == 't':
		return p.word(i, "true", True)
	case c == 'f':
		return p.word(i, "false", False)
	case c == 'n':
		return p.word(i, "null", Null)
	case c == '-' || c >= '0' && c <= '9':
		return p.number(i)
	}
	return 0, p.fail(i, "a JSON value")
}

func (p *parser) leaf(k Kind, start, end int, escaped bool) {
	p.nodes = append(p.nodes, node{kind: k, escaped: escaped, start: int32(start), end: int32(end), next: int32(len(p.nodes) + 1)})
}

func (p *parser) word(i int, w string, k Kind) (int, error) {
	for j := range len(w) {
		if i+j >= len(p.data) || p.data[i+j] != w[j] {
			return 0, p.fail(i+j, w)
		}
	}
	p.leaf(k, i, i+len(w), false)
	return i + len(w), nil
}

func (p *parser) number(i int) (int, error) {
	start := i
	digits := func() error {
		if i >= len(p.data) || p.data[i] < '0' || p.data[i] > '9' {
			return p.fail(i, "a digit")
		}
		for i < len(p.data) && p.data[i] >= '0' && p.data[i] <= '9' {
			i++
		}
		return nil
	}
	if p.data[i] == '-' {
		i++
	}
	if i < len(p.data) && p.data[i] == '0' {
		i++
	} else if err := digits(); err != nil {
		return 0, err
	}
	if i < len(p.data) && p.data[i] == '.' {
		i++
		if err := digits(); err != nil {
			return 0, err
		}
	}
	if i < len(p.data) && (p.data[i] == 'e' || p.data[i] == 'E') {
		i++
		if i < len(p.data) && (p.data[i] == '+' || p.data[i] == '-') {
			i++
		}
		if err := digits(); err != nil {
			return 0, err
		}
	}
	p.leaf(Number, start, i, false)
	return i, nil
}

// plain marks the bytes that need no attention inside a string.
var plain = func() (t [256]bool) {
	for c := 0x20; c < 0x80; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return
}()

func (p *parser) str(i int) (int, error) {
	i++
	start, escaped := i, false
	data := p.data
	for {
		for i < len(data) && plain[data[i]] {
			i++
		}
		if i >= len(data) {
			return 0, ErrTruncated
		}
		switch c := data[i]; {
		case c == '"':
			p.leaf(String, start, i, escaped)
			return i + 1, nil
		case c == '\\':
			escaped = true
			if i+1 >= len(p.data) {
				return 0, ErrTruncated
			}
			switch p.data[i+1] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i += 2
			case 'u':
				for j := i + 2; j < i+6; j++ {
					if j >= len(p.data) || hexDigit(p.data[j]) < 0 {
						return 0, p.fail(j, "a hexadecimal digit")
					}
				}
				i += 6
			default:
				return 0, p.fail(i+1, "an escape")
			}
		case c >= 0x80:
			escaped = true // decoded carefully: it may be invalid UTF-8
			i++
		default:
			return 0, p.fail(i, "a control character as an escape")
		}
	}
}

func (p *parser) container(i, depth int, object bool) (int, error) {
	at, blanks := len(p.nodes), p.blanks
	kind, closer := Array, byte(']')
	if object {
		kind, closer = Object, '}'
	}
	p.nodes = append(p.nodes, node{kind: kind, start: int32(i)})
	count := int32(0)
	i = p.skip(i + 1)
	if i < len(p.data) && p.data[i] == closer {
		i++
	} else {
		for {
			var err error
			if object {
				if i >= len(p.data) || p.data[i] != '"' {
					return 0, p.fail(i, "a member name")
				}
				if i, err = p.str(i); err != nil {
					return 0, err
				}
				if i = p.skip(i); i >= len(p.data) || p.data[i] != ':' {
					return 0, p.fail(i, "a colon")
				}
				i = p.skip(i + 1)
			}
			if i, err = p.value(i, depth+1); err != nil {
				return 0, err
			}
			count++
			i = p.skip(i)
			if i >= len(p.data) {
				return 0, ErrTruncated
			}
			if p.data[i] == closer {
				i++
				break
			}
			if p.data[i] != ',' {
				return 0, p.fail(i, "a comma or the end")
			}
			i = p.skip(i + 1)
		}
	}
	n := &p.nodes[at]
	n.end, n.next, n.count, n.loose = int32(i), int32(len(p.nodes)), count, p.blanks != blanks
	return i, nil
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

package entry

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind says what an entry commits to.
type Kind string

const (
	Segment       Kind = "segment"       // a sealed segment
	Tail          Kind = "tail"          // the first items of a segment that is still open
	Deletion      Kind = "deletion"      // items that are erased, or a segment that expired
	Import        Kind = "import"        // a note: an import came to its end
	Configuration Kind = "configuration" // a note: the configuration changed
	Gap           Kind = "gap"           // a note: records are known to be missing
	RuleRun       Kind = "rule-run"      // a note: detection rules ran
	SignOff       Kind = "sign-off"      // a note: somebody reviewed
	Export        Kind = "export"        // a note: the manifest of an export
	Erasure       Kind = "erasure"       // a note: why records are erased
	Finding       Kind = "finding"       // a note: something about collection needs a look, or no longer does
)

// Entry is one entry. Which fields count depends on its kind: see fields.
type Entry struct {
	Kind     Kind
	Stream   string // of the segment
	Sequence uint64
	Previous string // root of the segment before, hex
	Root     string // hex
	Footer   string // digest of the footer, hex
	Items    uint64
	Chain    string // hex
	First    uint64 // position of the first item
	Last     uint64
	State    string // deletion: erased or expired
	Erased   string // deletion: indexes of items in the segment, such as 3,7-9
	Time     time.Time
	Position uint64 // of the note's item
	Leaf     string // of the note's item, hex
}

const magic = "wholelog entry 1 "

// fields lists, in order, the lines of each kind of entry.
var fields = map[Kind][]string{
	Segment:       {"stream", "sequence", "previous", "root", "footer", "items", "first", "last"},
	Tail:          {"stream", "sequence", "previous", "items", "chain", "first", "last"},
	Deletion:      {"stream", "sequence", "state", "erased", "time"},
	Import:        note,
	Configuration: note,
	Gap:           note,
	RuleRun:       note,
	SignOff:       note,
	Export:        note,
	Erasure:       note,
	Finding:       note,
}

var note = []string{"stream", "position", "leaf", "time"}

func (e *Entry) field(name string) any {
	return map[string]any{"stream": &e.Stream, "sequence": &e.Sequence, "previous": &e.Previous, "root": &e.Root, "footer": &e.Footer,
		"items": &e.Items, "chain": &e.Chain, "first": &e.First, "last": &e.Last, "state": &e.State, "erased": &e.Erased,
		"time": &e.Time, "position": &e.Position, "leaf": &e.Leaf}[name]
}

// Marshal encodes an entry; equal entries have equal bytes.
func (e *Entry) Marshal() []byte {
	var b strings.Builder
	b.WriteString(magic + string(e.Kind) + "\n")
	for _, name := range fields[e.Kind] {
		switch v := e.field(name).(type) {
		case *string:
			fmt.Fprintf(&b, "%s %s\n", name, *v)
		case *uint64:
			fmt.Fprintf(&b, "%s %d\n", name, *v)
		case *time.Time:
			fmt.Fprintf(&b, "%s %s\n", name, v.UTC().Format(time.RFC3339))
		}
	}
	return []byte(b.String())
}

// Parse decodes an entry; it accepts nothing that Marshal does not write.
func Parse(b []byte) (e Entry, err error) {
	lines := strings.Split(string(b), "\n")
	kind, ok := strings.CutPrefix(lines[0], magic)
	names, known := fields[Kind(kind)]
	if !ok || !known {
		return e, fmt.Errorf("log entry of unknown kind %.40q", lines[0])
	}
	e.Kind = Kind(kind)
	if len(lines) != len(names)+2 || lines[len(lines)-1] != "" {
		return e, errors.New("log entry with missing or surplus lines")
	}
	for i, name := range names {
		text, ok := strings.CutPrefix(lines[i+1], name+" ")
		if !ok {
			return e, fmt.Errorf("log entry lacks %q in line %d", name, i+2)
		}
		switch v := e.field(name).(type) {
		case *string:
			*v = text
		case *uint64:
			*v, err = strconv.ParseUint(text, 10, 64)
		case *time.Time:
			*v, err = time.Parse(time.RFC3339, text)
		}
		if err != nil {
			return e, fmt.Errorf("log entry: %s: %w", name, err)
		}
	}
	if string(e.Marshal()) != string(b) {
		return e, errors.New("log entry is not in its canonical form")
	}
	return e, nil
}

// Ranges writes sorted indexes such as 3,7-9.
func Ranges(list []int) string {
	var b strings.Builder
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		if b.WriteString(strconv.Itoa(list[i])); j > i {
			fmt.Fprintf(&b, "-%d", list[j])
		}
		i = j + 1
	}
	return b.String()
}

// ParseRanges reads what Ranges writes, for a segment of so many items.
func ParseRanges(s string, items int) (map[int]bool, error) {
	out := map[int]bool{}
	last := -1
	for _, part := range strings.Split(s, ",") {
		lo, hi, ok := strings.Cut(part, "-")
		if !ok {
			hi = lo
		}
		a, err := strconv.Atoi(lo)
		b, err2 := strconv.Atoi(hi)
		if err = errors.Join(err, err2); err != nil {
			return nil, fmt.Errorf("list of items: %w", err)
		}
		if a <= last || b < a || b >= items {
			return nil, fmt.Errorf("list of items: %q is out of order or range", part)
		}
		for i := a; i <= b; i++ {
			out[i] = true
		}
		last = b
	}
	return out, nil
}

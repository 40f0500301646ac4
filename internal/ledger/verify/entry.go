package verify

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// entry is one entry of the log: its kind and its lines by name.
type entry struct {
	kind string
	text map[string]string
	num  map[string]uint64
}

var entryLines = map[string]string{
	"segment":  "stream sequence previous root footer items first last",
	"tail":     "stream sequence previous items chain first last",
	"deletion": "stream sequence state erased time",
}

const noteLines = "stream position leaf time"

var noteKinds = map[string]bool{"import": true, "configuration": true, "gap": true, "rule-run": true, "sign-off": true, "export": true, "erasure": true, "finding": true}

func parseEntry(b []byte) (*entry, error) {
	lines := strings.Split(string(b), "\n")
	kind, ok := strings.CutPrefix(lines[0], "wholelog entry 1 ")
	names := entryLines[kind]
	if noteKinds[kind] {
		names = noteLines
	}
	want := strings.Fields(names)
	if !ok || len(want) == 0 || len(lines) != len(want)+2 || lines[len(lines)-1] != "" {
		return nil, fmt.Errorf("entry of unknown form %.60q", lines[0])
	}
	e := &entry{kind: kind, text: map[string]string{}, num: map[string]uint64{}}
	for i, name := range want {
		value, ok := strings.CutPrefix(lines[i+1], name+" ")
		if !ok {
			return nil, fmt.Errorf("entry lacks %q", name)
		}
		var err error
		switch name {
		case "sequence", "items", "first", "last", "position":
			var n uint64
			if n, err = strconv.ParseUint(value, 10, 64); err == nil && strconv.FormatUint(n, 10) != value {
				err = fmt.Errorf("number %q", value)
			}
			e.num[name] = n
		case "time":
			_, err = time.Parse(time.RFC3339, value)
		}
		if err != nil {
			return nil, fmt.Errorf("entry: %s: %w", name, err)
		}
		e.text[name] = value
	}
	return e, nil
}

// parseRanges reads indexes such as 3,7-9.
func parseRanges(s string, into map[int]bool) error {
	for _, part := range strings.Split(s, ",") {
		lo, hi, ok := strings.Cut(part, "-")
		if !ok {
			hi = lo
		}
		a, err1 := strconv.Atoi(lo)
		b, err2 := strconv.Atoi(hi)
		if err1 != nil || err2 != nil || a < 0 || b < a || b-a > 1<<26 {
			return fmt.Errorf("list of items %q", part)
		}
		for ; a <= b; a++ {
			into[a] = true
		}
	}
	return nil
}

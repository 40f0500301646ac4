package attack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// tree is a JSON object. Members are written in the order of their names.
type tree map[string]any

func parse(raw []byte) (tree, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var t tree
	if err := d.Decode(&t); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return t, nil
}

// at gives the object at a path, making what is missing.
func (t tree) at(path ...string) tree {
	for _, p := range path {
		switch v := t[p].(type) {
		case tree:
			t = v
		case map[string]any:
			t = v
		default:
			next := tree{}
			t[p] = next
			t = next
		}
	}
	return t
}

// set writes a value at a path of names with dots between.
func (t tree) set(path string, value any) {
	names := strings.Split(path, ".")
	t.at(names[:len(names)-1]...)[names[len(names)-1]] = value
}

func (t tree) text(path string) string {
	names := strings.Split(path, ".")
	s, _ := t.at(names[:len(names)-1]...)[names[len(names)-1]].(string)
	return s
}

// encode gives the record's bytes. What it holds came from JSON or is one of
// JSON's kinds, which always encode.
func (t tree) encode() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(t)
	return bytes.TrimRight(b.Bytes(), "\n")
}

// text is a value as modifiedProperties holds it: JSON inside a string.
func text(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

func guid(r *rand.Rand) string {
	a, b := r.Uint64(), r.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", uint32(a>>32), uint16(a>>16), a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}

package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/ledger/entry"
	"github.com/wholelog/wholelog/internal/ledger/translog"
)

// Selection says which records to erase: those of the events with one of the
// ids, and those that mention one of the users. Versions of an event go
// together.
type Selection struct {
	IDs   []string
	Users []string // ids or names, as they stand in the records; case does not count
	Table string   // only of this table; "": of any, unparsed ones included
}

// Chosen are the records that a selection means.
type Chosen struct {
	Positions []event.Position // in order
	Tables    map[string]int   // records by table; unparsed ones under ""
}

// chosenAtOnce is how many records are looked up in one go.
const chosenAtOnce = 4096

// Choose reads the ledger for the records that a selection means.
func (in *Ingest) Choose(ctx context.Context, sel Selection) (Chosen, error) {
	out := Chosen{Tables: map[string]int{}}
	ids := map[string]bool{}
	for _, id := range sel.IDs {
		ids[id] = true
	}
	var users [][]byte
	for _, u := range sel.Users {
		for _, form := range []string{u, url.QueryEscape(u), escaped(u)} {
			users = append(users, lowered(nil, []byte(form)))
		}
	}
	found := map[event.Position]string{} // table by position
	more := map[event.Position]bool{}    // versions of the same events
	var part []event.Record
	look := func() error {
		known, err := in.look(ctx, part)
		for _, k := range known {
			for _, p := range k.Versions {
				more[p] = true
			}
		}
		part = part[:0]
		return err
	}
	var lower []byte
	err := in.Ledger.Read(ctx, 0, func(p event.Position, r *event.Record) error {
		if r.Table == "" { // an older version could not read it
			identify.Record(r)
		}
		if sel.Table != "" && r.Table != sel.Table {
			return nil
		}
		hit := ids[r.ID] && r.ID != ""
		if !hit && len(users) > 0 {
			lower = lowered(lower[:0], r.Raw)
			hit = slices.ContainsFunc(users, func(u []byte) bool { return mentions(lower, u) })
		}
		if !hit {
			return nil
		}
		found[p] = r.Table
		if r.Table == "" {
			return nil
		}
		if part = append(part, *r); len(part) == chosenAtOnce {
			return look()
		}
		return nil
	})
	if err == nil {
		err = look()
	}
	if err != nil {
		return out, fmt.Errorf("look for the records: %w", err)
	}
	var rest []event.Position
	for p := range more {
		if _, ok := found[p]; !ok {
			rest = append(rest, p)
		}
	}
	err = in.Ledger.Get(ctx, rest, func(p event.Position, r *event.Record) error {
		found[p] = r.Table
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("read the records' versions: %w", err)
	}
	for p, table := range found {
		out.Positions = append(out.Positions, p)
		out.Tables[table]++
	}
	slices.Sort(out.Positions)
	return out, nil
}

// mentions reports whether a name stands in a text by itself and not as a part
// of a longer one. Both are in lower case.
func mentions(text, name []byte) bool {
	for at := 0; len(name) > 0; {
		i := bytes.Index(text[at:], name)
		if i < 0 {
			return false
		}
		i += at
		end := i + len(name)
		if (i == 0 || !partOfName(text[i-1]) || afterEscape(text[:i])) && (end == len(text) || !partOfName(text[end])) {
			return true
		}
		at = i + 1
	}
	return false
}

// lowered appends text to dst with the letters of ASCII in lower case.
func lowered(dst, text []byte) []byte {
	for _, c := range text {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

// escaped writes what is beyond ASCII as JSON may.
func escaped(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if u < 0x80 {
			b.WriteByte(byte(u))
		} else {
			fmt.Fprintf(&b, `\u%04x`, u)
		}
	}
	return b.String()
}

// afterEscape reports whether a text ends with an escape of JSON, such as \n.
func afterEscape(text []byte) bool {
	n := len(text)
	return n >= 2 && text[n-2] == '\\' || n >= 6 && string(text[n-6:n-4]) == `\u`
}

func partOfName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80 || strings.IndexByte("._%+-@#", c) >= 0
}

// erasing is the name of the store's mark that rows in it may be of records
// that are erased by now.
const erasing = "erasing"

// Erase destroys the records at positions of the ledger, leaving the digests
// that were signed, notes why, and makes the store again without them. A crash
// after the first step is finished by the next Open.
func Erase(ctx context.Context, dir string, opt Options, positions []event.Position, reason string) (c translog.Checkpoint, err error) {
	in, err := OpenWith(ctx, dir, opt)
	if err != nil {
		return c, err
	}
	// The note names neither persons nor records: it stays.
	text, err := json.Marshal(struct {
		Reason  string `json:"reason"`
		Records int    `json:"records"`
	}{reason, len(positions)})
	if err == nil {
		err = in.Store.SetMeta(ctx, erasing, 1)
	}
	if err == nil {
		err = in.Ledger.Note(ctx, entry.Erasure, text)
	}
	if err == nil {
		err = in.Ledger.Erase(ctx, positions)
	}
	if err == nil {
		c, err = in.Ledger.Checkpoint()
	}
	if err = errors.Join(err, in.Close(ctx)); err != nil {
		return c, err
	}
	return c, Rebuild(ctx, dir)
}

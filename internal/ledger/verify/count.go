package verify

import (
	"encoding/binary"
	"fmt"
	"sort"
	"strings"
	"time"
)

// tally is what a footer counts, counted again from the items.
type tally struct {
	records    int64
	raw        int64
	from, to   time.Time
	watermarks map[string]time.Time
	counts     map[string]*count // by table, path and hour
	key        []byte            // scratch
}

type count struct{ records, repeats, late int64 }

func newTally() *tally {
	return &tally{watermarks: map[string]time.Time{}, counts: map[string]*count{}}
}

// lateAfter is how long after an event its record counts as late; a file says
// nothing about delivery, so its records never do.
const lateAfter = time.Hour

func (t *tally) at(table, source []byte, hour int64) *count {
	t.key = append(append(append(append(t.key[:0], table...), 0), source...), 0)
	t.key = binary.BigEndian.AppendUint64(t.key, uint64(hour))
	c := t.counts[string(t.key)]
	if c == nil {
		c = &count{}
		t.counts[string(t.key)] = c
	}
	return c
}

// add counts an item whose header could be read.
func (t *tally) add(it *item) {
	switch it.kind {
	case 1:
		t.raw += int64(len(it.raw))
		c := t.at(it.table, it.source, hourOf(it.at.Unix()))
		c.records++
		if !strings.HasPrefix(string(it.source), "file:") && it.seen.Sub(it.at) > lateAfter {
			c.late++
		}
		t.span(1, it.at, it.at)
		t.mark(it.source, it.at)
	case 2:
		t.receipts(it.raw)
	case 3:
		t.raw += int64(len(it.raw))
	}
}

func (t *tally) span(records int64, from, to time.Time) {
	if t.records == 0 || from.Before(t.from) {
		t.from = from
	}
	if t.records == 0 || to.After(t.to) {
		t.to = to
	}
	t.records += records
}

func (t *tally) mark(source []byte, at time.Time) {
	if old, ok := t.watermarks[string(source)]; !ok || at.After(old) {
		t.watermarks[string(source)] = at
	}
}

// receipts counts the repeats of a set of receipts.
func (t *tally) receipts(b []byte) {
	r := fields{b: b}
	for len(r.b) > 0 && r.err == nil {
		table, source := r.take(r.uvarint()), r.take(r.uvarint())
		r.take(12)
		hour, size := binary.Varint(r.b)
		if size <= 0 {
			return
		}
		r.b = r.b[size:]
		c := t.at(table, source, hour)
		for n := r.uvarint(); n > 0 && r.err == nil; n-- {
			r.uvarint()
			c.repeats += int64(r.uvarint())
		}
	}
}

// merge adds what another tally counted.
func (t *tally) merge(o *tally) {
	t.raw += o.raw
	if o.records > 0 {
		t.span(o.records, o.from, o.to)
	}
	for s, at := range o.watermarks {
		t.mark([]byte(s), at)
	}
	for k, c := range o.counts {
		m := t.counts[k]
		if m == nil {
			m = &count{}
			t.counts[k] = m
		}
		m.records, m.repeats, m.late = m.records+c.records, m.repeats+c.repeats, m.late+c.late
	}
}

// differs says what a footer states otherwise, "" if nothing. A footer also
// counts the items that were erased since, so then it may say more.
func (t *tally) differs(f *footer, erased int64) string {
	records := t.records
	wrong := func(said, found int64) bool { return said < found || said > found && erased == 0 }
	// moved: what was erased may lie before the first or after the last.
	moved := func(said, found time.Time, before bool) bool {
		return !said.Equal(found) && (erased == 0 || said.Before(found) != before)
	}
	if wrong(int64(f.Records), records) || int64(f.Records)-records > erased {
		return fmt.Sprintf("the footer counts %d records, there are %d", f.Records, records)
	}
	if wrong(f.Raw, t.raw) {
		return fmt.Sprintf("the footer counts %d raw bytes, there are %d", f.Raw, t.raw)
	}
	switch none := f.From == nil || f.To == nil; {
	case none != (f.Records == 0), records > 0 && (moved(*f.From, t.from, true) || moved(*f.To, t.to, false)):
		return "the footer does not say when the first and the last event happened"
	}
	said := map[string]bool{}
	total := int64(0)
	for _, c := range f.Counts {
		at := t.at([]byte(c.Table), []byte(c.Source), c.Hour)
		what := fmt.Sprintf("for table %q, path %q and hour %s the footer counts %d records, %d repeats and %d late, there are %d, %d and %d",
			c.Table, c.Source, time.Unix(c.Hour*3600, 0).UTC().Format("2006-01-02T15Z"), c.Records, c.Repeats, c.Late, at.records, at.repeats, at.late)
		empty := c.Records == 0 && c.Repeats == 0
		if wrong(c.Records, at.records) || wrong(c.Repeats, at.repeats) || wrong(c.Late, at.late) || empty || said[string(t.key)] {
			return what
		}
		said[string(t.key)] = true
		total += c.Records
	}
	if total != int64(f.Records) {
		return fmt.Sprintf("the footer's hours count %d records and its total %d", total, f.Records)
	}
	var left []string
	for k, c := range t.counts {
		if !said[k] && *c != (count{}) {
			left = append(left, strings.ReplaceAll(k[:len(k)-9], "\x00", ", "))
		}
	}
	if len(left) > 0 {
		sort.Strings(left)
		return fmt.Sprintf("the footer leaves out an hour of %q", left[0])
	}
	for s, at := range f.Watermarks {
		if found, ok := t.watermarks[s]; ok && moved(at, found, false) || !ok && erased == 0 {
			return fmt.Sprintf("the footer's watermark of %q is not its latest event", s)
		}
	}
	for s := range t.watermarks {
		if _, ok := f.Watermarks[s]; !ok {
			return fmt.Sprintf("the footer has no watermark of %q", s)
		}
	}
	return ""
}

// hourOf is the number of the hour that a second lies in, rounding down.
func hourOf(s int64) int64 {
	h := s / 3600
	if s%3600 < 0 {
		h--
	}
	return h
}

package normal

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/event/rawjson"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

// Version grows when Row gives another answer for the same record.
const Version = 5

// ErrNoTable says that a record has no table: it is unparsed.
var ErrNoTable = errors.New("record has no table")

// work is what making a row needs and the row does not keep.
type work struct {
	view  identify.View
	text  rawjson.Doc // JSON inside a string
	extra []byte
	lower []byte
	list  []byte
}

var works = sync.Pool{New: func() any { return &work{view: identify.View{Keep: true}} }}

// Row makes the row of one version of an event at a position of the ledger.
// The row's strings may be parts of one copy of the record.
func Row(rec *event.Record, pos event.Position) (*schema.Row, error) {
	t := schema.Lookup(rec.Table)
	if t == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoTable, rec.Problem)
	}
	w := works.Get().(*work)
	defer works.Put(w)
	if err := w.view.Open(rec); err != nil {
		return nil, fmt.Errorf("record at position %d: %w", pos, err)
	}
	v := &w.view
	b := &builder{table: t, plan: plans()[t.Name], rec: rec, work: w, flat: v.Flat,
		root: v.Root, envelope: v.Envelope, carrier: v.Carrier, body: v.Body, extra: w.extra[:0]}
	cells := make([]schema.Cell, len(t.Columns)+len(t.Promoted))
	b.row = &schema.Row{Table: t, Cells: cells[:len(t.Columns):len(t.Columns)], Promoted: cells[len(t.Columns):],
		Key: Key(rec), Content: rec.Content, Time: schema.TicksOf(rec.Time), Position: pos,
		Rank: schema.Rank{Kind: precedence[rec.Format], Position: pos}}
	b.members()
	b.derive()
	b.row.Rank.Modified = b.modified()
	if len(b.extra) > 0 {
		b.extra = append(b.extra, '}')
		b.set("AdditionalFields", schema.JSON(string(b.extra)))
	}
	w.extra = b.extra
	return b.row, nil
}

// precedence orders the kinds of versions: the higher says more.
var precedence = map[event.Format]uint8{
	event.FormatDiagnostic: 6, event.FormatAKS: 6, event.FormatKubeEvent: 5, event.FormatGraphBeta: 5, event.FormatPortalJSON: 4,
	event.FormatGraph: 4, event.FormatLogAnalytics: 3, event.FormatLARow: 3, event.FormatLACSV: 2, event.FormatPortalCSV: 1,
}

// Key is the digest of a record's identity. An identity that contains a GUID
// is unique without the tenant, which a Graph object does not state; others
// are unique within their tenant only.
func Key(rec *event.Record) (h event.Hash) {
	tenant := rec.Tenant
	if rec.IDKind != event.IDFingerprint && holdsGUID(rec.ID) {
		tenant = ""
	}
	var buf [256]byte
	b := append(append(append(append(append(buf[:0], tenant...), 0), rec.Table...), 0), rec.ID...)
	sum := sha256.Sum256(b)
	copy(h[:], sum[:])
	return h
}

// holdsGUID reports whether a GUID stands anywhere in s.
func holdsGUID(s string) bool {
	const size = 36
	for i := 0; i+size <= len(s); i++ {
		k := 0
		for ; k < size; k++ {
			c := s[i+k]
			if k == 8 || k == 13 || k == 18 || k == 23 {
				if c != '-' {
					break
				}
			} else if !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f') {
				break
			}
		}
		if k == size {
			return true
		}
	}
	return false
}

type builder struct {
	table    *schema.Table
	plan     *plan
	rec      *event.Record
	row      *schema.Row
	work     *work
	flat     bool          // envelope and body are one object
	root     rawjson.Value // the whole record
	envelope rawjson.Value // missing for records without one
	carrier  rawjson.Value // AKS: the object around the log
	body     rawjson.Value // the event's own fields
	extra    []byte        // AdditionalFields so far, without its closing brace
}

// analytics reports whether the record's members are columns already.
func (b *builder) analytics() bool {
	switch b.rec.Format {
	case event.FormatLogAnalytics, event.FormatLARow, event.FormatLACSV:
		return true
	}
	return false
}

// members puts every property of the body into its column. A Log Analytics
// row has columns, which are found by their exact names.
func (b *builder) members() {
	analytics := b.analytics()
	b.body.Each(func(name []byte, m rawjson.Value) bool {
		if !m.Exists() {
			return true
		}
		if analytics {
			if col := b.table.Index(string(name)); col >= 0 {
				b.put(col, name, m)
				return true
			}
		}
		to, ok := b.plan.find(name, &b.work.lower)
		switch {
		case b.flat && to.envelope:
			return true // read by derive
		case ok && to.column >= 0 && (!analytics || !b.row.Cells[to.column].Set):
			b.put(to.column, name, m)
		case ok && to.derived && !analytics:
		default:
			b.keep(name, m)
		}
		return true
	})
	if analytics || b.flat {
		return
	}
	outer := func(v rawjson.Value, carrier bool) {
		v.Each(func(name []byte, m rawjson.Value) bool {
			to, _ := b.plan.find(name, &b.work.lower)
			if placed := !carrier && to.envelope || carrier && to.carried; !placed && m.Exists() {
				b.keep(name, m)
			}
			return true
		})
	}
	if b.carrier != b.envelope { // a row of AzureDiagnostics is both
		outer(b.envelope, false)
	}
	outer(b.carrier, true)
}

// put converts a value to its column's type; what does not fit is kept beside.
func (b *builder) put(col int, name []byte, v rawjson.Value) {
	cell, ok := b.convert(v, b.table.Columns[col].Type)
	if !ok {
		b.keep(name, v)
		return
	}
	b.row.Cells[col] = cell
	if list := b.plan.promoted[col]; len(list) > 0 && cell.Set {
		b.promote(list, v, cell.S)
	}
}

// promote fills the promoted paths of a column. json is the column's value.
func (b *builder) promote(list []int, v rawjson.Value, json string) {
	if v.Kind() == rawjson.String { // JSON as text, as Log Analytics has it
		if b.work.text.ParseString(json) != nil {
			return
		}
		v = b.work.text.Root()
	}
	for _, i := range list {
		p := &b.table.Promoted[i]
		var cell schema.Cell
		var fits bool
		if at := b.follow(v, p); p.Fields == nil {
			cell, fits = promoted(at, p.Type)
		} else {
			cell, fits = b.list(at, p.Fields)
		}
		b.row.Promoted[i] = cell
		if !fits {
			b.row.Misfit |= 1 << i
		}
	}
}

func (b *builder) follow(v rawjson.Value, p *schema.Promotion) rawjson.Value {
	for _, e := range p.Path {
		if c := e[0]; c >= '0' && c <= '9' {
			n := 0
			for _, d := range []byte(e) {
				n = n*10 + int(d-'0')
			}
			v = v.Index(n)
			continue
		}
		v = v.Get(e)
	}
	return v
}

// keep adds a field to AdditionalFields.
func (b *builder) keep(name []byte, v rawjson.Value) {
	if len(b.extra) == 0 {
		b.extra = append(b.extra, '{')
	} else {
		b.extra = append(b.extra, ',')
	}
	b.extra = append(rawjson.Append(b.extra, string(name)), ':')
	b.extra = v.Compact(b.extra)
}

func (b *builder) set(column string, c schema.Cell) {
	if i := b.table.Index(column); i >= 0 {
		b.row.Cells[i] = c
	}
}

// fill sets a string column that is still empty.
func (b *builder) fill(column, value string) {
	if value == "" {
		return
	}
	if i := b.table.Index(column); i >= 0 && !b.row.Cells[i].Set && b.table.Columns[i].Type == kql.String {
		b.row.Cells[i] = schema.Str(value)
	}
}

// modified is when the service last changed the record, 0 if it does not say.
func (b *builder) modified() int64 {
	for _, c := range [...]string{"LastUpdatedDateTime", "RiskLastUpdatedDateTime"} {
		if i := b.table.Index(c); i >= 0 && b.row.Cells[i].Set {
			return b.row.Cells[i].N
		}
	}
	return 0
}

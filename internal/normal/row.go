package normal

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/rawjson"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

// Version grows when Row gives another answer for the same record.
const Version = 1

// ErrNoTable says that a record has no table: it is unparsed.
var ErrNoTable = errors.New("record has no table")

// Row makes the row of one version of an event at a position of the ledger.
func Row(rec *event.Record, pos event.Position) (*schema.Row, error) {
	t := schema.Lookup(rec.Table)
	if t == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoTable, rec.Problem)
	}
	var doc rawjson.Doc
	if err := doc.Parse(rec.Raw); err != nil {
		return nil, fmt.Errorf("record at position %d: %w", pos, err)
	}
	p := plans()[t.Name]
	b := &builder{table: t, plan: p, rec: rec, root: doc.Root(), body: doc.Root()}
	b.row = &schema.Row{Table: t, Cells: make([]schema.Cell, len(t.Columns)), Promoted: make([]schema.Cell, len(t.Promoted)),
		Key: Key(rec), Content: rec.Content, Time: schema.TicksOf(rec.Time), Position: pos,
		Rank: schema.Rank{Kind: precedence[rec.Format], Position: pos}}
	var inner rawjson.Doc
	switch rec.Format {
	case event.FormatDiagnostic:
		b.envelope, b.body = b.root, b.root.GetFold("properties")
	case event.FormatAKS:
		b.envelope = b.root
		b.body = b.root.GetFold("properties")
		if log := b.body.Get("log"); log.Kind() == rawjson.String && t.Name != "AKSControlPlane" {
			if err := inner.Parse([]byte(log.Str())); err != nil {
				return nil, fmt.Errorf("record at position %d: properties.log: %w", pos, err)
			}
			b.carrier, b.body = b.body, inner.Root()
		}
	}
	b.members()
	b.derive()
	b.row.Rank.Modified = b.ticks("LastUpdatedDateTime", "RiskLastUpdatedDateTime")
	if len(b.extra) > 0 {
		b.set("AdditionalFields", schema.JSON(string(append(b.extra, '}'))))
	}
	return b.row, nil
}

// precedence orders the kinds of versions: the higher says more.
var precedence = map[event.Format]uint8{
	event.FormatDiagnostic: 6, event.FormatAKS: 6, event.FormatKubeEvent: 5, event.FormatGraphBeta: 5, event.FormatPortalJSON: 4,
	event.FormatGraph: 4, event.FormatLogAnalytics: 3, event.FormatLARow: 3, event.FormatLACSV: 2, event.FormatPortalCSV: 1,
}

var guid = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// Key is the digest of a record's identity. An identity that contains a GUID
// is unique without the tenant, which a Graph object does not state; others
// are unique within their tenant only.
func Key(rec *event.Record) (h event.Hash) {
	tenant := rec.Tenant
	if rec.IDKind == event.IDNative && guid.MatchString(rec.ID) {
		tenant = ""
	}
	sum := sha256.Sum256([]byte(tenant + "\x00" + rec.Table + "\x00" + rec.ID))
	copy(h[:], sum[:])
	return h
}

// plan says which properties feed which columns of a table.
type plan struct {
	byProperty map[string]int // lower-case property -> column
	promoted   map[int][]int  // column -> promoted paths
}

var plans = sync.OnceValue(func() map[string]*plan {
	out := map[string]*plan{}
	for _, t := range schema.Tables() {
		p := &plan{byProperty: map[string]int{}, promoted: map[int][]int{}}
		for i, c := range t.Columns {
			if c.Hidden || c.Name == "TenantId" {
				continue
			}
			p.byProperty[strings.ToLower(c.Name)] = i
		}
		for i, c := range t.Columns {
			if c.Graph != "" {
				p.byProperty[strings.ToLower(c.Graph)] = i
			}
		}
		for from, to := range renamed {
			if i := t.Index(to); i >= 0 {
				p.byProperty[from] = i
			}
		}
		if i := t.Index("LocationDetails"); i >= 0 {
			p.byProperty["location"] = i
		}
		if i := t.Index("ProcessingTimeInMs"); i >= 0 {
			p.byProperty["processingtimeinmilliseconds"] = i
		}
		delete(p.byProperty, "tenantid")
		for i, pr := range t.Promoted {
			col := t.Index(pr.Column)
			p.promoted[col] = append(p.promoted[col], i)
		}
		out[t.Name] = p
	}
	return out
})

// renamed are properties whose column has another name, in every table that
// has the column.
var renamed = map[string]string{
	"appliedconditionalaccesspolicies": "ConditionalAccessPolicies",
	"operationtype":                    "AADOperationType",
	"resourceid":                       "ResourceIdentity",
	"riskeventtypes_v2":                "RiskEventTypes_V2",
	"auditid":                          "AuditId",
	"durationinmilliseconds":           "DurationMs",
}

type builder struct {
	table    *schema.Table
	plan     *plan
	rec      *event.Record
	row      *schema.Row
	root     rawjson.Value
	envelope rawjson.Value // missing for records without one
	carrier  rawjson.Value // AKS: the properties around the log
	body     rawjson.Value // the event's own fields
	extra    []byte        // AdditionalFields so far, without its closing brace
}

// members puts every property of the body into its column. The column names
// of a Log Analytics row win over the properties of the same name.
func (b *builder) members() {
	analytics := b.rec.Format == event.FormatLogAnalytics
	b.body.Members(func(name string, v rawjson.Value) bool {
		col, ok := -1, false
		if analytics {
			if col = b.table.Index(name); col >= 0 {
				ok = true
			}
		} else {
			col, ok = b.plan.byProperty[strings.ToLower(name)]
		}
		if !ok {
			if !derived[strings.ToLower(name)] && v.Exists() {
				b.keep(name, v)
			}
			return true
		}
		b.put(col, name, v)
		return true
	})
	if analytics {
		return
	}
	for _, outer := range []rawjson.Value{b.envelope, b.carrier} {
		outer.Members(func(name string, v rawjson.Value) bool {
			if !enveloped[strings.ToLower(name)] && v.Exists() {
				b.keep(name, v)
			}
			return true
		})
	}
}

// put converts a value to its column's type; what does not fit is kept beside.
func (b *builder) put(col int, name string, v rawjson.Value) {
	if !v.Exists() {
		return
	}
	c := &b.table.Columns[col]
	cell, ok := convert(v, c.Type)
	if !ok {
		b.keep(name, v)
		return
	}
	b.row.Cells[col] = cell
	if list := b.plan.promoted[col]; len(list) > 0 {
		b.promote(list, v)
	}
}

func (b *builder) promote(list []int, v rawjson.Value) {
	if v.Kind() == rawjson.String { // JSON as text, as Log Analytics has it
		var d rawjson.Doc
		if d.Parse([]byte(v.Str())) != nil {
			return
		}
		v = d.Root()
	}
	for _, i := range list {
		p := b.table.Promoted[i]
		cell, fits := promoted(follow(v, p.Path), p.Type)
		b.row.Promoted[i] = cell
		if !fits {
			b.row.Misfit |= 1 << i
		}
	}
}

// keep adds a field to AdditionalFields.
func (b *builder) keep(name string, v rawjson.Value) {
	if len(b.extra) == 0 {
		b.extra = append(b.extra, '{')
	} else {
		b.extra = append(b.extra, ',')
	}
	b.extra = append(rawjson.Append(b.extra, name), ':')
	b.extra = v.Compact(b.extra)
}

func (b *builder) set(column string, c schema.Cell) {
	if i := b.table.Index(column); i >= 0 {
		b.row.Cells[i] = c
	}
}

// fill sets a string column that is still empty.
func (b *builder) fill(column, value string) {
	if i := b.table.Index(column); i >= 0 && value != "" && !b.row.Cells[i].Set && b.table.Columns[i].Type == kql.String {
		b.row.Cells[i] = schema.Str(value)
	}
}

func (b *builder) ticks(columns ...string) int64 {
	for _, c := range columns {
		if i := b.table.Index(c); i >= 0 && b.row.Cells[i].Set {
			return b.row.Cells[i].N
		}
	}
	return 0
}

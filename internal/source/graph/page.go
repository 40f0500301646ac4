package graph

import (
	"crypto/sha256"
	"errors"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/event/rawjson"
)

// item is a record and the time that its collection is filtered by.
type item struct {
	rec event.Record
	at  time.Time // zero: it does not say
}

// cut takes a page apart. The records refer to body.
func (s *Source) cut(doc *rawjson.Doc, body []byte, seen time.Time) (items []item, next string, err error) {
	if err := doc.Parse(body); err != nil {
		return nil, "", errors.New("the page is no JSON")
	}
	value := doc.Root().Get("value")
	if value.Kind() != rawjson.Array {
		return nil, "", errors.New("the page has no records")
	}
	format := event.FormatGraph
	if s.ep.beta {
		format = event.FormatGraphBeta
	}
	items = make([]item, 0, value.Len())
	value.Elements(func(e rawjson.Value) bool {
		raw := e.Raw()
		it := item{rec: event.Record{Seen: seen, Tenant: s.app.o.Tenant, Source: s.name, Format: format, Raw: raw[:len(raw):len(raw)], Line: len(items) + 1}}
		it.at, _ = identify.Time(e.Get(s.ep.field).Str())
		identify.Record(&it.rec)
		if it.rec.Table != "" && !s.ep.accepts(it.rec.Table) {
			misfit(&it.rec)
		}
		items = append(items, it)
		return true
	})
	return items, doc.Root().Get("@odata.nextLink").Str(), nil
}

// misfit makes an unparsed record of one that was taken for a kind that its
// collection does not have: better no table than a wrong one.
func misfit(r *event.Record) {
	r.Table, r.ID, r.IDKind, r.Format = "", "", event.IDNone, event.FormatUnknown
	r.Time, r.TimeOf = r.Seen, event.TimeSeen
	r.Problem = "a record of a kind that its collection does not have"
	sum := sha256.Sum256(append([]byte("unparsed\x00"), r.Raw...))
	copy(r.Content[:], sum[:])
}

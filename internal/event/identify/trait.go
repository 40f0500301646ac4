package identify

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/rawjson"
)

// Trait is what a record of an audit event states on every path: the event's
// second, correlation id, activity and first target. The portal's CSV has no
// ids, so its rows are told by it; which record of another path a row belongs
// to is decided among those of equal Sum (ingest).
type Trait struct {
	Sum    uint64    // digest; 0: the record states too little, or is no audit
	Time   time.Time // as the record states it
	Digits uint8     // of the fraction of a second that Time is exact to
	CSV    bool      // a row of the portal's CSV
}

// Agree reports whether the times of two traits of equal Sum are one instant,
// as far as both state it: a download may leave the fraction out.
func (t Trait) Agree(o Trait) bool {
	unit := time.Second
	for range min(t.Digits, o.Digits) {
		unit /= 10
	}
	return t.Time.Truncate(unit).Equal(o.Time.Truncate(unit))
}

// TraitOf reads the trait of an identified record.
func TraitOf(rec *event.Record) (t Trait) {
	if rec.Table != "AuditLogs" {
		return t
	}
	v := views.Get().(*View)
	defer views.Put(v)
	if v.Open(rec) != nil {
		return t
	}
	text := v.Body.GetFold("activityDateTime").Str()
	if _, ok := Time(text); !ok {
		text = v.Root.Get("TimeGenerated").Str()
	}
	when, ok := Time(text)
	first := func(names ...string) string {
		for _, n := range names {
			for _, o := range []rawjson.Value{v.Body, v.Envelope} {
				if s := strings.TrimSpace(o.GetFold(n).Str()); s != "" {
					return s
				}
			}
		}
		return ""
	}
	corr, activity := strings.ToLower(first("correlationId")), first("activityDisplayName", "operationName")
	if !ok || corr == "" || activity == "" {
		return t
	}
	targets := v.Body.GetFold("targetResources")
	if targets.Kind() == rawjson.String { // as Log Analytics answers have it
		var inner rawjson.Doc
		if inner.ParseString(targets.Str()) == nil {
			targets = inner.Root()
		}
	}
	target := targets.Index(0)
	id := target.GetFold("id").Str()
	if id == "" {
		id = target.GetFold("displayName").Str()
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{when.Truncate(time.Second).Format(time.RFC3339), corr, activity, strings.ToLower(strings.TrimSpace(id))}, "\x00")))
	t = Trait{Sum: binary.BigEndian.Uint64(sum[:]) | 1, Time: when, Digits: digits(text), CSV: rec.Format == event.FormatPortalCSV}
	return t
}

// digits counts those of the fraction of a second in a time that Time reads,
// up to the seven that it keeps.
func digits(text string) (n uint8) {
	_, fraction, _ := strings.Cut(text, ".")
	for int(n) < len(fraction) && fraction[n] >= '0' && fraction[n] <= '9' && n < 7 {
		n++
	}
	return n
}

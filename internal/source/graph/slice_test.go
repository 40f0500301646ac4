package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/sim/graphsim"
	"github.com/wholelog/wholelog/internal/source"
)

// TestClaimsCoverTimeWithoutGaps checks what completeness rests on: every pass
// covers all time in order, counts are those of the service, and what comes
// late is stated as new by a sweep.
func TestClaimsCoverTimeWithoutGaps(t *testing.T) {
	w := makeWorld(t, 4, 2, "nonInteractiveUser", graphsim.Options{PageSize: 20}, Options{})
	pages := w.readUntil(t, w.end.Add(80*time.Hour), nil)
	from := start.Add(24*time.Hour - 30*time.Hour)
	reach := map[source.ClaimKind]time.Time{source.Polled: from}
	count := map[int64]int64{}
	late := int64(0)
	for _, c := range claims(pages) {
		if c.To.Sub(c.From) > time.Hour || c.From.Truncate(time.Hour) != c.To.Add(-1).Truncate(time.Hour) {
			t.Fatalf("a claim is not of one hour: %+v", c)
		}
		if c.Kind == source.Reswept {
			late += c.New
		}
		if c.Kind == source.Polled {
			if !c.From.Equal(reach[c.Kind]) {
				t.Fatalf("polled from %v, the claim before reached %v", c.From, reach[c.Kind])
			}
			reach[c.Kind] = c.To
		}
		if c.Kind != source.Polled && c.Stable && c.To.Sub(c.From) == time.Hour {
			count[c.From.Unix()/3600] = c.Count
		}
	}
	if late == 0 {
		t.Error("no sweep brought anything, although records came late")
	}
	want := map[int64]int64{}
	for _, e := range w.history {
		if e.SignIn == "nonInteractiveUser" {
			want[e.At.Unix()/3600]++
		}
	}
	for h := from.Unix() / 3600; h < w.end.Unix()/3600; h++ {
		if count[h] != want[h] {
			t.Errorf("%v: claimed %d, the service has %d", time.Unix(h*3600, 0).UTC(), count[h], want[h])
		}
	}
}

// TestEachSweepIsMade counts the readings of an hour without faults.
func TestEachSweepIsMade(t *testing.T) {
	w := makeWorld(t, 4, 2, "signIns", graphsim.Options{}, Options{})
	hour := w.clock.Now().Add(3 * time.Hour)
	kinds := map[source.ClaimKind]int{}
	for _, c := range claims(w.readUntil(t, w.end.Add(90*time.Hour), nil)) {
		if !c.From.After(hour) && c.To.After(hour) {
			kinds[c.Kind]++
		}
	}
	if kinds[source.Polled] != 1 || kinds[source.Reread] < 1 || kinds[source.Reswept] != 4 {
		t.Errorf("readings of an hour: %v, want it polled, read again and swept four times", kinds)
	}
}

func TestBytesAreTheServicesOwn(t *testing.T) {
	odd := ` { "id" : "x1","createdDateTime":"2026-10-05T12:00:00.1234567Z" ,"appId":"\u0041", "n":1.0e2,"status":{ } } `
	w := makeWorld(t, 1, 2, "signIns", graphsim.Options{}, Options{})
	w.server.Put(graphsim.Object{Collection: "auditLogs/signIns", Key: "x1", SignIn: "interactiveUser", Time: start, At: start.Add(12 * time.Hour), Beta: []byte(odd)})
	found := false
	s := w.spy()
	for _, p := range w.readUntil(t, w.clock.Now().Add(time.Hour), nil) {
		for _, r := range p.Records {
			found = found || r.ID == "x1" && string(r.Raw) == strings.TrimSpace(odd)
		}
	}
	if !found {
		t.Error("the record's bytes are not those of the page")
	}
	for _, r := range s.requests {
		if r.Header.Get("Prefer") != "include-unknown-enum-members" {
			t.Fatal("a request does not ask for unknown enum members")
		}
	}
}

// TestCursorIsSmallAndHoldsNoToken reads with many pages per slice and stops
// in the middle of one.
func TestCursorIsSmallAndHoldsNoToken(t *testing.T) {
	w := makeWorld(t, 2, 2, "nonInteractiveUser", graphsim.Options{PageSize: 5}, Options{})
	s := w.spy()
	tokens, cursors := map[string]bool{}, 0
	for _, p := range w.readUntil(t, w.clock.Now().Add(12*time.Hour), nil) {
		if p.Next == nil {
			continue
		}
		cursors++
		for _, r := range s.requests {
			if q, _ := url.ParseQuery(r.URL.RawQuery); q.Get("$skiptoken") != "" {
				tokens[q.Get("$skiptoken")] = true
			}
		}
		for token := range tokens {
			if bytes.Contains(p.Next, []byte(token)) {
				t.Fatal("a skiptoken stands in the cursor")
			}
		}
		if len(p.Next) > 1000 {
			t.Fatalf("cursor of %d bytes", len(p.Next))
		}
	}
	if len(tokens) == 0 || cursors == 0 {
		t.Error("nothing tested")
	}
}

func lengthOf(t *testing.T, pages []source.Page) (last int64) {
	t.Helper()
	for _, p := range pages {
		if p.Next != nil {
			var st state
			if err := json.Unmarshal(p.Next, &st); err != nil {
				t.Fatal(err)
			}
			last = st.Length
		}
	}
	return last
}

func TestSlicesFitTheVolume(t *testing.T) {
	quiet := makeWorld(t, 2, 2, "provisioning", graphsim.Options{}, Options{})
	if n := lengthOf(t, quiet.readUntil(t, quiet.clock.Now().Add(time.Minute), nil)); n < 8*3600 {
		t.Errorf("slices of a quiet collection grow to %d s only", n)
	}
	busy := makeWorld(t, 2, 2, "signIns", graphsim.Options{PageSize: 50}, Options{Target: 100})
	const events = 6000
	for i := range events { // within an hour
		at := start.Add(20*time.Hour + time.Duration(i)*600*time.Millisecond)
		id := fmt.Sprintf("b%d", i)
		busy.server.Put(graphsim.Object{Collection: "auditLogs/signIns", Key: id, SignIn: "interactiveUser", Time: at, At: at,
			Beta: fmt.Appendf(nil, `{"id":%q,"createdDateTime":%q,"appId":"a","status":{}}`, id, at.Format(time.RFC3339Nano))})
	}
	got, most := 0, int64(0)
	for _, p := range busy.readUntil(t, busy.clock.Now().Add(2*time.Hour), nil) {
		for _, r := range p.Records {
			if strings.HasPrefix(r.ID, "b") {
				got++
			}
		}
		for _, c := range p.Claims {
			most = max(most, c.Count)
		}
	}
	if got < events || most > 450 {
		t.Errorf("%d records of the busy hour, want 6000; a slice holds up to %d, want at most 4 times 100", got, most)
	}
}

// TestLargePages lowers the number of records of a page, and narrows, until
// pages fit.
func TestLargePages(t *testing.T) {
	w := makeWorld(t, 3, 2, "nonInteractiveUser", graphsim.Options{}, Options{MaxBody: 64 << 10})
	pages := w.readUntil(t, w.clock.Now().Add(6*time.Hour), nil)
	ids, want := map[string]bool{}, 0
	for _, p := range pages {
		for _, r := range p.Records {
			ids[r.ID] = true
		}
	}
	for _, e := range w.history {
		if e.SignIn == "nonInteractiveUser" && e.Visible.Before(start.Add(24*time.Hour)) {
			if want++; !ids[e.Key] {
				t.Errorf("%s is missing", e.Key)
			}
		}
	}
	if want == 0 || w.source.top >= 1000 {
		t.Errorf("%d records, pages of %d", want, w.source.top)
	}
	w = makeWorld(t, 3, 2, "nonInteractiveUser", graphsim.Options{}, Options{MaxBody: 1000})
	said := texts(notices(w.readUntilNotice(t, TooLarge)), source.Failure)
	if !strings.Contains(said, "raise the limit") {
		t.Errorf("notice %q", said)
	}
}

// TestWhatExpiredIsStated continues from a cursor that is older than what the
// service holds.
func TestWhatExpiredIsStated(t *testing.T) {
	w := makeWorld(t, 1, 2, "signIns", graphsim.Options{}, Options{})
	old := begin([]time.Duration{15 * time.Minute, time.Hour}, w.clock.Now().AddDate(0, 0, -40)).cursor()
	pages := w.readUntil(t, w.clock.Now().Add(time.Minute), old)
	first := claims(pages)[0]
	if first.Kind != source.Missing || first.To.Sub(first.From) != 10*24*time.Hour || !strings.Contains(first.Reason, "30 days") {
		t.Errorf("claim %+v", first)
	}
	if !strings.Contains(texts(notices(pages), source.Warning), Expired) {
		t.Errorf("notices %v", notices(pages))
	}
	w = makeWorld(t, 1, 2, "riskyUsers", graphsim.Options{}, Options{})
	for _, c := range claims(w.readUntil(t, w.clock.Now().Add(time.Minute), old)) {
		if c.Kind == source.Missing {
			t.Error("risky users do not expire, but are stated as missing")
		}
	}
}

func TestUnstableSpansAreNotCalledStable(t *testing.T) {
	// Every reading leaves out something else: the same span never comes twice.
	w := makeWorld(t, 6, 2, "nonInteractiveUser", graphsim.Options{Faults: graphsim.Faults{LeftOut: 0.5}}, Options{})
	unstable := 0
	for _, c := range claims(w.readUntil(t, w.clock.Now().Add(time.Minute), nil)) {
		if c.Kind == source.Reread && !c.Stable {
			unstable++
		}
		if c.Kind == source.Polled && c.Stable {
			t.Error("a first reading is called stable")
		}
	}
	if unstable == 0 {
		t.Error("half of the records are left out of readings, and all are called stable")
	}
}

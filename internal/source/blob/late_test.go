package blob

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/blob/azuritetest"
	"github.com/wholelog/wholelog/internal/source/sourcetest"
)

// desk is an account, a clock and what a source has yielded so far.
type desk struct {
	*account
	clock   *sourcetest.Clock
	base    time.Time
	o       Options
	cursor  source.Cursor
	notices []source.Notice
	claims  []source.Claim
	gets    int // blobs that were downloaded, in stretches
	lists   int
}

const box = "insights-logs-signinlogs"

func newDesk(t testing.TB) *desk {
	clock := sourcetest.NewClock(time.Now().UTC())
	d := &desk{account: newAccount(t, clock.Now), clock: clock}
	d.base = d.clock.Now()
	d.o = Options{Account: d.address, SharedKey: azuritetest.Key, Poll: 2 * time.Hour, Full: time.Hour, Now: d.clock.Now, Sleep: d.clock.Sleep, Jitter: func() float64 { return 0 }}
	d.o.HTTP = &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		if strings.Contains(r.URL.RawQuery, "comp=list") {
			d.lists++
		} else {
			d.gets++
		}
		return d.account.RoundTrip(r)
	})}
	return d
}

// name is the blob of an hour some time before the test began.
func (d *desk) name(ago time.Duration) string {
	return "tenantId=11111111-2222-4333-8444-555555555555" + d.base.Add(-ago).Format("/y=2006/m=01/d=02/h=15/m=00/") + "PT1H.json"
}

func line(id string) string {
	return fmt.Sprintf(`{"time":"2026-07-01T05:01:00Z","category":"SignInLogs","properties":{"id":"%s","createdDateTime":"2026-07-01T05:00:00Z","userPrincipalName":"u@example.com"}}`+"\r\n", id)
}

// read runs a new source from the cursor kept last, for a time, and returns
// the ids of the records that came, "?" for what is unparsed.
func (d *desk) read(span time.Duration) []string {
	d.t.Helper()
	_ = d.clock.Sleep(context.Background(), 10*time.Second) // what was written is a moment ago
	s, err := New(d.o)
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	end := d.clock.Now().Add(span)
	var ids []string
	o := d.o
	s.o.Sleep = func(ctx context.Context, wait time.Duration) error {
		if !d.clock.Now().Before(end) {
			cancel()
		}
		return o.Sleep(ctx, wait)
	}
	err = s.Read(ctx, d.cursor, func(p source.Page) (source.Taken, error) {
		for _, r := range p.Records {
			if r.Table == "" {
				ids = append(ids, "?"+string(r.Raw[:min(len(r.Raw), 20)]))
			} else {
				ids = append(ids, r.ID)
			}
		}
		if p.Next != nil {
			d.cursor = p.Next
		}
		d.notices = append(d.notices, p.Notices...)
		d.claims = append(d.claims, p.Claims...)
		return source.Taken{Read: len(p.Records), Accepted: len(p.Records)}, nil
	})
	if !errors.Is(err, context.Canceled) {
		d.t.Fatal(err)
	}
	slices.Sort(ids)
	return ids
}

func (d *desk) want(what string, got []string, want ...string) {
	d.t.Helper()
	if !slices.Equal(got, want) {
		d.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// codes are those of the notices so far.
func (d *desk) codes() (out []string) {
	for _, n := range d.notices {
		out = append(out, n.Code)
	}
	d.notices = nil
	return out
}

const day = 24 * time.Hour

// settled is an account whose blobs of 40 days ago are read and settled.
func settled(t *testing.T, n int) *desk {
	d := newDesk(t)
	for i := range n {
		d.append(box, d.name(40*day+time.Duration(i)*time.Hour), []byte(line(fmt.Sprintf("old%03d", i))))
	}
	d.aged()
	if got := d.read(time.Hour); len(got) != n {
		t.Fatalf("%d records, want %d", len(got), n)
	}
	st, err := load(d.cursor)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range st.Units {
		if len(u.Watched) != 0 || u.Prefix != "" && (len(u.Spans) != 1 || u.Spans[0].N != int64(n)) {
			t.Fatalf("not settled: %d watched, spans %+v", len(u.Watched), u.Spans)
		}
	}
	return d
}

func TestASettledHourThatGrowsIsReadOn(t *testing.T) {
	d := settled(t, 120)
	d.gets = 0
	d.want("nothing happens", d.read(2*day))
	if d.gets != 0 {
		t.Errorf("%d downloads of blobs that did not change", d.gets)
	}
	d.append(box, d.name(40*day+7*time.Hour), []byte(line("new1")+line("new2")))
	d.want("one grew", d.read(2*day), "new1", "new2")
	if d.gets > 8 { // it is looked at each hour until it has long been still
		t.Errorf("%d downloads for one blob that grew", d.gets)
	}
	d.append(box, d.name(40*day+7*time.Hour), []byte(line("new3")))
	d.append(box, d.name(40*day+50*time.Hour), []byte(line("new4")))
	d.append(box, d.name(60*day), []byte(line("new5")))
	d.append(box, d.name(10*day), []byte(line("new6")[:20]))
	got := d.read(2 * day)
	for _, id := range []string{"new3", "new4", "new5"} {
		if !slices.Contains(got, id) {
			t.Errorf("%s did not come, but %q", id, got)
		}
	}
	// The half line was taken when it did not go on; now it does.
	d.append(box, d.name(10*day), []byte(line("new6")[20:]))
	if got := d.read(2 * day); !slices.Contains(got, "new6") {
		t.Errorf("a line that went on late is not whole: %q", got)
	}
	d.gets = 0
	d.want("nothing happens any more", d.read(2*day))
	if d.gets != 0 {
		t.Errorf("%d downloads of blobs that did not change", d.gets)
	}
	if len(d.claims) > 0 || len(d.codes()) > 0 {
		t.Errorf("claims %v, notices %v", d.claims, d.notices)
	}
}

// TestACopiedAccount has more blobs of old hours that were changed lately than
// are kept watched.
func TestACopiedAccount(t *testing.T) {
	d := newDesk(t)
	for i := range keepMost + 20 {
		text := line(fmt.Sprintf("old%03d", i))
		if i == 5 { // names begin with the oldest
			text = text[:len(text)-2]
		}
		d.append(box, d.name(40*day+time.Duration(i)*time.Hour), []byte(text))
	}
	if got := d.read(time.Hour); len(got) != keepMost+20 {
		t.Errorf("%d records", len(got))
	}
	d.append(box, d.name(40*day), []byte(line("new1")))                    // the last one
	d.append(box, d.name(40*day+5*time.Hour), []byte("\r\n"+line("new2"))) // without a line end before
	got := d.read(3 * time.Hour)
	if !slices.Contains(got, "new1") || !slices.Contains(got, "new2") {
		t.Errorf("%q", got)
	}
}

func TestDeletedBlobs(t *testing.T) {
	d := settled(t, 30)
	for i := range 10 { // as lifecycle management does
		d.delete(box, d.name(40*day+time.Duration(29-i)*time.Hour))
	}
	d.append(box, d.name(40*day+3*time.Hour), []byte(line("new1")))
	if got := d.read(2 * day); !slices.Contains(got, "new1") || len(d.claims) > 0 {
		t.Errorf("%q, claims %v", got, d.claims)
	}
	d.want("what is left stays read", d.read(2*day))
	d.want("no notice", d.codes())

	d.append(box, d.name(5*time.Hour), []byte(line("half")[:50]))
	d.want("a half line waits", d.read(2*time.Hour))
	d.delete(box, d.name(5*time.Hour))
	d.want("and is gone", d.read(3*time.Hour))
	d.want("that is said", d.codes(), Deleted)
	if len(d.claims) != 1 || d.claims[0].Kind != source.Missing || d.claims[0].Table != "SigninLogs" || !d.claims[0].From.Equal(d.base.Add(-5*time.Hour).Truncate(time.Hour)) || d.claims[0].Tenant != "11111111-2222-4333-8444-555555555555" {
		t.Errorf("claims %+v", d.claims)
	}
}

func TestWhatWasReadChanges(t *testing.T) {
	d := newDesk(t)
	name := d.name(time.Hour)
	d.put(box, name, []byte(line("a")+line("b")+line("c")))
	d.append(box, d.name(2*time.Hour), []byte(line("x")+line("y")))
	d.want("first", d.read(time.Hour), "a", "b", "c", "x", "y")
	d.put(box, name, []byte(line("a")))
	d.want("smaller", d.read(time.Hour), "a")
	d.want("notices", d.codes(), Shrunk)
	d.put(box, name, []byte(line("d")+line("e")))
	d.want("other bytes", d.read(2*time.Hour), "d", "e")
	d.want("notices", d.codes(), Rewritten)
	d.put(box, name, []byte(line("d")+line("f")))
	d.want("same size", d.read(2*time.Hour), "d", "f")
	d.put(box, name, []byte(line("d")+line("f")+line("g")))
	d.want("more lines", d.read(2*time.Hour), "g")
	// An append blob that is made anew.
	d.delete(box, d.name(2*time.Hour))
	d.append(box, d.name(2*time.Hour), []byte(line("p")+line("q")+line("r")))
	d.want("made anew", d.read(2*time.Hour), "p", "q", "r")
}

func TestHalfLinesWait(t *testing.T) {
	d := newDesk(t)
	text := line("a") + line("b")
	d.append(box, d.name(time.Hour), []byte(text[:len(text)-30]))
	d.want("the whole line", d.read(time.Hour), "a")
	d.append(box, d.name(time.Hour), []byte(text[len(text)-30:]))
	d.want("the rest", d.read(time.Hour), "b")
	d.append(box, d.name(time.Hour), []byte(strings.TrimSpace(line("c"))))
	d.want("a record without a line end", d.read(time.Hour), "c")
	d.want("once", d.read(8*time.Hour))
	d.append(box, d.name(time.Hour), []byte("\r\n"+line("d")+`{"time":`))
	d.want("a half one more", d.read(3*time.Hour), "c", "d")
	d.want("it is taken when the blob has long been still", d.read(8*time.Hour), `?{"time":`)
	d.want("once", d.read(8*time.Hour))
}

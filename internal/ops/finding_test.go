package ops

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/collect"
	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/ledger/entry"
	"github.com/wholelog/wholelog/internal/source"
)

var (
	now = time.Date(2026, 7, 10, 12, 30, 0, 0, time.UTC)
	ctx = context.Background()
)

type notes struct{ list []string }

func (n *notes) Note(_ context.Context, kind entry.Kind, text []byte) error {
	var f Finding
	if err := json.Unmarshal(text, &f); err != nil {
		return err
	}
	state := "opens"
	if f.Ended != nil {
		state = "ends"
	}
	n.list = append(n.list, fmt.Sprint(kind, " ", f.Kind, " ", f.Subject, " ", state))
	return nil
}

func TestFindingsOpenAndEndOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.json")
	n := &notes{}
	at := now
	f, err := OpenFindings(path, n, func() time.Time { return at }, nil)
	if err != nil {
		t.Fatal(err)
	}
	set := func(subjects ...string) {
		t.Helper()
		var list []Finding
		for _, s := range subjects {
			list = append(list, Finding{Kind: "silent", Subject: s, Text: "x"})
		}
		if err := f.Set(ctx, []string{"silent"}, list); err != nil {
			t.Fatal(err)
		}
	}
	set("a", "b")
	at = at.Add(time.Hour)
	if f, err = OpenFindings(path, n, func() time.Time { return at }, nil); err != nil { // a restart
		t.Fatal(err)
	}
	set("b", "c")
	if err := f.Set(ctx, []string{"failing"}, nil); err != nil { // other kinds end none of these
		t.Fatal(err)
	}
	want := "finding silent a opens,finding silent b opens,finding silent a ends,finding silent c opens"
	if got := strings.Join(n.list, ","); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if list := f.List(); len(list) != 2 || list[0].Subject != "b" || !list[0].Since.Equal(now) {
		t.Errorf("%+v", list)
	}
}

func open(t *testing.T) *ingest.Ingest {
	t.Helper()
	dir := t.TempDir()
	in, err := ingest.OpenWith(ctx, filepath.Join(dir, "data"), ingest.Options{Key: filepath.Join(dir, "key")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return in
}

// deliver brings n sign-ins of an hour by a path, with a country or without.
func deliver(t *testing.T, in *ingest.Ingest, path string, at time.Time, n int, country bool) {
	t.Helper()
	for i := range n {
		c := ""
		if country {
			c = `,"appDisplayName":"mail"`
		}
		when := at.Add(time.Duration(i) * time.Second).Format(time.RFC3339)
		r := event.Record{Seen: at.Add(time.Minute), Source: path, Raw: fmt.Appendf(nil, `{"time":%q,"category":"SignInLogs","tenantId":"t","properties":{"id":"%08d-%04d-4000-8000-000000000000","createdDateTime":%q%s}}`, when, at.Unix()/3600, i, when, c)}
		identify.Record(&r)
		if err := in.Add(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestSilenceAndColumnsThatAreNoLongerFilled(t *testing.T) {
	in := open(t)
	end := now.Truncate(time.Hour)
	for h := end.Add(-4 * 24 * time.Hour); h.Before(end); h = h.Add(time.Hour) {
		n := 10
		if h.Hour() < 6 { // nights are quiet
			n = 0
		}
		last := end.Add(-24 * time.Hour).Truncate(24 * time.Hour)
		deliver(t, in, "graph:signIns", h, n, h.Before(last))
		if h.Before(end.Add(-3 * time.Hour)) {
			deliver(t, in, "eventhub:h", h, n, h.Before(last))
		}
	}
	list, err := Silent(ctx, in.Store, now)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].Subject != "SigninLogs by eventhub:h" || !strings.Contains(list[0].Text, "about 30 were") {
		t.Errorf("silent: %+v", list)
	}
	// At six in the morning the quiet night is no finding.
	if list, err := Silent(ctx, in.Store, end.Truncate(24*time.Hour).Add(6*time.Hour+time.Minute)); err != nil || len(list) != 0 {
		t.Errorf("silent in the night: %v %+v", err, list)
	}
	path := filepath.Join(t.TempDir(), "fill.json")
	got, err := OpenFill(path).Measure(ctx, in.Store, now)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Subject != "SigninLogs.AppDisplayName" || !strings.Contains(got[0].Text, "2026-07-09") {
		t.Errorf("unfilled: %+v", got)
	}
	if again, err := OpenFill(path).Measure(ctx, in.Store, now); err != nil || len(again) != 1 {
		t.Errorf("measured again: %v %+v", err, again)
	}
}

func TestFailingSourcesAndClocks(t *testing.T) {
	at := now
	b := NewBoard(func() time.Time { return at })
	o := b.Observer(collect.Observer{})
	o.State("graph:signIns", true)
	o.Notice("graph:signIns", source.Notice{Level: source.Failure, Code: "no-permission", Text: "grant it"})
	o.State("graph:signIns", false)
	if list := b.Failing(); len(list) != 0 {
		t.Errorf("at once: %+v", list)
	}
	at = at.Add(20 * time.Minute)
	if list := b.Failing(); len(list) != 1 || list[0].Kind != "failing" || !strings.Contains(list[0].Text, "grant it") {
		t.Errorf("after 20 minutes: %+v", list)
	}
	o.State("graph:signIns", true)
	o.Page("graph:signIns", source.Page{Records: []event.Record{{Table: "SigninLogs", Time: at.Add(time.Hour), Seen: at}}}, source.Taken{Read: 1, Accepted: 1}, time.Second)
	if list := b.Failing(); len(list) != 1 || list[0].Kind != "skew" {
		t.Errorf("a record from the future: %+v", list)
	}
	if s := b.Sources(); len(s) != 1 || s[0].State != "following" || s[0].Taken.Accepted != 1 || s[0].Failures != 1 {
		t.Errorf("%+v", s)
	}
}

func TestAStopIsNoted(t *testing.T) {
	in := open(t)
	b := NewBoard(func() time.Time { return now })
	var told []Finding
	w, err := NewWatcher(t.TempDir(), in, b, func(f Finding) { told = append(told, f) })
	if err != nil {
		t.Fatal(err)
	}
	start := func() {
		t.Helper()
		if err := w.Started(ctx); err != nil {
			t.Fatal(err)
		}
	}
	start()
	if err := in.Claim(ctx, []source.Claim{{Kind: source.Followed, Path: "eventhub:h", From: now.Add(-9 * time.Hour), To: now.Add(-5 * time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	if err := in.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	start()
	if len(told) != 1 || told[0].Kind != "stopped" || !strings.Contains(told[0].Text, "5h0m") {
		t.Errorf("%+v", told)
	}
}

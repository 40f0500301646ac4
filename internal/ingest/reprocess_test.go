package ingest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
)

// TestReprocessReadsWhatAnOlderVersionCouldNot adds records as a version would
// that cannot read them.
func TestReprocessReadsWhatAnOlderVersionCouldNot(t *testing.T) {
	dir := t.TempDir()
	in := open(t, dir)
	add := func(raw string, old bool) {
		t.Helper()
		rec := event.Record{Raw: []byte(raw), Seen: time.Unix(1e9, 0), Source: "test"}
		identify.Record(&rec)
		if old {
			rec = event.Record{Raw: rec.Raw, Seen: rec.Seen, Source: rec.Source, Content: rec.Content, Time: rec.Seen, TimeOf: event.TimeSeen, Problem: "not known yet"}
		}
		if err := in.Add(ctx, rec); err != nil {
			t.Fatal(err)
		}
		if err := in.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	const id = `"id":"11111111-2222-3333-4444-55555555555`
	add(`{`+id+`1","createdDateTime":"2026-07-16T15:34:08Z","appId":"b","userPrincipalName":"graph@example.org"}`, false)
	add(`{"category":"SignInLogs","properties":{`+id+`1","createdDateTime":"2026-07-16T15:34:08Z","userPrincipalName":"hub@example.org"}}`, true)
	add(`{"category":"SignInLogs","properties":{`+id+`2","createdDateTime":"2026-07-16T15:34:08Z"}}`, true)
	add(`{"cut`, true)
	got, err := in.Reprocess(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got.Bytes = 0
	if d := cmp.Diff(Counts{Read: 3, Accepted: 1, Versions: 1, Unparsed: 1, Tables: map[string]int64{"SigninLogs": 1}}, got); d != "" {
		t.Error(d)
	}
	if list, err := in.Store.Unparsed(ctx); err != nil || len(list) != 1 {
		t.Errorf("unparsed %v, %v", list, err)
	}
	if again, err := in.Reprocess(ctx); err != nil || again.Read != 1 || again.Unparsed != 1 {
		t.Errorf("again: %+v, %v", again, err)
	}
	want := contents(t, in)
	if err := in.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := Rebuild(ctx, dir); err != nil {
		t.Fatal(err)
	}
	in = open(t, dir)
	defer in.Close(ctx)
	if d := cmp.Diff(want, contents(t, in)); d != "" {
		t.Errorf("a rebuild differs from reprocessing: %s", d)
	}
}

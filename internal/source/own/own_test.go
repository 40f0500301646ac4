package own

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
)

var at = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func TestWriteWaitsUntilKept(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	j := New(func() time.Time { return at })
	broken := errors.New("disk full")
	var got []event.Record
	ended := make(chan error, 1)
	go func() {
		ended <- j.Read(ctx, nil, func(p source.Page) (source.Taken, error) {
			got = append(got, p.Records...)
			if len(got) > 3 {
				return source.Taken{}, broken
			}
			return source.Taken{Read: len(p.Records)}, nil
		})
	}()
	row := func(table, key, id string) Row {
		return Row{"Type": table, "TimeGenerated": Time(at), key: id, "LastModifiedTime": Time(at)}
	}
	err := j.Write(ctx, "t", row("WholelogRuleRun", "RunId", "r"), row("SecurityIncident", "IncidentName", "i"), row("SecurityAlert", "SystemAlertId", "a"))
	if err != nil {
		t.Fatal(err)
	}
	for i, table := range []string{"WholelogRuleRun", "SecurityIncident", "SecurityAlert"} {
		if r := got[i]; r.Table != table || r.Tenant != "t" || !r.Time.Equal(at) || r.TimeOf != event.TimeEvent || !event.Own(r.Source) {
			t.Errorf("%+v", r)
		}
	}
	if err := j.Write(ctx, "", Row{"Type": "Heartbeat", "TimeGenerated": Time(at)}); err == nil {
		t.Error("a table that is none of ours is taken")
	}
	if err := j.Write(ctx, "", Row{"Type": "WholelogDelivery", "TimeGenerated": Time(at)}); err == nil {
		t.Error("a record without an id is taken")
	}
	if err := j.Write(ctx, "", row("WholelogDelivery", "ReceiptId", "d")); !errors.Is(err, broken) {
		t.Errorf("%v, want what the collector failed with", err)
	}
	if err := <-ended; !errors.Is(err, broken) {
		t.Errorf("reading ended with %v", err)
	}
	short, cancel := context.WithCancel(ctx)
	cancel()
	if err := j.Write(short, "", row("WholelogDelivery", "ReceiptId", "e")); !errors.Is(err, ErrClosed) {
		t.Errorf("%v with nobody to take it", err)
	}
}

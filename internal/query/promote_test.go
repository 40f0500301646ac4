package query

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/source/file"
)

// history imports the history of a small simulated tenant and gives an engine
// over it, with the time at which the history ends.
func history(t testing.TB) (*Engine, time.Time) {
	t.Helper()
	e, _, last := historyIn(t, t.TempDir())
	return e, last
}

// historyIn is history with the data folder at dir/data, and what holds it.
func historyIn(t testing.TB, dir string) (*Engine, *ingest.Ingest, time.Time) {
	t.Helper()
	ctx := context.Background()
	records := filepath.Join(dir, "records")
	if _, err := sim.Run(ctx, sim.Options{Users: 40, Days: 4, Seed: 7, Out: records}); err != nil {
		t.Fatal(err)
	}
	in := openIn(t, dir)
	t.Cleanup(func() { in.Close(ctx) })
	paths, err := file.Paths([]string{records})
	if err != nil {
		t.Fatal(err)
	}
	var last time.Time
	for _, p := range paths {
		if _, err := file.Read(ctx, p, nil, time.Now, func(r event.Record) error {
			if r.Time.After(last) {
				last = r.Time
			}
			return in.Add(ctx, r)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	e, err := New(ctx, in.Store, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e, in, last
}

func openIn(t testing.TB, dir string) *ingest.Ingest {
	t.Helper()
	in, err := ingest.OpenWith(context.Background(), filepath.Join(dir, "data"), ingest.Options{Key: filepath.Join(dir, "key"), Notice: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// TestPromotionsGiveEqualRows runs queries with promoted columns and with the
// JSON alone.
func TestPromotionsGiveEqualRows(t *testing.T) {
	e, now := history(t)
	for _, q := range []string{
		`SigninLogs | summarize count() by tostring(LocationDetails.countryOrRegion), tostring(LocationDetails.city), tostring(Status.errorCode)`,
		`SigninLogs | where toint(Status.errorCode) != 0 | summarize count(), dcount(UserId) by tostring(Status.failureReason)`,
		`SigninLogs | summarize avg(todouble(LocationDetails.geoCoordinates.latitude)), max(todouble(LocationDetails.geoCoordinates.longitude)) by UserPrincipalName`,
		`SigninLogs | where tobool(DeviceDetail.isCompliant) | summarize count() by tostring(DeviceDetail.operatingSystem), tostring(DeviceDetail.isManaged)`,
		`AADNonInteractiveUserSignInLogs | summarize count() by tostring(parse_json(LocationDetails).countryOrRegion), tostring(parse_json(DeviceDetail).deviceId)`,
		`AuditLogs | summarize count() by tostring(InitiatedBy.user.userPrincipalName), tostring(InitiatedBy.app.displayName), tostring(TargetResources[0].displayName), OperationName`,
		`AKSAudit | summarize count() by tostring(User.username), tostring(ObjectRef.resource), tostring(ResponseStatus.code)`,
		`SigninLogs | where Status.errorCode == 50126 or LocationDetails.countryOrRegion == "US" | summarize count() by Status.errorCode == 0`,
		`SigninLogs | mv-expand ConditionalAccessPolicies | summarize count() by tostring(ConditionalAccessPolicies.displayName), tostring(ConditionalAccessPolicies.result)`,
		`SigninLogs | mv-expand p = ConditionalAccessPolicies | extend n = tostring(p.displayName), d = p.displayName | where p.result in ("failure", "success") and n has "MFA" and isnotempty(p.id) | summarize dcount(UserId), make_set(d) by n, tolower(p.id)`,
		`SigninLogs | mv-apply p = ConditionalAccessPolicies on (where p.result == "success" | project n = p.displayName) | summarize count() by tostring(n)`,
		`SigninLogs | mv-expand with_itemindex=i ConditionalAccessPolicies limit 2 | summarize count() by i, tostring(ConditionalAccessPolicies.result)`,
		`SigninLogs | mv-expand ConditionalAccessPolicies | count`,
		`SigninLogs | mv-expand ConditionalAccessPolicies | project ConditionalAccessPolicies, r = ConditionalAccessPolicies.result | take 10 | count`,
		`AADNonInteractiveUserSignInLogs | mv-expand p = parse_json(ConditionalAccessPolicies) | summarize count() by tostring(p.result)`,
		`AuditLogs | mv-expand TargetResources | summarize count() by OperationName, tostring(TargetResources.displayName), tostring(TargetResources.type)`,
		`AuditLogs | extend props = TargetResources[0].modifiedProperties | mv-expand props | summarize count() by OperationName, tostring(props.displayName), trim('"', tostring(props.newValue)), tostring(parse_json(tostring(props.oldValue)))`,
		`AuditLogs | mv-apply p = TargetResources on (where p.type =~ "User" | extend u = tostring(p.userPrincipalName)) | summarize count() by u`,
		`AuditLogs | mv-expand t = TargetResources | mv-expand p = t.modifiedProperties | summarize count() by tostring(t.type), tostring(p.displayName)`,
		`union SigninLogs, AADServicePrincipalSignInLogs | summarize count() by tostring(LocationDetails_dynamic.city)`,
	} {
		run := func(off bool) map[string]int {
			got := map[string]int{}
			var cols *Result
			_, err := e.Run(context.Background(), Request{Text: q, Now: now, NoPromotions: off}, func(r *Result) error { cols = r; return nil }, func(r Row) error {
				line := ""
				for i, c := range r {
					line += string(AppendJSON(nil, cols.Columns[i].Type, c)) + "|"
				}
				got[line]++
				return nil
			})
			if err != nil {
				t.Fatalf("%s: %v", q, err)
			}
			return got
		}
		with, without := run(false), run(true)
		if len(with) == 0 {
			t.Errorf("%s: no rows, so nothing is compared", q)
		}
		if d := cmp.Diff(without, with); d != "" {
			t.Errorf("%s: promoted columns change the answer:\n%s", q, d)
		}
	}
}

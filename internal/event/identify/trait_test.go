package identify

import (
	"testing"

	"github.com/wholelog/wholelog/internal/event"
)

const auditHeader = `"Date (UTC)","CorrelationId","Service","Category","Activity","Result","Target1DisplayName","Target1ObjectId"`

// TestTraitsOfOneEventAgree: whatever path an audit came by, it states the
// same; an event that differs in one of the four does not.
func TestTraitsOfOneEventAgree(t *testing.T) {
	csv := func(when, target string) Trait {
		t.Helper()
		r := event.Record{Raw: []byte(when + `,C-1,Core Directory,UserManagement,Update user,success,Bob,` + target), Context: []byte(auditHeader), Seen: seen}
		if Record(&r); r.Table != "AuditLogs" {
			t.Fatal(r.Problem)
		}
		return TraitOf(&r)
	}
	native := func(raw string) Trait {
		t.Helper()
		r := record(raw)
		if r.Table != "AuditLogs" {
			t.Fatalf("%s: %s", raw, r.Problem)
		}
		return TraitOf(&r)
	}
	const stated = `"activityDisplayName":"Update user","correlationId":"c-1","targetResources":[{"id":"T-1","displayName":"Bob"}]`
	row := csv("2026-07-16T15:34:08.1234567Z", "t-1")
	f := func(agree bool, raw string) {
		t.Helper()
		got := native(raw)
		if same := got.Sum == row.Sum && got.Sum != 0 && got.Agree(row) && row.Agree(got); same != agree || got.CSV {
			t.Errorf("%s\nagrees: %v, %+v and %+v", raw, same, got, row)
		}
	}
	f(true, `{"id":"a","activityDateTime":"2026-07-16T15:34:08.1234567Z","initiatedBy":{},`+stated+`}`)
	f(true, `{"id":"a","activityDateTime":"2026-07-16T15:34:08Z","initiatedBy":{},`+stated+`}`)
	f(true, `{"id":"a","activityDateTime":"2026-07-16 15:34:08.123","initiatedBy":{},`+stated+`}`)
	f(true, `{"category":"AuditLogs","correlationId":"C-1","operationName":"Update user ","properties":{"activityDateTime":"2026-07-16T15:34:08.1234567+00:00","targetResources":[{"id":"t-1"}]}}`)
	f(true, `{"Type":"AuditLogs","TimeGenerated":"2026-07-16T15:34:08.1234567Z","CorrelationId":"c-1","OperationName":"Update user","TargetResources":"[{\"id\":\"t-1\"}]"}`)
	f(false, `{"id":"a","activityDateTime":"2026-07-16T15:34:08.1234568Z","initiatedBy":{},`+stated+`}`)
	f(false, `{"id":"a","activityDateTime":"2026-07-16T15:34:09.1234567Z","initiatedBy":{},`+stated+`}`)
	f(false, `{"id":"a","activityDateTime":"2026-07-16T15:34:08.1234567Z","initiatedBy":{},"activityDisplayName":"Delete user","correlationId":"c-1","targetResources":[{"id":"t-1"}]}`)
	f(false, `{"id":"a","activityDateTime":"2026-07-16T15:34:08.1234567Z","initiatedBy":{},"activityDisplayName":"Update user","correlationId":"c-2","targetResources":[{"id":"t-1"}]}`)
	f(false, `{"id":"a","activityDateTime":"2026-07-16T15:34:08.1234567Z","initiatedBy":{},"activityDisplayName":"Update user","correlationId":"c-1","targetResources":[{"id":"t-2"}]}`)
	f(false, `{"id":"a","activityDateTime":"2026-07-16T15:34:08.1234567Z","initiatedBy":{},"activityDisplayName":"Update user"}`)
	f(false, `{"category":"AuditLogs","time":"2026-07-16T15:34:08.1234567Z","correlationId":"C-1","operationName":"Update user","properties":{"targetResources":[{"id":"t-1"}]}}`)
	row = csv("2026-07-16T15:34:08Z", "t-1") // to the second
	f(true, `{"id":"a","activityDateTime":"2026-07-16T15:34:08.9999999Z","initiatedBy":{},`+stated+`}`)
	f(false, `{"id":"a","activityDateTime":"2026-07-16T15:34:09.0000000Z","initiatedBy":{},`+stated+`}`)
	row = csv("2026-07-16T15:34:08.123Z", "t-1")
	f(true, `{"id":"a","activityDateTime":"2026-07-16T15:34:08.1239999Z","initiatedBy":{},`+stated+`}`)
	f(false, `{"id":"a","activityDateTime":"2026-07-16T15:34:08.1240000Z","initiatedBy":{},`+stated+`}`)
	if !row.CSV || row.Digits != 3 {
		t.Errorf("%+v", row)
	}
	other := record(`{"category":"SignInLogs","correlationId":"c","operationName":"x","properties":{"id":"x","createdDateTime":"2026-07-16T15:34:08Z"}}`)
	if TraitOf(&other).Sum != 0 {
		t.Error("a sign-in has the trait of an audit")
	}
}

package query

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
)

// TestIdentityInfo derives accounts from what was done to them: the last change
// counts, and what no record can tell is a gap.
func TestIdentityInfo(t *testing.T) {
	const tenant = "11111111-2222-4333-8444-555555555555"
	now := time.Date(2026, 7, 2, 0, 0, 0, 0, time.UTC)
	ctx := context.Background()
	in := openIn(t, t.TempDir())
	t.Cleanup(func() {
		if err := in.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	n := 0
	add := func(format string, args ...any) {
		t.Helper()
		n++
		r := event.Record{Seen: now, Source: "file:x", Raw: fmt.Appendf(nil, format, args...)}
		if identify.Record(&r); r.Table == "" {
			t.Fatalf("%s: %s", r.Raw, r.Problem)
		}
		if err := in.Add(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	id := func(name string) string { return fmt.Sprintf("%08x-0000-4000-8000-000000000001", name[0]) }
	change := func(at, op, category, who, result string, props ...string) {
		var list []string
		for i := 0; i+2 < len(props); i += 3 {
			list = append(list, fmt.Sprintf(`{"displayName":%q,"oldValue":%q,"newValue":%q}`, props[i], props[i+1], props[i+2]))
		}
		add(`{"time":"2026-07-01T%[1]s:00Z","category":"AuditLogs","tenantId":"%[2]s","properties":{"id":"d%[3]d","activityDateTime":"2026-07-01T%[1]s:00Z","activityDisplayName":"%[4]s","category":"%[5]s","result":"%[6]s","initiatedBy":{"user":{"id":"%[7]s","userPrincipalName":"root@example.com"}},"targetResources":[{"id":"%[8]s","type":"User","displayName":"","userPrincipalName":"%[9]s@example.com","modifiedProperties":[%[10]s]}]}}`,
			at, tenant, n, op, category, result, id("root"), id(who), who, strings.Join(list, ","))
	}
	group := func(name string) []string { return []string{"Group.DisplayName", "", `"` + name + `"`} }
	change("08:00", "Add user", "UserManagement", "ada", "success", "Department", "[]", `["Sales"]`, "AccountEnabled", "[]", "[true]")
	change("08:10", "Add member to group", "GroupManagement", "ada", "success", group("Sales Team")...)
	change("08:11", "Add member to group", "GroupManagement", "ada", "success", group("Old Project")...)
	change("08:12", "Add member to group", "GroupManagement", "ada", "failure", group("Never")...)
	change("08:20", "Remove member from group", "GroupManagement", "ada", "success", "Group.DisplayName", `"Old Project"`, "")
	change("08:30", "Add member to role", "RoleManagement", "ada", "success", "Role.DisplayName", "", `"Reports Reader"`)
	change("08:40", "Update user", "UserManagement", "ada", "success", "Department", `["Sales"]`, `["Legal"]`)
	change("09:00", "Update user", "UserManagement", "ben", "success", "JobTitle", "[]", `["Clerk"]`)
	change("09:10", "Disable account", "UserManagement", "ben", "success")
	change("10:00", "Add user", "UserManagement", "cleo", "success")
	change("10:10", "Delete user", "UserManagement", "cleo", "success")
	add(`{"time":"2026-07-01T11:00:00Z","category":"SignInLogs","tenantId":"%s","properties":{"id":"00000099-0000-4000-8000-000000000000","createdDateTime":"2026-07-01T11:00:00Z","userId":"%s","userPrincipalName":"dora@example.com","userType":"Guest","status":{"errorCode":0}}}`, tenant, id("dora"))
	if err := in.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	e, err := New(ctx, in.Store, Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := func(call string) (got []string) {
		t.Helper()
		_, err := e.Run(ctx, Request{Text: call + ` | sort by AccountUPN asc | project AccountUPN, UserType, Department, JobTitle, IsAccountEnabled, strcat_array(AssignedRoles, ","), strcat_array(GroupMembership, ","), isnotnull(DeletedDateTime), strcat_array(Gaps, "; ")`, Now: now},
			func(*Result) error { return nil }, func(r Row) error {
				got = append(got, fmt.Sprintf("%s|%s|%s|%s|%v|%s|%s|%v|%s", r...))
				return nil
			})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	const since, old = "roles and groups of before 2026-07-01 are not known", "; created before the records begin: properties that did not change since are not known"
	want := []string{
		"ada@example.com||Legal||true|Reports Reader|Sales Team|false|" + since,
		"ben@example.com|||Clerk|false|||false|" + since + old,
		"cleo@example.com||||false|||true|" + since,
		"dora@example.com|Guest|||true|||false|" + since + old,
	}
	if got := rows("IdentityInfo()"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := rows(`IdentityInfo("ADA@example.com")`); len(got) != 1 || got[0] != want[0] {
		t.Errorf("one account: %q", got)
	}
}

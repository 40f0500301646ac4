package ruletest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/detect/rule"
)

const users = `id: T-1
title: T
severity: low
tables: [SigninLogs]
window: 1h
query: SigninLogs | where IPAddress !in ((_GetWatchlist('Known') | project SearchKey)) | summarize N = count() by UserPrincipalName, IPAddress | where N >= least
knobs: {least: {type: int, default: 1}}
entities: [{type: Account, fields: {FullName: UserPrincipalName}}, {type: IP, fields: {Address: IPAddress}}]
details: {Times: N}
alert: {title: "{{UserPrincipalName}}"}
tests:
  - name: t
    events:
      - {base: signin, user: a@x.example, ip: 203.0.113.1, repeat: 2}
      - {base: signin, user: b@x.example, ip: 203.0.113.2}
`

// TestDifferences has what a test may want of two alerts, and what it says
// where they are others.
func TestDifferences(t *testing.T) {
	ctx := context.Background()
	r, err := New(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(ctx)
	f := func(more, words string) {
		t.Helper()
		ru, err := rule.Parse([]byte(users+more), "t.yaml")
		if err != nil {
			t.Fatal(err)
		}
		err = r.RunTest(ctx, ru, &ru.Tests[0])
		var d *Difference
		if words == "" && err != nil || words != "" && (!errors.As(err, &d) || !strings.Contains(err.Error(), words)) {
			t.Errorf("%s\n%v, want %q", more, err, words)
		}
	}
	f("    alerts: [{title: b@x.example}, {title: a@x.example}]\n", "")
	f("    alerts: [{count: 2}]\n", "")
	f("    alerts: [{count: 2, severity: low}]\n", "")
	f("    alerts: [{details: {Times: 2}, entities: {Account: a@x.example, IP: [203.0.113.1]}}, {entities: {Account: [B@x.example]}}]\n", "")
	f("    knobs: {least: 2}\n    alerts: [{title: a@x.example, rows: 1}]\n", "")
	f("    knobs: {least: 3}\n    alerts: []\n", "")
	f("    watchlists: {Known: [{SearchKey: 203.0.113.1}, {SearchKey: 203.0.113.2, Note: x}]}\n    alerts: []\n", "")
	f("    now: 2026-06-17T14:00:00Z\n    alerts: [{count: 2}]\n", "")
	f("    alerts: []\n", "2 alerts more than wanted\nthe rule gives\nalerts:")
	f("    watchlists: {Known: []}\n    alerts: []\n", "notice: watchlist Known is empty")
	f("    alerts: []\n", "notice: no watchlist Known")
	f("    alerts: [{count: 1}]\n", "1 alerts more than wanted")
	f("    alerts: [{count: 3}]\n", "there is no further alert")
	f("    alerts: [{title: c}, {title: b@x.example}]\n", `title is "a@x.example", want "c"`)
	f("    alerts: [{count: 2, severity: high}]\n", "severity is low, want high")
	f("    alerts: [{count: 2, rows: 2}]\n", "it has 1 rows, want 2")
	f("    alerts: [{count: 2, details: {Times: 2}}]\n", `detail Times is "1", want "2"`)
	f("    alerts: [{count: 2, entities: {Host: [h]}}]\n", "entity Host h is missing; there are []")
	f("    alerts: [{count: 2, entities: {Account: []}}]\n", "entity Account a@x.example is not wanted")
	f("    alerts: [{count: 2, entities: {Account: [a@x.example, c]}}]\n", "entity Account c is missing")
}

// TestWhatEventsMayNotSay has slips, and the words that say what to do.
func TestWhatEventsMayNotSay(t *testing.T) {
	f := func(event, words string) {
		t.Helper()
		_, err := Records(events(t, "- "+event), noon)
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, want %q", event, err, words)
		}
	}
	f(`{base: login}`, `base: "login": write one of audit, graph-activity`)
	f(`{base: signin, ipaddress: 1}`, `signin has no key "ipaddress"; it has user, upn`)
	f(`{base: signin, at: soon}`, `at: "soon": write -12m`)
	f(`{base: signin, every: 5}`, `every: "5" is no duration`)
	f(`{base: signin, repeat: 0}`, `repeat: 0: write a number`)
	f(`{base: signin, vary: {users: [a]}}`, `vary: there is no key "users"`)
	f(`{base: signin, vary: {user: 5}}`, `vary: user: write a list`)
	f(`{base: signin, mfa: maybe}`, `mfa: maybe: write true, false or claim`)
	f(`{base: signin, code: bad}`, `code: "bad" is no number`)
	f(`{base: signin, policies: [{title: x}]}`, `a policy has name, id, result`)
	f(`{base: audit, targets: [{kind: User}]}`, `a target has type, id, name`)
	f(`{base: audit, targets: [{modified: [a]}]}`, `write {Property: [old, new]}`)
	f(`{base: signin, set: {id.x: 1}}`, `"x" stands in no object`)
	f(`{base: signin, set: {appliedConditionalAccessPolicies.x.y: 1}}`, `"x" is no place in a list`)
	f(`{raw: {a: 1}}`, `the record has no table`)
}

// TestOneTestLeavesNothingToTheNext loads one set of events after another.
func TestOneTestLeavesNothingToTheNext(t *testing.T) {
	ctx := context.Background()
	r, err := New(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(ctx)
	ru, err := rule.Parse([]byte(users+"    alerts: []\n"), "t.yaml")
	if err != nil {
		t.Fatal(err)
	}
	count := func() int {
		t.Helper()
		now, err := ru.Tests[0].At()
		if err != nil {
			t.Fatal(err)
		}
		res, err := r.Run(ctx, ru, now)
		if err != nil {
			t.Fatal(err)
		}
		return len(res.Alerts)
	}
	for i, text := range []string{"- {base: signin, repeat: 5, vary: {user: 'u{n}'}}", "- {base: signin}\n- {base: audit, at: -40d}", "[]", "- {base: signin}\n- {base: signin, user: c@x.example, at: -30m}"} {
		records, err := Records(events(t, text), noon)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Load(ctx, records); err != nil {
			t.Fatal(err)
		}
		if got, want := count(), []int{5, 1, 0, 2}[i]; got != want {
			t.Errorf("%s: %d alerts, want %d", text, got, want)
		}
	}
}

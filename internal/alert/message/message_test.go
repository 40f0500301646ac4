package message_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wholelog/wholelog/internal/alert/message"
)

func TestComplete(t *testing.T) {
	given := map[string]string{"rule": "r", "urgent": "true", "x": strings.Repeat("é", 5000) + "\xff"}
	n, err := message.Notification{Incident: "i", Revision: 1, Kind: message.Created, Title: "T", Severity: "high", Tenant: "c", Labels: given,
		Evidence: &message.Evidence{Rows: make([][]string, 1000)}}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]string{"alertname": "T", "severity": "high", "tenant": "c", "incident": "i", "rule": "r", "urgent": ""} {
		if n.Labels[k] != want {
			t.Errorf("label %s is %q, want %q", k, n.Labels[k], want)
		}
	}
	if given["urgent"] != "true" || len(given) != 3 {
		t.Error("the labels given were changed")
	}
	if len(n.Labels["x"]) > 2048 || !utf8.ValidString(n.Labels["x"]) || len(n.Evidence.Rows) > 50 || n.Evidence.Total != 1000 {
		t.Error("what is too long is not shortened")
	}
	n.Urgent = true
	if n, err = n.Complete(); err != nil || n.Labels["urgent"] != "true" {
		t.Errorf("%v %v", n.Labels, err)
	}
}

func TestIncomplete(t *testing.T) {
	f := func(n message.Notification, want string) {
		t.Helper()
		if _, err := n.Complete(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that says %q", err, want)
		}
	}
	f(message.Notification{Revision: 1, Kind: message.Created}, "without an incident")
	f(message.Notification{Incident: "i", Kind: message.Created}, "starts at 1")
	f(message.Notification{Incident: "i", Revision: 1, Kind: "x"}, "created, updated, closed, test")
}

func FuzzShorten(f *testing.F) {
	f.Add("日本語", 4)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		if limit < 4 || !utf8.ValidString(s) {
			return
		}
		got := message.Shorten(s, limit)
		if len(got) > max(limit, 0) || !utf8.ValidString(got) || len(s) <= limit && got != s {
			t.Errorf("%q to %d: %q", s, limit, got)
		}
	})
}

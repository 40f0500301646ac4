package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const ownRule = `
id: MY-1
title: Failures from an address
description: Many failed.
severity: high
kind: nrt
tables: [SigninLogs]
query: |
  SigninLogs
  | where ResultType == "50126"
  | summarize Failures = count(), StartTime = min(TimeGenerated), EndTime = max(TimeGenerated) by IPAddress
  | where Failures >= 5
every: 1m
window: 20m
entities:
  - {type: IP, fields: {Address: IPAddress}}
alert: {title: "{{Failures}} failures from {{IPAddress}}"}
suppress: {by: [IPAddress], for: 6h}
attack: {version: 18, tactics: [CredentialAccess], techniques: [T1110.003]}
`

// TestServeDetectsAndTells delivers failed sign-ins to a running server and
// waits for the webhook, over a restart.
func TestServeDetectsAndTells(t *testing.T) {
	var mu sync.Mutex
	var got []map[string]any
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var v map[string]any
		b, _ := io.ReadAll(r.Body)
		if json.Unmarshal(b, &v) == nil {
			mu.Lock()
			got = append(got, v)
			mu.Unlock()
		}
	}))
	defer hook.Close()
	v := newTenant(t, "")
	alerting := filepath.Join(v.dir, "alerting.yaml")
	write(t, alerting, `
route: {receiver: soc, group_wait: 1s}
receivers: [{name: soc}]
wholelog:
  allow_private: ["127.0.0.1"]
  receivers:
    soc:
      webhooks: [{url: "`+hook.URL+`", secrets: [{env: WL_TEST_HOOK}]}]
`)
	t.Setenv("WL_TEST_HOOK", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err := os.MkdirAll(filepath.Join(v.data, "rules"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(v.data, "rules", "mine.yaml"), ownRule)
	text, err := os.ReadFile(v.config)
	if err != nil {
		t.Fatal(err)
	}
	write(t, v.config, strings.Replace(string(text), "# push:", "push:", 1)+"\nalerting: "+alerting+"\n")
	stop := v.serve(t)
	out, err := cli(t, "token", "add", "forwarder", "--data", v.data, "--scope", "ingest")
	if err != nil {
		t.Fatal(err)
	}
	deliver := func(ip string) {
		t.Helper()
		var b strings.Builder
		for i := range 6 {
			at := time.Now().UTC().Add(-time.Duration(i) * time.Second).Format(time.RFC3339Nano)
			fmt.Fprintf(&b, `{"time":"%[1]s","category":"SignInLogs","tenantId":"11111111-2222-4333-8444-555555555555","properties":{"id":"dddddddd-%04[2]d-4000-8000-%012[3]d","createdDateTime":"%[1]s","userPrincipalName":"u%[2]d@example.org","ipAddress":"%[4]s","appId":"x","status":{"errorCode":50126}}}`+"\n",
				at, i, len(ip)*1000+int(ip[len(ip)-1]), ip)
		}
		req, err := http.NewRequest("POST", "http://"+v.at+"/v1/ingest/SigninLogs", strings.NewReader(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(out))
		req.Header.Set("Content-Type", "application/x-ndjson")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("status %d", res.StatusCode)
		}
	}
	about := func(ip string) (n int) {
		mu.Lock()
		defer mu.Unlock()
		for _, m := range got {
			if strings.Contains(fmt.Sprint(m), "6 failures from "+ip) {
				n++
			}
		}
		return n
	}
	rows := func(query string) string {
		t.Helper()
		out, err := cli(t, "query", "--data", v.data, "--format", "ndjson", query)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	deliver("203.0.113.9")
	v.until(t, func() bool { return about("203.0.113.9") == 1 })
	// What happened is rows like any other.
	if out := rows(`SecurityAlert | where ProviderName == "Wholelog" and AlertType == "MY-1" | project AlertSeverity, DisplayName, Tactics, Ip = parse_json(Entities)[0].Address`); !strings.Contains(out, "203.0.113.9") || !strings.Contains(out, "CredentialAccess") {
		t.Errorf("alert: %s", out)
	}
	if out := rows(`SecurityIncident | where Title has "203.0.113.9" | project Severity, Status, AlertIds`); !strings.Contains(out, `"New"`) {
		t.Errorf("incident: %s", out)
	}
	v.until(t, func() bool {
		return strings.Contains(rows(`WholelogDelivery | where Outcome == "sent" | project Channel, Receiver, Attempt`), `"webhook"`)
	})
	if out := rows(`WholelogRuleRun | where RuleId == "MY-1" and Alerts == 1 | project Status, Matched`); !strings.Contains(out, `"ok"`) {
		t.Errorf("run: %s", out)
	}
	out2 := func(args ...string) string {
		t.Helper()
		out, err := cli(t, append([]string{"incidents", "--data", v.data}, args...)...)
		if err != nil {
			t.Fatalf("incidents %v: %v", args, err)
		}
		return out
	}
	var listed []struct {
		Number int
		Title  string
	}
	if err := json.Unmarshal([]byte(out2("list", "--json")), &listed); err != nil {
		t.Fatal(err)
	}
	number := ""
	for _, i := range listed {
		if i.Title == "6 failures from 203.0.113.9" {
			number = fmt.Sprint(i.Number)
		}
	}
	out2("assign", number, "bob@example.org", "--by", "ada")
	if _, err := cli(t, "incidents", "close", number, "--data", v.data, "--as", "nonsense"); err == nil || !strings.Contains(err.Error(), "TruePositive") {
		t.Errorf("closed as nonsense: %v", err)
	}
	out2("close", number, "--as", "BenignPositive", "--comment", "our scanner", "--by", "bob")
	if got := out2("show", number); !strings.Contains(got, "Closed, BenignPositive") || !strings.Contains(got, "bob: our scanner") || !strings.Contains(got, "203.0.113.9") {
		t.Errorf("show: %s", got)
	}
	out2("risk")
	if got, err := cli(t, "rules", "backtest", "MY-1", "--data", v.data, "--days", "0.2"); err != nil || !strings.Contains(got, "failures from 203.0.113.9") || !strings.Contains(got, "precision 0.00") {
		t.Errorf("backtest through the server: %v %s", err, got)
	}
	if got := out2("except", number, "--entity", "ip", "--for", "1d", "--reason", "our scanner", "--by", "bob"); !strings.Contains(got, "MY-1") {
		t.Errorf("except: %s", got)
	}
	if got := out2("exceptions"); !strings.Contains(got, "IPAddress=203.0.113.9") || !strings.Contains(got, "bob") {
		t.Errorf("exceptions: %s", got)
	}
	res, err := http.Post("http://"+v.at+"/v1/incidents/"+number, "application/json", strings.NewReader(`{"status":"New"}`))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("somebody without a token reopens it: %d", res.StatusCode)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	stop = v.serve(t)
	if got := out2("list", "--all"); !strings.Contains(got, "Closed") {
		t.Errorf("after a restart: %s", got)
	}
	var held []struct{ ID string }
	if err := json.Unmarshal([]byte(out2("exceptions", "--json")), &held); err != nil || len(held) != 1 {
		t.Fatalf("exceptions after a restart: %v %v", held, err)
	}
	out2("exceptions", "--revoke", held[0].ID)
	if got := out2("exceptions"); !strings.Contains(got, "no exceptions") {
		t.Errorf("revoked: %s", got)
	}
	deliver("203.0.113.8")
	v.until(t, func() bool { return about("203.0.113.8") == 1 })
	if n := about("203.0.113.9"); n != 1 {
		t.Errorf("told %d times of the first incident after a restart", n)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if out, err := cli(t, "verify", "--data", v.data, "--store"); err != nil {
		t.Errorf("ledger and store: %v %s", err, out)
	}
}

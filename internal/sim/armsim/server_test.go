package armsim

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestServer(t *testing.T) {
	s := New(Options{Token: func(token string) bool { return token == "good" }, PageSize: 1})
	web := httptest.NewServer(s)
	defer web.Close()
	f := func(method, path, token, body string, status int, want ...string) {
		t.Helper()
		req, err := http.NewRequest(method, web.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != status {
			t.Errorf("%s %s: %d, want %d: %s", method, path, res.StatusCode, status, text)
		}
		for _, w := range want {
			if !strings.Contains(string(text), w) {
				t.Errorf("%s %s lacks %s: %s", method, path, w, text)
			}
		}
	}
	const (
		list    = "/providers/microsoft.aadiam/diagnosticSettings?api-version=2017-04-01"
		one     = "/providers/microsoft.aadiam/diagnosticSettings/a?api-version=2017-04-01"
		two     = "/providers/Microsoft.AADIAM/diagnosticsettings/b?api-version=2017-04-01"
		cluster = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c/providers/Microsoft.Insights/diagnosticSettings"
		body    = `{"properties":{"workspaceId":"/w","logs":[{"category":"AuditLogs","enabled":true,"retentionPolicy":{"enabled":false,"days":0}}]}}`
	)
	f("GET", list, "bad", "", 401, "AuthenticationFailed")
	f("GET", list, "good", "", 200, `"value":[]`)
	f("GET", "/providers/microsoft.aadiam/diagnosticSettings", "good", "", 400, "InvalidApiVersionParameter")
	f("GET", "/providers/microsoft.aadiam/diagnosticSettingsCategories?api-version=2017-04-01", "good", "", 404)
	f("GET", one, "good", "", 404, "ResourceNotFound")
	f("PUT", one, "good", `{"properties":{"logs":[]}}`, 400, "data sink")
	f("PUT", one, "good", strings.Replace(body, "AuditLogs", "Nope", 1), 400, "not supported")
	f("PUT", one, "good", body, 200, `"name":"a"`, `"workspaceId":"/w"`, `"category":"SignInLogs","enabled":false`)
	f("PUT", two, "good", body, 200)
	f("GET", list, "good", "", 200, `"nextLink"`, `$skiptoken=1`)
	f("GET", list+"&$skiptoken=1", "good", "", 200, `"name":"b"`)
	f("PUT", one, "good", strings.Replace(body, "AuditLogs", "SignInLogs", 1), 200, `"category":"AuditLogs","enabled":false`)
	f("DELETE", one, "good", "", 200)
	f("DELETE", one, "good", "", 204)
	f("PUT", cluster+"/x?api-version=2021-05-01-preview", "good", strings.Replace(body, "AuditLogs", "kube-audit", 1), 200)
	f("GET", cluster+"?api-version=2021-05-01-preview", "good", "", 200, "kube-audit")
	f("GET", "/providers/microsoft.AadCustomSecurityAttributesDiagnosticSettings/diagnosticsettings?api-version=2017-04-01-preview", "good", "", 403)
	s.Fail(429, 1)
	f("GET", list, "good", "", 429)
	f("GET", list, "good", "", 200)
	if s.Requests("DELETE") != 2 || len(s.Bodies()) < 4 {
		t.Errorf("%d deletes, %d bodies", s.Requests("DELETE"), len(s.Bodies()))
	}
}

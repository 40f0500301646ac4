package blob

import (
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/source/blob/azuritetest"
)

func TestOptions(t *testing.T) {
	const sas = "sv=2026-02-06&ss=b&srt=sco&sp=rl&sig=cGxhbnRlZC1zaWduYXR1cmU%3D"
	f := func(o Options, want string) {
		t.Helper()
		s, err := New(o)
		got := ""
		switch {
		case err == nil:
			got = s.Name()
		default:
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		for _, secret := range []string{azuritetest.Key, "cGxhbnRlZC", "p1anted"} {
			if strings.Contains(got, secret) {
				t.Errorf("a secret stands in %q", got)
			}
		}
	}
	const account = "https://contosologs.blob.core.windows.net"
	f(Options{Account: account, SharedKey: azuritetest.Key}, "blob:contosologs")
	f(Options{Account: account + "/", SAS: "?" + sas}, "blob:contosologs")
	f(Options{Account: account, SAS: sas, Label: "hr"}, "blob:hr")
	f(Options{Account: "http://127.0.0.1:10000/devstoreaccount1", SharedKey: azuritetest.Key}, "blob:devstoreaccount1")
	f(Options{ConnectionString: "DefaultEndpointsProtocol=https;AccountName=contosologs;AccountKey=" + azuritetest.Key + ";EndpointSuffix=core.windows.net"}, "blob:contosologs")
	f(Options{ConnectionString: "BlobEndpoint=" + account + ";SharedAccessSignature=" + sas}, "blob:contosologs")
	f(Options{ConnectionString: "DefaultEndpointsProtocol=http;AccountName=contosologs;AccountKey=" + azuritetest.Key}, "must be https")
	f(Options{ConnectionString: "p1anted"}, "connection string cannot be read")
	f(Options{Account: account}, "one of credential, shared key and SAS")
	f(Options{Account: account, SAS: sas, SharedKey: azuritetest.Key}, "one of credential, shared key and SAS")
	f(Options{Account: account, SharedKey: "p1anted!"}, "no base64")
	f(Options{Account: account, SAS: "p1anted"}, "copy it whole")
	f(Options{Account: "http://contosologs.blob.core.windows.net", SharedKey: azuritetest.Key}, "must be https")
	f(Options{Account: account + "/insights-logs-auditlogs", SharedKey: azuritetest.Key}, "leave out the container")
	f(Options{Account: "http://127.0.0.1:10000", SharedKey: azuritetest.Key}, "must end in the account's name")
	f(Options{Account: "https://user:p1anted@contosologs.blob.core.windows.net", SharedKey: azuritetest.Key}, "must be https")
	f(Options{Account: account, SharedKey: azuritetest.Key, Containers: []string{"a["}}, "container")
	f(Options{Account: account, SharedKey: azuritetest.Key, Prefix: "tenantId=x/y=2026"}, "before the year")
}

package eventhub

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNew(t *testing.T) {
	f := func(o Options, name, seed, problem string) {
		t.Helper()
		s, err := New(o)
		if err != nil {
			if problem == "" || !strings.Contains(err.Error(), problem) {
				t.Errorf("%v, want %q", err, problem)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("a secret stands in %q", err)
			}
			return
		}
		if problem != "" || s.Name() != name || s.seeds[0] != seed {
			t.Errorf("%s at %s, want %s at %s, %q", s.Name(), s.seeds, name, seed, problem)
		}
	}
	of := func(hub string) string { return connectionString + ";EntityPath=" + hub }
	const ns = "contoso.servicebus.windows.net"
	f(Options{Hub: "h", ConnectionString: connectionString}, "eventhub:h", ns+":9093", "")
	f(Options{ConnectionString: of("h")}, "eventhub:h", ns+":9093", "")
	f(Options{ConnectionString: of("h"), Label: "eu"}, "eventhub:eu/h", ns+":9093", "")
	f(Options{Hub: "H", ConnectionString: of("h")}, "eventhub:H", ns+":9093", "")
	f(Options{Hub: "h", Namespace: "sb://Contoso.servicebus.windows.net/", Credential: &tokens{}}, "eventhub:h", ns+":9093", "")
	f(Options{Hub: "h", Brokers: []string{"kafka-1"}}, "eventhub:h", "kafka-1:9093", "")
	f(Options{Hub: "h", Brokers: []string{"[::1]:9", "kafka-2"}}, "eventhub:h", "[::1]:9", "")
	f(Options{Hub: "h", ConnectionString: "Endpoint=sb://localhost;SharedAccessKeyName=Root;SharedAccessKey=" + secret + ";UseDevelopmentEmulator=true;"}, "eventhub:h", "localhost:9092", "")

	f(Options{ConnectionString: connectionString}, "", "", "hub's name is missing")
	f(Options{Hub: "h"}, "", "", "namespace is missing")
	f(Options{Hub: "h/p", Namespace: ns, Credential: &tokens{}}, "", "", "no name of a hub")
	f(Options{Hub: "h", Namespace: ns}, "", "", "needs a connection string or a credential")
	f(Options{Hub: "h", Namespace: "contoso", Credential: &tokens{}}, "", "", "contoso.servicebus.windows.net")
	f(Options{Hub: "h", Brokers: []string{ns}, Credential: &tokens{}}, "", "", "needs the namespace")
	f(Options{Hub: "h", ConnectionString: connectionString, Credential: &tokens{}}, "", "", "not both")
	f(Options{Hub: "other", ConnectionString: of("h")}, "", "", `one of hub "h"`)
	f(Options{Hub: "h", ConnectionString: secret}, "", "", "no Endpoint")
	f(Options{Hub: "h", ConnectionString: "Endpoint=" + secret + ";SharedAccessKey=x"}, "", "", "no address like")
	f(Options{Hub: "h", ConnectionString: "Endpoint=sb://u:" + secret + "@x/;SharedAccessKey=x"}, "", "", "no address like")
	f(Options{Hub: "h", ConnectionString: "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=" + secret}, "", "", "no SharedAccessKey")
	f(Options{Hub: "h", ConnectionString: connectionString, Plaintext: true}, "", "", "in the clear")
	f(Options{Hub: "h", ConnectionString: connectionString, Begin: "now"}, "", "", "earliest, latest or committed")
	f(Options{Hub: "h", ConnectionString: connectionString, Begin: Committed, Group: "-"}, "", "", "name the group")
}

func TestConnectionString(t *testing.T) {
	got, err := parseConnection("endpoint = sb://Contoso.servicebus.chinacloudapi.cn:5671/ ; SharedAccessSignature=SharedAccessSignature sr=x&sig=a%3D&se=1;EntityPath=a=b;;\n")
	want := connection{host: "contoso.servicebus.chinacloudapi.cn", hub: "a=b"}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(connection{})); err != nil || d != "" {
		t.Errorf("%v %s", err, d)
	}
}

package sim

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"
)

// tenant is what does not change during a run.
type tenant struct {
	seed     uint64
	id       string
	start    time.Time // of the history
	domain   string
	policies []policy
	people   []*person
	admins   []*person
	groups   []named
	services []*service
	cluster  string // resource id of the AKS cluster, upper case as Azure writes it
	pod      string // of its API server
}

type named struct{ id, name string }

type service struct {
	named
	appID    string
	managed  bool   // managed identity
	resource string // of a managed identity
	key      string // credential of a service principal
	cert     bool
	ip       string
	perDay   int
	r        *rand.Rand
}

// source makes a random source that depends only on the seed and the names.
func source(seed uint64, names ...string) *rand.Rand {
	h := fnv.New64a()
	for _, n := range names {
		fmt.Fprintf(h, "%s\x00", n)
	}
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

func guid(r *rand.Rand) string {
	a, b := r.Uint64(), r.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", uint32(a>>32), uint16(a>>16), a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}

// token is an identifier as tokens have it.
func token(r *rand.Rand) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	b := make([]byte, 22)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

func newTenant(o Options) *tenant {
	r := source(o.Seed, "tenant")
	t := &tenant{seed: o.Seed, id: guid(r), start: o.End.AddDate(0, 0, -o.Days), domain: "contoso.example"}
	t.policies = makePolicies(r)
	subscription := strings.ToUpper(guid(r))
	t.cluster = "/SUBSCRIPTIONS/" + subscription + "/RESOURCEGROUPS/PLATFORM/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/PROD-1"
	t.pod = fmt.Sprintf("kube-apiserver-%08x-%05x", r.Uint32(), r.IntN(1<<20))
	for i := range max(4, o.Users/12) {
		t.groups = append(t.groups, named{guid(r), fmt.Sprintf("%s %s %02d", departments[i%len(departments)], []string{"Team", "Project", "Access"}[i%3], i)})
	}
	for i := range o.Users {
		p := t.makePerson(i, o.Users)
		t.people = append(t.people, p)
		if p.admin {
			t.admins = append(t.admins, p)
		}
	}
	for i := range 2 {
		br := source(o.Seed, "break-glass", fmt.Sprint(i))
		t.people = append(t.people, &person{named: named{guid(br), fmt.Sprintf("Emergency Access %d", i+1)},
			upn: fmt.Sprintf("emergency%d@%s", i+1, t.domain), home: places[0], department: "Operations", breakGlass: true, r: br,
			devices: []device{{agent: 0}}})
	}
	for i := range max(2, o.Users/10) {
		sr := source(o.Seed, "service", fmt.Sprint(i))
		s := &service{named: named{guid(sr), fmt.Sprintf("svc-%s-%02d", strings.ToLower(departments[i%len(departments)]), i)},
			appID: guid(sr), managed: i%3 == 2, key: guid(sr), cert: sr.IntN(3) == 0, ip: fmt.Sprintf("20.50.%d.%d", i%250, 4+sr.IntN(200)), perDay: 3 + sr.IntN(6), r: sr}
		if s.managed {
			s.resource = "/subscriptions/" + strings.ToLower(subscription) + "/resourcegroups/platform/providers/Microsoft.Compute/virtualMachines/" + s.name
		}
		t.services = append(t.services, s)
	}
	return t
}

// zipf picks an index with weight 1/(i+1).
func zipf(r *rand.Rand, n int) int {
	var sum float64
	for i := range n {
		sum += 1 / float64(i+1)
	}
	x := r.Float64() * sum
	for i := range n {
		if x -= 1 / float64(i+1); x < 0 {
			return i
		}
	}
	return n - 1
}

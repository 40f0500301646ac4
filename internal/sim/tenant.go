package sim

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

// tenant is what does not change during a run.
type tenant struct {
	seed     uint64
	id       string
	domain   string
	policies []policy
	people   []*person
	admins   []*person
	groups   []named
	services []*service
	cluster  string // resource id of the AKS cluster, upper case as Azure writes it
}

type named struct{ id, name string }

type person struct {
	named
	upn, department string
	home            place
	lastOctets      string // of the home address
	start, length   float64
	perDay          float64
	devices         []device
	admin, guest    bool
	r               *rand.Rand
}

type device struct {
	id, name, trust string
	agent           int
	managed         bool
}

type service struct {
	named
	appID   string
	managed bool // managed identity
	ip      string
	r       *rand.Rand
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

func newTenant(o Options) *tenant {
	r := source(o.Seed, "tenant")
	t := &tenant{seed: o.Seed, id: guid(r), domain: "contoso.example"}
	t.policies = makePolicies(r)
	t.cluster = "/SUBSCRIPTIONS/" + strings.ToUpper(guid(r)) + "/RESOURCEGROUPS/PLATFORM/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/PROD-1"
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
	for i := range max(2, o.Users/10) {
		sr := source(o.Seed, "service", fmt.Sprint(i))
		t.services = append(t.services, &service{named{guid(sr), fmt.Sprintf("svc-%s-%02d", strings.ToLower(departments[i%len(departments)]), i)},
			guid(sr), i%3 == 2, fmt.Sprintf("20.50.%d.%d", i%250, 4+sr.IntN(200)), sr})
	}
	return t
}

func (t *tenant) makePerson(i, n int) *person {
	r := source(t.seed, "person", fmt.Sprint(i))
	given, family := givenNames[r.IntN(len(givenNames))], familyNames[r.IntN(len(familyNames))]
	p := &person{
		named: named{guid(r), given + " " + family},
		upn:   strings.ToLower(fmt.Sprintf("%s.%s%d@%s", given, family, i, t.domain)), department: departments[r.IntN(len(departments))],
		home: places[zipf(r, len(places))], lastOctets: fmt.Sprintf("%d.%d", r.IntN(256), 1+r.IntN(254)),
		start: 7 + 2.5*r.Float64(), length: 7 + 2*r.Float64(), perDay: 1.5 + 3.5*r.Float64(),
		admin: i < max(2, n/60), guest: i%13 == 12, r: r,
	}
	if p.guest {
		p.upn = strings.ToLower(fmt.Sprintf("%s.%s%d@partner.example", given, family, i))
	}
	for d := range 1 + r.IntN(2) {
		dev := device{agent: r.IntN(len(userAgents))}
		if d == 0 && !p.guest {
			dev = device{guid(r), fmt.Sprintf("DESKTOP-%06X", r.IntN(1<<24)), "Azure AD joined", r.IntN(3), true}
		}
		p.devices = append(p.devices, dev)
	}
	return p
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

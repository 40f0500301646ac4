package attack

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Record is one native record and when its event happened.
type Record struct {
	Time time.Time
	Raw  []byte
}

// world is what a history shows of its tenant.
type world struct {
	tenant, domain string
	from, to       time.Time // of the records
	people         []*person // who signed in interactively, by name; no guests
	admins         []*person // who changed something
	services       []*service
	policies       []thing
	groups         []thing
	offices        []network // trusted named locations, the busiest first
}

type thing struct{ id, name string }

type person struct {
	upn, id, name string
	signIn        tree // one that succeeded
	raw           []byte
	silent        tree // a refresh, for its shape; may be nil
	rawSilent     []byte
	home          network // from where it came: the connection that is used most, offices aside
	managed       bool    // on a registered device
	count         int
	ways          map[string]*way
}

// way is an address and device that a person signed in with.
type way struct {
	raw    []byte
	count  int
	office bool
	device string
}

type service struct {
	id, name, appID string
	signIn          tree
}

type head struct {
	Category   string `json:"category"`
	TenantID   string `json:"tenantId"`
	Properties struct {
		ID       string `json:"id"`
		Created  string `json:"createdDateTime"`
		Activity string `json:"activityDateTime"`
		UPN      string `json:"userPrincipalName"`
		UserID   string `json:"userId"`
		UserName string `json:"userDisplayName"`
		UserType string `json:"userType"`
		IP       string `json:"ipAddress"`
		Device   struct {
			ID string `json:"deviceId"`
		} `json:"deviceDetail"`
		Networks []struct {
			Type string `json:"networkType"`
		} `json:"networkLocationDetails"`
		AppID     string `json:"appId"`
		SPID      string `json:"servicePrincipalId"`
		SPName    string `json:"servicePrincipalName"`
		Status    struct{ ErrorCode int }
		Policies  []struct{ ID, DisplayName string } `json:"appliedConditionalAccessPolicies"`
		Initiated struct {
			User struct {
				ID  string `json:"id"`
				UPN string `json:"userPrincipalName"`
			} `json:"user"`
		} `json:"initiatedBy"`
		ActivityName string `json:"activityDisplayName"`
		Targets      []struct {
			ID    string `json:"id"`
			Type  string `json:"type"`
			Props []struct {
				Name  string `json:"displayName"`
				Value any    `json:"newValue"`
			} `json:"modifiedProperties"`
		} `json:"targetResources"`
	} `json:"properties"`
}

// is tells a record's category without reading all of it.
func is(raw []byte, category string) bool {
	return bytes.Contains(raw[:min(len(raw), 600)], []byte(`"category":"`+category+`"`))
}

// read learns a tenant from its history.
func read(records []Record) (*world, error) {
	w := &world{}
	people, admins, services, groups := map[string]*person{}, map[string]bool{}, map[string]*service{}, map[string]string{}
	silent, offices := map[string][]byte{}, map[string]*way{}
	for _, rec := range records {
		if w.from.IsZero() || rec.Time.Before(w.from) {
			w.from = rec.Time
		}
		if rec.Time.After(w.to) {
			w.to = rec.Time
		}
		interactive, audit, sp, quiet := is(rec.Raw, "SignInLogs"), is(rec.Raw, "AuditLogs"), is(rec.Raw, "ServicePrincipalSignInLogs"), is(rec.Raw, "NonInteractiveUserSignInLogs")
		if quiet && len(silent) > 400 || !interactive && !audit && !sp && !quiet {
			continue
		}
		var h head
		if err := json.Unmarshal(rec.Raw, &h); err != nil {
			return nil, fmt.Errorf("record of the history: %w", err)
		}
		p := h.Properties
		switch {
		case quiet:
			if silent[p.UPN] == nil && p.Status.ErrorCode == 0 {
				silent[p.UPN] = rec.Raw
			}
		case interactive && p.Status.ErrorCode == 0 && p.UserType == "Member":
			w.tenant = h.TenantID
			if people[p.UPN] == nil {
				people[p.UPN] = &person{upn: p.UPN, id: p.UserID, name: p.UserName, ways: map[string]*way{}}
			}
			people[p.UPN].count++
			office := slices.ContainsFunc(p.Networks, func(n struct {
				Type string `json:"networkType"`
			}) bool {
				return n.Type == "trustedNamedLocation"
			})
			count(people[p.UPN].ways, p.IP+" "+p.Device.ID, rec.Raw, office, p.Device.ID)
			if office {
				count(offices, p.IP, rec.Raw, office, "")
			}
			if len(w.policies) == 0 {
				for _, c := range p.Policies {
					w.policies = append(w.policies, thing{c.ID, c.DisplayName})
				}
			}
		case audit:
			// What people do to their own accounts makes nobody an administrator.
			if len(p.Targets) > 0 && (p.Targets[0].Type != "User" || p.Targets[0].ID != p.Initiated.User.ID) && p.ActivityName != "Consent to application" {
				admins[p.Initiated.User.UPN] = true
			}
			if p.ActivityName == "Add member to group" && len(p.Targets) > 1 && len(p.Targets[0].Props) > 1 {
				name, _ := p.Targets[0].Props[1].Value.(string)
				groups[p.Targets[1].ID] = strings.Trim(name, `"`)
			}
		case sp && p.Status.ErrorCode == 0 && services[p.SPID] == nil:
			t, err := parse(rec.Raw)
			if err != nil {
				return nil, err
			}
			services[p.SPID] = &service{id: p.SPID, name: p.SPName, appID: p.AppID, signIn: t}
		}
	}
	for _, upn := range slices.Sorted(maps.Keys(people)) {
		p := people[upn]
		p.rawSilent = silent[upn]
		if err := p.settle(); err != nil {
			return nil, err
		}
		if admins[upn] {
			w.admins = append(w.admins, p)
		} else {
			w.people = append(w.people, p)
		}
		_, w.domain, _ = strings.Cut(upn, "@")
	}
	for _, o := range busiest(offices) {
		t, err := parse(o.raw)
		if err != nil {
			return nil, err
		}
		w.offices = append(w.offices, from(t))
	}
	for _, id := range slices.Sorted(maps.Keys(services)) {
		w.services = append(w.services, services[id])
	}
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		w.groups = append(w.groups, thing{id, groups[id]})
	}
	slices.SortStableFunc(w.people, func(a, b *person) int { return cmp.Compare(a.upn, b.upn) })
	switch {
	case len(w.people) < 5 || len(w.admins) == 0 || len(w.services) == 0:
		return nil, errors.New("history too small for attacks: want at least 5 people who sign in, an administrator and a service principal; simulate more people or days")
	case len(w.policies) == 0:
		return nil, errors.New("history without conditional access policies: want diagnostic records as simulate writes them")
	}
	return w, nil
}

// count counts a way of signing in.
func count(ways map[string]*way, name string, raw []byte, office bool, device string) {
	if ways[name] == nil {
		ways[name] = &way{raw: raw, office: office, device: device}
	}
	ways[name].count++
}

// busiest sorts ways by how often they were taken; those outside of offices and
// on a registered device come before others.
func busiest(ways map[string]*way) []*way {
	names := slices.SortedStableFunc(maps.Keys(ways), func(a, b string) int {
		weight := func(w *way) int {
			n := w.count
			if w.device != "" {
				n += 1e6
			}
			if !w.office {
				n += 1e7
			}
			return n
		}
		return cmp.Or(weight(ways[b])-weight(ways[a]), strings.Compare(a, b))
	})
	out := make([]*way, len(names))
	for i, n := range names {
		out[i] = ways[n]
	}
	return out
}

// settle reads what is needed of a person's own record: the one of the way that
// they take most, which is where campaigns have them at home.
func (p *person) settle() error {
	best := busiest(p.ways)[0]
	p.raw, p.managed, p.ways = best.raw, best.device != "", nil
	var err error
	if p.signIn, err = parse(p.raw); err != nil {
		return err
	}
	if p.rawSilent != nil {
		if p.silent, err = parse(p.rawSilent); err != nil {
			return err
		}
	}
	p.home = from(p.signIn)
	return nil
}

// from is the network of a sign-in.
func from(signIn tree) network {
	props := signIn.at("properties")
	num := func(v any) float64 {
		n, _ := v.(json.Number)
		f, _ := n.Float64()
		return f
	}
	geo := props.at("location", "geoCoordinates")
	return network{ip: props.text("ipAddress"), asn: int(num(props["autonomousSystemNumber"])), city: props.text("location.city"), state: props.text("location.state"),
		country: props.text("location.countryOrRegion"), lat: num(geo["latitude"]), lon: num(geo["longitude"])}
}

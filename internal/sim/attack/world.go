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
}

type thing struct{ id, name string }

type person struct {
	upn, id, name string
	signIn        tree // one that succeeded
	raw           []byte
	silent        tree // a refresh, for its shape; may be nil
	rawSilent     []byte
	home          network // from where it came
	count         int
}

type service struct {
	id, name, appID string
	signIn          tree
}

type head struct {
	Category   string `json:"category"`
	TenantID   string `json:"tenantId"`
	Properties struct {
		ID        string `json:"id"`
		Created   string `json:"createdDateTime"`
		Activity  string `json:"activityDateTime"`
		UPN       string `json:"userPrincipalName"`
		UserID    string `json:"userId"`
		UserName  string `json:"userDisplayName"`
		UserType  string `json:"userType"`
		AppID     string `json:"appId"`
		SPID      string `json:"servicePrincipalId"`
		SPName    string `json:"servicePrincipalName"`
		Status    struct{ ErrorCode int }
		Policies  []struct{ ID, DisplayName string } `json:"appliedConditionalAccessPolicies"`
		Initiated struct {
			User struct {
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
	silent := map[string][]byte{}
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
				people[p.UPN] = &person{upn: p.UPN, id: p.UserID, name: p.UserName, raw: rec.Raw}
			}
			people[p.UPN].count++
			if len(w.policies) == 0 {
				for _, c := range p.Policies {
					w.policies = append(w.policies, thing{c.ID, c.DisplayName})
				}
			}
		case audit:
			admins[p.Initiated.User.UPN] = true
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

// settle reads what is needed of a person's own record.
func (p *person) settle() error {
	var err error
	if p.signIn, err = parse(p.raw); err != nil {
		return err
	}
	if p.rawSilent != nil {
		if p.silent, err = parse(p.rawSilent); err != nil {
			return err
		}
	}
	props := p.signIn.at("properties")
	num := func(v any) float64 {
		n, _ := v.(json.Number)
		f, _ := n.Float64()
		return f
	}
	geo := props.at("location", "geoCoordinates")
	p.home = network{ip: props.text("ipAddress"), asn: int(num(props["autonomousSystemNumber"])), city: props.text("location.city"), state: props.text("location.state"),
		country: props.text("location.countryOrRegion"), lat: num(geo["latitude"]), lon: num(geo["longitude"])}
	return nil
}

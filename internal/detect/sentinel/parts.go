package sentinel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wholelog/wholelog/internal/detect/rule"
)

// types are names of entity types that the API and older files have.
var types = map[string]string{"ip": "IP", "ipaddress": "IP", "account": "Account", "host": "Host", "url": "URL", "azureresource": "AzureResource", "cloudapplication": "CloudApplication", "dns": "DNS", "dnsresolution": "DNS",
	"file": "File", "filehash": "FileHash", "malware": "Malware", "process": "Process", "registrykey": "RegistryKey", "registryvalue": "RegistryValue", "securitygroup": "SecurityGroup",
	"mailbox": "Mailbox", "mailcluster": "MailCluster", "mailmessage": "MailMessage", "submissionmail": "SubmissionMail"}

func (c *conversion) entities() {
	for i, m := range c.f.Entities {
		at := fmt.Sprintf("entityMappings[%d]", i)
		kind := types[strings.ToLower(strings.TrimSpace(m.Type))]
		if kind == "" {
			c.warn("%s: entity type %q is not known; left out", at, m.Type)
			continue
		}
		known := rule.Identifiers(kind)
		out := rule.EntityMapping{Type: kind, Fields: map[string]string{}}
		for _, f := range m.Fields {
			id := strings.TrimSpace(f.Identifier)
			if n := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, id) }); n >= 0 {
				id = known[n]
			} else {
				c.warn("%s: %s has no identifier %q; left out", at, kind, id)
				continue
			}
			if _, twice := out.Fields[id]; twice {
				c.warn("%s: identifier %s stands twice; the first is taken", at, id)
				continue
			}
			out.Fields[id] = strings.TrimSpace(f.Column)
		}
		if len(out.Fields) > 0 {
			c.r.Entities = append(c.r.Entities, out)
		}
	}
	if n := len(c.r.Entities); n > 10 {
		c.warn("entityMappings: %d, at most 10; the others are left out", n)
		c.r.Entities = c.r.Entities[:10]
	}
	for _, p := range c.f.Passed {
		c.warn("sentinelEntitiesMappings: entities of other alerts in column %q are not taken over", p.Column)
	}
}

// alert reads what alerts say; properties of alerts that have no place of their
// own here become details.
func (c *conversion) alert() {
	f, r := c.f, c.r
	if len(f.Details) > 0 {
		r.Details = map[string]string{}
		for label, column := range f.Details {
			if column = strings.TrimSpace(column); column != "" {
				r.Details[label] = column
			}
		}
	}
	r.Alert = rule.Alert{Title: strings.TrimSpace(f.Override.Title), Description: unquote(f.Override.Description),
		Severity: strings.TrimSpace(f.Override.Severity), Tactics: strings.TrimSpace(f.Override.Tactics)}
	for _, d := range f.Override.Dynamic {
		if d.Property == "" || d.Value == "" {
			continue
		}
		if r.Details == nil {
			r.Details = map[string]string{}
		}
		label := d.Property
		if _, taken := r.Details[label]; taken {
			label = "alert " + label
		}
		r.Details[label] = strings.TrimSpace(d.Value)
		c.warn("alertDetailsOverride.alertDynamicProperties: %s becomes a detail", d.Property)
	}
}

func (c *conversion) incident() error {
	in := c.f.Incident
	c.r.Incident.Group = "none" // an incident for each alert, where nothing is said
	if in == nil {
		return nil
	}
	c.r.Incident.Create = in.Create
	g := in.Grouping
	if !g.Enabled {
		return nil
	}
	c.r.Incident.Reopen = g.Reopen
	if g.Lookback != "" {
		d, err := duration(g.Lookback)
		if err != nil {
			return fmt.Errorf("incidentConfiguration.groupingConfiguration.lookbackDuration: %w", err)
		}
		c.r.Incident.Within = d
	}
	switch strings.ToLower(g.Method) {
	case "allentities", "all", "":
		c.r.Incident.Group = "all"
	case "anyalert", "none":
		c.r.Incident.Group = "any"
	case "selected", "custom":
		c.r.Incident.Group = "selected"
	default:
		return fmt.Errorf("incidentConfiguration.groupingConfiguration.matchingMethod: %q: AllEntities, AnyAlert and Selected are known", g.Method)
	}
	if c.r.Incident.Group != "selected" {
		return nil
	}
	for _, e := range g.Entities {
		kind := types[strings.ToLower(strings.TrimSpace(e))]
		if kind == "" {
			c.warn("groupByEntities: entity type %q is not known; left out", e)
			continue
		}
		c.r.Incident.By = append(c.r.Incident.By, kind)
	}
	for _, d := range g.Alert {
		switch strings.ToLower(strings.TrimSpace(d)) {
		case "displayname":
			c.r.Incident.By = append(c.r.Incident.By, "alert.title")
		case "severity":
			c.r.Incident.By = append(c.r.Incident.By, "alert.severity")
		default:
			c.warn("groupByAlertDetails: %q is not known; left out", d)
		}
	}
	for _, d := range g.Custom {
		c.r.Incident.By = append(c.r.Incident.By, "details."+d)
	}
	if len(c.r.Incident.By) == 0 {
		c.warn("matchingMethod: Selected selects nothing; alerts are grouped by all entities")
		c.r.Incident.Group = "all"
	}
	return nil
}

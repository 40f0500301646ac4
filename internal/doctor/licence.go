package doctor

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// licences reads what the tenant has subscribed to. It is no more than a
// help: collecting does not need the permission.
func (l *look) licences(ctx context.Context) error {
	a, err := l.c.ask(ctx, l.graph, unpaced, http.MethodGet, "/v1.0/subscribedSkus", nil)
	if err != nil {
		return err
	}
	var page struct {
		Value []struct {
			SKU    string `json:"skuPartNumber"`
			Status string `json:"capabilityStatus"`
			Plans  []struct {
				Name   string `json:"servicePlanName"`
				Status string `json:"provisioningStatus"`
			} `json:"servicePlans"`
		}
	}
	if !a.ok() || json.Unmarshal(a.body, &page) != nil || page.Value == nil {
		what := "not known (" + a.reason() + ")"
		if a.status == http.StatusForbidden {
			what += ": reading it takes LicenseAssignment.Read.All or Organization.Read.All, which nothing else here needs"
		}
		l.say(OK, "licence", "subscribedSkus", "not-known", what)
		return nil
	}
	l.licence = "free"
	var skus []string
	for _, s := range page.Value {
		if s.Status != "Enabled" && s.Status != "Warning" { // Warning: in the grace period
			continue
		}
		for _, p := range s.Plans {
			switch {
			case p.Status != "Success":
				continue
			case p.Name == "AAD_PREMIUM_P2":
				l.licence = "p2"
			case p.Name == "AAD_PREMIUM" && l.licence == "free":
				l.licence = "p1"
			default:
				continue
			}
			if !slices.Contains(skus, s.SKU) {
				skus = append(skus, s.SKU)
			}
		}
	}
	names := map[string]string{"free": "Microsoft Entra ID Free", "p1": "Microsoft Entra ID P1", "p2": "Microsoft Entra ID P2"}
	what := "the tenant has " + names[l.licence]
	if len(skus) > 0 {
		what += " (" + list(skus) + ")"
	}
	switch {
	case l.licence == "free" && l.t.Licence != "free":
		l.say(Warn, "licence", l.licence, "differs", what+", the configuration says "+strings.ToUpper(l.t.Licence)+": the service keeps sign-ins and audits for 7 days, not 30",
			Step{"config", "tenants: licence: free"})
	case l.licence != "free" && l.t.Licence == "free":
		l.say(Warn, "licence", l.licence, "differs", what+", the configuration says free: 23 of the 30 days that the service keeps would not be read", Step{"config", "tenants: licence: " + l.licence})
	default:
		l.say(OK, "licence", l.licence, "licence", what+". Whether it has Microsoft Entra Workload ID Premium is not known from here")
	}
	return nil
}

package travel

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/engines/row"
)

var outColumns = []string{"StartTime:datetime", "EndTime:datetime", "UserPrincipalName", "UserId", "IPAddress", "OtherIPAddress", "Place", "OtherPlace", "Countries", "Severity", "Score:long",
	"Kilometres:real", "MinutesNeeded:real", "MinutesPassed:real", "App", "Explanation", "Evidence:dynamic"}

// Side is one sign-in of the evidence.
type Side struct {
	Time       time.Time `json:"time"`
	Unlike     bool      `json:"unlikeTheUser"`
	IP         string    `json:"ip"`
	ASN        int64     `json:"asn"`
	Class      string    `json:"class"`
	City       string    `json:"city"`
	Country    string    `json:"country"`
	RadiusKM   float64   `json:"radiusKm"`
	Device     string    `json:"deviceId"`
	DeviceName string    `json:"device"`
	Compliant  bool      `json:"compliant"`
	Software   string    `json:"software"`
	UserAgent  string    `json:"userAgent"`
	App        string    `json:"app"`
	MFA        string    `json:"mfa"`
	CA         string    `json:"conditionalAccess"`
	Session    string    `json:"sessionId"`
	Token      string    `json:"tokenId"`
}

func side(s, stranger SignIn) Side {
	return Side{s.Time, s.Time.Equal(stranger.Time) && s.IP == stranger.IP, s.IP, s.ASN, string(s.Class), s.City, s.Country, s.Place.Radius, s.Device, s.DeviceName, s.Compliant,
		s.Family(), s.Agent, s.App, s.MFA, s.CA, s.Session, s.Token}
}

type seen struct {
	Place string `json:"place"`
	Days  int    `json:"days"`
}

type did struct {
	Time time.Time `json:"time"`
	App  string    `json:"app"`
	IP   string    `json:"ip"`
}

// Explain says why in one line: "needs at least 7 h 10 min; 42 min passed".
func (p Pair) Explain() string {
	return fmt.Sprintf("needs at least %s; %s passed", length(p.Needed), length(p.Passed()))
}

func length(d time.Duration) string {
	m := int(d / time.Minute)
	switch {
	case d > 0 && m == 0:
		return fmt.Sprintf("%d s", int(d/time.Second))
	case m < 60:
		return fmt.Sprintf("%d min", m)
	case m%60 == 0:
		return fmt.Sprintf("%d h", m/60)
	}
	return fmt.Sprintf("%d h %d min", m/60, m%60)
}

// severity of a score: from 70 high, from 45 medium, below it informational.
func severity(score int) string {
	switch {
	case score >= 70:
		return "high"
	case score >= 45:
		return "medium"
	}
	return "informational"
}

func place(s SignIn) string {
	if s.City == "" {
		return s.Country
	}
	return s.City + ", " + s.Country
}

func add(t *detect.Table, f *Finding, h *History, list []SignIn) error {
	var places []seen
	if u := h.Users[f.B.User]; u != nil {
		for p, d := range u.Cities {
			places = append(places, seen{p, len(d.All)})
		}
		slices.SortFunc(places, func(a, b seen) int { return cmp.Or(b.Days-a.Days, cmp.Compare(a.Place, b.Place)) })
		places = places[:min(len(places), 20)]
	}
	var next []did
	for _, s := range list {
		if d := s.Time.Sub(f.Stranger.Time); s.User == f.B.User && d > 0 && d <= time.Hour && len(next) < 20 {
			next = append(next, did{s.Time, s.App, s.IP})
		}
	}
	ev := map[string]any{"signIns": []Side{side(f.A, f.Stranger), side(f.B, f.Stranger)}, "leastKm": math.Round(f.KM), "neededMinutes": math.Round(f.Needed.Minutes()), "passedMinutes": f.Passed().Minutes(),
		"suppressions": f.Suppressions, "score": f.Parts, "placesBefore": places, "othersOnNetwork": f.OthersThere, "signInsInNextHour": next, "learning": f.Learning}
	return row.Add(t, f.A.Time, f.B.Time, f.B.UPN, f.B.User, f.Stranger.IP, f.Other.IP, place(f.Stranger), place(f.Other), countries(f.Pair), severity(f.Score), f.Score,
		math.Round(f.KM), math.Round(f.Needed.Minutes()), f.Passed().Minutes(), f.Stranger.App, f.Explain(), ev)
}

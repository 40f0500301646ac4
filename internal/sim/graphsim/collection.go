package graphsim

import (
	"sort"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/sim"
)

// collection is what is documented of one.
type collection struct {
	field      string // that filters by time
	permission string
	bucket     string // of requests that share a limit
	premium    bool   // needs a licence
	size, most int    // of pages: by default, and with $top; 0: $top is not known
	denied     string // error code without the permission
}

const (
	reports    = "reports"
	protection = "protection"
)

var collections = map[string]collection{
	"auditLogs/signIns":                                 {"createdDateTime", "AuditLog.Read.All", reports, true, 1000, 1000, "Authentication_MSGraphPermissionMissing"},
	"auditLogs/directoryAudits":                         {"activityDateTime", "AuditLog.Read.All", reports, false, 1000, 1000, "Authentication_MSGraphPermissionMissing"},
	"auditLogs/provisioning":                            {"activityDateTime", "AuditLog.Read.All", reports, false, 1000, 1000, "Authentication_MSGraphPermissionMissing"},
	"identityProtection/riskDetections":                 {"detectedDateTime", "IdentityRiskEvent.Read.All", protection, true, 20, 500, "Forbidden"},
	"identityProtection/riskyUsers":                     {"riskLastUpdatedDateTime", "IdentityRiskyUser.Read.All", protection, true, 20, 500, "Forbidden"},
	"identityProtection/servicePrincipalRiskDetections": {"detectedDateTime", "IdentityRiskEvent.Read.All", protection, true, 20, 0, "Forbidden"},
	"identityProtection/riskyServicePrincipals":         {"riskLastUpdatedDateTime", "IdentityRiskyServicePrincipal.Read.All", protection, true, 20, 0, "Forbidden"},
	"security/alerts_v2":                                {"lastUpdateDateTime", "SecurityAlert.Read.All", "", false, 100, 1000, "Forbidden"},
}

func (c collection) deniedText() string {
	switch {
	case c.bucket == reports:
		return "Calling principal does not have required MSGraph permissions " + c.permission
	case c.bucket == protection:
		return "You cannot perform the requested operation, required scopes are missing in the token."
	}
	return "Missing application roles. API required roles: " + c.permission + ", application roles: ."
}

// Object is one object of a collection in one state.
type Object struct {
	Collection string
	Key        string    // id; of several states of a key the last visible one is shown
	SignIn     string    // kind of a sign-in
	Time       time.Time // of the state
	At         time.Time // the time that filters compare
	Visible    time.Time
	V1, Beta   []byte // JSON; nil: not in that version

	left    int // readings that it was left out of
	reading *reading
}

type list struct {
	collection
	path    string
	objects []*Object // by At
	byKey   map[string][]*Object
}

// Put adds objects.
func (s *Server) Put(objects ...Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range objects {
		s.put(&objects[i])
	}
}

func (s *Server) put(o *Object) {
	l := s.lists[strings.ToLower(o.Collection)]
	if l == nil {
		return
	}
	i := sort.Search(len(l.objects), func(i int) bool { return l.objects[i].At.After(o.At) })
	l.objects = append(l.objects, nil)
	copy(l.objects[i+1:], l.objects[i:])
	l.objects[i] = o
	l.byKey[o.Key] = append(l.byKey[o.Key], o)
}

// ObjectOf is a live event as Graph has it.
func ObjectOf(e sim.Event) Object {
	return Object{Collection: e.Collection, Key: e.Key, SignIn: e.SignIn, Time: e.Time, At: e.At, Visible: e.Visible, V1: e.Graph(), Beta: e.Beta()}
}

// feed takes in what has happened.
func (s *Server) feed(now time.Time) {
	if s.live == nil || !now.After(s.fed) {
		return
	}
	for _, e := range s.live.Events(s.fed, now) {
		if e.Collection != "" {
			o := ObjectOf(e)
			s.put(&o)
		}
	}
	s.fed = now
}

// shown reports whether a client sees this state of an object now.
func (l *list) shown(o *Object, now time.Time) bool {
	if o.Visible.After(now) {
		return false
	}
	for _, other := range l.byKey[o.Key] {
		if other != o && !other.Visible.After(now) && other.Time.After(o.Time) {
			return false
		}
	}
	return true
}

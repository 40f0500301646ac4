package armsim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Options say how the service behaves. The zero value takes every token and
// allows everything.
type Options struct {
	Token      func(token string) bool // nil: any that is not empty
	Denied     bool                    // reading settings is 403
	ReadOnly   bool                    // writing them is
	Attributes bool                    // custom security attributes may be read
	Categories []string                // of a tenant; nil: Categories
	PageSize   int                     // settings on a page of a list; 0: all
}

// Categories are those that a tenant's setting lists by default.
var Categories = []string{"AuditLogs", "SignInLogs", "NonInteractiveUserSignInLogs", "ServicePrincipalSignInLogs", "ManagedIdentitySignInLogs", "ProvisioningLogs",
	"ADFSSignInLogs", "RiskyUsers", "UserRiskEvents", "NetworkAccessTrafficLogs", "RiskyServicePrincipals", "ServicePrincipalRiskEvents", "EnrichedOffice365AuditLogs",
	"MicrosoftGraphActivityLogs", "RemoteNetworkHealthLogs"}

// Entry is one line of a setting's logs.
type Entry struct {
	Category  string    `json:"category,omitempty"`
	Group     string    `json:"categoryGroup,omitempty"`
	Enabled   bool      `json:"enabled"`
	Retention Retention `json:"retentionPolicy"`
}

// Retention is what the service still shows and no longer heeds.
type Retention struct {
	Enabled bool `json:"enabled"`
	Days    int  `json:"days"`
}

// Properties are those of a setting.
type Properties struct {
	Storage   string  `json:"storageAccountId,omitempty"`
	Workspace string  `json:"workspaceId,omitempty"`
	Rule      string  `json:"eventHubAuthorizationRuleId,omitempty"`
	Hub       string  `json:"eventHubName,omitempty"`
	Logs      []Entry `json:"logs"`
}

// Server is the endpoint. It may be used by several goroutines.
type Server struct {
	o        Options
	mu       sync.Mutex
	settings map[string]map[string]Properties // by place in lower case, then name
	faults   []int
	calls    map[string]int // by method
	bodies   []string       // of PUTs
}

// New makes a service without settings.
func New(o Options) *Server {
	if o.Categories == nil {
		o.Categories = Categories
	}
	return &Server{o: o, settings: map[string]map[string]Properties{}, calls: map[string]int{}}
}

// Places of settings.
const (
	Tenant     = "/providers/microsoft.aadiam"
	Attributes = "/providers/microsoft.AadCustomSecurityAttributesDiagnosticSettings"
)

// Put makes a setting at a place: Tenant, Attributes or a resource id. Unlike
// a request it checks nothing and adds nothing.
func (s *Server) Put(place, name string, p Properties) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(strings.ToLower(place), name, p)
}

func (s *Server) put(place, name string, p Properties) {
	if s.settings[place] == nil {
		s.settings[place] = map[string]Properties{}
	}
	s.settings[place][name] = p
}

// Setting is what a place has under a name.
func (s *Server) Setting(place, name string) (Properties, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.settings[strings.ToLower(place)][name]
	return p, ok
}

// Fail lets the next n requests fail with a status.
func (s *Server) Fail(status, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.faults = append(s.faults, status)
	}
}

// Requests is how many requests of a method came.
func (s *Server) Requests(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// Bodies are the bodies of PUTs, in order.
func (s *Server) Bodies() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bodies)
}

var route = regexp.MustCompile(`(?i)^(/providers/microsoft\.aadiam|/providers/microsoft\.aadcustomsecurityattributesdiagnosticsettings|(/subscriptions/[^/]+/resourcegroups/[^/]+/providers/[^/]+/[^/]+/[^/]+)/providers/microsoft\.insights)/diagnosticsettings(?:/([^/]+))?/?$`)

var versions = map[string]string{Tenant: "2017-04-01", strings.ToLower(Attributes): "2017-04-01-preview"}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[r.Method]++
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if bearer == "" || s.o.Token != nil && !s.o.Token(bearer) {
		w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="https://login.example", error="invalid_token"`)
		fail(w, http.StatusUnauthorized, "AuthenticationFailed", "Authentication failed.")
		return
	}
	if len(s.faults) > 0 {
		status := s.faults[0]
		s.faults = s.faults[1:]
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "1")
		}
		// A service may repeat what it was sent: clients must not show it.
		fail(w, status, "Fault", "A fault, with the token "+bearer)
		return
	}
	m := route.FindStringSubmatch(r.URL.Path)
	if m == nil {
		fail(w, http.StatusNotFound, "InvalidResourceType", "The resource type could not be found.")
		return
	}
	place, name := strings.ToLower(m[1]), m[3]
	version := versions[place]
	if m[2] != "" {
		place, version = strings.ToLower(m[2]), "2021-05-01-preview"
	}
	switch write := r.Method != http.MethodGet; {
	case r.URL.Query().Get("api-version") != version:
		fail(w, http.StatusBadRequest, "InvalidApiVersionParameter", "The api-version is invalid. The supported versions are '"+version+"'.")
	case s.o.Denied || write && s.o.ReadOnly || place == strings.ToLower(Attributes) && !s.o.Attributes:
		fail(w, http.StatusForbidden, "AuthorizationFailed", "The client does not have authorization to perform action over scope '"+place+"'.")
	case name == "" && r.Method == http.MethodGet:
		s.list(w, r, place, version)
	case name == "":
		fail(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "A setting's name is missing.")
	default:
		s.one(w, r, place, name)
	}
}

func (s *Server) list(w http.ResponseWriter, r *http.Request, place, version string) {
	var names []string
	for n := range s.settings[place] {
		names = append(names, n)
	}
	sort.Strings(names)
	from := 0
	_, _ = fmt.Sscan(r.URL.Query().Get("$skiptoken"), &from)
	from = min(max(from, 0), len(names))
	to := len(names)
	page := map[string]any{}
	if n := s.o.PageSize; n > 0 && from+n < to {
		to = from + n
		page["nextLink"] = fmt.Sprintf("http://%s%s?api-version=%s&$skiptoken=%d", r.Host, r.URL.Path, version, to)
	}
	value := []any{}
	for _, n := range names[from:to] {
		value = append(value, s.shape(place, n))
	}
	page["value"] = value
	answer(w, http.StatusOK, page)
}

// shape is a setting as the service writes it.
func (s *Server) shape(place, name string) map[string]any {
	m := map[string]any{"id": place + "/diagnosticSettings/" + name, "type": nil, "name": name, "location": nil, "kind": nil, "tags": nil, "identity": nil}
	if p := s.settings[place][name]; p.Hub == "" {
		// Destinations that are not there are null, not absent.
		m["properties"] = map[string]any{"storageAccountId": orNull(p.Storage), "workspaceId": orNull(p.Workspace), "eventHubAuthorizationRuleId": orNull(p.Rule),
			"eventHubName": nil, "serviceBusRuleId": nil, "metrics": []any{}, "logs": p.Logs, "logAnalyticsDestinationType": nil}
	} else {
		m["properties"] = p
	}
	return m
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (s *Server) one(w http.ResponseWriter, r *http.Request, place, name string) {
	_, there := s.settings[place][name]
	switch r.Method {
	case http.MethodGet:
		if !there {
			fail(w, http.StatusNotFound, "ResourceNotFound", "The diagnostic setting '"+name+"' does not exist.")
			return
		}
	case http.MethodDelete:
		status := http.StatusOK
		if !there {
			status = http.StatusNoContent
		}
		delete(s.settings[place], name)
		w.WriteHeader(status)
		return
	case http.MethodPut:
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		var body struct{ Properties *Properties }
		if err != nil || json.Unmarshal(text, &body) != nil || body.Properties == nil {
			fail(w, http.StatusBadRequest, "BadRequest", "The request body is invalid.")
			return
		}
		s.bodies = append(s.bodies, string(text))
		p := *body.Properties
		if p.Storage == "" && p.Workspace == "" && p.Rule == "" {
			fail(w, http.StatusBadRequest, "BadRequest", "At least one data sink needs to be specified.")
			return
		}
		if place == Tenant {
			for _, e := range p.Logs {
				if e.Group == "" && !slices.Contains(s.o.Categories, e.Category) {
					fail(w, http.StatusBadRequest, "BadRequest", "Category '"+e.Category+"' is not supported.")
					return
				}
			}
			for _, c := range s.o.Categories {
				if !slices.ContainsFunc(p.Logs, func(e Entry) bool { return e.Category == c }) {
					p.Logs = append(p.Logs, Entry{Category: c})
				}
			}
		}
		s.put(place, name, p)
	default:
		fail(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "The method is not allowed.")
		return
	}
	answer(w, http.StatusOK, s.shape(place, name))
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever asked may be gone
}

func fail(w http.ResponseWriter, status int, code, text string) {
	answer(w, status, map[string]any{"error": map[string]string{"code": code, "message": text}})
}

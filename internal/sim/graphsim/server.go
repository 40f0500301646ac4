package graphsim

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/sim"
)

// Options say how the service behaves. The zero value has no faults and no
// limits, grants everything and runs on the real clock.
type Options struct {
	Tenant, ClientID, Secret string // what the token endpoint accepts
	Now                      func() time.Time
	Sleep                    func(context.Context, time.Duration) error // for slow pages
	Seed                     uint64
	Faults                   Faults
	Granted                  []string      // application permissions; nil: all
	Free                     bool          // the tenant has no premium licence
	Limits                   bool          // the documented request limits hold
	TokenLife                time.Duration // of access tokens; 0: an hour
	PageSize                 int           // pages hold no more; 0: as documented
	Operators                string        // filter operators on times; "": "eq ge le gt lt"
}

// Faults are shares of requests, from 0 to 1, that a fault meets.
type Faults struct {
	Throttled  float64 // 429 with Retry-After, in seconds or as a date
	Unsaid     float64 // 429 without it
	Broken     float64 // 500, 502, 503 and 504
	Dropped    float64 // the connection ends before the answer
	Cut        float64 // the connection ends in the middle of the answer
	Garbled    float64 // 200 with a page of another service
	Slow       float64 // the answer takes SlowFor
	SlowFor    time.Duration
	Expired    float64 // the skiptoken is no longer known
	Denied     float64 // 401 although the token is good
	Repeated   float64 // the next page begins with records of this one
	Shuffled   float64 // the page is in no order
	Moved      float64 // the nextLink's path has other letter case
	LeftOut    float64 // of records: not in this reading
	Empty      float64 // an empty page with a nextLink
	TokenFails float64 // of token requests: 503
}

// Server is the endpoint: Graph and the login service on one host.
type Server struct {
	o     Options
	mu    sync.Mutex
	r     *rand.Rand
	live  *sim.Live
	fed   time.Time // events before it are in collections
	lists map[string]*list
	skips map[string]*reading
	byAge []string // keys of skips, oldest first
	token map[string]time.Time
	calls map[string]int // by path, for tests
	limit map[string][]time.Time
}

// New makes a service without records: see Follow and Put.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.TokenLife == 0 {
		o.TokenLife = time.Hour
	}
	s := &Server{o: o, r: rand.New(rand.NewPCG(o.Seed, 0x67726170687369)), lists: map[string]*list{}, skips: map[string]*reading{},
		token: map[string]time.Time{}, calls: map[string]int{}, limit: map[string][]time.Time{}}
	for path, c := range collections {
		s.lists[strings.ToLower(path)] = &list{collection: c, path: path, byKey: map[string][]*Object{}}
	}
	return s
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Follow serves a tenant from a time on, as its events happen.
func (s *Server) Follow(l *sim.Live, from time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live, s.fed = l, from
}

// Requests is how often a path such as "/v1.0/auditLogs/signIns" was asked
// for, in lower case.
func (s *Server) Requests(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[strings.ToLower(path)]
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.ToLower(strings.TrimSuffix(r.URL.Path, "/"))
	s.mu.Lock()
	s.calls[path]++
	s.mu.Unlock()
	if strings.HasSuffix(path, "/oauth2/v2.0/token") {
		s.serveToken(w, r)
		return
	}
	if strings.HasSuffix(path, "/.well-known/openid-configuration") {
		s.serveMetadata(w, r)
		return
	}
	version, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	l := s.lists[rest]
	if l == nil || version != "v1.0" && version != "beta" {
		fail(w, http.StatusNotFound, "ResourceNotFound", "Resource not found for the segment.")
		return
	}
	if r.Method != http.MethodGet {
		fail(w, http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
		return
	}
	if !s.admit(w, r, l) {
		return
	}
	s.serveList(w, r, l, version == "beta")
}

// admit checks what comes before the query: token, permission, licence,
// limits and chance.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, l *list) bool {
	s.mu.Lock()
	bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	until, known := s.token[bearer]
	now := s.o.Now()
	good := ok && known && now.Before(until) && !s.chance(s.o.Faults.Denied)
	throttled, granted := s.over(l, now), s.granted(l.permission)
	s.mu.Unlock()
	switch {
	case !good:
		fail(w, http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
	case !granted:
		fail(w, http.StatusForbidden, l.denied, l.deniedText())
	case s.o.Free && l.premium:
		fail(w, http.StatusForbidden, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license")
	case throttled:
		s.throttle(w, l.bucket == reports)
	default:
		return s.fate(w, r)
	}
	return false
}

func (s *Server) granted(permission string) bool {
	if s.o.Granted == nil {
		return true
	}
	for _, g := range s.o.Granted {
		if g == permission {
			return true
		}
	}
	return false
}

// over counts a request against the documented limit; throttled requests
// count too.
func (s *Server) over(l *list, now time.Time) bool {
	if !s.o.Limits || l.bucket == "" {
		return false
	}
	n, per := 5, 10*time.Second
	if l.bucket == protection {
		n, per = 1, time.Second
	}
	recent := s.limit[l.bucket]
	for len(recent) > 0 && now.Sub(recent[0]) >= per {
		recent = recent[1:]
	}
	s.limit[l.bucket] = append(recent, now)
	return len(recent) >= n
}

func (s *Server) chance(share float64) bool { return share > 0 && s.r.Float64() < share }

// fail answers as Graph does when it does not give what was asked for.
func fail(w http.ResponseWriter, status int, code, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	body, _ := json.Marshal(map[string]any{"error": map[string]any{"code": code, "message": text,
		"innerError": map[string]string{"request-id": "00000000-0000-0000-0000-000000000000"}}})
	fmt.Fprintf(w, "%s\n", body)
}

// badQuery is what Graph says of a query that it does not understand.
type badQuery string

func (b badQuery) Error() string { return string(b) }

func refuse(format string, args ...any) error { return badQuery(fmt.Sprintf(format, args...)) }

// Grant changes the application's permissions, as an administrator would.
func (s *Server) Grant(permissions ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.Granted = permissions
}

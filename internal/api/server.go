package api

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wholelog/wholelog/internal/auth"
	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/detect/backtest"
	"github.com/wholelog/wholelog/internal/doctor"
	"github.com/wholelog/wholelog/internal/incident"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/ops"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/source/own"
	"github.com/wholelog/wholelog/kql"
)

// Options are what a Server serves.
type Options struct {
	Engine  *query.Engine
	Limits  query.Limits // that tokens' queries may not go over, the owner's may; 0: the engine's defaults, which are the most
	Tokens  *auth.Tokens
	Metrics prometheus.Gatherer
	Status  func(ctx context.Context, from time.Time) (*ops.Status, error)
	// Ready says what keeps the server from being ready; nil: nothing.
	Ready func() error
	// Reload reads the configuration again.
	Reload func(ctx context.Context) error
	Host   string   // that it listens on, without the port
	Hosts  []string // other names under which it may be asked
	Slots  int      // queries at a time; 0: 4
	Log    *slog.Logger
	Now    func() time.Time // nil: the real clock

	// What follows is for people; without it programs are served alone.
	Page     fs.FS // the page's files; nil: none
	Sessions *auth.Sessions
	People   *auth.People
	OIDC     *auth.OIDC    // nil: nobody signs in at an issuer
	Secure   bool          // cookies go over TLS only
	URL      func() string // where people reach the server, without a slash at its end
	Version  string
	Data     string                // the data folder; exports lie there
	Folder   *ingest.Ingest        // what the server holds; nil: no records, proofs and live rows
	Config   func() *config.Config // in force
	// Audit keeps rows; nil: what people do is not kept.
	Audit      func(ctx context.Context, rows ...own.Row) error
	Doctor     func(ctx context.Context) (*doctor.Report, error)
	Library    string // folder of saved queries
	Functions  string // folder of stored functions
	Dashboards string // folder of dashboards
}

// Server is the handler of all routes.
type Server struct {
	opt      Options
	mux      *http.ServeMux
	routes   []route
	files    *page
	slots    chan struct{}
	failures failures
	rates    rates
	audit    auditor
	views    views
	panels   panels
	saw      live
	checks   verification
	looks    looked
	intakes  atomic.Pointer[Intakes]
	book     atomic.Pointer[incident.Book]
	detect   atomic.Pointer[Detection]
	tests    atomic.Pointer[func(context.Context, AskBacktest, func(done, all, alerts int)) (*backtest.Report, error)]
}

// Intakes take records. Each checks itself who sends them, by Server.For.
type Intakes struct {
	Push http.Handler            // POST /v1/ingest/{table}; nil: off
	Kube map[string]http.Handler // POST /v1/kube/{cluster}, by cluster
}

// New makes the routes.
func New(o Options) (*Server, error) {
	if o.Slots == 0 {
		o.Slots = 4
	}
	o.Limits = bounded(o.Limits, query.Limits{Rows: 500_000, Bytes: 64 << 20, Timeout: 4 * time.Minute})
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.URL == nil {
		o.URL = func() string { return "" }
	}
	s := &Server{opt: o, mux: http.NewServeMux(), slots: make(chan struct{}, o.Slots)}
	s.audit = auditor{write: o.Audit, in: make(chan waiting, auditRoom), fail: func(err error) { o.Log.Error("what people did could not be recorded", "error", err) }}
	var err error
	if s.files, err = newPage(o.Page); err != nil {
		return nil, err
	}
	s.intakes.Store(&Intakes{})
	s.routes = s.table()
	for _, r := range s.routes {
		s.mux.HandleFunc(strings.TrimSpace(r.method+" "+r.path), s.handler(r))
	}
	return s, nil
}

// Take sets who takes records.
func (s *Server) Take(i Intakes) { s.intakes.Store(&i) }

// Show sets whose incidents are shown; nil: none, as no rules run.
func (s *Server) Show(b *incident.Book) { s.book.Store(b) }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	if r.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if !s.knownHost(r) {
		problem(w, http.StatusMisdirectedRequest, "the server is not known by this name", "add the name to server.hosts in the configuration")
		return
	}
	s.mux.ServeHTTP(w, r)
}

// take gives a request to an intake. Without one the answer to somebody who
// may not ask is the same as with one.
func (s *Server) take(w http.ResponseWriter, r *http.Request, to http.Handler) {
	if to != nil {
		to.ServeHTTP(w, r)
		return
	}
	s.need(auth.Ingest, func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusNotFound, "nothing is taken here", "switch push on in the configuration, or name the cluster under kubernetes with webhook: true")
	})(w, r)
}

func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	if s.opt.Ready != nil && s.opt.Ready() != nil {
		plain(w, http.StatusServiceUnavailable, "not ready")
		return
	}
	plain(w, http.StatusOK, "ready")
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	var from time.Time
	if v := r.URL.Query().Get("from"); v != "" {
		t, err := time.Parse(time.RFC3339, v)
		if err != nil {
			problem(w, http.StatusBadRequest, "from is no RFC 3339 time", "write it like 2026-07-01T00:00:00Z")
			return
		}
		from = t
	}
	st, err := s.opt.Status(r.Context(), from)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(st) // whoever asked has gone
}

func (s *Server) reload(w http.ResponseWriter, r *http.Request) {
	if err := s.opt.Reload(r.Context()); err != nil {
		problem(w, http.StatusConflict, "the configuration was not taken over: "+err.Error(), "the server goes on as before; mend the file and try again")
		return
	}
	plain(w, http.StatusOK, "reloaded")
}

func (s *Server) broken(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return
	}
	s.opt.Log.Error("request failed", "path", r.URL.Path, "error", err)
	problem(w, http.StatusInternalServerError, err.Error(), "")
}

// Problem is an error as RFC 9457 describes it. Its type is about:blank: what
// happened is told by the status, and by diagnostics, which have codes.
type Problem struct {
	Title       string           `json:"title"`
	Status      int              `json:"status"`
	Detail      string           `json:"detail,omitempty"` // what to do about it
	Diagnostics []kql.Diagnostic `json:"diagnostics,omitempty"`
}

func problem(w http.ResponseWriter, status int, title, detail string) {
	writeProblem(w, Problem{Title: title, Status: status, Detail: detail})
}

func writeProblem(w http.ResponseWriter, p Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

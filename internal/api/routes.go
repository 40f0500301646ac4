package api

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/wholelog/wholelog/internal/auth"
	"github.com/wholelog/wholelog/internal/dashboard"
	"github.com/wholelog/wholelog/internal/detect/backtest"
	"github.com/wholelog/wholelog/internal/incident"
	"github.com/wholelog/wholelog/internal/ops"
)

// route is one thing that can be asked. The table of them is what the mux, the
// description (openapi.go) and the test of who may ask what are made of.
type route struct {
	method, path string
	scope        auth.Scope // "": anybody may ask
	do           http.HandlerFunc
	about        string
	in, out      any    // zero values of what is sent and answered; nil: nothing, or no JSON
	params       string // of the query, by blanks
	action       string // it changes something: what it is recorded as, before it is answered
	tag          bool   // the answer has an ETag
	hidden       bool   // not described
	many         bool   // the answer is a list: out is one of its items
	kind         string // of an answer that is no JSON
}

// handler puts around a route what all routes have.
func (s *Server) handler(r route) http.HandlerFunc {
	h := r.do
	if r.tag {
		h = tagged(h)
	}
	if r.action != "" {
		h = s.recorded(r.action, h)
	}
	if r.scope != "" {
		h = s.need(r.scope, h)
	}
	return h
}

func (s *Server) table() []route {
	const get, post, put, del = "GET", "POST", "PUT", "DELETE"
	t := []route{
		{method: get, path: "/healthz", do: func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") }, about: "The process lives", kind: "text/plain"},
		{method: get, path: "/readyz", do: s.ready, about: "It collects and answers", kind: "text/plain"},
		{method: get, path: "/metrics", scope: auth.Metrics, do: promhttp.HandlerFor(s.opt.Metrics, promhttp.HandlerOpts{}).ServeHTTP, about: "Metrics for Prometheus", kind: "text/plain"},

		{method: get, path: "/v1/session", do: s.session, about: "Who is signed in", out: SessionAnswer{}},
		{method: post, path: "/v1/session/link", do: s.signInByLink, about: "Sign in with a one-time link's token", in: Secret{}},
		{method: post, path: "/v1/session/token", do: s.signInByToken, about: "Sign in with an API token", in: Secret{}},
		{method: del, path: "/v1/session", scope: auth.Query, do: s.signOut, about: "Sign out", action: "signin.end"},
		{method: post, path: "/v1/signin", scope: auth.Admin, do: s.signInLink, about: "Make a one-time link (socket only)", out: Link{}, params: "role", action: "signin.link"},
		{method: get, path: "/v1/oidc/start", do: s.oidcStart, about: "Go to the issuer", params: "to", kind: "text/html"},
		{method: get, path: "/v1/oidc/callback", do: s.oidcCallback, about: "Come back from the issuer", params: "code state", kind: "text/html"},

		{method: post, path: "/v1/query", scope: auth.Query, do: s.query, about: "Run a query; with Accept: application/x-ndjson as a stream", in: Ask{}, out: Result{}},
		{method: post, path: "/v1/query/check", scope: auth.Query, do: s.check, about: "Say whether a query is understood", in: Ask{}, out: Checked{}},
		{method: post, path: "/v1/query/explain", scope: auth.Query, do: s.explain, about: "Show plan and SQL", in: Ask{}, out: Explained{}},
		{method: post, path: "/v1/query/format", scope: auth.Query, do: s.format, about: "Lay a query out", in: Ask{}, out: Formatted{}},
		{method: get, path: "/v1/schema", scope: auth.Query, do: s.schema, about: "Tables, functions and operators", out: Schema{}, tag: true},
		{method: get, path: "/v1/saved", scope: auth.Query, do: s.saved, about: "Saved queries", out: Saved{}, many: true, tag: true, params: "limit cursor"},
		{method: put, path: "/v1/saved/{name}", scope: auth.Rules, do: s.save, about: "Save a query for all", in: Save{}, out: Saved{}, action: "saved.put"},
		{method: del, path: "/v1/saved/{name}", scope: auth.Rules, do: s.unsave, about: "Remove a saved query", action: "saved.delete"},
		{method: get, path: "/v1/history", scope: auth.Query, do: s.history, about: "Own queries, the newest first", out: Past{}, many: true, params: "limit cursor"},
		{method: post, path: "/v1/export", scope: auth.Export, do: s.export, about: "Make a file of a result, with a manifest", in: AskExport{}, out: Exported{}, action: "export.make"},
		{method: get, path: "/v1/exports/{id}/{file}", scope: auth.Export, do: s.download, about: "Download a file of an export", kind: "application/octet-stream"},

		{method: get, path: "/v1/records/{table}/{id}", scope: auth.Query, do: s.record, about: "A record as it was received, with its proof", out: Record{}},
		{method: get, path: "/v1/records", scope: auth.Query, do: s.record, about: "A record by its position in the ledger", out: Record{}, params: "position"},
		{method: get, path: "/v1/live", scope: auth.Query, do: s.live, about: "What arrives, as server-sent events", params: "tenant", kind: "text/event-stream"},

		{method: get, path: "/v1/status", scope: auth.Query, do: s.status, about: "Sources, tables, completeness and sizes", out: ops.Status{}, params: "from"},
		{method: get, path: "/v1/sources", scope: auth.Query, do: s.sources, about: "State of each source", out: SourceAnswer{}, many: true, tag: true},
		{method: get, path: "/v1/completeness", scope: auth.Query, do: s.completeness, about: "Verdicts by tenant, table and hour", out: Completeness{}, params: "from to tenant", tag: true},
		{method: get, path: "/v1/doctor", scope: auth.Query, do: s.doctor, about: "What the doctor found last", out: DoctorAnswer{}},
		{method: post, path: "/v1/doctor", scope: auth.Admin, do: s.runDoctor, about: "Let the doctor look", out: DoctorAnswer{}, action: "doctor.run"},
		{method: get, path: "/v1/integrity", scope: auth.Query, do: s.integrity, about: "Checkpoint, segments and the last verification", out: Integrity{}},
		{method: post, path: "/v1/integrity/verify", scope: auth.Query, do: s.verify, about: "Verify the ledger; GET /v1/integrity tells how far it is", out: Verification{}, action: "integrity.verify"},
		{method: get, path: "/v1/config", scope: auth.Admin, do: s.config, about: "The configuration in force, without secrets", out: ConfigAnswer{}, tag: true},
		{method: get, path: "/v1/routes", scope: auth.Query, do: s.receivers, about: "Who is told of incidents", out: Receiver{}, many: true},
		{method: post, path: "/v1/routes/{receiver}/test", scope: auth.Admin, do: s.testReceiver, about: "Send a test", out: TestAnswer{}, action: "route.test"},
		{method: get, path: "/v1/queue", scope: auth.Query, do: s.queue, about: "Deliveries that wait or were given up", params: "dead", out: QueueItem{}, many: true},
		{method: post, path: "/v1/queue/{id}/replay", scope: auth.Triage, do: s.replay, about: "Try a dead letter again", action: "queue.replay"},
		{method: del, path: "/v1/queue/{id}", scope: auth.Triage, do: s.drop, about: "Drop a dead letter", action: "queue.drop"},
		{method: get, path: "/v1/tokens", scope: auth.Admin, do: s.tokens, about: "API tokens, without what they are", out: TokenAnswer{}, many: true},
		{method: post, path: "/v1/tokens", scope: auth.Admin, do: s.addToken, about: "Make a token; it is shown once", in: NewToken{}, out: MadeToken{}, action: "token.add"},
		{method: del, path: "/v1/tokens/{id}", scope: auth.Admin, do: s.revokeToken, about: "End a token", action: "token.revoke"},
		{method: get, path: "/v1/people", scope: auth.Admin, do: s.people, about: "Who has which role", out: PersonAnswer{}, many: true},
		{method: post, path: "/v1/people", scope: auth.Admin, do: s.addPerson, about: "Give a role", in: NewPerson{}, out: PersonAnswer{}, action: "people.add"},
		{method: del, path: "/v1/people/{id}", scope: auth.Admin, do: s.removePerson, about: "Take a role", action: "people.remove"},
		{method: post, path: "/v1/reload", scope: auth.Admin, do: s.reload, about: "Read the configuration again", action: "config.reload", kind: "text/plain"},

		{method: get, path: "/v1/incidents", scope: auth.Query, do: s.incidents, about: "Incidents, the newest first; status=all closed ones too", out: incident.Incident{}, many: true, params: "status limit cursor", tag: true},
		{method: get, path: "/v1/incidents/{incident}", scope: auth.Query, do: s.incident, about: "One incident", out: incident.Incident{}, tag: true},
		{method: post, path: "/v1/incidents/{incident}", scope: auth.Triage, do: s.changeIncident, about: "Change an incident", in: Change{}, out: incident.Incident{}, action: "incident.change"},
		{method: get, path: "/v1/exceptions", scope: auth.Query, do: s.exceptions, about: "Exceptions that hold", out: incident.Exception{}, many: true},
		{method: post, path: "/v1/exceptions", scope: auth.Triage, do: s.addException, about: "Make an exception", in: Except{}, out: incident.Exception{}, action: "exception.add"},
		{method: del, path: "/v1/exceptions/{exception}", scope: auth.Triage, do: s.revokeException, about: "End an exception", out: incident.Exception{}, params: "by", action: "exception.revoke"},
		{method: get, path: "/v1/risks", scope: auth.Query, do: s.risks, about: "People by what their incidents weigh", out: incident.Risk{}, many: true, params: "since"},
		{method: get, path: "/v1/rules", scope: auth.Query, do: s.rules, about: "Rules with their health", out: RuleAnswer{}, many: true, tag: true},
		{method: get, path: "/v1/rules/{id}", scope: auth.Query, do: s.rule, about: "One rule", out: RuleDetail{}},
		{method: put, path: "/v1/rules/{id}", scope: auth.Rules, do: s.putRule, about: "Keep a rule, or a change of one, in the folder of own rules", in: RuleText{}, out: RuleChecked{}, action: "rule.put"},
		{method: post, path: "/v1/rules/check", scope: auth.Query, do: s.checkRule, about: "Say what is wrong with a rule", in: RuleText{}, out: RuleChecked{}},
		{method: post, path: "/v1/backtest", scope: auth.Query, do: s.backtest, about: "Run a rule over the past, as a stream", in: AskBacktest{}, out: backtest.Report{}},

		{method: get, path: "/v1/dashboards", scope: auth.Query, do: s.dashboards, about: "Dashboards", out: BoardItem{}, many: true, tag: true},
		{method: get, path: "/v1/dashboards/{id}", scope: auth.Query, do: s.board, about: "One dashboard", out: dashboard.Board{}, tag: true},
		{method: get, path: "/v1/dashboards/{id}/panels/{panel}", scope: auth.Query, do: s.panel, about: "A panel's rows", out: Result{}, params: "from to tenant", tag: true},
		{method: get, path: "/v1/openapi.json", scope: auth.Query, do: s.openAPI, about: "This description", tag: true},

		{path: "/v1/ingest/{table}", hidden: true, do: func(w http.ResponseWriter, r *http.Request) { s.take(w, r, s.intakes.Load().Push) }},
		{path: "/v1/kube/{cluster}", hidden: true, do: func(w http.ResponseWriter, r *http.Request) {
			s.take(w, r, s.intakes.Load().Kube[r.PathValue("cluster")])
		}},
		{path: "/v1/", hidden: true, scope: auth.Query, do: func(w http.ResponseWriter, _ *http.Request) {
			problem(w, http.StatusNotFound, "there is nothing here", "GET /v1/openapi.json lists the routes")
		}},
	}
	if s.opt.Page != nil {
		return append(t, route{path: "/", hidden: true, do: s.page})
	}
	return append(t, route{path: "/", hidden: true, scope: auth.Query, do: func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusNotFound, "there is nothing here", "GET /v1/openapi.json lists the routes")
	}})
}

// patient lets a handler take longer than a request's body may: when the time
// for reading is over, the server takes it that whoever asked has gone.
func patient(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(noTime) // a test's recorder has none
}

func detached(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

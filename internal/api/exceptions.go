package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/wholelog/wholelog/internal/incident"
)

// Except is the body of POST /v1/exceptions. Days is how long it holds.
type Except struct {
	By       string            `json:"by,omitempty"` // only the owner may name somebody
	Rule     string            `json:"rule"`
	Columns  map[string]string `json:"columns"`
	Days     float64           `json:"days"`
	Reason   string            `json:"reason"`
	Incident int               `json:"incident,omitempty"`
}

func (s *Server) exceptions(w http.ResponseWriter, _ *http.Request) {
	if !s.incidentsOff(w) {
		s.json(w, append([]incident.Exception{}, s.book.Load().Exceptions()...))
	}
}

func (s *Server) addException(w http.ResponseWriter, r *http.Request) {
	who := whoOf(r).Name
	if s.incidentsOff(w) {
		return
	}
	var e Except
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxChange))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		problem(w, http.StatusBadRequest, "the body is no exception: "+err.Error(), `write it like {"rule":"WL-CRED-001","columns":{"IPAddress":"203.0.113.9"},"days":30,"reason":"our scanner"}`)
		return
	}
	if overSocket(r) && e.By != "" {
		who = e.By
	}
	life := time.Duration(0)
	if e.Days > 0 && e.Days < 10_000 {
		life = time.Duration(e.Days * 24 * float64(time.Hour))
	}
	x, err := s.book.Load().Except(r.Context(), incident.Exception{Rule: e.Rule, Columns: e.Columns, Reason: e.Reason, Incident: e.Incident, By: who}, life)
	s.excepted(w, r, x, err)
}

func (s *Server) revokeException(w http.ResponseWriter, r *http.Request) {
	who := whoOf(r).Name
	if s.incidentsOff(w) {
		return
	}
	if by := r.URL.Query().Get("by"); overSocket(r) && by != "" {
		who = by
	}
	x, err := s.book.Load().Revoke(r.Context(), r.PathValue("exception"), who)
	s.excepted(w, r, x, err)
}

func (s *Server) excepted(w http.ResponseWriter, r *http.Request, x incident.Exception, err error) {
	switch {
	case errors.Is(err, incident.ErrUnknown):
		problem(w, http.StatusNotFound, err.Error(), "")
	case errors.Is(err, incident.ErrRefused):
		problem(w, http.StatusBadRequest, err.Error(), "")
	case err != nil:
		s.broken(w, r, err)
	default:
		e := note(r)
		e.Target, e.Details = x.ID, map[string]any{"rule": x.Rule, "columns": x.Columns, "reason": x.Reason, "expires": x.Expires}
		s.json(w, x)
	}
}

// Exceptions lists those that hold.
func (c *Client) Exceptions(ctx context.Context) (out []incident.Exception, err error) {
	return out, c.into(ctx, http.MethodGet, "/v1/exceptions", nil, &out)
}

// Except makes one.
func (c *Client) Except(ctx context.Context, e Except) (out incident.Exception, err error) {
	return out, c.into(ctx, http.MethodPost, "/v1/exceptions", e, &out)
}

// Revoke ends one.
func (c *Client) Revoke(ctx context.Context, id, by string) (out incident.Exception, err error) {
	return out, c.into(ctx, http.MethodDelete, "/v1/exceptions/"+url.PathEscape(id)+"?by="+url.QueryEscape(by), nil, &out)
}

package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/incident"
)

// Change is the body of POST /v1/incidents/{incident}: what to do to it. Who
// does it is whose token it is; the owner may name somebody in By.
type Change struct {
	By             string  `json:"by,omitempty"`
	Status         string  `json:"status,omitempty"` // New, Active or Closed
	Classification string  `json:"classification,omitempty"`
	Reason         string  `json:"reason,omitempty"`
	Owner          *string `json:"owner,omitempty"`
	Comment        string  `json:"comment,omitempty"`
	Label          string  `json:"label,omitempty"` // -NAME takes it away
}

const maxChange = 64 << 10

// incidentsOff answers where no rules run.
func (s *Server) incidentsOff(w http.ResponseWriter) bool {
	if s.book.Load() == nil {
		problem(w, http.StatusNotFound, "there are no incidents here", "rules.disabled is set in the configuration")
	}
	return s.book.Load() == nil
}

// incidents lists incidents, the newest first: those that are open, or with
// ?status=all every one.
func (s *Server) incidents(w http.ResponseWriter, r *http.Request) {
	if s.incidentsOff(w) {
		return
	}
	out := []incident.Incident{}
	for _, i := range s.book.Load().List() {
		if i.Status != incident.Closed || r.URL.Query().Get("status") == "all" {
			out = append(out, i)
		}
	}
	listed(s, w, r, out)
}

func (s *Server) incident(w http.ResponseWriter, r *http.Request) {
	if s.incidentsOff(w) {
		return
	}
	i, err := s.book.Load().Find(r.PathValue("incident"))
	if err != nil {
		problem(w, http.StatusNotFound, err.Error(), "")
		return
	}
	s.json(w, i)
}

func (s *Server) changeIncident(w http.ResponseWriter, r *http.Request) {
	who := whoOf(r).Name
	if s.incidentsOff(w) {
		return
	}
	var c Change
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxChange))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		problem(w, http.StatusBadRequest, "the body is no change of an incident: "+err.Error(), `write it like {"status":"Active","owner":"ada@example.org"}`)
		return
	}
	if overSocket(r) && c.By != "" {
		who = c.By
	}
	e := note(r)
	e.Target = r.PathValue("incident")
	if b, err := json.Marshal(c); err == nil {
		e.Details = map[string]any{"change": json.RawMessage(b)}
	}
	i, err := s.book.Load().Do(r.Context(), r.PathValue("incident"), incident.Act{By: who, Status: incident.Status(c.Status), Classification: c.Classification,
		Reason: c.Reason, Owner: c.Owner, Comment: c.Comment, Label: c.Label})
	switch {
	case errors.Is(err, incident.ErrUnknown):
		problem(w, http.StatusNotFound, err.Error(), "")
	case errors.Is(err, incident.ErrRefused):
		problem(w, http.StatusBadRequest, err.Error(), "")
	case err != nil:
		s.broken(w, r, err)
	default:
		s.json(w, i)
	}
}

// risks rolls incidents up by person; ?days=N, 30 where it is not said.
func (s *Server) risks(w http.ResponseWriter, r *http.Request) {
	if s.incidentsOff(w) {
		return
	}
	since := 30 * 24 * time.Hour
	if d, err := config.ParseDuration(r.URL.Query().Get("since")); err == nil && d > 0 {
		since = d
	}
	s.json(w, s.book.Load().Risks(s.opt.Now().Add(-since)))
}

// Incidents lists incidents.
func (c *Client) Incidents(ctx context.Context, all bool) (out []incident.Incident, err error) {
	path := "/v1/incidents?limit=5000"
	if all {
		path += "&status=all"
	}
	for next := ""; ; {
		var part List[incident.Incident]
		if err := c.into(ctx, http.MethodGet, path+"&cursor="+next, nil, &part); err != nil {
			return nil, err
		}
		if out, next = append(out, part.Items...), part.Next; next == "" {
			return out, nil
		}
	}
}

// Incident gives one by its number or id.
func (c *Client) Incident(ctx context.Context, name string) (out incident.Incident, err error) {
	return out, c.into(ctx, http.MethodGet, "/v1/incidents/"+url.PathEscape(name), nil, &out)
}

// ChangeIncident does something to one.
func (c *Client) ChangeIncident(ctx context.Context, name string, ch Change) (out incident.Incident, err error) {
	return out, c.into(ctx, http.MethodPost, "/v1/incidents/"+url.PathEscape(name), ch, &out)
}

// Risks rolls incidents up by person.
func (c *Client) Risks(ctx context.Context, since time.Duration) (out []incident.Risk, err error) {
	return out, c.into(ctx, http.MethodGet, "/v1/risks?since="+since.String(), nil, &out)
}

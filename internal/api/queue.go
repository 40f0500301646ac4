package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/wholelog/wholelog/internal/alert"
	"github.com/wholelog/wholelog/internal/alert/outbox"
)

// QueueItem is a delivery that waits or was given up.
type QueueItem struct {
	ID       string    `json:"id"`
	State    string    `json:"state"`
	Receiver string    `json:"receiver"`
	Incident string    `json:"incident"`
	Attempts int       `json:"attempts"`
	Since    time.Time `json:"since"`
	Reason   string    `json:"reason"`
}

func (s *Server) delivery(w http.ResponseWriter) *alert.Delivery {
	d := s.detect.Load()
	if d == nil || d.Delivery == nil {
		problem(w, http.StatusNotFound, "nobody is told of incidents here", "alerting names no file in the configuration")
		return nil
	}
	return d.Delivery
}

func (s *Server) queue(w http.ResponseWriter, r *http.Request) {
	d := s.delivery(w)
	if d == nil {
		return
	}
	list, err := d.Pending()
	if r.URL.Query().Get("dead") != "" {
		list, err = d.Dead()
	}
	if err != nil {
		s.broken(w, r, err)
		return
	}
	var out []QueueItem
	for _, e := range list {
		out = append(out, QueueItemOf(e))
	}
	listed(s, w, r, out)
}

// QueueItemOf shows a delivery without what it tells.
func QueueItemOf(e *outbox.Entry) QueueItem {
	return QueueItem{e.ID, string(e.State), e.Target.String(), e.Notification.Name(), e.Attempts, e.Enqueued.UTC(), e.Reason}
}

func (s *Server) answerQueue(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, outbox.ErrNone):
		problem(w, http.StatusNotFound, err.Error(), "")
	case err != nil:
		problem(w, http.StatusConflict, err.Error(), "")
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Server) replay(w http.ResponseWriter, r *http.Request) {
	note(r).Target = r.PathValue("id")
	if d := s.delivery(w); d != nil {
		s.answerQueue(w, r, d.Replay(r.PathValue("id")))
	}
}

func (s *Server) drop(w http.ResponseWriter, r *http.Request) {
	note(r).Target = r.PathValue("id")
	if d := s.delivery(w); d != nil {
		who := whoOf(r).Name
		if by := r.URL.Query().Get("by"); overSocket(r) && by != "" {
			who = by
		}
		s.answerQueue(w, r, d.Drop(r.PathValue("id"), who))
	}
}

// Queue lists deliveries that wait, or dead letters alone.
func (c *Client) Queue(ctx context.Context, dead bool) ([]QueueItem, error) {
	path := "/v1/queue?limit=5000"
	if dead {
		path += "&dead=1"
	}
	var out List[QueueItem]
	err := c.into(ctx, http.MethodGet, path, nil, &out)
	return out.Items, err
}

// Replay lets a dead letter be tried again.
func (c *Client) Replay(ctx context.Context, id string) error {
	return c.done(ctx, http.MethodPost, "/v1/queue/"+url.PathEscape(id)+"/replay")
}

// Drop removes a dead letter.
func (c *Client) Drop(ctx context.Context, id, by string) error {
	return c.done(ctx, http.MethodDelete, "/v1/queue/"+url.PathEscape(id)+"?by="+url.QueryEscape(by))
}

// SignIn makes a one-time link.
func (c *Client) SignIn(ctx context.Context, role string) (out Link, err error) {
	return out, c.into(ctx, http.MethodPost, "/v1/signin?role="+url.QueryEscape(role), nil, &out)
}

// Rules lists the rules with their health.
func (c *Client) Rules(ctx context.Context) ([]RuleAnswer, error) {
	var out List[RuleAnswer]
	err := c.into(ctx, http.MethodGet, "/v1/rules?limit=5000", nil, &out)
	return out.Items, err
}

func (c *Client) done(ctx context.Context, method, path string) error {
	res, err := c.do(ctx, method, path, nil)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/wholelog/wholelog/internal/ops"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/kql"
)

// SocketPath is the socket of a data folder.
func SocketPath(data string) string { return filepath.Join(data, "sock") }

// Client talks to the server that holds a data folder, over its socket.
type Client struct{ http *http.Client }

// Dial finds the server of a data folder. An error says that none answers.
func Dial(ctx context.Context, data string) (*Client, error) {
	path := SocketPath(data)
	d := net.Dialer{Timeout: 2 * time.Second}
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("no server answers on %s: %w", path, err)
	}
	_ = conn.Close()
	return &Client{&http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return d.DialContext(ctx, "unix", path)
	}}}}, nil
}

func (c *Client) do(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://wholelog"+path, in)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("running server: %w", err)
	}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	defer res.Body.Close()
	var p struct {
		Problem
		Diagnostics []kql.Diagnostic `json:"diagnostics"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAsk)).Decode(&p); err != nil || p.Title == "" {
		return nil, fmt.Errorf("running server: %s", res.Status)
	}
	if len(p.Diagnostics) > 0 {
		a, _ := body.(Ask)
		return nil, &query.Error{Text: a.Query, Diagnostics: p.Diagnostics}
	}
	return nil, errors.New(p.Title)
}

// Query writes a result in a format, or an explanation, to w and returns what
// there is to say besides.
func (c *Client) Query(ctx context.Context, a Ask, w io.Writer) (notices []string, diags []kql.Diagnostic, err error) {
	res, err := c.do(ctx, http.MethodPost, "/v1/query", a)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	if _, err := io.Copy(w, res.Body); err != nil {
		return nil, nil, fmt.Errorf("running server: %w", err)
	}
	var e ended
	if err := json.Unmarshal([]byte(res.Trailer.Get(endTrailer)), &e); err != nil {
		return nil, nil, errors.New("running server: the answer ended early")
	}
	if e.Error != "" {
		return nil, nil, errors.New(e.Error)
	}
	return e.Notices, e.Diagnostics, nil
}

func (c *Client) into(ctx context.Context, method, path string, body, v any) error {
	res, err := c.do(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(v); err != nil {
		return fmt.Errorf("running server: %w", err)
	}
	return nil
}

// Answer runs a query to its end.
func (c *Client) Answer(ctx context.Context, a Ask) (out Answer, err error) {
	a.Format = "answer"
	return out, c.into(ctx, http.MethodPost, "/v1/query", a, &out)
}

// Check says whether a query is understood.
func (c *Client) Check(ctx context.Context, a Ask) (out Checked, err error) {
	a.Format = "check"
	return out, c.into(ctx, http.MethodPost, "/v1/query", a, &out)
}

// Status asks for the status; from is the first hour of completeness.
func (c *Client) Status(ctx context.Context, from time.Time) (*ops.Status, error) {
	path := "/v1/status"
	if !from.IsZero() {
		path += "?from=" + from.UTC().Format(time.RFC3339)
	}
	var out ops.Status
	if err := c.into(ctx, http.MethodGet, path, nil, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// Reload asks the server to read its configuration again.
func (c *Client) Reload(ctx context.Context) error {
	res, err := c.do(ctx, http.MethodPost, "/v1/reload", nil)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

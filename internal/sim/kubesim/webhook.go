package kubesim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/sim"
)

// WebhookOptions say what is sent where. The defaults are the API server's
// own, by its --audit-webhook-* flags.
type WebhookOptions struct {
	Tenant sim.LiveOptions
	From   time.Time // requests before it are not sent
	URL    string    // as the kubeconfig's server has it; http only on this machine
	// Token is read for each try, so that it may change; nil: none is sent.
	Token   func() (string, error)
	Batch   int           // events of a batch at most; 0: 400
	Wait    time.Duration // from one batch to the next, if it is not full; 0: 30 seconds
	Backoff time.Duration // after the first failure; it grows by half each time, up to a minute; 0: 10 seconds
	// Attempts is how often a batch is tried before it is dropped; 0: until it
	// is acknowledged. The API server gives up after 5.
	Attempts int
	// Notice is told when a batch fails first, is dropped, and gets through.
	Notice func(text string)

	HTTP *http.Client
	// Now is the tenant's clock, Sleep waits in real time; nil: the real ones.
	// Jitter is a random number in [0, 1).
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	Jitter func() float64
}

// Webhook sends batches.
type Webhook struct {
	o    WebhookOptions
	url  string
	feed *sim.Feed
}

// timeout is that of one request, which the API server also states in the URL.
const timeout = 30 * time.Second

// NewWebhook checks the options. It sends nothing.
func NewWebhook(o WebhookOptions) (*Webhook, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("simulated API server: the webhook's address must be like http://127.0.0.1:8420/v1/kube/CLUSTER")
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, errors.New("simulated API server: the webhook's address must be https: the token would cross the network in the clear")
	}
	u.RawQuery = "timeout=30s"
	if o.Batch <= 0 {
		o.Batch = 400
	}
	if o.Wait <= 0 {
		o.Wait = 30 * time.Second
	}
	if o.Backoff <= 0 {
		o.Backoff = 10 * time.Second
	}
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{}
	}
	client := *o.HTTP
	// A redirect would take the token to another address.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.Timeout = timeout
	o.HTTP = &client
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	return &Webhook{o: o, url: u.String(), feed: sim.NewFeed(o.Tenant, o.From, due)}, nil
}

// Run sends what happens until ctx ends, which is no error. What has happened
// already goes first.
func (w *Webhook) Run(ctx context.Context) error { return follow(ctx, w.o.Wait, w.o.Sleep, w.Step) }

// Step sends what has happened, and says whether there is more of the past.
func (w *Webhook) Step(ctx context.Context) (more bool, err error) {
	events, more := w.feed.Next(w.o.Now())
	var batch [][]byte
	for i := range events {
		if batch = append(batch, events[i].Audit()); len(batch) == w.o.Batch || i == len(events)-1 {
			if err := w.deliver(ctx, list(batch)); err != nil {
				return more, err
			}
			batch = nil
		}
	}
	return more, nil
}

// deliver sends a batch until it is acknowledged, dropped, or ctx ends.
func (w *Webhook) deliver(ctx context.Context, body []byte) error {
	wait := w.o.Backoff
	for n := 1; ; n++ {
		err := w.post(ctx, body)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && n > 1:
			w.o.Notice("the webhook takes batches again")
			return nil
		case err == nil:
			return nil
		case n == w.o.Attempts:
			w.o.Notice(fmt.Sprintf("a batch was dropped after %d tries: %v", n, err))
			return nil
		case n == 1:
			w.o.Notice(fmt.Sprintf("the webhook does not take a batch, it is sent again: %v", err))
		}
		if err := w.o.Sleep(ctx, wait+time.Duration(0.2*w.o.Jitter()*float64(wait))); err != nil {
			return err
		}
		wait = min(wait*3/2, time.Minute)
	}
}

// post sends a batch once. Its errors hold neither token nor answer.
func (w *Webhook) post(ctx context.Context, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "kube-apiserver-audit/v1.34 (simulated)")
	if w.o.Token != nil {
		token, err := w.o.Token()
		if err != nil {
			return fmt.Errorf("token: %w", err)
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
	}
	resp, err := w.o.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	// Read, so that the connection can be used again.
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("it answers %s", resp.Status)
	}
	return nil
}

package channel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	commoncfg "github.com/prometheus/common/config"

	"github.com/wholelog/wholelog/internal/alert/guard"
	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/render"
)

// maxAnswer is what is read of an answer; Slack's shows the whole message.
const maxAnswer = 1 << 20

// post sends a body and judges the answer. It hands back the answer's body.
func post(ctx context.Context, c *http.Client, target string, header http.Header, body []byte, secrets []string) (Result, []byte) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(string(body)))
	if err != nil {
		return Result{Err: errors.New("the URL cannot be used"), Permanent: true}, nil
	}
	req.Header = header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	if req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", "wholelog")
	secrets = append(slices.Clone(secrets), urlSecrets(target)...)
	resp, err := c.Do(req)
	if err != nil {
		return Result{Err: scrub(err, secrets), Permanent: errors.Is(err, guard.ErrRefused)}, nil
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	r := Result{Status: resp.Status}
	code := resp.StatusCode
	if code/100 == 2 {
		return r, answer
	}
	text := message.Shorten(render.Plain(string(answer[:min(len(answer), 1000)])), 200)
	r.Err = scrub(fmt.Errorf("answer %s: %s", resp.Status, text), secrets)
	r.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	switch {
	case code/100 == 3:
		r.Err, r.Permanent = fmt.Errorf("answer %s: redirects are not followed; configure where it leads", resp.Status), true
	case code/100 == 4 && code != http.StatusRequestTimeout && code != http.StatusTooManyRequests:
		r.Permanent = true
	}
	return r, answer
}

// retryAfter reads the header in both of its forms.
func retryAfter(s string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && n >= 0 {
		return time.Duration(min(n, 1<<20)) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil && t.After(now) {
		return t.Sub(now)
	}
	return 0
}

// client makes an HTTP client that follows no redirect and dials by the guard.
func client(cfg *commoncfg.HTTPClientConfig, name string, dial commoncfg.DialContextFunc) (*http.Client, error) {
	c := commoncfg.DefaultHTTPClientConfig
	if cfg != nil {
		c = *cfg
	}
	c.FollowRedirects = false
	hc, err := commoncfg.NewClientFromConfig(c, name, commoncfg.WithDialContextFunc(dial))
	if err != nil {
		return nil, fmt.Errorf("http client: %w", err)
	}
	return hc, nil
}

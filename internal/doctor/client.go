package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const (
	maxBody     = 8 << 20
	requestTime = 30 * time.Second
	attempts    = 3
	longestWait = 30 * time.Second
)

// service is one API: where it is and for whom its tokens are.
type service struct {
	base, scope string
	token       string
}

// client asks the services of one tenant.
type client struct {
	cred  azcore.TokenCredential
	http  *http.Client
	sleep func(context.Context, time.Duration) error
	now   func() time.Time
	paces map[string]*pace
}

// answer is what came of a request. body is nil unless the status is a
// success; code is the error's, if it looks like one.
type answer struct {
	status int
	code   string
	body   []byte
	failed string // no answer, and why
}

func (a answer) ok() bool { return a.failed == "" && a.status >= 200 && a.status < 300 }

// reason names what came instead of a success.
func (a answer) reason() string {
	if a.failed != "" {
		return a.failed
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", a.status, a.code))
}

// address checks a service's base address: a token goes there.
func address(what, base string) (string, error) {
	base = strings.TrimSuffix(base, "/")
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", fmt.Errorf("%s: write https://HOST", what)
	}
	if h := u.Hostname(); u.Scheme == "http" && h != "localhost" && h != "::1" && !strings.HasPrefix(h, "127.") {
		return "", fmt.Errorf("%s: must be https: a token would cross the network in the clear", what)
	}
	return base, nil
}

var loginCode = regexp.MustCompile(`AADSTS[0-9]{4,8}`)

// noToken is why there is none: a code of the login service, or "".
type noToken struct{ code string }

func (e *noToken) Error() string { return strings.TrimSpace("no access token " + e.code) }

// login gets the token of a service once.
func (c *client) login(ctx context.Context, s *service) error {
	if s.token != "" {
		return nil
	}
	for n := 0; ; n++ {
		t, err := c.cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{s.scope}})
		if err == nil && t.Token != "" {
			s.token = t.Token
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var code string
		if err != nil {
			code = loginCode.FindString(err.Error()) // the text can hold anything
		}
		if code != "" || n+1 == attempts {
			return &noToken{code}
		}
		if err := c.sleep(ctx, time.Second<<n); err != nil {
			return err
		}
	}
}

// ask makes a request, and again what may pass: throttling and failures of the
// service. kind names the limit that the request counts against.
func (c *client) ask(ctx context.Context, s *service, kind, method, path string, body []byte) (answer, error) {
	if err := c.login(ctx, s); err != nil {
		return answer{}, err
	}
	for n := 0; ; n++ {
		if p := c.paces[kind]; p != nil {
			if d := p.reserve(c.now()); d > 0 {
				if err := c.sleep(ctx, d); err != nil {
					return answer{}, err
				}
			}
		}
		a, after := c.once(ctx, s, method, path, body)
		if err := ctx.Err(); err != nil {
			return answer{}, err
		}
		again := a.failed != "" || a.status == http.StatusTooManyRequests || a.status >= 500
		if !again || n+1 == attempts {
			return a, nil
		}
		if after == 0 {
			after = time.Second << n
		}
		if err := c.sleep(ctx, min(after, longestWait)); err != nil {
			return answer{}, err
		}
	}
}

func (c *client) once(ctx context.Context, s *service, method, path string, body []byte) (a answer, after time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, bytes.NewReader(body))
	if err != nil {
		return answer{failed: "the address cannot be read"}, 0
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		var t interface{ Timeout() bool }
		if errors.As(err, &t) && t.Timeout() {
			return answer{failed: "no answer in time"}, 0
		}
		return answer{failed: "the connection failed"}, 0
	}
	defer resp.Body.Close()
	if sec, err := strconv.ParseFloat(strings.TrimSpace(resp.Header.Get("Retry-After")), 64); err == nil && sec > 0 && sec < 1e6 {
		after = time.Duration(sec * float64(time.Second))
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	a.status = resp.StatusCode
	switch {
	case a.status < 200 || a.status >= 300:
		a.code = errorCode(text)
	case err != nil:
		return answer{failed: "the answer broke off"}, 0
	case len(text) > maxBody:
		return answer{status: a.status, failed: fmt.Sprintf("the answer is larger than %d MiB", maxBody>>20)}, 0
	default:
		a.body = text
	}
	return a, after
}

var (
	codeShape = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.]{0,63}$`)
	digit     = regexp.MustCompile(`[0-9]`)
)

// errorCode is error.code of an answer if it looks like words, with few digits:
// anything else could be part of a secret.
func errorCode(body []byte) string {
	var e struct {
		Error struct{ Code string }
		Code  string
	}
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	for _, c := range []string{e.Error.Code, e.Code} {
		if codeShape.MatchString(c) && len(digit.FindAllString(c, -1)) <= 3 {
			return c
		}
	}
	return ""
}

// pace keeps n requests in any span of a length.
type pace struct {
	starts []time.Time // a ring
	at     int
	per    time.Duration
}

// reserve takes the next place and says how long to wait for it.
func (p *pace) reserve(now time.Time) time.Duration {
	start := now
	if last := p.starts[p.at]; !last.IsZero() && last.Add(p.per).After(now) {
		start = last.Add(p.per)
	}
	p.starts[p.at] = start
	p.at = (p.at + 1) % len(p.starts)
	return start.Sub(now)
}

package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/event/rawjson"
	"github.com/wholelog/wholelog/internal/source"
)

var (
	errRestart = errors.New("the pages of the reading are gone") // read the span from its start
	errNarrow  = errors.New("the span is too much for the service")
)

// answer is what came of one request.
type answer struct {
	status int
	after  time.Duration // Retry-After; 0: not said
	code   string        // of the error
	items  []item
	next   string
	large  bool // the page was larger than allowed
	err    error
}

const (
	narrowAfter = 4 // failures of one request after which a smaller span is tried
	sayAfter    = 3 // failures in a row that are worth a notice
	firstWait   = time.Second
	longestWait = 5 * time.Minute
)

// fetch gets one page, waiting for as long as it takes. It returns errRestart
// and errNarrow (only if narrow is allowed) and errors that end Read.
func (r *run) fetch(address func() string, first, narrow bool) (answer, error) {
	asked := 0 // refusals of this query
	for attempt := 0; ; attempt++ {
		if err := r.s.app.wait(r.ctx, r.s.ep.bucket); err != nil {
			return answer{}, err
		}
		token, err := r.s.app.accessToken(r.ctx)
		if err != nil {
			if err := r.noToken(err); err != nil {
				return answer{}, err
			}
			continue
		}
		a := r.request(address(), token)
		if err := r.ctx.Err(); err != nil {
			return answer{}, err
		}
		pause := r.backoff()
		switch {
		case a.large:
			if r.s.top > 20 {
				if r.s.top /= 2; first {
					continue
				}
				return a, errRestart
			}
			if narrow {
				return a, errNarrow
			}
			r.note(source.Failure, TooLarge, "a page is larger than %d MiB, even of the shortest span: raise the limit on page size", r.s.app.o.MaxBody>>20)
			pause = r.s.app.o.Retry
		case a.err == nil && a.status == http.StatusOK:
			r.bad = 0
			r.well()
			return a, nil
		case a.status == http.StatusTooManyRequests:
			if a.after > 0 {
				pause = min(a.after, time.Hour)
			}
			// The limit is shared, so all sources of the application wait.
			r.s.app.limits[r.s.ep.bucket].pause(r.s.app.o.Now().Add(pause))
			if r.bad >= sayAfter {
				r.note(source.Info, Throttled, "Microsoft Graph asks to wait (%v); nothing is lost, records come later. Other applications that read this tenant's logs share limits with this one", pause.Round(time.Second))
			}
			if narrow && attempt+1 >= narrowAfter {
				return a, errNarrow
			}
		case !first && (a.status == http.StatusBadRequest || a.status == http.StatusGone || a.status == http.StatusNotFound):
			return a, errRestart
		case a.status == http.StatusBadRequest:
			if asked++; asked == 1 {
				r.s.strict = !r.s.strict
				continue
			}
			r.note(source.Failure, Refused, "Microsoft Graph refuses the query (400 %s): check that the address is that of Graph, and look for a newer version of this program", a.code)
			pause = r.s.app.o.Retry
		case a.status == http.StatusNotFound:
			r.note(source.Failure, NotThere, "this Graph has no %s (404): take the collection out of the configuration if the cloud does not offer it, or correct the address", r.s.ep.path)
			pause = r.s.app.o.Retry
		case a.status == http.StatusUnauthorized:
			r.s.app.dropToken(token)
			if r.bad >= sayAfter {
				r.note(source.Failure, Unauthorized, "Microsoft Graph does not take the access token (401 %s): check that tenant and cloud are right and that the application is enabled in the tenant", a.code)
				pause = r.s.app.o.Retry
			}
		case a.status == http.StatusForbidden:
			if r.bad >= sayAfter { // tenants are seen that answer so now and then
				r.forbidden(a.code)
				pause = r.s.app.o.Retry
			}
		default:
			if r.bad >= 2*sayAfter {
				r.note(source.Warning, Unreachable, "no answer from Microsoft Graph for a while (%s); it is tried again, and nothing is skipped", a.reason())
			}
			if narrow && attempt+1 >= narrowAfter {
				return a, errNarrow
			}
			if !first && attempt+1 >= 2*narrowAfter {
				return a, errRestart // the link may be what the service fails on
			}
		}
		if err := r.rest(pause); err != nil {
			return answer{}, err
		}
	}
}

// backoff counts a failure and says how long to wait after it: twice as long
// as after the one before, with jitter. Failures are counted over requests, so
// that an outage is one whatever is tried meanwhile.
func (r *run) backoff() time.Duration {
	d := min(firstWait<<min(r.bad, 20), longestWait)
	r.bad++
	return d/2 + time.Duration(r.s.app.o.Jitter()*float64(d/2))
}

func (a answer) reason() string {
	if a.err != nil {
		return a.err.Error()
	}
	return strings.TrimSpace(fmt.Sprintf("status %d %s", a.status, a.code))
}

// noToken waits after the credential failed.
func (r *run) noToken(err error) error {
	if r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	pause := r.backoff()
	var t *tokenError
	if r.bad >= sayAfter && errors.As(err, &t) {
		r.note(source.Failure, NoToken, "%s", loginAdvice(t.code))
		if t.code != "" {
			pause = r.s.app.o.Retry
		}
	}
	return r.rest(pause)
}

func loginAdvice(code string) string {
	switch code {
	case "":
		return "the login service gives no access token: check that it can be reached and that the credential is there (az login, managed identity, token file)"
	case "AADSTS7000215":
		return "the client secret is wrong (AADSTS7000215): give the secret's value, not its id"
	case "AADSTS7000222":
		return "the client secret has expired (AADSTS7000222): make a new one in the app registration"
	case "AADSTS700016", "AADSTS90002":
		return "the login service does not know the application or the tenant (" + code + "): check both ids and the cloud"
	case "AADSTS700027", "AADSTS700021", "AADSTS70021", "AADSTS700213", "AADSTS700024":
		return "the certificate or federated credential is not accepted (" + code + "): compare it with the app registration, and check the clock"
	}
	return "the login service gives no access token (" + code + "): look up the code at https://login.microsoftonline.com/error"
}

func (r *run) forbidden(code string) {
	e := r.s.ep
	switch {
	case strings.EqualFold(code, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"):
		r.note(source.Failure, NoLicence, "the tenant's licence does not cover this (403 %s): it needs %s. If the tenant has it, grant the application %s and give consent", code, e.licence, e.permission)
	default:
		if code != "" {
			code = " " + code
		}
		r.note(source.Failure, NoPermission, "access denied (403%s): grant the application the permission %s of Microsoft Graph (type Application) and give admin consent. Licence: %s", code, e.permission, e.licence)
	}
}

// request makes one request. Nothing of the answer's text gets into errors,
// only a code that looks like one.
func (r *run) request(address, token string) (a answer) {
	o := &r.s.app.o
	ctx, cancel := context.WithTimeout(r.ctx, o.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return answer{err: errors.New("the page's address cannot be read")}
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Prefer", "include-unknown-enum-members")
	resp, err := r.s.app.http.Do(req)
	if err != nil {
		return answer{err: errors.New(network(err))}
	}
	defer resp.Body.Close()
	r.clock(resp.Header.Get("Date"))
	a.status = resp.StatusCode
	if a.status != http.StatusOK {
		a.after = retryAfter(resp.Header.Get("Retry-After"), o.Now())
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		a.code = errorCode(body)
		return a
	}
	body, large, err := readBody(resp.Body, resp.ContentLength, o.MaxBody)
	switch {
	case large:
		a.large = true
		return a
	case err != nil:
		a.err = errors.New("the answer broke off")
		return a
	}
	a.items, a.next, a.err = r.s.cut(&r.doc, body, o.Now().UTC())
	if a.err == nil && a.next != "" && !sameHost(a.next, o.Base) {
		r.note(source.Warning, ForeignLink, "a page names another host as the place of the next page; it is not followed, because it would get the access token")
		a.err = errors.New("the next page is on another host")
	}
	return a
}

func readBody(in io.Reader, length, most int64) (body []byte, large bool, err error) {
	if length > most {
		return nil, true, nil
	}
	var b bytes.Buffer
	if length > 0 {
		b.Grow(int(length) + 512)
	}
	n, err := io.Copy(&b, io.LimitReader(in, most+1))
	return b.Bytes(), n > most, err
}

func sameHost(link, base string) bool {
	a, err := url.Parse(link)
	if err != nil || a.User != nil {
		return false
	}
	b, err := url.Parse(base)
	return err == nil && a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

// skewed is how far the clocks may be apart before it is said: the time from
// which on a record counts as settled is this machine's.
const skewed = time.Minute

// clock compares this machine's clock with the service's.
func (r *run) clock(date string) {
	at, err := http.ParseTime(date)
	if err != nil {
		return
	}
	if d := r.s.app.o.Now().Sub(at); d > skewed || d < -skewed {
		r.note(source.Warning, ClockSkew, "this machine's clock is %v apart from Microsoft Graph's: set it by NTP, or records near now are taken for late ones", d.Round(time.Second))
	}
}

// network names an error of the network without its text, which can hold
// addresses of proxies with their passwords.
func network(err error) string {
	var t interface{ Timeout() bool }
	if errors.As(err, &t) && t.Timeout() {
		return "no answer in time"
	}
	return "the connection failed"
}

// retryAfter reads the header: seconds or a date.
func retryAfter(v string, now time.Time) time.Duration {
	v = strings.TrimSpace(v)
	if n, err := strconv.ParseFloat(v, 64); err == nil && n > 0 && n < 1e6 {
		return time.Duration(n * float64(time.Second))
	}
	if t, err := http.ParseTime(v); err == nil && t.After(now) {
		return t.Sub(now)
	}
	return 0
}

// errorCode is error.code of an answer if it looks like one: words, with few
// digits. Anything else could be part of a secret.
func errorCode(body []byte) string {
	var d rawjson.Doc
	if d.Parse(body) != nil {
		return ""
	}
	code, digits := d.Root().Path("error", "code").Str(), 0
	for _, c := range code {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == '.':
		case c >= '0' && c <= '9':
			digits++
		default:
			return ""
		}
	}
	if len(code) > 64 || digits > 3 {
		return ""
	}
	return code
}

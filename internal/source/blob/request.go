package blob

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/wholelog/wholelog/internal/source"
)

// What a request can end with that waiting does not change.
var (
	errGone     = errors.New("it is not there")
	errRange    = errors.New("it is smaller than that")
	errChanged  = errors.New("it was changed meanwhile")
	errArchived = errors.New("it is in the archive tier")
	errRefused  = errors.New("the service does not understand the request")
	errDenied   = errors.New("access is denied")
)

const (
	sayAfter    = 3 // failures in a row that are worth a notice
	firstWait   = time.Second
	longestWait = 5 * time.Minute
)

// do makes a request until the service answers it. Errors are one of the above
// or of ctx or yield; nothing of an answer's text gets into them.
func (r *run) do(box string, request func(ctx context.Context) error) error {
	for attempt := 1; ; attempt++ {
		ctx, cancel := context.WithTimeout(r.ctx, r.s.o.Timeout)
		err := request(ctx)
		cancel()
		if r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		if err == nil {
			delete(r.denied, box)
			r.well()
			return nil
		}
		pause := min(firstWait<<min(r.bad, 20), longestWait)
		pause = pause/2 + time.Duration(r.s.o.Jitter()*float64(pause/2))
		status, code, after := answer(err)
		if final := finals(status, code); final != nil {
			r.bad = 0
			return final
		}
		r.bad++
		var token *tokenError
		switch {
		case errors.As(err, &token):
			if attempt >= sayAfter {
				r.bad = 0 // other containers need not wait for it
				r.note(source.Failure, NoToken, "the login service gives no access token (%s): check the credential and that the service can be reached", token)
				return errDenied
			}
		case status == http.StatusUnauthorized, status == http.StatusForbidden:
			if attempt >= sayAfter {
				r.bad = 0
				r.note(source.Failure, NoPermission, "%s", advice(box, status, code))
				return errDenied
			}
		case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable, code == "OperationTimedOut":
			pause = max(pause, min(after, time.Hour))
			if r.bad >= sayAfter {
				r.note(source.Info, Throttled, "the storage account asks to wait (%d %s); nothing is lost, records come later", status, code)
			}
		default:
			if r.bad >= 2*sayAfter {
				r.note(source.Warning, Unreachable, "no answer from the storage account for a while (%s); it is tried again, and nothing is skipped", reason(err, status, code))
			}
		}
		if err := r.rest(pause); err != nil {
			return err
		}
	}
}

// finals are answers that waiting does not change.
func finals(status int, code string) error {
	switch {
	case status == http.StatusNotFound:
		return errGone
	case status == http.StatusRequestedRangeNotSatisfiable:
		return errRange
	case status == http.StatusPreconditionFailed:
		return errChanged
	case status == http.StatusConflict && code == "BlobArchived":
		return errArchived
	case status == http.StatusBadRequest:
		return errRefused
	}
	return nil
}

func advice(box string, status int, code string) string {
	where := "the account's containers"
	if box != "" {
		where = "container " + box
	}
	said := strings.TrimSpace(fmt.Sprintf("%d %s", status, code))
	switch code {
	case "AuthorizationFailure":
		return fmt.Sprintf("access to %s is denied (%s): the account's firewall may not let this machine in; allow its network", where, said)
	case "AuthenticationFailed":
		return fmt.Sprintf("access to %s is denied (%s): the key is not the account's (it may have been rotated), the SAS has expired, or this machine's clock is wrong", where, said)
	case "KeyBasedAuthenticationNotPermitted":
		return fmt.Sprintf("access to %s is denied (%s): the account takes no keys; use a credential with the role Storage Blob Data Reader", where, said)
	}
	return fmt.Sprintf("access to %s is denied (%s): grant the role Storage Blob Data Reader (Reader alone can list and not read), or a SAS with read and list", where, said)
}

// answer is what an error says of the service's answer: zero if there was none.
func answer(err error) (status int, code string, after time.Duration) {
	var e *azcore.ResponseError
	if !errors.As(err, &e) {
		return 0, "", 0
	}
	if e.RawResponse != nil {
		if n, err := strconv.Atoi(e.RawResponse.Header.Get("Retry-After")); err == nil && n > 0 {
			after = time.Duration(min(n, 86400)) * time.Second
		}
	}
	if errorCode.MatchString(e.ErrorCode) {
		code = e.ErrorCode
	}
	return e.StatusCode, code, after
}

// errorCode is what the service's codes look like. Anything else could be part
// of a secret.
var errorCode = regexp.MustCompile(`^[A-Z][A-Za-z]{2,63}$`)

func reason(err error, status int, code string) string {
	var t interface{ Timeout() bool }
	switch {
	case status != 0:
		return strings.TrimSpace(fmt.Sprintf("status %d %s", status, code))
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &t) && t.Timeout():
		return "no answer in time"
	}
	return "the connection failed or broke off"
}

// credential keeps the login service's text, which can hold anything, out of
// errors.
type credential struct{ azcore.TokenCredential }

func (c credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	t, err := c.TokenCredential.GetToken(ctx, o)
	if err != nil {
		return t, &tokenError{loginCode.FindString(err.Error())}
	}
	return t, nil
}

var loginCode = regexp.MustCompile(`AADSTS[0-9]{4,8}`)

type tokenError struct{ code string }

func (e *tokenError) Error() string {
	if e.code == "" {
		return "no code"
	}
	return e.code
}

// NonRetriable tells the SDK that trying again is ours.
func (e *tokenError) NonRetriable() {}

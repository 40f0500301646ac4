package intake

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// minToken is how long a token must be: shorter ones can be guessed.
const minToken = 16

// Bearer makes an Authorize function that takes bearer tokens, given by the
// name of who sends them. Only digests of the tokens are kept, and all are
// compared, so that the time taken tells nothing.
func Bearer(tokens map[string]string) (func(*http.Request) (string, int), error) {
	type known struct {
		who    string
		digest [32]byte
	}
	var list []known
	for who, token := range tokens {
		if len(token) < minToken {
			return nil, fmt.Errorf("token of %q: at least %d characters are needed, such as openssl rand -hex 32 gives", who, minToken)
		}
		list = append(list, known{who, sha256.Sum256([]byte(token))})
	}
	if len(list) == 0 {
		return nil, errors.New("no tokens are configured")
	}
	return func(r *http.Request) (string, int) {
		scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
		if !ok || !strings.EqualFold(scheme, "Bearer") {
			return "", http.StatusUnauthorized
		}
		digest := sha256.Sum256([]byte(strings.TrimSpace(token)))
		who, found := "", 0
		for i := range list {
			if subtle.ConstantTimeCompare(digest[:], list[i].digest[:]) == 1 {
				who, found = list[i].who, 1
			}
		}
		if found == 0 {
			return "", http.StatusUnauthorized
		}
		return who, 0
	}, nil
}

// Certificate makes an Authorize function that takes client certificates. The
// server must verify them (tls.VerifyClientCertIfGiven or stricter); here only
// their names are looked at: the common name or a DNS name must be among
// names. No names: every verified certificate.
func Certificate(names ...string) func(*http.Request) (string, int) {
	return func(r *http.Request) (string, int) {
		if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 || len(r.TLS.VerifiedChains[0]) == 0 {
			return "", http.StatusUnauthorized
		}
		leaf := r.TLS.VerifiedChains[0][0]
		has := append([]string{leaf.Subject.CommonName}, leaf.DNSNames...)
		if len(names) == 0 {
			return has[0], 0
		}
		for _, n := range names {
			if slices.Contains(has, n) {
				return n, 0
			}
		}
		return "", http.StatusForbidden
	}
}

// Any lets in whom one of the functions lets in. Otherwise the first answer
// that is not 401 counts.
func Any(list ...func(*http.Request) (string, int)) func(*http.Request) (string, int) {
	return func(r *http.Request) (string, int) {
		status := http.StatusUnauthorized
		for _, f := range list {
			who, s := f(r)
			if s == 0 || s == http.StatusOK {
				return who, s
			}
			if status == http.StatusUnauthorized {
				status = s
			}
		}
		return "", status
	}
}

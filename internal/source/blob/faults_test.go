package blob

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
)

// faulty is a service that has a bad day all the time.
type faulty struct {
	next http.RoundTripper
	mu   sync.Mutex
	r    *rand.Rand
	old  map[string][]byte // listings as they were
}

type timeout struct{}

func (timeout) Error() string { return "planted: i/o timeout" }
func (timeout) Timeout() bool { return true }

func (f *faulty) draw() float64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.r.Float64()
}

func (f *faulty) RoundTrip(req *http.Request) (*http.Response, error) {
	switch d := f.draw(); {
	case d < 0.03:
		return reply(req, http.StatusServiceUnavailable, "ServerBusy", "Retry-After", "7"), nil
	case d < 0.05:
		return reply(req, http.StatusInternalServerError, "InternalError"), nil
	case d < 0.06:
		return reply(req, http.StatusForbidden, "AuthorizationFailure"), nil
	case d < 0.07:
		return nil, timeout{}
	case d < 0.08:
		return nil, errors.New("planted: connection reset by peer")
	}
	resp, err := f.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK && strings.Contains(req.URL.RawQuery, "comp=list") {
		data = f.listing(req.URL.String(), data)
		resp.ContentLength = int64(len(data))
		resp.Header.Del("Content-Length")
	}
	resp.Body = io.NopCloser(bytes.NewReader(data))
	if len(data) > 1 && f.draw() < 0.03 {
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(data[:len(data)/2]), broken{}))
	}
	return resp, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// listing is now and then the one that was given before.
func (f *faulty) listing(address string, data []byte) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if old, ok := f.old[address]; ok && f.r.Float64() < 0.1 {
		return old
	}
	f.old[address] = data
	return data
}

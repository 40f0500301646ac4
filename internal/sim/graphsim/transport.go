package graphsim

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
)

// Client reaches the service without a network, under any host name. It is
// what tests of many runs use; demonstrations serve the handler.
func (s *Server) Client() *http.Client { return &http.Client{Transport: transport{s}} }

type transport struct{ s *Server }

var errReset = errors.New("connection reset by peer")

func (t transport) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	rec := httptest.NewRecorder()
	rec.Body = new(bytes.Buffer)
	in := r.Clone(r.Context())
	if in.Host == "" {
		in.Host = in.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer in.Body.Close()
	broken := func() (broken bool) {
		defer func() {
			if p := recover(); p != nil {
				if p != http.ErrAbortHandler {
					panic(p)
				}
				broken = true
			}
		}()
		t.s.ServeHTTP(rec, in)
		return false
	}()
	if broken && rec.Body.Len() == 0 {
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		return nil, errReset
	}
	resp = rec.Result()
	resp.Request = r
	if broken {
		resp.Body = io.NopCloser(io.MultiReader(resp.Body, failing{}))
	}
	return resp, nil
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

package intake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

const (
	maxProblems = 20  // that an answer lists
	maxText     = 300 // bytes of one
	writeTime   = 30 * time.Second
	lingerTime  = time.Second // that the server may look for the rest of a refused body
)

// Answer is what a sender hears about what became durable.
type Answer struct {
	Read     int `json:"read"`     // records in the body
	Unparsed int `json:"unparsed"` // of them, those of no known kind; kept like any other
	// What became of the rest. They are missing if the body shared a page with
	// others and their parts cannot be told apart: then Joint has the page.
	Accepted   *int `json:"accepted,omitempty"`
	Versions   *int `json:"versions,omitempty"`
	Duplicates *int `json:"duplicates,omitempty"`

	Joint     *Joint         `json:"joint,omitempty"`
	Elsewhere map[string]int `json:"elsewhere,omitempty"` // records of other tables than the path's, by table
	Note      string         `json:"note,omitempty"`
	Problems  []Problem      `json:"problems,omitempty"` // the first few
	More      int            `json:"more_problems,omitempty"`
}

// Joint counts the pages that several requests shared.
type Joint struct {
	Read       int `json:"read"`
	Accepted   int `json:"accepted"`
	Versions   int `json:"versions"`
	Duplicates int `json:"duplicates"`
	Unparsed   int `json:"unparsed"`
}

func (j *Joint) add(t source.Taken) {
	j.Read += t.Read
	j.Accepted += t.Accepted
	j.Versions += t.Versions
	j.Duplicates += t.Duplicates
	j.Unparsed += t.Unparsed
}

// Problem is about one record, or with Line 0 about the body.
type Problem struct {
	Line   int    `json:"line,omitempty"` // or element number
	Reason string `json:"reason"`
}

func (a *Answer) problem(line int, reason string) {
	if len(a.Problems) >= maxProblems {
		a.More++
		return
	}
	if len(reason) > maxText {
		reason = fmt.Sprintf("%q ...", reason[:maxText])
	}
	a.Problems = append(a.Problems, Problem{line, reason})
}

// fault is a body of an answer that is no success (RFC 9457).
type fault struct {
	Type   string  `json:"type"`
	Title  string  `json:"title"`
	Status int     `json:"status"`
	Detail string  `json:"detail"`
	Kept   *Answer `json:"kept,omitempty"` // what became durable in spite of it
}

// refuse answers with what is wrong and what to do. What was not read of the
// body is not waited for: the connection ends.
func refuse(w http.ResponseWriter, status int, detail string, kept *Answer) {
	h := w.Header()
	h.Set("Connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(lingerTime))
	switch status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="wholelog"`)
	case http.StatusTooManyRequests:
		h.Set("Retry-After", "1")
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "5")
	}
	write(w, status, "application/problem+json", fault{"about:blank", http.StatusText(status), status, detail, kept})
}

func write(w http.ResponseWriter, status int, kind string, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, nil
	}
	text = append(text, '\n')
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	// Whoever does not read the answer should not hold the connection. Not every
	// ResponseWriter can do it; and a sender that is gone asks again.
	c := http.NewResponseController(w)
	_ = c.SetWriteDeadline(time.Now().Add(writeTime))
	w.WriteHeader(status)
	_, _ = w.Write(text)
	_ = c.Flush()
	_ = c.SetWriteDeadline(time.Time{}) // the connection's next request is not ours
}

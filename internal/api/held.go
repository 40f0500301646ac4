package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
)

// held is an answer that is not sent yet.
type held struct {
	w      http.ResponseWriter
	header http.Header
	status int
	body   bytes.Buffer
}

// Unwrap lets a handler set deadlines; nobody flushes an answer that is held.
func (h *held) Unwrap() http.ResponseWriter { return h.w }

func (h *held) Header() http.Header { return h.header }

func (h *held) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *held) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(b)
}

func (h *held) send(w http.ResponseWriter) {
	if h.status == 0 {
		h.status = http.StatusOK
	}
	w.WriteHeader(h.status)
	_, _ = w.Write(h.body.Bytes()) // whoever asked has gone
}

// titleOf is the title of a problem.
func titleOf(body []byte) string {
	var p Problem
	if json.Unmarshal(body, &p) != nil {
		return ""
	}
	return p.Title
}

// tagged gives answers an ETag, and none to who has the same already.
func tagged(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := &held{w: w, header: w.Header()}
		next(h, r)
		if h.status == http.StatusOK {
			sum := sha256.Sum256(h.body.Bytes())
			tag := `"` + hex.EncodeToString(sum[:12]) + `"`
			w.Header().Set("ETag", tag)
			w.Header().Set("Cache-Control", "private, no-cache")
			if matches(r.Header.Get("If-None-Match"), tag) {
				w.Header().Del("Content-Type")
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		h.send(w)
	}
}

func matches(header, tag string) bool {
	for v := range strings.SplitSeq(header, ",") {
		if v = strings.TrimPrefix(strings.TrimSpace(v), "W/"); v == tag || v == "*" {
			return true
		}
	}
	return false
}

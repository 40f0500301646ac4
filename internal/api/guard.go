package api

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

type ctxKey int

const (
	ownerKey ctxKey = iota
	whoKey
	entryKey
)

// OwnerConn marks connections that came over the data folder's socket. It is
// the ConnContext of the server that listens there, and of no other.
func OwnerConn(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, ownerKey, true)
}

func overSocket(r *http.Request) bool {
	v, _ := r.Context().Value(ownerKey).(bool)
	return v
}

// knownHost refuses requests under a name that is none of the server's, so
// that a web page cannot reach it by making its own name resolve to here (DNS
// rebinding).
func (s *Server) knownHost(r *http.Request) bool {
	if overSocket(r) {
		return true
	}
	host := strings.ToLower(r.Host)
	bare := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		bare = h
	}
	bare = strings.Trim(bare, "[]")
	if bare == "localhost" || s.opt.Host != "" && bare == s.opt.Host {
		return true
	}
	// An address cannot be rebound: no name was resolved.
	if net.ParseIP(bare) != nil {
		return true
	}
	for _, h := range s.opt.Hosts {
		if h = strings.ToLower(h); h == host || h == bare {
			return true
		}
	}
	return false
}

func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// failures counts wrong tokens by address, in windows of a minute.
type failures struct {
	mu     sync.Mutex
	window time.Time
	counts map[string]int
}

const (
	mostFailures  = 20
	mostAddresses = 10_000
)

func (f *failures) turn(now time.Time) {
	if f.counts == nil || now.Sub(f.window) >= time.Minute || now.Before(f.window) {
		f.window, f.counts = now, map[string]int{}
	}
}

func (f *failures) add(from string, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn(now)
	if _, ok := f.counts[from]; ok || len(f.counts) < mostAddresses {
		f.counts[from]++
	}
}

func (f *failures) locked(from string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn(now)
	return f.counts[from] >= mostFailures
}

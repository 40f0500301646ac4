package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/api"
	"github.com/wholelog/wholelog/internal/config"
)

// web is the listeners of a server: one on the network, one on the socket in
// the data folder.
type web struct {
	servers []*http.Server
	at      string
	socket  string
	failed  chan error
}

// Bounds of connections: what is slower or larger is not spoken to.
const (
	headerTime  = 10 * time.Second
	bodyTime    = 30 * time.Second // handlers that take long bodies give more
	answerTime  = 15 * time.Minute
	idleTime    = 2 * time.Minute
	maxHeader   = 32 << 10
	maxConns    = 512
	maxSocket   = 100 // bytes of a socket's path that every system takes
	stopPatient = 20 * time.Second
)

func listen(c *config.Config, handler http.Handler, lg *slog.Logger) (*web, error) {
	w := &web{failed: make(chan error, 2)}
	serve := func(l net.Listener, owner bool) {
		s := &http.Server{Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime, WriteTimeout: answerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
			ErrorLog: log.New(debugWriter{lg}, "", 0)}
		if owner {
			s.ConnContext = api.OwnerConn
		}
		if h, ok := handler.(interface{ Hangup() }); ok {
			s.RegisterOnShutdown(h.Hangup)
		}
		w.servers = append(w.servers, s)
		go func() {
			if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				w.failed <- fmt.Errorf("listen on %s: %w", l.Addr(), err)
			}
		}()
	}
	if path := api.SocketPath(c.Data); len(path) > maxSocket {
		lg.Warn("the data folder's path is too long for a socket: query and status cannot reach this server", "path", path, "most", maxSocket)
	} else {
		// The lock on the folder is ours: a socket that is there is left over.
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("socket: %w", err)
		}
		// Made where nobody else can reach it, before its mode is set.
		l, err := net.Listen("unix", path)
		if err != nil {
			return nil, fmt.Errorf("socket: %w", err)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			return nil, errors.Join(fmt.Errorf("socket: %w", err), l.Close())
		}
		w.socket = path
		serve(l, true)
	}
	if c.Server.Listen == "none" {
		return w, nil
	}
	l, err := net.Listen("tcp", c.Server.Listen)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w; set server.listen to an address that is free", err), w.close())
	}
	w.at = l.Addr().String()
	l = &limited{Listener: l, slots: make(chan struct{}, maxConns)}
	if t := c.Server.TLS; t != nil {
		conf, err := tlsConfig(t)
		if err != nil {
			return nil, errors.Join(err, l.Close(), w.close())
		}
		l = tls.NewListener(l, conf)
	}
	serve(l, false)
	return w, nil
}

func (w *web) address() string {
	if w.at == "" {
		return "none"
	}
	return w.at
}

// shutdown takes nothing new and waits for what is being answered.
func (w *web) shutdown() {
	ctx, stop := context.WithTimeout(context.Background(), stopPatient)
	defer stop()
	var wg sync.WaitGroup
	for _, s := range w.servers {
		wg.Go(func() { _ = s.Shutdown(ctx) })
	}
	wg.Wait()
}

func (w *web) close() error {
	var errs []error
	for _, s := range w.servers {
		errs = append(errs, s.Close())
	}
	if w.socket != "" {
		if err := os.Remove(w.socket); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func listenHost(listen string) string {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return ""
	}
	return host
}

// tlsConfig reads the certificate now, to fail early, and again when its file
// has changed.
func tlsConfig(t *config.TLS) (*tls.Config, error) {
	var mu sync.Mutex
	var held *tls.Certificate
	var from time.Time
	load := func() (*tls.Certificate, error) {
		mu.Lock()
		defer mu.Unlock()
		info, err := os.Stat(t.Cert)
		if err == nil && held != nil && info.ModTime().Equal(from) {
			return held, nil
		}
		if err == nil {
			var c tls.Certificate
			if c, err = tls.LoadX509KeyPair(t.Cert, t.Key); err == nil {
				held, from = &c, info.ModTime()
				return held, nil
			}
		}
		if held != nil { // half-way through being exchanged
			return held, nil
		}
		return nil, fmt.Errorf("server.tls: %w", err)
	}
	if _, err := load(); err != nil {
		return nil, err
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return load() }}
	if t.ClientCA != "" {
		pem, err := os.ReadFile(t.ClientCA)
		if err != nil {
			return nil, fmt.Errorf("server.tls.clientCA: %w", err)
		}
		conf.ClientCAs = x509.NewCertPool()
		if !conf.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("server.tls.clientCA: %s holds no certificate in PEM", t.ClientCA)
		}
		conf.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return conf, nil
}

// limited bounds the connections of a listener; more wait to be accepted.
type limited struct {
	net.Listener
	slots chan struct{}
}

func (l *limited) Accept() (net.Conn, error) {
	l.slots <- struct{}{}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &counted{Conn: c, done: func() { <-l.slots }}, nil
}

type counted struct {
	net.Conn
	once sync.Once
	done func()
}

func (c *counted) Close() error {
	defer c.once.Do(c.done)
	return c.Conn.Close()
}

// debugWriter takes what package http says of single connections.
type debugWriter struct{ lg *slog.Logger }

func (d debugWriter) Write(b []byte) (int, error) {
	d.lg.Debug("connection", "text", string(b))
	return len(b), nil
}

package main

import (
	"log/slog"
	"net"
	"os"

	"golang.org/x/term"

	"github.com/wholelog/wholelog/internal/config"
)

// newLogger writes to standard error: lines for people on a terminal, JSON
// for programs.
func newLogger(c config.Log) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // config has checked it
	opt := &slog.HandlerOptions{Level: level}
	if c.Format == "text" || c.Format == "" && term.IsTerminal(int(os.Stderr.Fd())) {
		return slog.New(slog.NewTextHandler(os.Stderr, opt))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, opt))
}

// notifySystemd tells the service manager about a state, if one waits for it
// (sd_notify).
func notifySystemd(state string) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	conn, err := net.Dial("unixgram", path)
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(state))
}

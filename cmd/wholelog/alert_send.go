package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/alert"
	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/setup"
)

func newAlertTest() *cobra.Command {
	var path string
	var timeout time.Duration
	c := &cobra.Command{Use: "test [RECEIVER...] --config FILE", Short: "Send a test to every channel and print its answer", Args: cobra.ArbitraryArgs,
		Long: `Sends a notification that says it is a test to every channel of the receivers
named, or of all, by the same way that alerts take, past routes and silences.
Each channel is tried once. It works beside a running server.

  wholelog alert test --config alerts.yaml
  wholelog alert test soc --config alerts.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if path == "" {
				return usageError{errors.New("--config names the file of routes and receivers")}
			}
			cfg, err := setup.Load(path)
			if err != nil {
				return err
			}
			dir, err := os.MkdirTemp("", "wholelog-alert-test-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			return sendTest(cmd, cfg, dir, args, timeout)
		}}
	c.Flags().StringVarP(&path, "config", "c", "", "file of routes and receivers, in Alertmanager's format")
	c.Flags().DurationVar(&timeout, "timeout", 90*time.Second, "how long to wait for answers")
	return c
}

// sendTest delivers through an outbox of its own, so that neither the running
// server's is touched nor anything is left.
func sendTest(cmd *cobra.Command, cfg *alert.Config, dir string, receivers []string, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
	defer cancel()
	answers := make(chan alert.Receipt)
	d, err := alert.New(alert.Options{Path: filepath.Join(dir, "outbox.db"), Config: cfg, Backoff: time.Hour,
		Receipt: func(ctx context.Context, r alert.Receipt) error {
			select {
			case answers <- r:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		Notice: func(s string) { fmt.Fprintln(cmd.ErrOrStderr(), s) }})
	if err != nil {
		return err
	}
	done := make(chan struct{})
	stop := func() {
		cancel()
		<-done
		_ = d.Close()
	}
	go func() {
		defer close(done)
		_ = d.Run(ctx)
	}()
	defer stop()
	n, err := d.TestReceivers(testNotification(time.Now()), receivers...)
	if err != nil {
		return err
	}
	if n == 0 {
		return errors.New("there is no channel to test: no receiver has one")
	}
	out, bad := cmd.OutOrStdout(), 0
	for i := range n {
		select {
		case r := <-answers:
			if r.Outcome == message.Sent {
				fmt.Fprintf(out, "ok      %s %s[%d]: %s (%d ms)\n", r.Receiver, r.Channel, r.Index, r.Status, r.Latency.Milliseconds())
				continue
			}
			bad++
			fmt.Fprintf(out, "failed  %s %s[%d]: %s\n", r.Receiver, r.Channel, r.Index, r.Error)
		case <-ctx.Done():
			return fmt.Errorf("%d of %d channels did not answer within %s", n-i, n, timeout)
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d channels failed", bad, n)
	}
	return nil
}

func testNotification(now time.Time) alert.Notification {
	return alert.Notification{
		Incident: "test-" + now.UTC().Format("20060102T150405.000000000Z"), Revision: 1, Kind: alert.Test,
		Title: "Test of alert delivery", Severity: "informational", Status: "New",
		Summary: "This is a test. If you read it here, incidents that are routed to this place arrive.\nNothing has happened, and nothing needs to be done.",
		Labels:  map[string]string{"alertname": "Test of alert delivery", "rule": "test"},
		First:   now.UTC(), Last: now.UTC(),
		Entities: []alert.Entity{{Kind: "account", Name: "nobody@example.com"}},
		Evidence: &alert.Evidence{Columns: []string{"TimeGenerated", "Test"}, Rows: [][]string{{now.UTC().Format(time.RFC3339), "a row of evidence looks like this"}}, Total: 1},
	}
}

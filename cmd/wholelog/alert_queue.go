package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/alert/outbox"
	"github.com/wholelog/wholelog/internal/api"
)

// outboxPath and silencesPath are where serve keeps them.
func outboxPath(data string) string   { return filepath.Join(data, "outbox.db") }
func silencesPath(data string) string { return filepath.Join(data, "silences") }

func newAlertQueue() *cobra.Command {
	var data, path, replay, drop string
	var dead, asJSON bool
	c := &cobra.Command{Use: "queue", Short: "Show what waits and what was given up, and try it again", Args: cobra.NoArgs,
		Long: `Shows the outbox: what waits for its time or for another attempt, and dead
letters, which failed for good and stay until somebody replays or drops them.

  wholelog alert queue
  wholelog alert queue --dead
  wholelog alert queue --replay ID`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder, err := dataFolder(data, path)
			if err != nil {
				return err
			}
			file := outboxPath(folder)
			if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("no outbox in %s: nothing was ever to be delivered from there", folder)
			}
			box, err := outbox.Open(file, time.Now())
			if errors.Is(err, outbox.ErrLocked) {
				return queueOfServer(cmd, folder, replay, drop, dead, asJSON)
			}
			if err != nil {
				return err
			}
			defer box.Close()
			switch {
			case replay != "":
				if err := box.Replay(replay, time.Now()); err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is tried again when the server runs\n", replay)
				return err
			case drop != "":
				if err := box.Drop(drop, whoami()+" on the command line", time.Now()); err != nil {
					return err
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), "dropped", drop)
				return err
			}
			states := []outbox.State{outbox.Queued, outbox.Held, outbox.Sending, outbox.Retry, outbox.Dead}
			if dead {
				states = []outbox.State{outbox.Dead}
			}
			list, err := box.List(states...)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(list)
			}
			items := make([]api.QueueItem, len(list))
			for i, e := range list {
				items[i] = api.QueueItemOf(e)
			}
			return printQueue(cmd.OutOrStdout(), items)
		}}
	tokenFlags(c, &data, &path)
	c.Flags().BoolVar(&dead, "dead", false, "only dead letters")
	c.Flags().StringVar(&replay, "replay", "", "let this dead letter be tried again")
	c.Flags().StringVar(&drop, "drop", "", "remove this dead letter; a receipt says that you did")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	c.MarkFlagsMutuallyExclusive("replay", "drop")
	return c
}

func printQueue(out io.Writer, list []api.QueueItem) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "id\tstate\treceiver\tincident\tattempts\tsince\treason")
	for _, e := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", e.ID, e.State, e.Receiver, e.Incident, e.Attempts, e.Since.Format(time.DateTime), e.Reason)
	}
	return w.Flush()
}

// queueOfServer asks the server that has the outbox open.
func queueOfServer(cmd *cobra.Command, folder, replay, drop string, dead, asJSON bool) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	c, err := api.Dial(ctx, folder)
	if err != nil {
		return fmt.Errorf("%w: %w", outbox.ErrLocked, err)
	}
	switch {
	case replay != "":
		if err := c.Replay(ctx, replay); err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s is tried again now\n", replay)
		return err
	case drop != "":
		if err := c.Drop(ctx, drop, whoami()+" on the command line"); err != nil {
			return err
		}
		_, err = fmt.Fprintln(out, "dropped", drop)
		return err
	}
	list, err := c.Queue(ctx, dead)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(out).Encode(list)
	}
	return printQueue(out, list)
}

func whoami() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "somebody"
}

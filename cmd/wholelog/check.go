package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/alert/setup"
	"github.com/wholelog/wholelog/internal/api"
	"github.com/wholelog/wholelog/internal/config"
)

// finding is one thing that check says.
type finding struct {
	Level string `json:"level"` // error, warning or ok
	Text  string `json:"text"`
}

func newCheck() *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use: "check [-c FILE]", Short: "Check the configuration without any request", Args: cobra.NoArgs,
		Long: `Reads the configuration as serve would: every key, name and reference, every
secret, certificate and folder it names. Nothing is asked over the network and
nothing is changed; what a tenant allows, doctor says.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path = configPath(path)
			list := checkConfig(path)
			bad := 0
			for _, f := range list {
				if f.Level == "error" {
					bad++
				}
			}
			out := cmd.OutOrStdout()
			if asJSON {
				if err := json.NewEncoder(out).Encode(struct {
					File     string    `json:"file"`
					OK       bool      `json:"ok"`
					Findings []finding `json:"findings"`
				}{path, bad == 0, list}); err != nil {
					return err
				}
			} else {
				for _, f := range list {
					fmt.Fprintf(out, "%-8s%s\n", f.Level, strings.ReplaceAll(f.Text, "\n", "\n        "))
				}
			}
			if bad > 0 {
				return fmt.Errorf("%s: %d things to mend", path, bad)
			}
			return nil
		},
	}
	configFlag(c, &path)
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func checkConfig(path string) (out []finding) {
	say := func(level, format string, args ...any) {
		out = append(out, finding{level, fmt.Sprintf(format, args...)})
	}
	c, err := config.Load(path)
	if err != nil {
		say("error", "%v", err)
		return out
	}
	say("ok", "%s is understood", path)
	for _, err := range each(c.CheckSecrets()) {
		say("error", "%v", err)
	}
	sources, _, err := wire(c, nil)
	for _, err := range each(err) {
		say("error", "%v", err)
	}
	if t := c.Server.TLS; t != nil {
		if _, err := tlsConfig(t); err != nil {
			say("error", "%v", err)
		} else {
			say("ok", "the certificate %s and its key belong together", t.Cert)
		}
	}
	rules := rulesFlags{data: c.Data, folder: c.Rules.Folder}
	if set, err := rules.load(); err != nil {
		say("error", "%v", err)
	} else {
		for _, p := range set.Problems {
			say("error", "rules: %v", p)
		}
		say("ok", "%d detection rules", len(set.Rules))
	}
	if c.Alerting != "" {
		if cfg, err := setup.Load(c.Alerting); err != nil {
			say("error", "%v", err)
		} else {
			for _, w := range cfg.Warnings {
				say("warning", "%s: %s", c.Alerting, w)
			}
			say("ok", "%s is understood", c.Alerting)
		}
	}
	switch info, err := os.Stat(c.Data); {
	case errors.Is(err, os.ErrNotExist):
		parent := filepath.Dir(c.Data)
		if i, err := os.Stat(parent); err != nil || !i.IsDir() {
			say("warning", "the data folder %s does not exist; serve makes it, and %s too", c.Data, parent)
		} else {
			say("ok", "the data folder %s does not exist yet; serve makes it", c.Data)
		}
	case err != nil:
		say("error", "data folder: %v", err)
	case !info.IsDir():
		say("error", "data folder: %s is no folder", c.Data)
	case info.Mode().Perm()&0o077 != 0:
		say("warning", "the data folder %s can be read by others on this machine: chmod 700 it", c.Data)
	default:
		say("ok", "the data folder is %s", c.Data)
	}
	if p := api.SocketPath(c.Data); len(p) > maxSocket {
		say("warning", "the path of the data folder is too long for a socket: query and status could not reach the server")
	}
	for _, f := range c.Folders {
		if info, err := os.Stat(f.Path); err != nil || !info.IsDir() {
			say("error", "folders: %s is no folder that can be read", f.Path)
		}
	}
	for _, k := range c.Kubernetes {
		if k.Log == "" {
			continue
		}
		if f, err := os.Open(k.Log); err != nil {
			say("warning", "kubernetes: the log cannot be read now: %v", err)
		} else {
			_ = f.Close()
		}
	}
	for _, w := range c.Warnings() {
		say("warning", "%s", w)
	}
	var names []string
	for _, s := range sources {
		names = append(names, s.Name())
	}
	if len(names) > 0 {
		say("ok", "%d sources: %s", len(names), strings.Join(names, ", "))
	}
	return out
}

// each takes errors that were joined apart.
func each(err error) []error {
	if err == nil {
		return nil
	}
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		var out []error
		for _, e := range j.Unwrap() {
			out = append(out, each(e)...)
		}
		return out
	}
	return []error{err}
}

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/wholelog/wholelog/internal/config"
)

func newInit() *cobra.Command {
	var path string
	var a config.Answers
	var force, quiet bool
	c := &cobra.Command{
		Use: "init [-c FILE]", Short: "Write a commented configuration, asking what matters", Args: cobra.NoArgs,
		Long: `Writes a configuration for serve. On a terminal it asks the few questions that
matter, unless flags answer them; otherwise flags are all there is.

  wholelog init
  wholelog init --tenant ID --client ID --credential secret --secret-file /etc/wholelog/secret
  wholelog init --push --folder /var/spool/wholelog     nothing from Graph`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if path == "" {
				path = "wholelog.yaml"
			}
			if _, err := os.Stat(path); err == nil && !force {
				return fmt.Errorf("%s exists; --force writes over it, -c names another", path)
			}
			given := a.Tenant != "" || a.Push || a.Folder != ""
			if f, ok := cmd.InOrStdin().(*os.File); ok && term.IsTerminal(int(f.Fd())) && !quiet && !given {
				ask(bufio.NewReader(f), cmd.OutOrStdout(), &a)
			}
			text := config.Template(a)
			if _, err := config.Parse([]byte(text), "/"); err != nil {
				return usageError{err}
			}
			flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
			if force {
				flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
			}
			f, err := os.OpenFile(path, flags, 0o600)
			if err != nil {
				return fmt.Errorf("configuration: %w", err)
			}
			_, err = io.WriteString(f, text)
			if err = errors.Join(err, f.Close()); err != nil {
				return fmt.Errorf("configuration: %w", err)
			}
			next := "wholelog check, then wholelog serve"
			if path != "wholelog.yaml" {
				next = "wholelog check -c " + path + ", then wholelog serve -c " + path
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "wrote %s\nnext: %s\n", path, next)
			return err
		},
	}
	fs := c.Flags()
	fs.StringVarP(&path, "config", "c", "", "file to write (default wholelog.yaml)")
	fs.StringVar(&a.Tenant, "tenant", "", "directory (tenant) id")
	fs.StringVar(&a.Client, "client", "", "application (client) id")
	fs.StringVar(&a.Credential, "credential", "", "secret, certificate, federated, managed or cli (default secret)")
	fs.StringVar(&a.SecretFile, "secret-file", "", "file with the client secret, or with the certificate and its key")
	fs.StringVar(&a.Data, "data", "", "data folder (default wholelog-data)")
	fs.StringVar(&a.Key, "key", "", "file of the signing key (default in your configuration folder)")
	fs.StringVar(&a.Folder, "folder", "", "folder to watch for exports")
	fs.BoolVar(&a.Push, "push", false, "take records over HTTP")
	fs.StringVar(&a.Endpoint, "graph-endpoint", "", "another address of Microsoft Graph, such as a simulated one")
	fs.StringVar(&a.Login, "login-endpoint", "", "another login service")
	fs.BoolVar(&force, "force", false, "write over a file that exists")
	fs.BoolVarP(&quiet, "yes", "y", false, "ask nothing")
	_ = c.RegisterFlagCompletionFunc("credential", cobra.FixedCompletions([]string{"secret", "certificate", "federated", "managed", "cli"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// ask asks the questions that matter. An empty answer takes the default.
func ask(in *bufio.Reader, out io.Writer, a *config.Answers) {
	question := func(text, instead string, to *string) {
		if *to != "" {
			return
		}
		if instead != "" {
			text += " [" + instead + "]"
		}
		fmt.Fprint(out, text+": ")
		line, _ := in.ReadString('\n')
		if *to = strings.TrimSpace(line); *to == "" {
			*to = instead
		}
	}
	question("Directory (tenant) id, empty to read nothing by Graph", "", &a.Tenant)
	if a.Tenant != "" {
		question("How does the application prove who it is: secret, certificate, federated, managed, cli", "secret", &a.Credential)
		if a.Credential != "managed" && a.Credential != "cli" {
			question("Application (client) id", "", &a.Client)
		}
		switch a.Credential {
		case "secret":
			question("File with the client secret, empty for $WHOLELOG_CLIENT_SECRET", "", &a.SecretFile)
		case "certificate":
			question("File with the certificate and its key", "wholelog.pem", &a.SecretFile)
		}
	}
	question("Data folder", "wholelog-data", &a.Data)
	question("Folder to watch for exports, empty for none", "", &a.Folder)
	var push string
	question("Take records over HTTP, y or n", "n", &push)
	a.Push = a.Push || strings.HasPrefix(strings.ToLower(push), "y")
}

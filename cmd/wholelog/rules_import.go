package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/ruletest"
	"github.com/wholelog/wholelog/internal/detect/sentinel"
)

func newRulesImport(*rulesFlags) *cobra.Command {
	var into string
	var dry, force bool
	c := &cobra.Command{
		Use: "import FILE|FOLDER... --into FOLDER", Short: "Make rules of Microsoft Sentinel's analytic rules",
		Long: `Reads analytic rules of Microsoft Sentinel (YAML, kinds Scheduled and NRT) and
writes each as a rule of this project, with what could not be taken over named.
A rule whose query is not understood is written with enabled: false.

Such files also load as they are from the folder of your own rules; importing
makes them editable, with knobs and tests.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if into == "" && !dry {
				return usageError{errors.New("name the folder with --into, or only look with --dry-run")}
			}
			return importRules(cmd, args, into, dry, force)
		},
	}
	c.Flags().StringVar(&into, "into", "", "folder to write to, made if missing")
	c.Flags().BoolVar(&dry, "dry-run", false, "say what would be written, and write nothing")
	c.Flags().BoolVar(&force, "force", false, "overwrite files that are there")
	_ = c.MarkFlagDirname("into")
	return c
}

// yamlFiles lists the YAML files that arguments name.
func yamlFiles(args []string) ([]string, error) {
	var out []string
	for _, a := range args {
		err := filepath.WalkDir(a, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if ext := strings.ToLower(filepath.Ext(p)); !d.IsDir() && (p == a || ext == ".yaml" || ext == ".yml") {
				out = append(out, p)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

var fileName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

func importRules(cmd *cobra.Command, args []string, into string, dry, force bool) (err error) {
	files, err := yamlFiles(args)
	if err != nil {
		return err
	}
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	r, err := ruletest.New(ctx, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close(ctx)) }()
	if !dry {
		if err := os.MkdirAll(into, 0o700); err != nil {
			return fmt.Errorf("rules folder: %w", err)
		}
	}
	var made, off, other, failed, warnings int
	seen := map[string]string{}
	for _, p := range files {
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		ru, err := sentinel.Import(text, p)
		switch {
		case errors.Is(err, sentinel.ErrNoQuery), err == nil && ru == nil:
			other++
			fmt.Fprintf(out, "skip  %s: %s\n", p, skipReason(err))
			continue
		case err == nil && seen[ru.ID] != "":
			err = fmt.Errorf("id %s is that of %s as well", ru.ID, seen[ru.ID])
		}
		if err != nil {
			failed++
			fmt.Fprintf(out, "FAIL  %s\n%s\n", p, inset(err.Error()))
			continue
		}
		seen[ru.ID] = p
		word := "ok   "
		if err := settle(ctx, r, ru); err != nil {
			off++
			word = "off  "
			ru.Warnings = append(ru.Warnings, "its query is not understood, so it is switched off: "+explain(err))
			no := false
			ru.Enabled = &no
		}
		made++
		warnings += len(ru.Warnings)
		fmt.Fprintf(out, "%s %s  %s\n", word, ru.ID, ru.Title)
		for _, w := range ru.Warnings {
			fmt.Fprintln(out, inset(w))
		}
		if dry {
			continue
		}
		if err := writeRule(ru, filepath.Join(into, fileName.ReplaceAllString(ru.ID, "-")+".yaml"), force); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "%d rules, %d of them switched off, %d warnings; %d files are no analytic rules, %d could not be read\n", made, off, warnings, other, failed)
	if failed > 0 {
		return errors.New("not every file could be read")
	}
	return nil
}

func skipReason(err error) string {
	if err == nil {
		return "no analytic rule of Microsoft Sentinel"
	}
	return err.Error()
}

// settle compiles an imported rule, which tells the tables that it reads and
// the columns that it names and does not have.
func settle(ctx context.Context, r *ruletest.Runner, ru *rule.Rule) error {
	end, err := (&rule.Test{}).At()
	if err != nil {
		return err
	}
	p, err := r.Prepare(ctx, ru, end)
	if err != nil {
		return err
	}
	ru.Tables = p.Tables()
	for _, w := range p.Missing(ru) {
		ru.Warnings = append(ru.Warnings, w.Error())
	}
	for _, n := range p.Prepared().Notices {
		ru.Warnings = append(ru.Warnings, "the query: "+n)
	}
	return nil
}

func writeRule(ru *rule.Rule, path string, force bool) error {
	text, err := rule.Marshal(ru)
	if err != nil {
		return err
	}
	var head strings.Builder
	fmt.Fprintf(&head, "# Made from %s by `wholelog rules import`.\n", filepath.Base(ru.Source))
	for _, w := range ru.Warnings {
		fmt.Fprintf(&head, "# Not as it was: %s\n", strings.ReplaceAll(w, "\n", "\n#   "))
	}
	text = append([]byte(head.String()), text...)
	if _, err := rule.Parse(text, path); err != nil {
		return fmt.Errorf("the rule would not load again: %w", err)
	}
	flags := os.O_CREATE | os.O_WRONLY | os.O_EXCL
	if force {
		flags = os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; --force overwrites it", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/rules"
	"github.com/wholelog/wholelog/internal/detect/sentinel"
)

// rulesFlags are the flags that all rules commands have.
type rulesFlags struct{ data, folder string }

func newRules() *cobra.Command {
	var f rulesFlags
	c := &cobra.Command{
		Use: "rules", Short: "List, test and import detection rules",
		Long: `Works on detection rules: those of the binary, and those of a folder of your
own, which add to them, replace them or change their knobs.

  wholelog rules list
  wholelog rules show WL-CRED-001
  wholelog rules test my-rule.yaml
  wholelog rules import Solutions/ --into DATA/rules
  wholelog rules backtest WL-CRED-001 --data DATA --days 30
  wholelog rules coverage --data DATA

docs/rules.md has the format.`,
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	fs := c.PersistentFlags()
	fs.StringVar(&f.data, "data", "", "data folder")
	fs.StringVar(&f.folder, "rules", "", "folder of your own rules (default: DATA/rules)")
	_ = c.MarkPersistentFlagDirname("data")
	_ = c.MarkPersistentFlagDirname("rules")
	c.AddCommand(newRulesList(&f), newRulesShow(&f), newRulesTest(&f), newRulesImport(&f), newRulesCoverage(&f), newRulesBacktest(&f))
	return c
}

// importers read rules of other formats.
func importers() []rule.Importer { return []rule.Importer{sentinel.Import} }

// load reads the rules of the binary and of the folder.
func (f *rulesFlags) load() (*rule.Set, error) {
	folders := []rule.Folder{rules.Folder()}
	dir := f.folder
	if dir == "" && f.data != "" {
		dir = filepath.Join(f.data, "rules")
	}
	if dir != "" {
		if _, err := os.Stat(dir); err != nil && f.folder != "" {
			return nil, fmt.Errorf("rules folder: %w", err)
		}
		folders = append(folders, rule.Folder{FS: os.DirFS(dir), Name: dir})
	}
	return rule.Load(folders, importers()...), nil
}

// find gives the rule of an id.
func (f *rulesFlags) find(id string) (*rule.Rule, error) {
	set, err := f.load()
	if err != nil {
		return nil, err
	}
	r := set.Find(id)
	if r == nil {
		for _, p := range set.Problems {
			if strings.Contains(p.Error(), id) {
				return nil, p
			}
		}
		return nil, fmt.Errorf("there is no rule %q; wholelog rules list shows all", id)
	}
	return r, nil
}

// complete offers ids of rules.
func (f *rulesFlags) complete(_ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	set, err := f.load()
	if err != nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	var out []string
	for _, r := range set.Rules {
		out = append(out, r.ID+"\t"+r.Title)
	}
	return out, cobra.ShellCompDirectiveDefault
}

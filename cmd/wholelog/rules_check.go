package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/rules"
	"github.com/wholelog/wholelog/internal/detect/ruletest"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/kql"
)

func newRulesTest(f *rulesFlags) *cobra.Command {
	var verbose bool
	c := &cobra.Command{
		Use: "test [ID | FILE | FOLDER]...", Short: "Run the tests that rules carry",
		Long: `Checks rules and runs their tests: the events of a test go through the same
code as real records into a store of its own, the rule is evaluated, and the
alerts are compared. Without an argument, all rules.`,
		ValidArgsFunction: f.complete,
		RunE: func(cmd *cobra.Command, args []string) error {
			list, problems := f.pick(args)
			return testRules(cmd, list, problems, verbose)
		},
	}
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "name every test")
	return c
}

// pick gives the rules of ids, files and folders; without any, all.
func (f *rulesFlags) pick(args []string) (list []*rule.Rule, problems []error) {
	if len(args) == 0 {
		set, err := f.load()
		if err != nil {
			return nil, []error{err}
		}
		return set.Rules, set.Problems
	}
	for _, a := range args {
		info, err := os.Stat(a)
		switch {
		case err == nil && info.IsDir():
			set := rule.Load([]rule.Folder{{FS: os.DirFS(a), Name: a}}, importers()...)
			list, problems = append(list, set.Rules...), append(problems, set.Problems...)
		case err == nil:
			r, err := readRule(a)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			list = append(list, r)
		case errors.Is(err, fs.ErrNotExist) && filepath.Ext(a) == "":
			r, err := f.find(a)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			list = append(list, r)
		default:
			problems = append(problems, err)
		}
	}
	return list, problems
}

func readRule(path string) (*rule.Rule, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r, o, err := rule.Read(text, path, importers()...)
	if err == nil && o != nil {
		err = fmt.Errorf("%s changes rule %s and is none itself", path, o.ID)
	}
	return r, err
}

func testRules(cmd *cobra.Command, list []*rule.Rule, problems []error, verbose bool) (err error) {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	r, err := ruletest.New(ctx, "", rules.Engines()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close(ctx)) }()
	for _, p := range problems {
		fmt.Fprintf(out, "FAIL  %v\n", p)
	}
	failed, tests := len(problems), 0
	fail := func(name string, err error) {
		failed++
		fmt.Fprintf(out, "FAIL  %s\n%s\n", name, inset(explain(err)))
	}
	for _, ru := range list {
		at, err := (&rule.Test{}).At()
		if err != nil {
			return err
		}
		if err := r.Check(ctx, ru, at); err != nil {
			fail(ru.ID, err)
			continue
		}
		if len(ru.Tests) > 0 {
			if err := ru.Complete(); err != nil {
				fail(ru.ID, err)
			}
		}
		for i := range ru.Tests {
			t := &ru.Tests[i]
			tests++
			if err := r.RunTest(ctx, ru, t); err != nil {
				fail(ru.ID+": "+t.Name, err)
			} else if verbose {
				fmt.Fprintf(out, "ok    %s: %s\n", ru.ID, t.Name)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(out, "%d rules, %d tests, %d failures\n", len(list), tests, failed)
	if failed > 0 {
		return errors.New("not every rule is as it should be")
	}
	return nil
}

// explain shows an error of a query with its line.
func explain(err error) string {
	text := err.Error()
	var q *query.Error
	if errors.As(err, &q) {
		for _, d := range q.Diagnostics {
			if d.Severity == "error" {
				text += "\n" + kql.Underline(q.Text, d)
				if d.Hint != "" {
					text += "\n" + d.Hint
				}
			}
		}
	}
	return text
}

func inset(s string) string { return "      " + strings.ReplaceAll(s, "\n", "\n      ") }

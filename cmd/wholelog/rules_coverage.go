package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/api"
	"github.com/wholelog/wholelog/internal/detect/attack"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/ruletest"
)

// sampleRows is how many of the newest rows of a table tell whether a column
// is filled.
const sampleRows = 20_000

// need is what a rule reads.
type need struct {
	Rule    string              `json:"rule"`
	Title   string              `json:"title"`
	Enabled bool                `json:"enabled"`
	Reads   map[string][]string `json:"reads"`             // columns by table
	Lacks   []string            `json:"lacks,omitempty"`   // tables and columns without data
	Problem string              `json:"problem,omitempty"` // its query is not understood
}

// covered is a technique with the rules that find it.
type covered struct {
	Technique string   `json:"technique"` // in ATT&CK 18
	Name      string   `json:"name,omitempty"`
	ID19      string   `json:"technique19,omitempty"`
	Name19    string   `json:"name19,omitempty"`
	Tactics   []string `json:"tactics,omitempty"`
	Tactics19 []string `json:"tactics19,omitempty"`
	Rules     []string `json:"rules"`
}

func newRulesCoverage(f *rulesFlags) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "coverage [--data DIR]", Short: "Show the ATT&CK techniques that rules find, and the data that they need",
		Long: `Shows which techniques of MITRE ATT&CK the enabled rules find, in the ids of
versions 18 and 19, and which tables and columns each rule reads. With --data it
says whether they are there: a column counts as filled if the newest 20,000 rows
of its table have a value in it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := f.load()
			if err != nil {
				return err
			}
			for _, p := range set.Problems {
				fmt.Fprintln(cmd.ErrOrStderr(), "note:", p)
			}
			needs, err := f.needs(cmd.Context(), set.Rules)
			if err != nil {
				return err
			}
			list := coverage(set.Rules)
			if asJSON {
				e := json.NewEncoder(cmd.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(map[string]any{"techniques": list, "rules": needs})
			}
			return printCoverage(cmd.OutOrStdout(), list, needs, f.data != "")
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// coverage joins the techniques of enabled rules, each under its id of version
// 18 where it has one.
func coverage(list []*rule.Rule) []covered {
	byID := map[string]*covered{}
	for _, r := range list {
		if !r.IsEnabled() {
			continue
		}
		for _, id := range r.Attack.Techniques {
			p, _ := attack.Find(r.Attack.Version, id)
			k := p.V18.ID
			if k == "" {
				k = id
			}
			c := byID[k]
			if c == nil {
				c = &covered{Technique: k, Name: p.V18.Name, Tactics: p.V18.Tactics, ID19: p.V19.ID, Name19: p.V19.Name, Tactics19: p.V19.Tactics}
				byID[k] = c
			}
			if !slices.Contains(c.Rules, r.ID) {
				c.Rules = append(c.Rules, r.ID)
			}
		}
	}
	out := make([]covered, 0, len(byID))
	for _, k := range slices.Sorted(maps.Keys(byID)) {
		out = append(out, *byID[k])
	}
	return out
}

// needs compiles every rule and, with a data folder, looks for what it reads.
func (f *rulesFlags) needs(ctx context.Context, list []*rule.Rule) (out []need, err error) {
	r, err := ruletest.New(ctx, "")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close(ctx)) }()
	end, err := (&rule.Test{}).At()
	if err != nil {
		return nil, err
	}
	wanted := map[string]map[string]bool{}
	for _, ru := range list {
		n := need{Rule: ru.ID, Title: ru.Title, Enabled: ru.IsEnabled(), Reads: map[string][]string{}}
		if p, err := r.Prepare(ctx, ru, end); err != nil {
			n.Problem = err.Error()
		} else {
			n.Reads = p.Reads()
			for _, note := range p.Prepared().Notices {
				if source, ok := strings.CutPrefix(note, "no source for "); ok {
					n.Lacks = append(n.Lacks, source)
				}
			}
		}
		for t, cols := range n.Reads {
			if wanted[t] == nil {
				wanted[t] = map[string]bool{}
			}
			for _, c := range cols {
				wanted[t][c] = true
			}
		}
		out = append(out, n)
	}
	if f.data == "" {
		return out, nil
	}
	filled, err := f.filled(ctx, wanted)
	if err != nil {
		return nil, err
	}
	for i := range out {
		for _, t := range slices.Sorted(maps.Keys(out[i].Reads)) {
			if filled[t] == nil {
				out[i].Lacks = append(out[i].Lacks, t)
				continue
			}
			for _, c := range out[i].Reads[t] {
				if !filled[t][c] {
					out[i].Lacks = append(out[i].Lacks, t+"."+c)
				}
			}
		}
	}
	return out, nil
}

// filled tells which columns of tables have values; nil for a table without
// rows.
func (f *rulesFlags) filled(ctx context.Context, wanted map[string]map[string]bool) (out map[string]map[string]bool, err error) {
	e, done, err := openAsker(ctx, &queryFlags{data: f.data})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	out = map[string]map[string]bool{}
	for _, t := range slices.Sorted(maps.Keys(wanted)) {
		cols := slices.Sorted(maps.Keys(wanted[t]))
		var b strings.Builder
		fmt.Fprintf(&b, "%s | top %d by TimeGenerated desc | summarize n = count()", t, sampleRows)
		for i, c := range cols {
			fmt.Fprintf(&b, ", c%d = countif(isnotempty(['%s']))", i, c)
		}
		a, err := e.answer(ctx, api.Ask{Query: b.String()})
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", t, err)
		}
		counts, err := numbers(a)
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", t, err)
		}
		if len(counts) == 0 || counts[0] == 0 {
			continue
		}
		out[t] = map[string]bool{}
		for i, c := range cols {
			out[t][c] = counts[i+1] > 0
		}
	}
	return out, nil
}

func printCoverage(w io.Writer, list []covered, needs []need, looked bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ATT&CK v18\tv19\ttechnique\trules")
	for _, c := range list {
		id19, name := c.ID19, c.Name
		switch {
		case id19 == c.Technique:
			id19 = "same"
		case c.Name19 != "":
			name += " (v19: " + c.Name19 + ")"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", c.Technique, id19, name, strings.Join(c.Rules, " "))
	}
	fmt.Fprintln(t, "\nrule\tneeds\t"+map[bool]string{true: "lacks"}[looked])
	lacking := 0
	for _, n := range needs {
		var reads []string
		for _, table := range slices.Sorted(maps.Keys(n.Reads)) {
			reads = append(reads, table+" ("+strconv.Itoa(len(n.Reads[table]))+" columns)")
		}
		lacks := strings.Join(n.Lacks, ", ")
		if n.Problem != "" {
			lacks = n.Problem
		}
		if lacks != "" {
			lacking++
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", n.Rule, strings.Join(reads, ", "), lacks)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d techniques, %d rules, %d of them lack something\n", len(list), len(needs), lacking)
	return err
}

// numbers is the one row of an answer.
func numbers(a api.Answer) ([]int64, error) {
	if !a.OK {
		return nil, errors.New(a.Error)
	}
	if len(a.Rows) != 1 {
		return nil, fmt.Errorf("%d rows, one is wanted", len(a.Rows))
	}
	var out []int64
	if err := json.Unmarshal(a.Rows[0], &out); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return out, nil
}

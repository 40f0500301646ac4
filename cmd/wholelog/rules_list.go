package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/detect/attack"
	"github.com/wholelog/wholelog/internal/detect/rule"
)

// listed is a rule as `rules list --json` has it.
type listed struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Severity   string   `json:"severity"`
	Enabled    bool     `json:"enabled"`
	Kind       string   `json:"kind"`
	Every      string   `json:"every"`
	Window     string   `json:"window"`
	Lookback   string   `json:"lookback,omitempty"`
	Tables     []string `json:"tables,omitempty"`
	Tactics    []string `json:"tactics,omitempty"`
	Techniques []string `json:"techniques,omitempty"`
	Attack     int      `json:"attackVersion"`
	Tests      int      `json:"tests"`
	Source     string   `json:"source"`
	Warnings   []string `json:"warnings,omitempty"`
}

func newRulesList(f *rulesFlags) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List the rules", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := f.load()
			if err != nil {
				return err
			}
			for _, p := range set.Problems {
				fmt.Fprintln(cmd.ErrOrStderr(), "note:", p)
			}
			return listRules(cmd.OutOrStdout(), set.Rules, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func listRules(w io.Writer, list []*rule.Rule, asJSON bool) error {
	if !asJSON {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, r := range list {
			state := string(r.Severity)
			if !r.IsEnabled() {
				state = "off"
			}
			fmt.Fprintf(t, "%s\t%s\tevery %s\t%s\t%s\n", r.ID, state, r.Every, strings.Join(r.Attack.Techniques, " "), r.Title)
		}
		return t.Flush()
	}
	out := make([]listed, 0, len(list))
	for _, r := range list {
		l := listed{ID: r.ID, Title: r.Title, Severity: string(r.Severity), Enabled: r.IsEnabled(), Kind: r.Kind, Every: r.Every.String(), Window: r.Window.String(), Tables: r.Tables,
			Tactics: r.Attack.Tactics, Techniques: r.Attack.Techniques, Attack: r.Attack.Version, Tests: len(r.Tests), Source: r.Source, Warnings: r.Warnings}
		if r.Lookback > 0 {
			l.Lookback = r.Lookback.String()
		}
		out = append(out, l)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func newRulesShow(f *rulesFlags) *cobra.Command {
	var asYAML bool
	c := &cobra.Command{
		Use: "show ID", Short: "Show one rule", Args: cobra.ExactArgs(1), ValidArgsFunction: f.complete,
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := f.find(args[0])
			if err != nil {
				return err
			}
			if asYAML {
				text, err := rule.Marshal(r)
				if err != nil {
					return err
				}
				_, err = cmd.OutOrStdout().Write(text)
				return err
			}
			return showRule(cmd.OutOrStdout(), r)
		},
	}
	c.Flags().BoolVar(&asYAML, "yaml", false, "print the rule as YAML, with overlays put in")
	return c
}

func showRule(w io.Writer, r *rule.Rule) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(t, "%s\t%s\n", name, value)
		}
	}
	fmt.Fprintf(w, "%s  %s\n\n%s\n\n", r.ID, r.Title, strings.TrimSpace(r.Description))
	state := ""
	if !r.IsEnabled() {
		state = ", switched off"
	}
	line("severity", string(r.Severity)+state)
	when := fmt.Sprintf("%s, every %s over %s", r.Kind, r.Every, r.Window)
	if r.Lookback > 0 {
		when += fmt.Sprintf(", history of %s", r.Lookback)
	}
	line("runs", when)
	line("alerts", fmt.Sprintf("%s, when the number of rows is %s %d", r.Alerts, r.Trigger.Op, r.Trigger.Threshold))
	line("tables", strings.Join(r.Tables, ", "))
	line("engine", r.Engine)
	by := "the entities"
	if len(r.Suppress.By) > 0 {
		by = strings.Join(r.Suppress.By, ", ")
	}
	line("silent", fmt.Sprintf("%s after an alert with the same %s", r.SuppressFor(), by))
	line("tactics", tactics(r.Attack))
	for _, id := range r.Attack.Techniques {
		line("technique", attack.Show(r.Attack.Version, id))
	}
	for _, n := range r.KnobNames() {
		k := r.Knobs[n]
		line("knob", fmt.Sprintf("%s = %v  %s", n, k.Default, k.Description))
	}
	for _, x := range r.Exclude {
		var parts []string
		for _, c := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, c+" is "+strings.Join(x[c], " or "))
		}
		line("leaves out", strings.Join(parts, ", "))
	}
	for _, s := range r.FalsePositives {
		line("false positive", s)
	}
	for _, s := range r.Response {
		line("what to do", s)
	}
	for _, s := range r.Warnings {
		line("not as it was", s)
	}
	line("from", r.Source)
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", strings.TrimRight(r.Query, "\n"))
	return err
}

// tactics names a rule's tactics in both versions where they differ.
func tactics(a rule.Attack) string {
	own := titles(a.Tactics)
	to := 19
	if a.Version >= 19 {
		to = 18
	}
	other := titles(attack.Translate(a.Version, to, a.Tactics, a.Techniques))
	if own == other || own == "" {
		return own
	}
	return fmt.Sprintf("%s (v%d), %s (v%d)", own, a.Version, other, to)
}

func titles(names []string) string {
	var out []string
	for _, n := range names {
		if t, _ := attack.Tactic(n); t != "" {
			n = t
		}
		out = append(out, n)
	}
	return strings.Join(out, ", ")
}

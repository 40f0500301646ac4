package doctor

import (
	"fmt"
	"io"
	"strings"
)

// Write prints a report for reading: findings by tenant, ways to mend them
// under them, then the plan.
func (r *Report) Write(w io.Writer) error {
	var b strings.Builder
	for _, t := range r.Tenants {
		fmt.Fprintf(&b, "%s", printable(t.Name))
		if t.Name != t.ID {
			fmt.Fprintf(&b, " (%s)", t.ID)
		}
		b.WriteString("\n")
		shown := map[string]string{} // ways to mend, and where they were printed
		for _, f := range t.Findings {
			fmt.Fprintf(&b, "  %-5s %-11s %s: %s\n", f.Level, f.Area, f.Name, f.What)
			if len(f.Fix) == 0 {
				continue
			}
			key := fmt.Sprint(f.Fix)
			if above := shown[key]; above != "" {
				fmt.Fprintf(&b, "          as above, under %s\n", above)
				continue
			}
			shown[key] = f.Area + " " + f.Name
			for _, s := range f.Fix {
				fmt.Fprintf(&b, "          %-11s %s\n", s.How, strings.ReplaceAll(s.Text, "\n", "\n                      "))
			}
		}
	}
	fmt.Fprintf(&b, "%d ok, %d to look at, %d to mend\n", r.Count(OK), r.Count(Warn), r.Count(Fail))
	if r.Plan != nil {
		r.Plan.write(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *Plan) write(b *strings.Builder) {
	name := printable(p.Setting)
	if p.Unchanged {
		fmt.Fprintf(b, "\nthe setting %s writes %s already: there is nothing to change\n", name, list(p.Categories))
		return
	}
	verb := "changes the setting"
	if p.New {
		verb = "makes the setting"
	}
	fmt.Fprintf(b, "\nThis %s %s, which writes to %s:\n\n", verb, name, list(p.Destination))
	for l := range strings.Lines(p.Diff) {
		b.WriteString(printable(strings.TrimSuffix(l, "\n")) + "\n")
	}
	if p.Applied {
		b.WriteString("\nwritten")
		if p.Verified {
			b.WriteString(", read back, and equal to what was sent")
		}
		b.WriteString("\n")
		return
	}
	fmt.Fprintf(b, "\nNothing was written. To write it, run the same command with --yes, or save the body as %s and send it:\n\n", shell(p.File))
	fmt.Fprintf(b, "cat > %s <<'END'\n", shell(p.File))
	for l := range strings.Lines(string(p.Body)) {
		b.WriteString(printable(strings.TrimSuffix(l, "\n")) + "\n")
	}
	fmt.Fprintf(b, "END\naz rest --method put --url %s --body @%s\n", shell(p.URL), shell(p.File))
}

package rules

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/ruletest"
)

// TestDocument runs the rule that docs/rules.md shows, and looks for every key
// of events in it.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	example, after, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("there is no example")
	}
	ctx := context.Background()
	r, err := ruletest.New(ctx, t.TempDir(), Engines()...)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(ctx)
	ru, err := rule.Parse([]byte(example), "docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	end, err := ru.Tests[0].At()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Check(ctx, ru, end); err != nil {
		t.Error(err)
	}
	if err := ru.Complete(); err != nil {
		t.Error(err)
	}
	for i := range ru.Tests {
		if err := r.RunTest(ctx, ru, &ru.Tests[i]); err != nil {
			t.Error(err)
		}
	}
	for _, l := range strings.Split(after, "\n") {
		for name, keys := range ruletest.Bases() {
			if f := strings.Split(l, "|"); len(f) > 3 && strings.Contains(f[1], name) && !strings.Contains(f[1], "-"+name) {
				for _, k := range keys {
					if !strings.Contains(f[3], k) && k != "upn" { // the same as user
						t.Errorf("%s: key %s is not in the document", name, k)
					}
				}
			}
		}
	}
}

package rules

import (
	"context"
	"slices"
	"testing"

	"github.com/wholelog/wholelog/internal/detect/attack"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/ruletest"
)

// TestRules checks every rule of the binary and runs the tests that it
// carries.
func TestRules(t *testing.T) {
	ctx := context.Background()
	set := rule.Load([]rule.Folder{Folder()})
	t.Run("load", func(t *testing.T) {
		for _, err := range set.Problems {
			t.Error(err)
		}
		if len(set.Rules) == 0 {
			t.Error("there are no rules")
		}
	})
	r, err := ruletest.New(ctx, t.TempDir(), Engines()...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	for _, ru := range set.Rules {
		t.Run(ru.ID, func(t *testing.T) {
			if want := "builtin/" + ru.ID + ".yaml"; ru.Source != want {
				t.Errorf("the file is %s, want %s", ru.Source, want)
			}
			if err := ru.Complete(); err != nil {
				t.Fatal(err)
			}
			end, err := ru.Tests[0].At()
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Check(ctx, ru, end); err != nil {
				t.Fatal(err)
			}
			for i := range ru.Tests {
				t.Run(ru.Tests[i].Name, func(t *testing.T) {
					if err := r.RunTest(ctx, ru, &ru.Tests[i]); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
}

// TestAttack looks the techniques and tactics of every rule up: a name that
// package attack does not have may be a slip, or belongs into its table.
func TestAttack(t *testing.T) {
	for _, r := range rule.Load([]rule.Folder{Folder()}).Rules {
		for _, id := range r.Attack.Techniques {
			if _, ok := attack.Find(r.Attack.Version, id); !ok {
				t.Errorf("%s: technique %s is not in internal/detect/attack/techniques.tsv", r.ID, id)
			}
		}
		for _, n := range r.Attack.Tactics {
			if !slices.Contains(attack.Tactics(r.Attack.Version), n) {
				t.Errorf("%s: ATT&CK %d has no tactic %q; it has %v", r.ID, r.Attack.Version, n, attack.Tactics(r.Attack.Version))
			}
		}
	}
}

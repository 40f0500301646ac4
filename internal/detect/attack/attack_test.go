package attack

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTechniquesInBothVersions(t *testing.T) {
	f := func(version int, id, id18, id19 string, known bool) {
		t.Helper()
		p, ok := Find(version, id)
		if ok != known || p.V18.ID != id18 || p.V19.ID != id19 {
			t.Errorf("%s in %d: %+v, %v", id, version, p, ok)
		}
	}
	f(18, "T1098.003", "T1098.003", "T1098.003", true)
	f(18, "T1562.001", "T1562.001", "T1685", true)
	f(18, "T1562.007", "T1562.007", "T1686.001", true)
	f(18, "T1562.008", "T1562.008", "T1685.002", true)
	f(19, "T1685.002", "T1562.008", "T1685.002", true)
	f(18, "T1562.011", "T1562.011", "", false)
	f(18, "T9999", "T9999", "T9999", false)
	if got := Show(18, "T1562.008"); got != "T1562.008 Impair Defenses: Disable or Modify Cloud Logs (v18), T1685.002 Disable or Modify Tools: Disable or Modify Cloud Log (v19)" {
		t.Error(got)
	}
	if got := Show(19, "T1621"); got != "T1621 Multi-Factor Authentication Request Generation" {
		t.Error(got)
	}
}

func TestTacticsTranslate(t *testing.T) {
	f := func(from, to int, names, techniques, want string) {
		t.Helper()
		if got := strings.Join(Translate(from, to, strings.Fields(names), strings.Fields(techniques)), " "); got != want {
			t.Errorf("%s with %s from %d to %d: %s, want %s", names, techniques, from, to, got, want)
		}
	}
	f(18, 19, "Persistence DefenseEvasion", "T1562.008", "Persistence DefenseImpairment")
	f(18, 19, "DefenseEvasion", "T1564.008", "Stealth")
	f(18, 19, "DefenseEvasion Impact", "T1621", "Stealth DefenseImpairment Impact")
	f(19, 18, "Stealth DefenseImpairment", "", "DefenseEvasion")
	f(18, 18, "DefenseEvasion", "T1562", "DefenseEvasion")
	for v, n := range map[int]int{18: 14, 19: 15} {
		if got := Tactics(v); len(got) != n {
			t.Errorf("version %d has %d tactics: %v", v, len(got), got)
		}
	}
	if title, id := Tactic("DefenseImpairment"); title != "Defense Impairment" || id != "TA0112" {
		t.Error(title, id)
	}
}

// TestTable reads the table over: ids, names, and tactics that there are.
func TestTable(t *testing.T) {
	id := regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)
	seen := map[string]bool{}
	for _, p := range all() {
		if seen[p.V18.ID] {
			t.Errorf("%s stands twice", p.V18.ID)
		}
		seen[p.V18.ID] = true
		for v, x := range map[int]Technique{18: p.V18, 19: p.V19} {
			if !id.MatchString(x.ID) || x.Name == "" || len(x.Tactics) == 0 {
				t.Errorf("version %d: %+v", v, x)
			}
			for _, tactic := range x.Tactics {
				if !slices.Contains(Tactics(v), tactic) {
					t.Errorf("%s: version %d has no tactic %q", x.ID, v, tactic)
				}
			}
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d techniques", len(seen))
	}
}

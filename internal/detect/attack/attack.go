package attack

import (
	"bufio"
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed techniques.tsv
var table string

// versions are the numberings that the package has, the default first.
var versions = []int{18, 19}

// Versions lists the numberings that are known.
func Versions() []int { return slices.Clone(versions) }

// Technique is a technique as one version has it.
type Technique struct {
	ID      string
	Name    string   // "Account Manipulation: Additional Cloud Roles"
	Tactics []string // names without blanks, as rules have them
}

// Pair is a technique in both versions. A version that has no such technique
// has an empty ID.
type Pair struct{ V18, V19 Technique }

// Of is the technique in one version.
func (p Pair) Of(version int) Technique {
	if version >= 19 {
		return p.V19
	}
	return p.V18
}

// URL is the page of a technique.
func URL(id string) string {
	return "https://attack.mitre.org/techniques/" + strings.ReplaceAll(id, ".", "/") + "/"
}

// Find gives a technique by its id in a version. ok is false for one that the
// package does not name: then both versions are said to have the id as it is,
// but for T1562, which version 19 has not.
func Find(version int, id string) (p Pair, ok bool) {
	for _, p := range all() {
		if p.Of(version).ID == id {
			return p, true
		}
	}
	p = Pair{V18: Technique{ID: id}, V19: Technique{ID: id}}
	if version < 19 && (id == "T1562" || strings.HasPrefix(id, "T1562.")) {
		p.V19 = Technique{}
	}
	return p, false
}

// tactics are those of the Enterprise matrix, in its order, with the ids.
var tactics = []struct{ name, title, id string }{
	{"Reconnaissance", "Reconnaissance", "TA0043"}, {"ResourceDevelopment", "Resource Development", "TA0042"}, {"InitialAccess", "Initial Access", "TA0001"}, {"Execution", "Execution", "TA0002"},
	{"Persistence", "Persistence", "TA0003"}, {"PrivilegeEscalation", "Privilege Escalation", "TA0004"}, {"DefenseEvasion", "Defense Evasion", "TA0005"}, {"Stealth", "Stealth", "TA0005"}, {"DefenseImpairment", "Defense Impairment", "TA0112"},
	{"CredentialAccess", "Credential Access", "TA0006"}, {"Discovery", "Discovery", "TA0007"}, {"LateralMovement", "Lateral Movement", "TA0008"}, {"Collection", "Collection", "TA0009"}, {"CommandAndControl", "Command and Control", "TA0011"},
	{"Exfiltration", "Exfiltration", "TA0010"}, {"Impact", "Impact", "TA0040"},
}

// Tactics lists the tactics of a version in the order of its matrix.
func Tactics(version int) []string {
	var out []string
	for _, t := range tactics {
		if only19 := t.name == "Stealth" || t.name == "DefenseImpairment"; only19 != (version >= 19) && (only19 || t.name == "DefenseEvasion") {
			continue
		}
		out = append(out, t.name)
	}
	return out
}

// Tactic gives a tactic's title and id, "" for what is none.
func Tactic(name string) (title, id string) {
	for _, t := range tactics {
		if t.name == name {
			return t.title, t.id
		}
	}
	return "", ""
}

// Translate gives a rule's tactics in another version. Defense Evasion becomes
// what the rule's techniques say, and both of its successors where they say
// nothing.
func Translate(from, to int, names, techniques []string) []string {
	if (from >= 19) == (to >= 19) {
		return names
	}
	var out []string
	add := func(list ...string) {
		for _, n := range list {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	for _, n := range names {
		switch {
		case to < 19 && (n == "Stealth" || n == "DefenseImpairment"):
			add("DefenseEvasion")
		case to >= 19 && n == "DefenseEvasion":
			before := len(out)
			for _, id := range techniques {
				if p, ok := Find(from, id); ok {
					for _, t := range p.V19.Tactics {
						if t == "Stealth" || t == "DefenseImpairment" {
							add(t)
						}
					}
				}
			}
			if len(out) == before {
				add("Stealth", "DefenseImpairment")
			}
		default:
			add(n)
		}
	}
	return out
}

// all reads the table: id, name and tactics of version 18, then those of
// version 19 where they differ.
func all() []Pair {
	var out []Pair
	for sc := bufio.NewScanner(strings.NewReader(table)); sc.Scan(); {
		line := sc.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		for len(f) < 6 {
			f = append(f, "")
		}
		p := Pair{V18: Technique{f[0], f[1], list(f[2])}}
		p.V19 = p.V18
		if f[3] != "" {
			p.V19.ID = f[3]
		}
		if f[4] != "" {
			p.V19.Name = f[4]
		}
		if f[5] != "" {
			p.V19.Tactics = list(f[5])
		}
		out = append(out, p)
	}
	return out
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// Show writes a technique with its names in both versions where they differ.
func Show(version int, id string) string {
	p, ok := Find(version, id)
	switch t := p.Of(version); {
	case !ok:
		return id
	case p.V18.ID == p.V19.ID && p.V18.Name == p.V19.Name:
		return t.ID + " " + t.Name
	}
	return fmt.Sprintf("%s %s (v18), %s %s (v19)", p.V18.ID, p.V18.Name, p.V19.ID, p.V19.Name)
}

package kql

import (
	"sort"
	"strings"

	"github.com/wholelog/wholelog/kql/token"
	"github.com/wholelog/wholelog/kql/types"
)

// lets are the let statements of the stored functions that a source calls, and
// of those that these call.
func lets(src string, functions map[string]string) string {
	if len(functions) == 0 {
		return ""
	}
	var out strings.Builder
	done := map[string]bool{}
	var need func(text string)
	need = func(text string) {
		for _, name := range called(text, functions) {
			if !done[name] {
				done[name] = true
				need(functions[name])
				out.WriteString("let " + name + " = " + functions[name] + ";\n")
			}
		}
	}
	need(src)
	return out.String()
}

// called lists the stored functions that a source calls and does not define.
func called(src string, functions map[string]string) []string {
	found, defined := map[string]bool{}, map[string]bool{}
	tokens := token.Scan(src)
	for i, t := range tokens {
		if t.Kind != token.Ident || functions[t.Text] == "" {
			continue
		}
		if i > 0 && strings.EqualFold(tokens[i-1].Text, "let") {
			defined[t.Text] = true
		}
		if i+1 < len(tokens) && tokens[i+1].Text == "(" {
			found[t.Text] = true
		}
	}
	var out []string
	for name := range found {
		if !defined[name] {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out
}

// moved shifts the places of problems from a text with stored functions before
// it to the text itself. What is wrong inside a function has its place at the
// beginning.
func moved(list []types.Problem, by int) []types.Problem {
	if by == 0 {
		return list
	}
	for i := range list {
		s := &list[i].Span
		s.Pos, s.End = max(s.Pos-by, 0), max(s.End-by, 0)
	}
	return list
}

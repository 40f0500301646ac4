package token

import (
	"strings"

	"github.com/wholelog/wholelog/kql/types"
)

// Kind is the class of a token.
type Kind uint8

const (
	EOF     Kind = iota
	Ident        // T, ['x y'] has kind Quoted
	Quoted       // bracketed name
	String       // Text is the value
	Number       // Text is digits, possibly with a fraction and exponent
	Span         // timespan such as 1.5h
	Literal      // datetime(...) and the like: Text is the type's name, Raw the inside
	Op           // Text is the operator
	Bad          // Text is the message
)

// Token is a piece of source.
type Token struct {
	Kind Kind
	Text string
	Raw  string
	Pos  types.Span
}

// Is tells whether t is the operator or keyword s.
func (t Token) Is(s string) bool { return (t.Kind == Op || t.Kind == Ident) && t.Text == s }

// Names lists the names in a source that talks of watchlists, each once: the
// columns that it expects of them are among these. It is nil for all others.
func Names(src string) []string {
	if !strings.Contains(src, "_GetWatchlist") {
		return nil
	}
	seen := map[string]bool{}
	var out []string
	for _, t := range Scan(src) {
		if (t.Kind == Ident || t.Kind == String) && !seen[t.Text] && isName(t) {
			seen[t.Text] = true
			out = append(out, t.Text)
		}
	}
	return out
}

// isName leaves out texts that can be no column name, however quoted.
func isName(t Token) bool {
	return t.Text != "" && len(t.Text) <= 100 && !strings.ContainsAny(t.Text, "\n|")
}

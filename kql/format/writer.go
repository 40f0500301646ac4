package format

import (
	"strings"
	"unicode/utf8"
)

const (
	width = 100
	none  = -1
)

// writer is the text so far. nl is the indentation of a line that is due
// before the next token, none when the line goes on.
type writer struct {
	strings.Builder
	col, nl int
}

func (w *writer) line(indent int) {
	if w.Len() > 0 {
		w.WriteByte('\n')
	}
	w.WriteString(strings.Repeat(" ", indent))
	w.col, w.nl = indent, none
}

func (w *writer) put(s string) {
	w.WriteString(s)
	w.col = after(w.col, s)
}

// after is the column behind s.
func after(col int, s string) int {
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		return utf8.RuneCountInString(s[i+1:])
	}
	return col + utf8.RuneCountInString(s)
}

// write puts a token and its comments. indent is that of the line which a
// comment makes necessary behind it; blank keeps blank lines before it.
func (f *formatter) write(i, indent int, blank bool) {
	w := &f.out
	at := w.nl
	if at == none {
		at = indent
	}
	for n, c := range f.lead[i] {
		if blank && c.blank && w.Len() > 0 && (n > 0 || f.statement(i)) {
			w.WriteByte('\n')
		}
		w.line(at)
		w.put(c.text)
		w.nl = at
	}
	switch {
	case w.Len() == 0:
		w.nl = none
	case w.nl != none:
		if blank && f.blank[i] && (len(f.lead[i]) > 0 || f.statement(i)) {
			w.WriteByte('\n')
		}
		w.line(w.nl)
	case f.space(i):
		w.put(" ")
	}
	w.put(f.text(i))
	if f.trail[i] != "" {
		w.put(" " + f.trail[i])
		w.nl = indent
	}
}

// statement tells whether a statement ends before token i: a bracket that
// opens before it is no place for a blank line.
func (f *formatter) statement(i int) bool { return i > 0 && f.toks[i-1].Is(";") }

// finish puts the comments behind the last token.
func (f *formatter) finish() {
	end := len(f.toks) - 1
	for n, c := range f.lead[end] {
		if c.blank && f.out.Len() > 0 && (n > 0 || end > 0) {
			f.out.WriteByte('\n')
		}
		f.out.line(0)
		f.out.put(c.text)
	}
	if f.out.Len() > 0 {
		f.out.WriteByte('\n')
	}
}

// space tells whether a blank stands before token i.
func (f *formatter) space(i int) bool {
	if i == 0 {
		return false
	}
	t, p := f.toks[i], f.toks[i-1]
	switch {
	case f.keep[i]:
		return !f.touching(i)
	case f.glue[i], t.Is(","), t.Is(";"), t.Is(")"), t.Is("]"), t.Is("."), p.Is("("), p.Is("["), p.Is("."), p.Is("$"):
		return false
	case t.Is("}"):
		return !p.Is("{")
	case t.Is("="), t.Is(":"):
		return f.spaced[i]
	case p.Is("="), p.Is(":"):
		return f.spaced[i-1]
	case t.Is("["):
		return f.name[i]
	case t.Is("("):
		// The tree does not keep these calls.
		return !f.call[i] && !p.Is("range") && !p.Is("typeof") && !(i > 1 && f.toks[i-2].Is("."))
	}
	return true
}

package kql

import (
	"strings"
	"unicode/utf8"
)

// Diagnostic is one finding about a query's text. Lines and columns count from
// 1, columns in code points; the end is exclusive.
type Diagnostic struct {
	Code      string `json:"code"`
	Severity  string `json:"severity"` // "error" or "warning"
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"endLine"`
	EndColumn int    `json:"endColumn"`
	Message   string `json:"message"`
	Hint      string `json:"hint,omitempty"`
}

// Underline returns the first source line that d covers with carets under the
// covered part, or "" when src has no such line.
func Underline(src string, d Diagnostic) string {
	lines := strings.Split(src, "\n")
	if d.Line < 1 || d.Line > len(lines) {
		return ""
	}
	// A tab would put the carets in the wrong place.
	line := strings.ReplaceAll(strings.TrimSuffix(lines[d.Line-1], "\r"), "\t", " ")
	n := utf8.RuneCountInString(line)
	start := min(max(d.Column, 1), n+1)
	end := d.EndColumn
	if d.EndLine > d.Line {
		end = n + 1
	}
	end = max(min(end, n+1), start+1)
	return line + "\n" + strings.Repeat(" ", start-1) + strings.Repeat("^", end-start)
}

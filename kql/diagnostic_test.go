package kql

import "testing"

func TestUnderline(t *testing.T) {
	f := func(src string, line, col, endLine, endCol int, want string) {
		t.Helper()
		d := Diagnostic{Line: line, Column: col, EndLine: endLine, EndColumn: endCol}
		if got := Underline(src, d); got != want {
			t.Errorf("Underline(%q, %+v) = %q, want %q", src, d, got, want)
		}
	}
	f("T\r\n| where é\t== x", 2, 14, 2, 15, "| where é == x\n             ^")
	f("abc", 1, 2, 1, 4, "abc\n ^^")
	f("abc\nd", 1, 2, 2, 2, "abc\n ^^")
	f("abc", 1, 9, 1, 9, "abc\n   ^")
	f("abc", 5, 1, 5, 2, "")
}

package doctor

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestDiff(t *testing.T) {
	f := func(old, text, want string) {
		t.Helper()
		if got := diff("a", "b", old, text); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	f("x\n", "x\n", "")
	f("", "x\n", "--- a\n+++ b\n@@ -0,0 +1,1 @@\n+x\n")
	f("1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\n5\nsix\n", "--- a\n+++ b\n@@ -3,4 +3,4 @@\n 3\n 4\n 5\n-6\n+six\n")
	f("a\n1\n2\n3\n4\n5\n6\n7\n8\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\n8\nB\n",
		"--- a\n+++ b\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -7,4 +7,4 @@\n 6\n 7\n 8\n-b\n+B\n")
}

// TestDiffApplies patches the old text by the hunks: it must give the new one.
func TestDiffApplies(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		var b strings.Builder
		for range r.IntN(40) {
			fmt.Fprintf(&b, "%d\n", r.IntN(6))
		}
		return b.String()
	}
	for range 500 {
		old, now := text(), text()
		if got := patch(t, old, diff("a", "b", old, now)); got != now {
			t.Fatalf("old\n%s\ndiff\n%s\ngives\n%s\nwant\n%s", old, diff("a", "b", old, now), got, now)
		}
	}
}

func patch(t *testing.T, old, d string) string {
	t.Helper()
	if d == "" {
		return old
	}
	from, at := lines(old), 0
	var out []string
	for _, l := range lines(d)[2:] {
		var a, na, b, nb int
		if n, _ := fmt.Sscanf(l, "@@ -%d,%d +%d,%d @@", &a, &na, &b, &nb); n == 4 {
			if na > 0 {
				a--
			}
			for ; at < a; at++ {
				out = append(out, from[at])
			}
			continue
		}
		if l[0] != '+' {
			if from[at] != l[1:] {
				t.Fatalf("line %d is %q, the difference has %q", at, from[at], l)
			}
			at++
		}
		if l[0] != '-' {
			out = append(out, l[1:])
		}
	}
	if out = append(out, from[at:]...); len(out) == 0 {
		return ""
	}
	return strings.Join(out, "\n") + "\n"
}

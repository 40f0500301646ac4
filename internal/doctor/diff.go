package doctor

import (
	"fmt"
	"strings"
)

// around is how many equal lines a difference shows around it.
const around = 3

// diff is a unified difference of two texts by lines; "" if they are equal.
// It takes time and memory by the product of the line counts: settings have
// tens of lines, and whatever is longer than maxLines is shown as replaced.
func diff(oldName, newName, old, text string) string {
	if old == text {
		return ""
	}
	a, b := lines(old), lines(text)
	edits := edit(a, b)
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", oldName, newName)
	for i := 0; i < len(edits); {
		if edits[i].op == ' ' {
			i++
			continue
		}
		from, to := max(0, i-around), i
		for equal := 0; to < len(edits) && equal <= 2*around; to++ {
			if equal++; edits[to].op != ' ' {
				equal = 0
			}
		}
		last := to
		for last > i && edits[last-1].op == ' ' {
			last--
		}
		to = min(last+around, len(edits))
		var na, nb int
		for _, e := range edits[from:to] {
			if e.op != '+' {
				na++
			}
			if e.op != '-' {
				nb++
			}
		}
		fmt.Fprintf(&out, "@@ -%s +%s @@\n", span(edits[from].a, na), span(edits[from].b, nb))
		for _, e := range edits[from:to] {
			fmt.Fprintf(&out, "%c%s\n", e.op, e.text)
		}
		i = to
	}
	return out.String()
}

func span(start, n int) string {
	if n > 0 {
		start++
	}
	return fmt.Sprintf("%d,%d", start, n)
}

func lines(s string) []string {
	if s = strings.TrimSuffix(s, "\n"); s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// change is one line of an edit; a and b are the lines before it.
type change struct {
	op   byte
	a, b int
	text string
}

const maxLines = 2000

// edit finds the longest common lines.
func edit(a, b []string) (out []change) {
	i, j := 0, 0
	if len(a) <= maxLines && len(b) <= maxLines {
		common := make([][]int, len(a)+1)
		for k := range common {
			common[k] = make([]int, len(b)+1)
		}
		for x := len(a) - 1; x >= 0; x-- {
			for y := len(b) - 1; y >= 0; y-- {
				if a[x] == b[y] {
					common[x][y] = common[x+1][y+1] + 1
				} else {
					common[x][y] = max(common[x+1][y], common[x][y+1])
				}
			}
		}
		for i < len(a) && j < len(b) {
			switch {
			case a[i] == b[j]:
				out = append(out, change{' ', i, j, a[i]})
				i, j = i+1, j+1
			case common[i+1][j] >= common[i][j+1]:
				out = append(out, change{'-', i, j, a[i]})
				i++
			default:
				out = append(out, change{'+', i, j, b[j]})
				j++
			}
		}
	}
	for ; i < len(a); i++ {
		out = append(out, change{'-', i, j, a[i]})
	}
	for ; j < len(b); j++ {
		out = append(out, change{'+', i, j, b[j]})
	}
	return out
}

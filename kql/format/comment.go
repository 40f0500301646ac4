package format

import (
	"strings"

	"github.com/wholelog/wholelog/kql/token"
)

// comment is a comment on a line of its own.
type comment struct {
	text  string
	blank bool // a blank line stands before it
}

// gap reads the blanks and comments before a token. trail is a comment that
// begins on the line of the token before.
func gap(s string) (trail string, own []comment, blank bool) {
	lines := 0
	for s != "" {
		switch {
		case s[0] == '\n':
			lines++
			s = s[1:]
		case strings.HasPrefix(s, "//"):
			text := s
			if n := strings.IndexByte(s, '\n'); n >= 0 {
				text = s[:n]
			}
			s = s[len(text):]
			text = strings.TrimRight(text, " \t\r")
			if lines == 0 {
				trail = text
			} else {
				own = append(own, comment{text, lines > 1})
			}
			lines = 0
		default:
			s = s[1:]
		}
	}
	return trail, own, lines > 1
}

func commentTexts(src string, toks []token.Token) []string {
	var out []string
	end := 0
	for _, t := range toks {
		trail, own, _ := gap(src[end:t.Pos.Pos])
		if trail != "" {
			out = append(out, trail)
		}
		for _, c := range own {
			out = append(out, c.text)
		}
		end = t.Pos.End
	}
	return out
}

// comments ties each comment to a token: behind the one on its line, else
// before the next. None is between a token and the comma or semicolon that
// follows it, nor behind a bar, where a line cannot end.
func (f *formatter) comments() {
	n := len(f.toks)
	f.lead, f.trail, f.blank = make([][]comment, n), make([]string, n), make([]bool, n)
	end := 0
	for i, t := range f.toks {
		trail, own, blank := gap(f.src[end:t.Pos.Pos])
		f.lead[i], f.blank[i] = own, blank
		switch {
		case trail == "":
		case i == 0:
			f.lead[0] = append([]comment{{text: trail}}, own...)
		default:
			f.trail[i-1] = trail
		}
		end = t.Pos.End
	}
	for i := 0; i < n-1; i++ {
		t, next := f.toks[i], f.toks[i+1]
		if t.Is("|") && f.trail[i] != "" {
			f.lead[i] = append(f.lead[i], comment{text: f.trail[i]})
			f.trail[i] = ""
		}
		if t.Is("|") && len(f.lead[i+1]) > 0 {
			f.lead[i] = append(f.lead[i], f.lead[i+1]...)
			f.lead[i+1] = nil
		}
		if !next.Is(",") && !next.Is(";") {
			continue
		}
		var moved []comment
		if f.trail[i] != "" {
			if f.trail[i+1] == "" && len(f.lead[i+1]) == 0 {
				f.trail[i+1] = f.trail[i]
			} else {
				// Two comments cannot share a line, and their order must stay.
				moved = append(moved, comment{text: f.trail[i]})
			}
			f.trail[i] = ""
		}
		moved = append(moved, f.lead[i+1]...)
		f.lead[i+1] = nil
		if len(moved) > 0 {
			if f.trail[i+1] != "" {
				moved = append(moved, comment{text: f.trail[i+1]})
				f.trail[i+1] = ""
			}
			f.lead[i+2] = append(moved, f.lead[i+2]...)
		}
	}
}

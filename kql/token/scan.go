package token

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/wholelog/wholelog/kql/types"
)

// literals are the types whose constants are written type(inside).
var literals = map[string]bool{"datetime": true, "date": true, "time": true, "timespan": true, "guid": true, "dynamic": true,
	"int": true, "long": true, "real": true, "double": true, "bool": true, "boolean": true, "decimal": true}

// ops are tried in order, the longer before its prefix.
var ops = []string{"=~", "==", "=>", "!=", "!~", "<>", "<=", ">=", "..", "<|", "-->", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",", ";", ":", ".", "|", "+", "-", "*", "/", "%", "$", "?", "@", "~"}

type scanner struct {
	src string
	pos int
	out []Token
	// unclosed says that the text has a parenthesis that is never closed from
	// here on: looking for its end again and again would cost the square of
	// the text's length.
	unclosed bool
}

// Scan cuts src into tokens, ending with one of kind EOF.
func Scan(src string) []Token {
	s := &scanner{src: src, out: make([]Token, 0, len(src)/4+4)}
	for s.next() {
	}
	s.add(EOF, "", "", len(src))
	return s.out
}

func (s *scanner) add(k Kind, text, raw string, start int) {
	s.out = append(s.out, Token{Kind: k, Text: text, Raw: raw, Pos: types.Span{Pos: start, End: s.pos}})
}

func letter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

func (s *scanner) at(i int) byte {
	if i < len(s.src) {
		return s.src[i]
	}
	return 0
}

func (s *scanner) blanks(i int) int {
	for i < len(s.src) {
		switch {
		case strings.IndexByte(" \t\r\n", s.src[i]) >= 0:
			i++
		case strings.HasPrefix(s.src[i:], "\u00a0"), strings.HasPrefix(s.src[i:], "\ufeff"):
			_, n := utf8.DecodeRuneInString(s.src[i:])
			i += n
		case strings.HasPrefix(s.src[i:], "//"):
			n := strings.IndexByte(s.src[i:], '\n')
			if n < 0 {
				return len(s.src)
			}
			i += n
		default:
			return i
		}
	}
	return i
}

func (s *scanner) next() bool {
	s.pos = s.blanks(s.pos)
	if s.pos >= len(s.src) {
		return false
	}
	start, c := s.pos, s.src[s.pos]
	switch {
	case c == '"' || c == '\'' || c == '@' && (s.at(s.pos+1) == '"' || s.at(s.pos+1) == '\'') || strings.HasPrefix(s.src[s.pos:], "```"):
		s.str(start)
	case c|0x20 == 'h' && (s.at(s.pos+1) == '"' || s.at(s.pos+1) == '\'' || s.at(s.pos+1) == '@' && (s.at(s.pos+2) == '"' || s.at(s.pos+2) == '\'')):
		s.pos++
		s.str(start)
	case letter(c):
		s.word(start)
	case digit(c):
		s.number(start)
	case c == '!' && letter(s.at(s.pos+1)):
		s.pos++
		for letter(s.at(s.pos)) || digit(s.at(s.pos)) {
			s.pos++
		}
		if s.at(s.pos) == '~' {
			s.pos++
		}
		s.add(Op, s.src[start:s.pos], "", start)
	default:
		for _, op := range ops {
			if strings.HasPrefix(s.src[s.pos:], op) {
				s.pos += len(op)
				s.add(Op, op, "", start)
				return true
			}
		}
		s.pos++
		s.add(Bad, "unexpected character "+strconv.Quote(string(c)), "", start)
	}
	return true
}

// inWord tells characters of a name; a blank of more than one byte is none.
func (s *scanner) inWord(i int) bool {
	c := s.at(i)
	return digit(c) || letter(c) && (c < 0x80 || s.blanks(i) == i)
}

func (s *scanner) word(start int) {
	for s.inWord(s.pos) {
		s.pos++
	}
	w := s.src[start:s.pos]
	if w == "in" && s.at(s.pos) == '~' {
		s.pos++
		s.add(Op, "in~", "", start)
		return
	}
	if open := s.blanks(s.pos); literals[w] && s.at(open) == '(' && !s.afterDot() && !s.unclosed {
		if end := s.inside(open); end > 0 {
			s.pos = end
			s.add(Literal, w, strings.TrimSpace(s.src[open+1:end-1]), start)
			return
		}
		s.unclosed = true
	}
	s.add(Ident, w, "", start)
}

func (s *scanner) afterDot() bool { return len(s.out) > 0 && s.out[len(s.out)-1].Is(".") }

// inside finds the end of a parenthesis, minding strings and comments in it; 0
// when open.
func (s *scanner) inside(open int) int {
	depth := 0
	for i := open; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case strings.HasPrefix(s.src[i:], "```"):
			n := strings.Index(s.src[i+3:], "```")
			if n < 0 {
				return 0
			}
			i += n + 5
		case strings.HasPrefix(s.src[i:], "//"):
			n := strings.IndexByte(s.src[i:], '\n')
			if n < 0 {
				return 0
			}
			i += n
		case c == '"' || c == '\'':
			verbatim := s.src[i-1] == '@'
			for i++; i < len(s.src) && s.src[i] != c; i++ {
				if s.src[i] == '\\' && !verbatim {
					i++
				}
			}
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// units are the suffixes that make a number a timespan.
var units = map[string]bool{"d": true, "day": true, "days": true, "h": true, "hr": true, "hrs": true, "hour": true, "hours": true,
	"m": true, "min": true, "minute": true, "minutes": true, "s": true, "sec": true, "second": true, "seconds": true,
	"ms": true, "milli": true, "millis": true, "millisecond": true, "milliseconds": true, "micro": true, "micros": true,
	"microsecond": true, "microseconds": true, "tick": true, "ticks": true}

func (s *scanner) number(start int) {
	if s.src[start] == '0' && s.at(start+1)|0x20 == 'x' {
		for s.pos += 2; digit(s.at(s.pos)) || s.at(s.pos)|0x20 >= 'a' && s.at(s.pos)|0x20 <= 'f'; s.pos++ {
		}
		s.add(Number, s.src[start:s.pos], "", start)
		return
	}
	for digit(s.at(s.pos)) {
		s.pos++
	}
	if s.at(s.pos) == '.' && s.fraction(s.pos+1) {
		for s.pos++; digit(s.at(s.pos)); s.pos++ {
		}
	}
	if i := s.pos; s.at(i)|0x20 == 'e' {
		if i++; s.at(i) == '+' || s.at(i) == '-' {
			i++
		}
		if digit(s.at(i)) {
			for s.pos = i; digit(s.at(s.pos)); s.pos++ {
			}
		}
	}
	end := s.pos
	for s.inWord(end) {
		end++
	}
	if end > s.pos && units[s.src[s.pos:end]] {
		s.pos = end
		s.add(Span, s.src[start:end], "", start)
		return
	}
	if end > s.pos {
		// 5a is a name in a few places of the language (4624_count).
		s.pos = end
		s.add(Ident, s.src[start:end], "", start)
		return
	}
	s.add(Number, s.src[start:s.pos], "", start)
}

// fraction tells whether the point before i belongs to a number: digits may
// follow it or nothing (24.), but no second point and no name.
func (s *scanner) fraction(i int) bool {
	c := s.at(i)
	return digit(c) || c|0x20 == 'e' && (digit(s.at(i+1)) || s.at(i+1) == '-' && digit(s.at(i+2))) || c != '.' && !letter(c)
}

func (s *scanner) str(start int) {
	if strings.HasPrefix(s.src[s.pos:], "```") {
		n := strings.Index(s.src[s.pos+3:], "```")
		if n < 0 {
			s.pos = len(s.src)
			s.add(Bad, "string is not closed", "", start)
			return
		}
		text := s.src[s.pos+3 : s.pos+3+n]
		s.pos += n + 6
		s.add(String, text, "", start)
		return
	}
	verbatim := s.src[s.pos] == '@'
	if verbatim {
		s.pos++
	}
	quote := s.src[s.pos]
	s.pos++
	var b strings.Builder
	bad := ""
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		switch {
		case c == quote && verbatim && s.at(s.pos+1) == quote:
			b.WriteByte(c)
			s.pos += 2
		case c == quote:
			s.pos++
			if bad != "" {
				s.add(Bad, bad, "", start)
			} else {
				s.add(String, b.String(), "", start)
			}
			return
		case c == '\n' && !verbatim:
			s.add(Bad, "string is not closed on its line", "", start)
			return
		case c == '\\' && !verbatim:
			r, _, tail, err := strconv.UnquoteChar(s.src[s.pos:], quote)
			if r, n := pair(s.src[s.pos:]); n > 0 {
				b.WriteRune(r)
				s.pos += n
				continue
			}
			if err != nil { // \' stands for itself within "..." as well
				s.pos++
				if s.pos < len(s.src) {
					next, n := utf8.DecodeRuneInString(s.src[s.pos:])
					if next != '\'' && next != '"' && bad == "" {
						bad = fmt.Sprintf("\\%c is no escape in a string; write @%c...%c for a text with backslashes, or \\\\ for one", next, quote, quote)
					}
					b.WriteString(s.src[s.pos : s.pos+n])
					s.pos += n
				}
				continue
			}
			b.WriteRune(r)
			s.pos = len(s.src) - len(tail)
		default:
			b.WriteByte(c)
			s.pos++
		}
	}
	s.add(Bad, "string is not closed", "", start)
}

// pair reads a character that is written as two halves, as JSON does; 0 where
// there is none.
func pair(s string) (rune, int) {
	const n = len(`\ud83d`)
	if len(s) < 2*n || s[1] != 'u' || s[n] != '\\' || s[n+1] != 'u' {
		return 0, 0
	}
	high, err := strconv.ParseUint(s[2:n], 16, 32)
	low, err2 := strconv.ParseUint(s[n+2:2*n], 16, 32)
	if r := utf16.DecodeRune(rune(high), rune(low)); err == nil && err2 == nil && r != utf8.RuneError {
		return r, 2 * n
	}
	return 0, 0
}

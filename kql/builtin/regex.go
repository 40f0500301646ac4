package builtin

import (
	"container/list"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// Regex compiles a Kusto pattern. In Kusto \d, \w and \s are Unicode classes;
// Go's are ASCII, so they are written out. \b stays ASCII: Go has no other.
// The result is shared and nil for a bad pattern is never cached as success.
func Regex(pattern string) (*regexp.Regexp, error) { return patterns.get(pattern) }

const cachedPatterns = 512

type patternCache struct {
	sync.Mutex
	byPattern map[string]*list.Element
	recent    list.List // newest first
}

type compiled struct {
	pattern string
	re      *regexp.Regexp
	err     error
}

var patterns = patternCache{byPattern: map[string]*list.Element{}}

func (c *patternCache) get(pattern string) (*regexp.Regexp, error) {
	c.Lock()
	if e, ok := c.byPattern[pattern]; ok {
		c.recent.MoveToFront(e)
		c.Unlock()
		return e.Value.(*compiled).re, e.Value.(*compiled).err
	}
	c.Unlock()
	re, err := regexp.Compile(translate(pattern))
	c.Lock()
	defer c.Unlock()
	if _, ok := c.byPattern[pattern]; !ok {
		c.byPattern[pattern] = c.recent.PushFront(&compiled{pattern, re, err})
		if c.recent.Len() > cachedPatterns {
			last := c.recent.Back()
			delete(c.byPattern, last.Value.(*compiled).pattern)
			c.recent.Remove(last)
		}
	}
	return re, err
}

const (
	digitClass    = `\p{Nd}`
	wordClass     = `\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}`
	spaceClass    = `\x{9}-\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}`
	notDigitClass = `\P{Nd}`
	notSpaceClass = `\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff}`
	notWordClass  = `\x{0}-\x{1f}\p{C}\p{Z}\p{S}\p{No}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}`
)

// translate writes a Kusto pattern in Go's syntax.
func translate(p string) string {
	if !strings.ContainsAny(p, `\(`) {
		return p
	}
	var b strings.Builder
	inClass := false
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '\\' && i+1 < len(p):
			i++
			if r, n := utf8.DecodeRuneInString(p[i:]); r >= utf8.RuneSelf { // an escaped letter of any alphabet is itself
				b.WriteString(p[i : i+n])
				i += n - 1
				continue
			}
			if class, not, ok := escapeClass(p[i]); ok {
				switch {
				case inClass:
					b.WriteString(class)
				case not != "":
					b.WriteString("[^" + not + "]")
				default:
					b.WriteString("[" + class + "]")
				}
				continue
			}
			b.WriteByte('\\')
			if p[i] == 'u' || p[i] == 'U' { // \u00e4 and \u{e4} are \x{e4}
				if hex, n := hexEscape(p[i:]); n > 0 {
					b.WriteString("x{" + hex + "}")
					i += n - 1
					continue
				}
			}
			b.WriteByte(p[i])
		case c == '[' && !inClass:
			inClass = true
			b.WriteByte(c)
			// A ] right after the start is a member.
			if i+1 < len(p) && p[i+1] == '^' {
				i++
				b.WriteByte('^')
			}
			if i+1 < len(p) && p[i+1] == ']' {
				i++
				b.WriteString(`\]`)
			}
		case c == '[' && inClass && strings.HasPrefix(p[i:], "[:"):
			end := strings.Index(p[i:], ":]")
			if end < 0 {
				b.WriteByte(c)
				continue
			}
			b.WriteString(p[i : i+end+2])
			i += end + 1
		case c == ']' && inClass:
			inClass = false
			b.WriteByte(c)
		case c == '(' && !inClass && strings.HasPrefix(p[i:], "(?"):
			end := strings.IndexAny(p[i:], ":)<=!P'")
			if end < 0 || strings.IndexByte(":)", p[i+end]) < 0 {
				b.WriteByte(c)
				continue
			}
			b.WriteString(flags(p[i : i+end+1]))
			i += end
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escapeClass gives the members of a class escape and, for a negated one, what
// it negates.
func escapeClass(c byte) (class, not string, ok bool) {
	switch c {
	case 'd':
		return digitClass, "", true
	case 'w':
		return wordClass, "", true
	case 's':
		return spaceClass, "", true
	case 'D':
		return notDigitClass, digitClass, true
	case 'W':
		return notWordClass, wordClass, true
	case 'S':
		return notSpaceClass, spaceClass, true
	}
	return "", "", false
}

// flags drops u, which Go always has, from (?u) and (?iu:...).
func flags(group string) string {
	body := strings.ReplaceAll(group[2:len(group)-1], "u", "")
	if end := group[len(group)-1]; end == ':' || body != "" && body != "-" {
		return "(?" + strings.TrimSuffix(body, "-") + string(end)
	}
	return ""
}

func hexEscape(s string) (string, int) {
	if strings.HasPrefix(s[1:], "{") {
		if end := strings.IndexByte(s, '}'); end > 2 {
			return s[2:end], end + 1
		}
		return "", 0
	}
	n := 4
	if s[0] == 'U' {
		n = 8
	}
	if len(s) < 1+n || strings.Trim(s[1:1+n], "0123456789abcdefABCDEF") != "" {
		return "", 0
	}
	return s[1 : 1+n], 1 + n
}

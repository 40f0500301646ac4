package builtin

import (
	"math"
	"strings"
	"unicode/utf8"
)

// The parameters of RFC 3492 section 5.
const (
	punyBase, punyMin, punyMax   = 36, 1, 26
	punySkew, punyDamp           = 38, 700
	punyFirstBias, punyFirstRune = 72, 128
)

// mapLabels applies f to each label of a domain. The dots of other scripts
// count as dots.
func mapLabels(domain string, f func(string) (string, bool)) string {
	labels := strings.FieldsFunc(strings.NewReplacer("。", ".", "．", ".", "｡", ".").Replace(domain), func(r rune) bool { return r == '.' })
	for i, l := range labels {
		out, ok := f(l)
		if !ok {
			return ""
		}
		labels[i] = out
	}
	return strings.Join(labels, ".")
}

func asciiLabel(l string) (string, bool) {
	for _, c := range []byte(l) {
		if c >= utf8.RuneSelf {
			s, ok := punyEncode(l)
			return "xn--" + s, ok
		}
	}
	return l, true
}

func unicodeLabel(l string) (string, bool) {
	if len(l) > 4 && strings.EqualFold(l[:4], "xn--") {
		return punyDecode(l[4:])
	}
	return l, true
}

func adapt(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (punyBase-punyMin)*punyMax/2; k += punyBase {
		delta /= punyBase - punyMin
	}
	return k + (punyBase-punyMin+1)*delta/(delta+punySkew)
}

func threshold(k, bias int) int { return min(max(k-bias, punyMin), punyMax) }

func punyEncode(s string) (string, bool) {
	in := []rune(s)
	if len(in) > 4096 {
		return "", false
	}
	var out []byte
	for _, r := range in {
		if r < punyFirstRune {
			out = append(out, byte(r))
		}
	}
	basic := len(out)
	done := basic
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(punyFirstRune), 0, punyFirstBias
	for done < len(in) {
		next := rune(math.MaxInt32)
		for _, r := range in {
			if r >= n && r < next {
				next = r
			}
		}
		delta += int(next-n) * (done + 1)
		if delta > math.MaxInt32 {
			return "", false
		}
		n = next
		for _, r := range in {
			if r < n {
				delta++
			}
			if r != n {
				continue
			}
			q := delta
			for k := punyBase; ; k += punyBase {
				t := threshold(k, bias)
				if q < t {
					break
				}
				out = append(out, punyDigit(t+(q-t)%(punyBase-t)))
				q = (q - t) / (punyBase - t)
			}
			out = append(out, punyDigit(q))
			bias = adapt(delta, done+1, done == basic)
			delta = 0
			done++
		}
		delta++
		n++
	}
	return string(out), true
}

func punyDigit(d int) byte {
	if d < 26 {
		return byte('a' + d)
	}
	return byte('0' + d - 26)
}

func punyDecode(s string) (string, bool) {
	var out []rune
	if len(s) > 4096 {
		return "", false
	}
	if i := strings.LastIndexByte(s, '-'); i >= 0 {
		out = []rune(s[:i])
		s = s[i+1:]
	}
	n, i, bias := punyFirstRune, 0, punyFirstBias
	for pos := 0; pos < len(s); {
		from, w := i, 1
		for k := punyBase; ; k += punyBase {
			if pos >= len(s) {
				return "", false
			}
			c := s[pos]
			pos++
			var d int
			switch {
			case c >= '0' && c <= '9':
				d = int(c-'0') + 26
			case c|0x20 >= 'a' && c|0x20 <= 'z':
				d = int(c | 0x20 - 'a')
			default:
				return "", false
			}
			if i += d * w; i > math.MaxInt32 {
				return "", false
			}
			t := threshold(k, bias)
			if d < t {
				break
			}
			if w *= punyBase - t; w > math.MaxInt32 {
				return "", false
			}
		}
		bias = adapt(i-from, len(out)+1, from == 0)
		n += i / (len(out) + 1)
		i %= len(out) + 1
		if n > utf8.MaxRune || n >= 0xD800 && n < 0xE000 {
			return "", false
		}
		out = append(out[:i], append([]rune{rune(n)}, out[i:]...)...)
		i++
	}
	return string(out), true
}

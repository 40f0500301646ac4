package identify

import (
	"strings"
	"time"
)

// Time reads a time as the services and their exports write it. All of these
// are seen in real records: RFC 3339 with 0 to 9 digits of fraction, an
// offset, a blank for the T, no zone (UTC), an hour without its zero, and the
// 12-hour form of the United States, with or without a comma. The result is in
// UTC and cut to 100 ns.
func Time(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if strings.Contains(s, "/") {
		return usTime(s)
	}
	p := scanner{s: s}
	y, mo, d := p.num(4, 4, '-'), p.num(1, 2, '-'), p.num(1, 2, 0)
	if p.bad || !p.any("Tt ") {
		return time.Time{}, false
	}
	h, mi := p.num(1, 2, ':'), p.num(1, 2, 0)
	sec := 0
	if p.any(":") {
		sec = p.num(1, 2, 0)
	}
	ns := p.fraction()
	p.any(" ")
	off := p.zone()
	if p.bad || p.s != "" {
		return time.Time{}, false
	}
	return build(y, mo, d, h, mi, sec, ns, off)
}

func usTime(s string) (time.Time, bool) {
	p := scanner{s: s}
	mo, d, y := p.num(1, 2, '/'), p.num(1, 2, '/'), p.num(4, 4, 0)
	p.any(",")
	if p.bad || !p.any(" ") {
		return time.Time{}, false
	}
	h, mi := p.num(1, 2, ':'), p.num(2, 2, 0)
	sec := 0
	if p.any(":") {
		sec = p.num(2, 2, 0)
	}
	ns := p.fraction()
	p.s = strings.TrimLeft(strings.ReplaceAll(p.s, "\u202f", " "), " ")
	if len(p.s) >= 2 {
		half := strings.ToUpper(p.s[:2])
		if half == "AM" || half == "PM" {
			if h < 1 || h > 12 {
				return time.Time{}, false
			}
			if h %= 12; half == "PM" {
				h += 12
			}
			p.s = strings.TrimLeft(p.s[2:], " ")
		}
	}
	off := p.zone()
	if p.bad || p.s != "" {
		return time.Time{}, false
	}
	return build(y, mo, d, h, mi, sec, ns, off)
}

func build(y, mo, d, h, mi, s, ns, off int) (time.Time, bool) {
	if y < 1 || mo < 1 || mo > 12 || d < 1 || h > 23 || mi > 59 || s > 60 {
		return time.Time{}, false
	}
	t := time.Date(y, time.Month(mo), d, h, mi, s, ns, time.UTC)
	if t.Day() != d && s < 60 {
		return time.Time{}, false // no such day in that month
	}
	t = t.Add(-time.Duration(off) * time.Second)
	return t, t.Year() >= 1 && t.Year() <= 9999 // beyond, no footer could say it
}

type scanner struct {
	s   string
	bad bool
}

// num reads a number of min to max digits and, unless it is 0, the byte after.
func (p *scanner) num(lo, hi int, after byte) (n int) {
	i := 0
	for i < len(p.s) && i < hi && p.s[i] >= '0' && p.s[i] <= '9' {
		n = n*10 + int(p.s[i]-'0')
		i++
	}
	if i < lo || after != 0 && (i >= len(p.s) || p.s[i] != after) {
		p.bad = true
		return 0
	}
	if after != 0 {
		i++
	}
	p.s = p.s[i:]
	return n
}

func (p *scanner) any(set string) bool {
	if p.s != "" && strings.IndexByte(set, p.s[0]) >= 0 {
		p.s = p.s[1:]
		return true
	}
	return false
}

// fraction reads ".digits" to nanoseconds, cut to 100 ns.
func (p *scanner) fraction() (ns int) {
	if !p.any(".,") {
		return 0
	}
	unit, digits := 100_000_000, 0
	for p.s != "" && p.s[0] >= '0' && p.s[0] <= '9' {
		if unit >= 100 {
			ns += int(p.s[0]-'0') * unit
			unit /= 10
		}
		p.s = p.s[1:]
		digits++
	}
	p.bad = p.bad || digits == 0
	return ns
}

// zone reads Z, an offset or nothing, in seconds east of UTC.
func (p *scanner) zone() int {
	if p.s == "" || p.any("Zz") {
		return 0
	}
	if p.s == "UTC" || p.s == "GMT" {
		p.s = ""
		return 0
	}
	sign := 1
	if p.any("-") {
		sign = -1
	} else if !p.any("+") {
		p.bad = true
		return 0
	}
	h := p.num(2, 2, 0)
	p.any(":")
	m := 0
	if p.s != "" {
		m = p.num(2, 2, 0)
	}
	return sign * (h*3600 + m*60)
}

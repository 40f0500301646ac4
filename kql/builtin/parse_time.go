package builtin

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseDatetime reads the forms that todatetime accepts: ISO 8601, month-first
// numbers, RFC 822 and RFC 850. A zone is converted to UTC, a fraction is cut
// to ticks.
func ParseDatetime(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	if len(s) == 0 || len(s) > 64 {
		return 0, false
	}
	p := timeReader{s: s}
	if !p.date() {
		return 0, false
	}
	if p.i < len(p.s) && (p.s[p.i] == 'T' || p.s[p.i] == 't' || p.s[p.i] == ' ' || p.s[p.i] == ',') {
		p.i++
		p.space()
		if !p.clock() {
			return 0, false
		}
	}
	p.space()
	if p.i < len(p.s) && p.year == 0 { // asctime has the year last
		if n, digits := p.num(4); digits == 4 {
			p.year = n
		}
		p.space()
	}
	if !p.zone() || p.i != len(p.s) {
		return 0, false
	}
	return p.ticks()
}

type timeReader struct {
	s                string
	i                int
	year, month, day int
	clockTicks       int64
	offset           int64 // ticks east of UTC
}

func (p *timeReader) ticks() (int64, bool) {
	if p.year < 1 || p.year > 9999 || p.month < 1 || p.month > 12 || p.day < 1 || p.day > monthDays(p.year, p.month) {
		return 0, false
	}
	t := Ticks(time.Date(p.year, time.Month(p.month), p.day, 0, 0, 0, 0, time.UTC)) + p.clockTicks - p.offset
	return t, t >= 0 && t <= MaxDatetime
}

func monthDays(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func (p *timeReader) space() {
	for p.i < len(p.s) && p.s[p.i] == ' ' {
		p.i++
	}
}

// num reads up to max digits.
func (p *timeReader) num(max int) (n, digits int) {
	for digits < max && p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
		n = n*10 + int(p.s[p.i]-'0')
		p.i++
		digits++
	}
	return n, digits
}

func (p *timeReader) byte(set string) (byte, bool) {
	if p.i < len(p.s) && strings.IndexByte(set, p.s[p.i]) >= 0 {
		p.i++
		return p.s[p.i-1], true
	}
	return 0, false
}

func (p *timeReader) letters() string {
	from := p.i
	for p.i < len(p.s) && (p.s[p.i]|0x20 >= 'a' && p.s[p.i]|0x20 <= 'z') {
		p.i++
	}
	return p.s[from:p.i]
}

func monthNamed(w string) int {
	if len(w) >= 3 {
		for m := time.January; m <= time.December; m++ {
			if strings.EqualFold(w, m.String()) || strings.EqualFold(w, m.String()[:3]) {
				return int(m)
			}
		}
	}
	return 0
}

func isWeekday(w string) bool {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(w, d.String()) || strings.EqualFold(w, d.String()[:3]) {
			return true
		}
	}
	return false
}

// date reads the day in any of the orders.
func (p *timeReader) date() bool {
	if w := p.letters(); w != "" {
		if isWeekday(w) {
			p.byte(",")
			p.space()
			w = p.letters()
		}
		if w != "" { // Nov 8, 2014 or Nov 8 15:05:02 2014
			p.month = monthNamed(w)
			p.byte(".")
			p.space()
			p.day, _ = p.num(2)
			if p.byte(","); p.month == 0 {
				return false
			}
			p.space()
			at := p.i
			if n, digits := p.num(4); digits == 4 {
				p.year = n
			} else {
				p.i = at - 1 // a clock follows; give its separator back
			}
			return p.i >= 0
		}
	}
	n, digits := p.num(8)
	switch {
	case digits == 8: // 20141108
		p.year, p.month, p.day = n/10000, n/100%100, n%100
		return true
	case digits == 4: // 2014, 2014-11, 2014-11-08
		p.year, p.month, p.day = n, 1, 1
		sep, ok := p.byte("-/.")
		if !ok {
			return true
		}
		if p.month, digits = p.num(2); digits == 0 {
			return false
		}
		if _, ok := p.byte(string(sep)); !ok {
			return sep == '-'
		}
		p.day, digits = p.num(2)
		return digits > 0
	case digits == 1 || digits == 2:
		if sep, ok := p.byte("-/ "); ok && p.i < len(p.s) {
			if p.s[p.i] > '9' || sep == ' ' { // 8 Nov 2014, 08-Nov-14
				p.day = n
				p.space()
				if p.month = monthNamed(p.letters()); p.month == 0 {
					return false
				}
				if _, ok := p.byte(string(sep)); !ok {
					return false
				}
				return p.shortYear()
			}
			p.month = n // 11-08-2014
			if p.day, digits = p.num(2); digits == 0 {
				return false
			}
			if _, ok := p.byte(string(sep)); !ok {
				return false
			}
			return p.shortYear()
		}
	}
	return false
}

func (p *timeReader) shortYear() bool {
	n, digits := p.num(4)
	switch digits {
	case 4:
		p.year = n
	case 2:
		p.year = 2000 + n
		if n >= 50 {
			p.year -= 100
		}
	}
	return digits == 4 || digits == 2
}

// clock reads hh:mm[:ss[.f]] and AM or PM.
func (p *timeReader) clock() bool {
	h, digits := p.num(2)
	if _, ok := p.byte(":"); !ok || digits == 0 {
		return false
	}
	m, digits := p.num(2)
	if digits == 0 || h > 23 || m > 59 {
		return false
	}
	var sec int
	var frac int64
	if _, ok := p.byte(":"); ok {
		if sec, digits = p.num(2); digits == 0 || sec > 59 {
			return false
		}
		if _, ok := p.byte(".,"); ok {
			from := p.i
			for unit := Second / 10; p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9'; p.i++ {
				frac += int64(p.s[p.i]-'0') * unit
				unit /= 10
			}
			if p.i == from {
				return false
			}
		}
	}
	at := p.i
	p.space()
	switch w := strings.ToUpper(p.letters()); {
	case (w == "AM" || w == "PM") && h >= 1 && h <= 12:
		h %= 12
		if w == "PM" {
			h += 12
		}
	default:
		p.i = at
	}
	p.clockTicks = int64(h)*Hour + int64(m)*Minute + int64(sec)*Second + frac
	return true
}

var zones = map[string]int64{"Z": 0, "UTC": 0, "GMT": 0, "UT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}

// zone reads Z, a name of RFC 822 or an offset, if one is there.
func (p *timeReader) zone() bool {
	if p.i == len(p.s) {
		return true
	}
	if w := p.letters(); w != "" {
		hours, ok := zones[strings.ToUpper(w)]
		p.offset = hours * Hour
		return ok
	}
	sign, ok := p.byte("+-")
	h, digits := p.num(2)
	if !ok || digits == 0 {
		return false
	}
	p.byte(":")
	m, digits := p.num(2)
	if h > 14 || m > 59 || digits == 1 {
		return false
	}
	p.offset = int64(h)*Hour + int64(m)*Minute
	if sign == '-' {
		p.offset = -p.offset
	}
	return true
}

var spanUnits = map[string]int64{"d": Day, "day": Day, "days": Day, "h": Hour, "hr": Hour, "hrs": Hour, "hour": Hour, "hours": Hour,
	"m": Minute, "min": Minute, "minute": Minute, "minutes": Minute, "s": Second, "sec": Second, "second": Second, "seconds": Second,
	"ms": Millisecond, "milli": Millisecond, "millis": Millisecond, "millisec": Millisecond, "millisecond": Millisecond, "milliseconds": Millisecond,
	"micro": 10, "micros": 10, "microsec": 10, "microsecond": 10, "microseconds": 10, "tick": 1, "ticks": 1}

// ParseTimespan reads 1.5h and [-][d.]hh:mm[:ss[.f]]; a bare number is days.
func ParseTimespan(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	if len(s) > 64 {
		return 0, false
	}
	rest, neg := strings.CutPrefix(s, "-")
	if !neg {
		rest = strings.TrimPrefix(s, "+")
	}
	var n int64
	var ok bool
	if strings.Contains(rest, ":") {
		n, ok = parseClockSpan(rest)
	} else {
		n, ok = parseUnitSpan(rest)
	}
	if neg {
		n = -n
	}
	return n, ok
}

func parseUnitSpan(s string) (int64, bool) {
	end := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	unit := Day
	if end >= 0 {
		u, ok := spanUnits[strings.TrimSpace(s[end:])]
		if !ok {
			return 0, false
		}
		unit, s = u, s[:end]
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n * unit, n <= math.MaxInt64/unit
	}
	f, err := strconv.ParseFloat(s, 64)
	f = math.Round(f * float64(unit))
	return int64(f), err == nil && f < math.MaxInt64
}

func parseClockSpan(s string) (int64, bool) {
	parts := strings.Split(s, ":")
	if len(parts) == 4 { // the docs print 14:00:00:00
		parts = append([]string{parts[0] + "." + parts[1]}, parts[2:]...)
	}
	if len(parts) > 3 {
		return 0, false
	}
	var total int64
	if d, h, ok := strings.Cut(parts[0], "."); ok {
		n, ok := smallInt(d, 10675199)
		if !ok {
			return 0, false
		}
		total, parts[0] = n*Day, h
	}
	limits, units := []int64{23, 59, 59}, []int64{Hour, Minute, Second}
	for i, part := range parts {
		whole, frac, hasFrac := strings.Cut(part, ".")
		n, ok := smallInt(whole, limits[i])
		if !ok || hasFrac && (i != 2 || frac == "") {
			return 0, false
		}
		total += n * units[i]
		if hasFrac {
			f, ok := smallInt((frac + "0000000")[:7], 9999999)
			if !ok {
				return 0, false
			}
			total += f
		}
	}
	return total, total >= 0
}

func smallInt(s string, max int64) (int64, bool) {
	if s == "" || len(s) > 8 {
		return 0, false
	}
	var n int64
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, n <= max
}

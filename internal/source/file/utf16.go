package file

import (
	"bufio"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Reader turns UTF-16 into UTF-8. Nothing is lost: half a surrogate pair
// becomes the three bytes that UTF-8 would have for it, which are invalid and
// kept as such, and an odd last byte stands for itself.
type utf16Reader struct {
	r    *bufio.Reader
	big  bool
	have []byte // decoded and not yet given out
	held rune   // first half of a pair, 0 if none
	err  error
}

func newUTF16(r *bufio.Reader, big bool) io.Reader { return &utf16Reader{r: r, big: big} }

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.have) == 0 && u.err == nil {
		u.have = u.have[:0]
		for len(u.have) < 1<<15 && u.err == nil {
			u.unit()
		}
	}
	n := copy(p, u.have)
	u.have = u.have[n:]
	if n == 0 {
		return 0, u.err
	}
	return n, nil
}

func (u *utf16Reader) unit() {
	a, err := u.r.ReadByte()
	if err != nil {
		u.flush()
		u.err = err
		return
	}
	b, err := u.r.ReadByte()
	if err != nil {
		u.flush()
		u.have = append(u.have, a)
		if u.err = err; errors.Is(err, io.EOF) {
			u.err = io.EOF
		}
		return
	}
	r := rune(b)<<8 | rune(a)
	if u.big {
		r = rune(a)<<8 | rune(b)
	}
	if u.held != 0 {
		if pair := utf16.DecodeRune(u.held, r); pair != utf8.RuneError {
			u.have, u.held = utf8.AppendRune(u.have, pair), 0
			return
		}
		u.flush()
	}
	switch {
	case r >= 0xd800 && r < 0xdc00:
		u.held = r
	case utf16.IsSurrogate(r):
		u.have = appendHalf(u.have, r)
	default:
		u.have = utf8.AppendRune(u.have, r)
	}
}

func (u *utf16Reader) flush() {
	if u.held != 0 {
		u.have, u.held = appendHalf(u.have, u.held), 0
	}
}

func appendHalf(b []byte, r rune) []byte {
	return append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f|0x80, 0x80|byte(r)&0x3f)
}

package file

import (
	"bufio"
	"bytes"
	"unicode/utf8"
)

func newBuf(b []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(b)) }

// decodeHalf is utf8.DecodeRune that also reads half a surrogate pair.
func decodeHalf(b []byte) (rune, int) {
	if len(b) >= 3 && b[0] == 0xed && b[1] >= 0xa0 {
		return rune(b[0]&0xf)<<12 | rune(b[1]&0x3f)<<6 | rune(b[2]&0x3f), 3
	}
	return utf8.DecodeRune(b)
}

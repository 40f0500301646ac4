package types

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// Digest is the number that a catalogue's digest columns hold for a text: the
// first four bytes of the SHA-256 of the text in lower case. Texts that are
// equal but for their case have one digest; others may share it.
func Digest(text string) uint32 {
	sum := sha256.Sum256([]byte(strings.ToLower(text)))
	return binary.BigEndian.Uint32(sum[:])
}

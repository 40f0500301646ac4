package builtin

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"

	"github.com/cespare/xxhash/v2"
)

// hash takes text as its bytes and everything of eight bytes as those bytes,
// little-endian: the digest of a datetime in the documentation shows it. The
// other hashes take every value as its text.
var hashFuncs = []Func{
	fn("hash", "s?l:l", func(a args) any { return modulo(textHash(a.str(0)), a) }),
	fn("hash_long", "l?l:l", func(a args) any { return modulo(wordHash(a), a) }),
	fn("hash_real", "r?l:l", func(a args) any {
		f, ok := a.real(0)
		if !ok {
			return nil
		}
		return modulo(wordHash(args{int64(math.Float64bits(f))}), a)
	}),
	fn("hash_datetime", "t?l:l", func(a args) any { return modulo(wordHash(a), a) }),
	fn("hash_timespan", "i?l:l", func(a args) any { return modulo(wordHash(a), a) }),
	fn("hash_xxhash64", "s?l:l", func(a args) any { return modulo(textHash(a.str(0)), a) }),
	fn("hash_md5", "s:s", func(a args) any { h := md5.Sum([]byte(a.str(0))); return hex.EncodeToString(h[:]) }),
	fn("hash_sha1", "s:s", func(a args) any { h := sha1.Sum([]byte(a.str(0))); return hex.EncodeToString(h[:]) }),
	fn("hash_sha256", "s:s", func(a args) any { h := sha256.Sum256([]byte(a.str(0))); return hex.EncodeToString(h[:]) }),
}

func textHash(s string) any { return int64(xxhash.Sum64String(s)) }

func wordHash(a args) any {
	n, ok := a.long(0)
	if !ok {
		return nil
	}
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	return int64(xxhash.Sum64(b[:]))
}

// modulo applies the optional second argument; the result is never negative.
func modulo(h any, a args) any {
	n, ok := h.(int64)
	if !ok || !a.has(1) {
		return h
	}
	m, _ := a.long(1)
	if m <= 0 {
		return nil
	}
	return int64(uint64(n) % uint64(m))
}

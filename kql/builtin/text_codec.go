package builtin

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash/adler32"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"compress/flate"
)

// maxInflated bounds what a decompression may yield.
const maxInflated = 64 << 20

var codecFuncs = []Func{
	fn("base64_encode_tostring", "s:s", func(a args) any { return base64.StdEncoding.EncodeToString([]byte(a.str(0))) }),
	fn("base64_decode_tostring", "s:s", func(a args) any {
		b, ok := unbase64(a.str(0))
		if !ok || !utf8.Valid(b) {
			return ""
		}
		return string(b)
	}),
	fn("base64_decode_toarray", "s:d", func(a args) any {
		b, ok := unbase64(a.str(0))
		if !ok {
			return nil
		}
		out := make([]any, len(b))
		for i, c := range b {
			out[i] = int64(c)
		}
		return encode(out)
	}),
	fn("base64_encode_fromarray", "d:s", func(a args) any {
		list, ok := a.arr(0)
		b := make([]byte, len(list))
		for i, v := range list {
			n, isNumber := v.(int64)
			if !isNumber || n < 0 || n > 255 {
				return ""
			}
			b[i] = byte(n)
		}
		if !ok {
			return ""
		}
		return base64.StdEncoding.EncodeToString(b)
	}),
	fn("base64_encode_fromguid", "g:s", func(a args) any {
		b, ok := guidBytes(a.str(0))
		if !ok {
			return ""
		}
		return base64.StdEncoding.EncodeToString(b)
	}),
	fn("base64_decode_toguid", "s:g", func(a args) any {
		b, ok := unbase64(a.str(0))
		if !ok || len(b) != 16 {
			return nil
		}
		swapGUID(b)
		h := hex.EncodeToString(b)
		return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	}),
	fn("tohex", "l?l:s", func(a args) any { return toHex(a, 16) }),
	fn("tohex_int", "I?l:s", func(a args) any { return toHex(a, 8) }),
	fn("parse_hex", "s:l", func(a args) any {
		s := a.str(0)
		if len(s) > 2 && strings.EqualFold(s[:2], "0x") {
			s = s[2:]
		}
		n, err := strconv.ParseUint(s, 16, 64)
		if err != nil {
			return nil
		}
		return int64(n)
	}),
	fn("gzip_compress_to_base64_string", "s:s", func(a args) any {
		s := a.str(0)
		b := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}
		b = deflate(b, s)
		b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(s)))
		return base64.StdEncoding.EncodeToString(binary.LittleEndian.AppendUint32(b, uint32(len(s))))
	}),
	fn("gzip_decompress_from_base64_string", "s:s", func(a args) any {
		return inflate(a.str(0), func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) })
	}),
	fn("zlib_compress_to_base64_string", "s:s", func(a args) any {
		b := deflate([]byte{0x78, 0x01}, a.str(0))
		return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, adler32.Checksum([]byte(a.str(0)))))
	}),
	fn("zlib_decompress_from_base64_string", "s:s", func(a args) any { return inflate(a.str(0), zlib.NewReader) }),
}

// unbase64 takes the padding as optional; Kusto takes either.
func unbase64(s string) ([]byte, bool) {
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	return b, err == nil
}

// guidBytes gives a guid in the order of its memory: the first three groups
// are little-endian.
func guidBytes(s string) ([]byte, bool) {
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != 16 {
		return nil, false
	}
	swapGUID(b)
	return b, true
}

func swapGUID(b []byte) {
	b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
	b[4], b[5] = b[5], b[4]
	b[6], b[7] = b[7], b[6]
}

func toHex(a args, width int) any {
	n, ok := a.long(0)
	if !ok {
		return ""
	}
	u := uint64(n)
	if width == 8 {
		u = uint64(uint32(n))
	}
	s := strconv.FormatUint(u, 16)
	want := int(min(max(a.longOr(1, 0), 0), 16))
	if len(s) < want {
		s = strings.Repeat("0", want-len(s)) + s
	}
	return s
}

// deflate appends s as one stored block where compression gains nothing.
func deflate(b []byte, s string) []byte {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.DefaultCompression) // the level is valid
	_, _ = io.WriteString(w, s)                                // a Buffer takes everything
	_ = w.Close()
	if len(s) < 1<<16 && packed.Len() > len(s) {
		n := uint16(len(s))
		b = append(b, 1)
		b = binary.LittleEndian.AppendUint16(b, n)
		b = binary.LittleEndian.AppendUint16(b, ^n)
		return append(b, s...)
	}
	return append(b, packed.Bytes()...)
}

func inflate(s string, open func(io.Reader) (io.ReadCloser, error)) any {
	b, ok := unbase64(s)
	if !ok {
		return ""
	}
	r, err := open(bytes.NewReader(b))
	if err != nil {
		return ""
	}
	out, err := io.ReadAll(io.LimitReader(r, maxInflated+1))
	if err != nil || len(out) > maxInflated || !utf8.Valid(out) {
		return ""
	}
	return string(out)
}

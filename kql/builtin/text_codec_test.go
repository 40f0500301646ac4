package builtin

import (
	"strings"
	"testing"
)

func TestCodecs(t *testing.T) {
	f := check(t)
	f("aMO8", "base64_encode_tostring", "hü")
	f("hü", "base64_decode_tostring", "aMO8")
	f("a", "base64_decode_tostring", "YQ")
	f("", "base64_decode_tostring", "/w==")
	f("", "base64_decode_tostring", "not base64")
	f("[255,0]", "base64_decode_toarray", "/wA=")
	f("null", "base64_decode_toarray", "?")
	f("/wA=", "base64_encode_fromarray", "[255,0]")
	f("", "base64_encode_fromarray", "[256]")
	f("MyIRAFVEd2aImaq7zN3u/w==", "base64_encode_fromguid", "00112233-4455-6677-8899-aabbccddeeff")
	f("00112233-4455-6677-8899-aabbccddeeff", "base64_decode_toguid", "MyIRAFVEd2aImaq7zN3u/w==")
	f("null", "base64_decode_toguid", "aGk=")
	f("ff", "tohex", 255)
	f("00ff", "tohex", 255, 4)
	f("ffffffffffffffff", "tohex", -1)
	f("fffffffe", "tohex_int", -2)
	f("255", "parse_hex", "0xFF")
	f("-1", "parse_hex", "ffffffffffffffff")
	f("null", "parse_hex", "xyz")
}

func TestCompressionRoundTrip(t *testing.T) {
	for _, s := range []string{"", "x", "short text", strings.Repeat("audit log ", 5000), "größe \x00"} {
		for _, kind := range []string{"gzip", "zlib"} {
			pack, _ := Lookup(kind + "_compress_to_base64_string")
			unpack, _ := Lookup(kind + "_decompress_from_base64_string")
			if got := unpack.Call([]any{pack.Call([]any{s})}); got != s {
				t.Errorf("%s of %.20q gave %.20q", kind, s, got)
			}
		}
	}
	f := check(t)
	f("", "gzip_decompress_from_base64_string", "H4sIAAAA")
	f("", "zlib_decompress_from_base64_string", "!!")
}

func TestHashes(t *testing.T) {
	f := check(t)
	f("5d41402abc4b2a76b9719d911017c592", "hash_md5", "hello")
	f("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", "hash_sha1", "hello")
	f("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", "hash_sha256", "hello")
	f("-1205034819632174695", "hash", "")
	f("1", "hash", "", 10)
	f("null", "hash", "", 0)
	f("null", "hash_long", nil)
}

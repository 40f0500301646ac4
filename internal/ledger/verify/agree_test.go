package verify_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/ledger/verify"
)

// damages are what can happen to a file without knowledge of its format.
var damages = []struct {
	name string
	do   func(r *rand.Rand, b []byte) []byte
}{
	{"bit", func(r *rand.Rand, b []byte) []byte { b[r.IntN(len(b))] ^= 1 << r.IntN(8); return b }},
	{"byte", func(r *rand.Rand, b []byte) []byte { b[r.IntN(len(b))] ^= byte(1 + r.IntN(255)); return b }},
	{"cut", func(r *rand.Rand, b []byte) []byte { return b[:len(b)-1-r.IntN(min(len(b), 200))] }},
	{"more", func(r *rand.Rand, b []byte) []byte {
		return append(b, bytes.Repeat([]byte{byte(r.IntN(256))}, 1+r.IntN(60))...)
	}},
	{"insert", func(r *rand.Rand, b []byte) []byte {
		at := r.IntN(len(b))
		return append(b[:at:at], append([]byte{byte(r.IntN(256))}, b[at:]...)...)
	}},
	{"delete", func(r *rand.Rand, b []byte) []byte {
		at := r.IntN(len(b))
		return append(b[:at:at], b[at+1:]...)
	}},
	{"zeros", func(r *rand.Rand, b []byte) []byte {
		at := r.IntN(len(b))
		clear(b[at:min(len(b), at+1+r.IntN(40))])
		return b
	}},
	{"swap", func(r *rand.Rand, b []byte) []byte { // two stretches of 48 bytes, as of a side file
		n := len(b) / 48
		if n < 2 {
			return b[:0]
		}
		i := r.IntN(n - 1)
		return append(append(append(bytes.Clone(b[:i*48]), b[(i+1)*48:(i+2)*48]...), b[i*48:(i+1)*48]...), b[(i+2)*48:]...)
	}},
}

var named = regexp.MustCompile(`\[record (\d+)\]`)

// TestVerifiersNameTheSameRecord damages a file at random and asks both
// verifiers. WHOLELOG_LONG makes it 3,000 damages.
func TestVerifiersNameTheSameRecord(t *testing.T) {
	py := python(t)
	f := build(t)
	var list []string
	for _, path := range files(t, f.dir) {
		switch filepath.Ext(path) {
		case ".seg", ".open", ".side":
			list = append(list, path)
		}
	}
	n := 120
	if os.Getenv("WHOLELOG_LONG") != "" {
		n = 3000
	}
	seeds := make([]int, n, n+1)
	for i := range seeds {
		seeds[i] = i
	}
	for _, seed := range append(seeds, 1256) { // once a bit made a position another block's
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		path, d := list[r.IntN(len(list))], damages[seed%len(damages)]
		whole := must[[]byte](t)(os.ReadFile(path))
		if len(whole) == 0 {
			continue
		}
		damaged := d.do(r, bytes.Clone(whole))
		if bytes.Equal(damaged, whole) {
			continue
		}
		ok(t, os.WriteFile(path, damaged, 0o600))
		report, err := verify.Run(verify.Options{Dir: f.dir, Key: f.key})
		code, out := second(t, py, f.dir, "--vkey", f.key)
		ok(t, os.WriteFile(path, whole, 0o600))
		what := fmt.Sprintf("seed %d, %s in %s", seed, d.name, strings.TrimPrefix(path, f.dir))
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if report.OK != (code == 0) {
			t.Errorf("%s: one verifier finds it whole: %v; %s", what, report.Findings, out)
			continue
		}
		var first, other uint64
		for i := range report.Findings {
			if n := report.Findings[i].Record; n > 0 && (first == 0 || n < first) {
				first = n
			}
		}
		for _, m := range named.FindAllStringSubmatch(out, -1) {
			if n, err := strconv.ParseUint(m[1], 10, 64); err == nil && (other == 0 || n < other) {
				other = n
			}
		}
		if first != other {
			t.Errorf("%s: record %d and record %d: %v; %s", what, first, other, report.Findings, out)
		}
	}
}

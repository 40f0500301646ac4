package rawjson

import (
	"crypto/sha256"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestValues(t *testing.T) {
	var d Doc
	if err := d.Parse([]byte(` {"a" : [1, -2.5e3, true, null, "x\u00e9\ud83d\ude00\n"], "A":{"b":"1"}, "a2":"\ud800" , "dup":1,"dup":2}`)); err != nil {
		t.Fatal(err)
	}
	r := d.Root()
	f := func(got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(r.Get("a").Len(), 5)
	f(r.Get("a").Index(4).Str(), "xé😀\n")
	f(r.Get("a").Index(1).Text(), "-2.5e3")
	f(r.Get("a").Index(9).Kind(), Missing)
	f(r.Path("A", "b").Text(), "1")
	f(r.GetFold("DUP").Text(), "2")
	f(r.Get("a2").Str(), "\uFFFD")
	f(string(r.Get("A").Compact(nil)), `{"b":"1"}`)
	n, ok := r.Path("A", "b").Int()
	f(n, int64(1))
	f(ok, true)
}

func TestCanonicalIgnoresOrderSpaceAndEscapes(t *testing.T) {
	sum := func(s string) [32]byte {
		var d Doc
		if err := d.Parse([]byte(s)); err != nil {
			t.Fatal(err)
		}
		return sha256.Sum256(d.Root().Canonical(nil, func(n string) bool { return n == "time" }))
	}
	a := sum(`{"time":1,"x":{"b":"é","a":[1,2]}}`)
	if sum(`{ "x" : { "a":[ 1,2 ], "b":"\u00e9" }, "time":2 }`) != a {
		t.Error("the same content has another digest")
	}
	for _, s := range []string{`{"x":{"b":"é","a":[2,1]}}`, `{"x":{"b":"é","a":["1",2]}}`, `{"x":{"b":"é","a":[1,2],"time":1}}`} {
		if sum(s) == a {
			t.Errorf("other content has the same digest: %s", s)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{}`, `[1,{"a":"\u00e9"}]`, `-0`, `01`, `"\ud800"`, "\"\xff\"", `{"a":1,}`, strings.Repeat("[", 600), `1e`, ` true `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var d Doc
		err := d.Parse(b)
		if valid := json.Valid(b); valid != (err == nil) {
			if valid && strings.Contains(err.Error(), "deeper") {
				return
			}
			t.Fatalf("%q: %v, but encoding/json says valid=%v", b, err, valid)
		}
		if err != nil {
			return
		}
		out := d.Root().Compact(nil)
		if !json.Valid(out) || !utf8.Valid(out) {
			t.Fatalf("%q became %q", b, out)
		}
		var x, y any
		if json.Unmarshal(b, &x) == nil && json.Unmarshal(out, &y) == nil && utf8.Valid(b) && !reflect.DeepEqual(x, y) {
			t.Fatalf("%q became %q", b, out)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	rec := []byte(`{"properties":{` + strings.Repeat(`"someFieldName":"some value of usual length","other":{"n":12,"ok":true},`, 80) + `"end":1}}`)
	b.Run("rawjson", func(b *testing.B) {
		var d Doc
		b.SetBytes(int64(len(rec)))
		for b.Loop() {
			if err := d.Parse(rec); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("yardstick-encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(rec)))
		for b.Loop() {
			if !json.Valid(rec) {
				b.Fatal("invalid")
			}
		}
	})
}

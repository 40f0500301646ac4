package builtin

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCompact(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got, ok := Compact(in)
		if !ok {
			got = "null"
		}
		if got != want {
			t.Errorf("%s gave %s, want %s", in, got, want)
		}
	}
	f("", "null")
	f(" null ", "null")
	f(` { "a" : [ 1 , 2.0 , 2.5e1 ] } `, `{"a":[1,2,25]}`)
	f(`1.5`, `1.5`)
	f(`12345678901234567890`, `1.2345678901234567E+19`)
	f(`9223372036854775807`, `9223372036854775807`)
	f(`-0`, `0`)
	f(`1e400`, `"1e400"`)
	f(`"\u00fc\ud83d\ude00\n\/"`, `"ü😀\n/"`)
	f(`"\ud83d"`, "\"\uFFFD\"")
	f(`{"a":1,"a":2}`, `{"a":2}`)
	for _, text := range []string{"plain", "{", "[1,]", `{"a"}`, "01", "1.", "tru", `"open`, "\"tab\tin\"", "[1] 2", "{'a':1}"} {
		b, _ := json.Marshal(text)
		f(text, string(b))
	}
	deep := strings.Repeat("[", 2*maxDepth) + strings.Repeat("]", 2*maxDepth)
	f(deep, `"`+deep+`"`)
}

func TestJSONPath(t *testing.T) {
	f := func(want, text string, path ...any) {
		t.Helper()
		got, ok := JSONPath(text, path...)
		if !ok {
			got = "null"
		}
		if got != want {
			t.Errorf("%s at %v gave %s, want %s", text, path, got, want)
		}
	}
	doc := `{"a":[{"b":"x"},{"b":null}],"c.d":1.0}`
	f(`"x"`, doc, "a", 0, "b")
	f(`{"b":null}`, doc, "a", -1)
	f("null", doc, "a", -1, "b")
	f("null", doc, "a", 2)
	f("null", doc, "a", "b")
	f("null", doc, 0)
	f("1.0", doc, "c.d")
	f("null", "", "a")
}

func TestJSONFunctions(t *testing.T) {
	f := check(t)
	f("x", "extract_json", "$.a[1].b", `{"a":[0,{"b":"x"}]}`)
	f(`{"b":"x"}`, "extract_json", "$['a']", `{"a":{"b":"x"}}`)
	f("", "extract_json", "$.zz", `{"a":1}`)
	f("", "extract_json", "$.a", `not json`)
	for text, want := range map[string]string{"1": "long", "1.5": "real", "true": "bool", `"x"`: "string", "[]": "array", "{}": "dictionary", "": "null"} {
		f(want, "gettype", text)
	}
	f(`{"a":{"x":1,"y":2},"b":[1]}`, "dynamic_to_json", `{"b":[1],"a":{"y":2,"x":1}}`)
	f(`["['a']","['a'][0]","['b']","['b']['c']"]`, "treepath", `{"a":[1,2],"b":{"c":1}}`)
	f("text", "tostring_dynamic", `"text"`)
	f("true", "tostring_dynamic", `true`)
	f(`["a"]`, "tostring_dynamic", `["a"]`)
	f("", "tostring_dynamic", nil)
}

// The scan of Compact must give what reading and writing gives.
func FuzzCompact(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e3,"\u0041"],"b":{"a":1,"a":2}}`, `[ null,true]`, `null`, "[\"\xff\"]", `["ü"]`, `-0`, `x`, `[1.0]`, `{"a":1}`, `"\/"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := Compact(s)
		want, _ := encode(whole(decode(s))).(string)
		if got != want || ok != (want != "") {
			t.Fatalf("%q gave %s, want %s", s, got, want)
		}
	})
}

// What our reader accepts, the standard library accepts, and the other way
// round, but for depth, duplicate keys and numbers out of range.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e3,"\u0041"]}`, `[null,true]`, `"\ud800"`, "1e5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, ok := parseJSON(s)
		valid := json.Valid([]byte(s))
		if ok && !valid {
			t.Fatalf("%q accepted", s)
		}
		if !ok && valid && strings.Count(s, "[")+strings.Count(s, "{") < maxDepth && !strings.ContainsAny(s, "eE0123456789") {
			t.Fatalf("%q refused", s)
		}
		if !ok {
			return
		}
		out := string(appendJSON(nil, v))
		again, ok := parseJSON(out)
		if !ok || string(appendJSON(nil, again)) != out {
			t.Fatalf("%q is %s and then something else", s, out)
		}
	})
}

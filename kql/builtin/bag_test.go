package builtin

import "testing"

func TestBags(t *testing.T) {
	f := check(t)
	f(`["b","a"]`, "bag_keys", `{"b":1,"a":{"c":2}}`)
	f(`[]`, "bag_keys", `{}`)
	f("null", "bag_keys", `[1]`)
	f("true", "bag_has_key", `{"a":{"b.c":1}}`, `$.a["b.c"]`)
	f("false", "bag_has_key", `{"a":{"b":1}}`, "$.a.c")
	f("true", "bag_has_key", `{"$":1}`, "$")
	f("true", "bag_has_key", `{"a":[{"b":1}]}`, "$.a[-1].b")
	f("null", "bag_has_key", nil, "a")
	f(`{"a":1,"b":2,"c":3}`, "bag_merge", `{"a":1,"b":2}`, nil, `{"b":9,"c":3}`)
	f("null", "bag_merge", nil, "[1]")
	f(`{"b":{"d":2}}`, "bag_remove_keys", `{"a":1,"b":{"c":1,"d":2}}`, `["a","$.b.c","zz"]`)
	f(`{"a":1}`, "bag_remove_keys", `{"a":1}`, `[]`)
	f(`{"a":{"b":{"c":true}}}`, "bag_set_key", `{"a":5}`, "$.a.b.c", "true")
	f(`{"a":null}`, "bag_set_key", `{"a":5}`, "a", nil)
	f(`{"x":1,"y":null}`, "bag_zip", `["x","y"]`, `[1]`)
	f(`{"x":2}`, "bag_zip", `["x","x"]`, `[1,2]`)
	f(`{"1":"v","k":[1,2]}`, "bag_pack", "1", `"v"`, `"k"`, "[1,2]")
	f(`{}`, "bag_pack")
}

func TestLargeBagKeepsOrderAndLastValue(t *testing.T) {
	b := &bag{}
	for i := range 40 {
		b.set(string(rune('A'+i%20)), int64(i))
	}
	if len(b.keys) != 20 || b.keys[0] != "A" || b.keys[19] != "T" {
		t.Errorf("keys %v", b.keys)
	}
	if v, _ := b.get("T"); v != int64(39) {
		t.Errorf("last value %v", v)
	}
}

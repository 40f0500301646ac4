package builtin

import "testing"

func TestArrays(t *testing.T) {
	f := check(t)
	f("3", "array_length", `[1,[2,3],null]`)
	f("null", "array_length", `{"a":1}`)
	f(`[1,"a",2]`, "array_concat", "[1]", nil, `["a"]`, "2")
	f("null", "array_concat", nil, nil)
	f(`["y","n","y",null]`, "array_iff", `[true,0,2.5,"x"]`, `"y"`, `"n"`)
	f("null", "array_iff", `true`, `1`, `2`)
	f("1", "array_index_of", `["a","B","b"]`, `"B"`)
	f("0", "array_index_of", `[1.0]`, `1`)
	f("2", "array_index_of", `[1,2,{"a":[1]}]`, `{"a":[1]}`)
	f("null", "array_index_of", `"abc"`, `"a"`)
	f("null", "array_index_of", `[1]`, `1`, 0, -1, 0)
	f(`[3,2,1]`, "array_reverse", `[1,2,3]`)
	f(`[3,1,2]`, "array_rotate_right", `[1,2,3]`, 4)
	f(`[]`, "array_rotate_left", `[]`, 4)
	f(`[2,3,null]`, "array_shift_left", `[1,2,3]`, 1)
	f(`["b","c",""]`, "array_shift_left", `["a","b","c"]`, 1)
	f(`[0,0,1]`, "array_shift_right", `[1,2,3]`, 2, "0")
	f(`[9,9]`, "array_shift_right", `[1,2]`, 100, "9")
	f(`[2]`, "array_slice", `[1,2,3]`, -2, -2)
	f(`[]`, "array_slice", `[1,2,3]`, 2, 1)
	f(`[1,2,3]`, "array_slice", `[1,2,3]`, -9, 9)
	f(`[[1],[],[2,3]]`, "array_split", `[1,2,3]`, `[1,-2]`)
	f(`[[1,2],[3]]`, "array_split", `[1,2,3]`, `-1`)
	f("null", "array_split", `[1,2,3]`, `["x"]`)
	f("4.5", "array_sum", `[1,3.5]`)
	f("null", "array_sum", `[1,"x"]`)
	f("a|1|[2]|", "strcat_array", `["a",1,[2],null]`, "|")
	f("", "strcat_array", nil, "|")
	f(`[[1,3],[2,null]]`, "zip", `[1,2]`, `[3]`)
	f(`[1,"x",null]`, "pack_array", "1", `"x"`, nil)
}

func TestArraySort(t *testing.T) {
	f := check(t)
	f(`[-1,2,2.5,10]`, "array_sort_asc", true, `[10,2.5,-1,2]`)
	f(`["B","a","ä"]`, "array_sort_asc", nil, `["ä","a","B"]`)
	f(`[[1,2],["x","y"],null]`, "array_sort_asc", true, `[2,1]`, `["y","x"]`, `[1]`)
	f(`[9223372036854775807,9223372036854775806]`, "array_sort_desc", true, `[9223372036854775806,9223372036854775807]`)
	f(`[1,null]`, "array_sort_desc", true, `[null,1]`)
	f("null", "array_sort_asc", true, `"x"`)
	f(`[1.0,2.0,4.0]`, "array_percentiles", `[4,1,2,3]`, `[0,50,100]`)
	f(`[null]`, "array_percentiles", `[]`, `[50]`)
}

func TestSets(t *testing.T) {
	f := check(t)
	f(`[1,"1",2]`, "set_union", `[1,"1"]`, `[1.0,2]`)
	f(`[1]`, "set_union", nil, `[1]`)
	f("null", "set_union", nil, nil)
	f("null", "set_union", "1", `[1]`)
	f(`["b"]`, "set_intersect", `["a","b","b"]`, `["b","c"]`, `["b"]`)
	f(`[]`, "set_intersect", `["a"]`, nil)
	f(`["a"]`, "set_difference", `["a","b","a"]`, `["b"]`, nil)
	f("null", "set_difference", nil, `["b"]`)
	f("true", "set_has_element", `["a",2]`, `2.0`)
	f("false", "set_has_element", `["a",2]`, `"2"`)
	f("null", "set_has_element", nil, `"2"`)
	f("true", "set_equals", `[1,2,1]`, `[2,1]`)
	f("false", "set_equals", `[1]`, `[2]`)
	f("0.333333333333", "jaccard_index", `["a","b"]`, `["b","c"]`)
}

func TestRange(t *testing.T) {
	f := check(t)
	f(`[3,2,1]`, "range", 3, 1, -1)
	f(`[]`, "range", 3, 1)
	f("null", "range", 1, 3, 0)
	f(`[9223372036854775806,9223372036854775807]`, "range", 9223372036854775806, 9223372036854775807)
	f(`[0.0,0.25,0.5]`, "range_real", 0.0, 0.5, 0.25)
	f(`["00:00:00","01:00:00"]`, "range_timespan", 0, int64(Hour))
	f(`["2024-02-28T00:00:00.0000000Z","2024-02-29T00:00:00.0000000Z"]`, "range_datetime", ticks("2024-02-28"), ticks("2024-02-29"), int64(Day))
	f(`["a","a"]`, "repeat", `"a"`, 2)
	f(`[]`, "repeat", `1`, 0)
	f("null", "repeat", `1`, -1)
}

func ticks(s string) int64 {
	n, ok := ParseDatetime(s)
	if !ok {
		panic("no datetime: " + s)
	}
	return n
}

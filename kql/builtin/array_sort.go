package builtin

import (
	"cmp"
	"slices"
)

// The first argument says whether nulls come last (Kusto's optional last one),
// the arrays follow. One array gives itself sorted; several give an array of
// arrays, all in the order of the first.
var sortFuncs = []Func{
	fn("array_sort_asc", "bdd*:d", func(a args) any { return arraySort(a, false) }),
	fn("array_sort_desc", "bdd*:d", func(a args) any { return arraySort(a, true) }),
	// Values at nearest ranks: the array and the ranks 0 to 100.
	fn("array_percentiles", "dd:d", func(a args) any {
		v, ok := a.arr(0)
		ranks, isList := a.arr(1)
		if !ok || !isList {
			return nil
		}
		var nums []float64
		for _, e := range v {
			if f, ok := toReal(e); ok {
				nums = append(nums, f)
			}
		}
		slices.Sort(nums)
		out := make([]any, len(ranks))
		for i, r := range ranks {
			if p, ok := toReal(r); ok && len(nums) > 0 && p >= 0 && p <= 100 {
				out[i] = nums[nearestRank(len(nums), p)]
			}
		}
		return encode(out)
	}),
}

// nearestRank gives the place of a percentile among n sorted values.
func nearestRank(n int, p float64) int {
	at := int(p / 100 * float64(n))
	if float64(at) == p/100*float64(n) {
		at--
	}
	return min(max(at, 0), n-1)
}

func arraySort(a args, desc bool) any {
	first, ok := a.arr(1)
	if !ok {
		return nil
	}
	nullsLast := a.bool(0, true)
	order := make([]int, len(first))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		x, y := first[i], first[j]
		if x == nil || y == nil {
			c := 0
			switch {
			case x == nil && y != nil:
				c = 1
			case x != nil:
				c = -1
			}
			if !nullsLast {
				c = -c
			}
			return c
		}
		if desc {
			x, y = y, x
		}
		return compareValues(x, y)
	})
	out := make([]any, 0, len(a)-1)
	for i := 1; i < len(a); i++ {
		v, ok := a.arr(i)
		if !ok || len(v) != len(first) {
			out = append(out, nil)
			continue
		}
		sorted := make([]any, len(v))
		for to, from := range order {
			sorted[to] = v[from]
		}
		out = append(out, sorted)
	}
	if len(out) == 1 {
		return encode(out[0])
	}
	return encode(out)
}

// compareValues orders numbers by value and strings by code points; kinds
// among each other: booleans, numbers, strings, the rest by JSON.
func compareValues(x, y any) int {
	if i, ok := x.(int64); ok {
		if j, ok := y.(int64); ok {
			return cmp.Compare(i, j)
		}
	}
	if f, ok := toReal(x); ok {
		if g, ok := toReal(y); ok {
			return cmp.Compare(f, g)
		}
	}
	if c := cmp.Compare(kind(x), kind(y)); c != 0 {
		return c
	}
	return cmp.Compare(text(x), text(y))
}

func kind(v any) int {
	switch v.(type) {
	case bool:
		return 0
	case int64, float64:
		return 1
	case string:
		return 2
	}
	return 3
}

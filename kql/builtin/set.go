package builtin

// A null among arrays is an empty set: it is what an outer join leaves, and the
// difference to nothing is everything.
var setFuncs = []Func{
	fn("set_union", "dd*:d", func(a args) any {
		out, seen := []any{}, map[string]bool{}
		arrays := 0
		for i := range a {
			v, ok := a.arr(i)
			if !ok {
				if a.dyn(i) != nil {
					return nil
				}
				continue
			}
			arrays++
			for _, e := range v {
				if k := setKey(e); !seen[k] {
					seen[k] = true
					out = append(out, e)
				}
			}
		}
		if arrays == 0 {
			return nil
		}
		return encode(out)
	}),
	fn("set_intersect", "dd*:d", func(a args) any { return pick(a, true) }),
	fn("set_difference", "dd*:d", func(a args) any { return pick(a, false) }),
	// The value looked for is passed as a dynamic.
	fn("set_has_element", "dd:b", func(a args) any {
		v, ok := a.arr(0)
		if !ok {
			return nil
		}
		what := a.dyn(1)
		for _, e := range v {
			if same(e, what) {
				return true
			}
		}
		return false
	}),
	fn("set_equals", "dd:b", func(a args) any {
		x, ok1 := setOf(a, 0)
		y, ok2 := setOf(a, 1)
		if !ok1 || !ok2 {
			return nil
		}
		return len(x) == len(y) && common(x, y) == len(x)
	}),
	fn("jaccard_index", "dd:r", func(a args) any {
		x, ok1 := setOf(a, 0)
		y, ok2 := setOf(a, 1)
		if !ok1 || !ok2 {
			return nil
		}
		both := common(x, y)
		// Two empty sets have no index: NaN, as 0/0.
		return float64(both) / float64(len(x)+len(y)-both)
	}),
}

// setKey is equal for equal values: JSON with whole reals as longs.
func setKey(v any) string { return string(appendJSON(nil, whole(v))) }

func setOf(a args, i int) (map[string]bool, bool) {
	v, ok := a.arr(i)
	set := make(map[string]bool, len(v))
	for _, e := range v {
		set[setKey(e)] = true
	}
	return set, ok
}

func common(x, y map[string]bool) int {
	n := 0
	for k := range x {
		if y[k] {
			n++
		}
	}
	return n
}

// pick keeps the distinct elements of the first array that are in all of the
// others, or in none of them.
func pick(a args, in bool) any {
	v, ok := a.arr(0)
	if !ok {
		return nil
	}
	sets := make([]map[string]bool, 0, len(a)-1)
	for i := 1; i < len(a); i++ {
		s, ok := setOf(a, i)
		if !ok && a.dyn(i) != nil {
			return nil
		}
		sets = append(sets, s)
	}
	out, seen := []any{}, map[string]bool{}
next:
	for _, e := range v {
		k := setKey(e)
		if seen[k] {
			continue
		}
		seen[k] = true
		for _, s := range sets {
			if s[k] != in {
				continue next
			}
		}
		out = append(out, e)
	}
	return encode(out)
}

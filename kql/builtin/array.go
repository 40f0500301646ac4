package builtin

var arrayFuncs = []Func{
	fn("array_length", "d:l", func(a args) any {
		if v, ok := a.arr(0); ok {
			return int64(len(v))
		}
		return nil
	}),
	fn("array_concat", "dd*:d", func(a args) any {
		var out []any
		for i := range a {
			switch v := a.dyn(i).(type) {
			case nil:
			case []any:
				if out == nil {
					out = []any{}
				}
				out = append(out, v...)
			default:
				out = append(out, v)
			}
		}
		if out == nil {
			return nil
		}
		return encode(out)
	}),
	fn("array_iff", "ddd:d", func(a args) any { return arrayIff(a) }),
	fn("array_iif", "ddd:d", func(a args) any { return arrayIff(a) }),
	// The value looked for is passed as a dynamic.
	fn("array_index_of", "dd?lll:l", func(a args) any { return arrayIndexOf(a) }),
	fn("array_reverse", "d:d", func(a args) any {
		v, ok := a.arr(0)
		if !ok {
			return nil
		}
		for i, j := 0, len(v)-1; i < j; i, j = i+1, j-1 {
			v[i], v[j] = v[j], v[i]
		}
		return encode(v)
	}),
	fn("array_rotate_left", "dl:d", func(a args) any { return rotate(a, 1) }),
	fn("array_rotate_right", "dl:d", func(a args) any { return rotate(a, -1) }),
	fn("array_shift_left", "dl?d:d", func(a args) any { return shift(a, 1) }),
	fn("array_shift_right", "dl?d:d", func(a args) any { return shift(a, -1) }),
	fn("array_slice", "dll:d", func(a args) any {
		v, ok := a.arr(0)
		from, ok1 := a.long(1)
		to, ok2 := a.long(2)
		if !ok || !ok1 || !ok2 {
			return nil
		}
		n := int64(len(v))
		if from < 0 {
			from = max(from+n, 0)
		}
		if to < 0 {
			to += n
		}
		to = min(to, n-1)
		if from > to {
			return "[]"
		}
		return encode(v[from : to+1])
	}),
	fn("array_split", "dd:d", func(a args) any { return arraySplit(a) }),
	fn("array_sum", "d:r", func(a args) any {
		v, ok := a.arr(0)
		if !ok {
			return nil
		}
		sum := 0.0
		for _, e := range v {
			f, ok := toReal(e)
			if !ok {
				return nil
			}
			sum += f
		}
		return sum
	}),
	fn("strcat_array", "ds:s", func(a args) any {
		v, _ := a.arr(0)
		var b []byte
		for i, e := range v {
			if i > 0 {
				b = append(b, a.str(1)...)
			}
			b = append(b, text(e)...)
		}
		return string(b)
	}),
	fn("zip", "dd*:d", func(a args) any {
		longest := 0
		lists := make([][]any, len(a))
		for i := range a {
			lists[i], _ = a.arr(i)
			longest = max(longest, len(lists[i]))
		}
		out := make([]any, longest)
		for i := range out {
			row := make([]any, len(lists))
			for j := range lists {
				row[j] = element(lists[j], int64(i))
			}
			out[i] = row
		}
		return encode(out)
	}),
	// Values, each passed as a dynamic.
	fn("pack_array", "?d*:d", func(a args) any {
		out := make([]any, len(a))
		for i := range a {
			out[i] = a.dyn(i)
		}
		return encode(out)
	}),
}

func arrayIff(a args) any {
	cond, ok := a.arr(0)
	if !ok {
		return nil
	}
	pick := func(v any, i int) any {
		if _, isArray := v.([]any); isArray {
			return element(v, int64(i))
		}
		return v
	}
	yes, no := a.dyn(1), a.dyn(2)
	out := make([]any, len(cond))
	for i, c := range cond {
		is, isBool := c.(bool)
		if f, ok := toReal(c); ok {
			is, isBool = f != 0, true
		}
		switch {
		case !isBool:
		case is:
			out[i] = pick(yes, i)
		default:
			out[i] = pick(no, i)
		}
	}
	return encode(out)
}

// same tells whether two dynamics are equal: numbers by value, the rest by
// their JSON.
func same(x, y any) bool {
	if f, ok := toReal(x); ok {
		g, ok := toReal(y)
		return ok && f == g
	}
	switch x := x.(type) {
	case string:
		s, ok := y.(string)
		return ok && s == x
	case bool:
		b, ok := y.(bool)
		return ok && b == x
	}
	return setKey(x) == setKey(y)
}

func arrayIndexOf(a args) any {
	v, ok := a.arr(0)
	if !ok {
		return nil
	}
	what, n := a.dyn(1), int64(len(v))
	start, length, nth := a.longOr(2, 0), a.longOr(3, -1), a.longOr(4, 1)
	if nth < 1 || length < -1 {
		return nil
	}
	if start < 0 {
		start = max(start+n, 0)
	}
	end := n
	if length >= 0 {
		end = min(n, start+min(length, n))
	}
	for i := start; i < end; i++ {
		if same(v[i], what) {
			if nth--; nth == 0 {
				return i
			}
		}
	}
	return int64(-1)
}

func rotate(a args, dir int64) any {
	v, ok := a.arr(0)
	by, given := a.long(1)
	if !ok || !given {
		return nil
	}
	if n := int64(len(v)); n > 0 {
		at := mod(by%n*dir, n)
		v = append(append(make([]any, 0, n), v[at:]...), v[:at]...)
	}
	return encode(v)
}

// shift fills with the given value, else with "" among strings and null among
// others.
func shift(a args, dir int64) any {
	v, ok := a.arr(0)
	by, given := a.long(1)
	if !ok || !given {
		return nil
	}
	n := int64(len(v))
	fill := a.dyn(2)
	if !a.has(2) && n > 0 {
		strings := true
		for _, e := range v {
			_, isString := e.(string)
			strings = strings && isString
		}
		if strings {
			fill = ""
		}
	}
	by = max(min(by, n), -n) * dir
	out := make([]any, n)
	for i := range out {
		if from := int64(i) + by; from >= 0 && from < n {
			out[i] = v[from]
		} else {
			out[i] = fill
		}
	}
	return encode(out)
}

func arraySplit(a args) any {
	v, ok := a.arr(0)
	points, isList := a.dyn(1).([]any)
	if !isList {
		points = []any{a.dyn(1)}
	}
	if !ok {
		return nil
	}
	n, from := int64(len(v)), int64(0)
	out := []any{}
	for _, p := range points {
		at, ok := p.(int64)
		if !ok {
			return nil
		}
		if at < 0 {
			at += n
		}
		at = min(max(at, from), n)
		out = append(out, v[from:at:at])
		from = at
	}
	return encode(append(out, v[from:]))
}

package builtin

import (
	"strconv"
	"strings"
)

var bagFuncs = []Func{
	fn("bag_keys", "d:d", func(a args) any {
		b, ok := a.dyn(0).(*bag)
		if !ok {
			return nil
		}
		keys := make([]any, len(b.keys))
		for i, k := range b.keys {
			keys[i] = k
		}
		return encode(keys)
	}),
	fn("bag_has_key", "ds:b", func(a args) any {
		v := a.dyn(0)
		if v == nil {
			return nil
		}
		for _, step := range keyPath(a.str(1)) {
			var ok bool
			if v, ok = child(v, step); !ok {
				return false
			}
		}
		return true
	}),
	// On a clash the leftmost bag wins.
	fn("bag_merge", "dd*:d", func(a args) any {
		var out *bag
		for i := range a {
			b, ok := a.dyn(i).(*bag)
			if !ok {
				continue
			}
			if out == nil {
				out = &bag{}
			}
			for j, k := range b.keys {
				if _, seen := out.get(k); !seen {
					out.set(k, b.vals[j])
				}
			}
		}
		if out == nil {
			return nil
		}
		return encode(out)
	}),
	fn("bag_remove_keys", "dd:d", func(a args) any {
		b, ok := a.dyn(0).(*bag)
		if !ok {
			return nil
		}
		list, _ := a.arr(1)
		var v any = b
		for _, k := range list {
			if s, ok := k.(string); ok {
				v = without(v, keyPath(s))
			}
		}
		return encode(v)
	}),
	fn("bag_set_key", "dsd:d", func(a args) any {
		b, ok := a.dyn(0).(*bag)
		if !ok {
			return nil
		}
		return encode(with(b, keyPath(a.str(1)), a.dyn(2)))
	}),
	fn("bag_zip", "dd:d", func(a args) any {
		keys, ok1 := a.arr(0)
		vals, ok2 := a.arr(1)
		if !ok1 || !ok2 && a.dyn(1) == nil {
			return nil
		}
		out := &bag{} // values that are no array are as if there were none
		for i, k := range keys {
			if s, ok := k.(string); ok {
				out.set(s, element(vals, int64(i)))
			}
		}
		return encode(out)
	}),
	// Key, value, key, value, each passed as a dynamic.
	fn("bag_pack", "?d*:d", func(a args) any {
		out := &bag{}
		for i := 0; i+1 < len(a); i += 2 {
			out.set(text(a.dyn(i)), a.dyn(i+1))
		}
		return encode(out)
	}),
}

// keyPath reads a key, or a path that starts with $, into its steps. A number
// in brackets is an index.
func keyPath(s string) []string {
	rest, ok := strings.CutPrefix(s, "$")
	if !ok || rest == "" || rest[0] != '.' && rest[0] != '[' {
		return []string{s}
	}
	var steps []string
	for rest != "" {
		switch rest[0] {
		case '.':
			rest = rest[1:]
			if strings.HasPrefix(rest, "[") {
				continue
			}
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if end > 0 {
				steps = append(steps, rest[:end])
			}
			rest = rest[end:]
		case '[':
			end := strings.IndexByte(rest, ']')
			if len(rest) > 1 && (rest[1] == '\'' || rest[1] == '"') {
				if q := strings.Index(rest[2:], rest[1:2]+"]"); q >= 0 {
					steps = append(steps, rest[2:2+q])
					rest = rest[q+4:]
					continue
				}
			}
			if end < 0 {
				return append(steps, rest)
			}
			steps = append(steps, "["+rest[1:end]+"]")
			rest = rest[end+1:]
		default:
			return append(steps, rest)
		}
	}
	return steps
}

// index reads a step of the form [n].
func stepIndex(step string) (int64, bool) {
	if len(step) < 3 || step[0] != '[' || step[len(step)-1] != ']' {
		return 0, false
	}
	n, err := strconv.ParseInt(step[1:len(step)-1], 10, 32)
	return n, err == nil
}

func child(v any, step string) (any, bool) {
	switch v := v.(type) {
	case *bag:
		return v.get(step)
	case []any:
		i, ok := stepIndex(step)
		if i < 0 {
			i += int64(len(v))
		}
		if ok && i >= 0 && i < int64(len(v)) {
			return v[i], true
		}
	}
	return nil, false
}

// without removes what a path names, in place where it can.
func without(v any, path []string) any {
	b, ok := v.(*bag)
	if !ok || len(path) == 0 {
		return v
	}
	i := b.index(path[0])
	switch {
	case i < 0:
	case len(path) > 1:
		b.vals[i] = without(b.vals[i], path[1:])
	default:
		out := &bag{}
		for j, k := range b.keys {
			if j != i {
				out.set(k, b.vals[j])
			}
		}
		return out
	}
	return b
}

// with sets what a path names and makes the bags on the way.
func with(b *bag, path []string, v any) *bag {
	if len(path) > 1 {
		inner, ok := b.get(path[0])
		next, isBag := inner.(*bag)
		if !ok || !isBag {
			next = &bag{}
		}
		v = with(next, path[1:], v)
	}
	b.set(path[0], v)
	return b
}

package builtin

import (
	"slices"
)

var jsonFuncs = []Func{
	fn("parse_json", "s:d", func(a args) any {
		if s, ok := Compact(a.str(0)); ok {
			return s
		}
		return nil
	}),
	fn("extract_json", "ss:s", func(a args) any {
		v, ok := parseJSON(a.str(1))
		if !ok {
			return ""
		}
		for _, step := range keyPath(a.str(0)) {
			if step == "$" {
				continue
			}
			if v, ok = child(v, step); !ok {
				return ""
			}
		}
		return text(v)
	}),
	fn("gettype", "d:s", func(a args) any {
		switch a.dyn(0).(type) {
		case bool:
			return "bool"
		case int64:
			return "long"
		case float64:
			return "real"
		case string:
			return "string"
		case []any:
			return "array"
		case *bag:
			return "dictionary"
		}
		return "null"
	}),
	fn("dynamic_to_json", "d:s", func(a args) any {
		v := sortKeys(a.dyn(0))
		if v == nil {
			return ""
		}
		return string(appendJSON(nil, v))
	}),
	fn("treepath", "d:d", func(a args) any {
		v := a.dyn(0)
		if v == nil {
			return nil
		}
		t := tree{seen: map[string]bool{}, paths: []any{}}
		t.walk(v, "")
		return encode(t.paths)
	}),
}

func sortKeys(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = sortKeys(v[i])
		}
	case *bag:
		keys := slices.Sorted(slices.Values(v.keys))
		out := &bag{}
		for _, k := range keys {
			e, _ := v.get(k)
			out.set(k, sortKeys(e))
		}
		return out
	}
	return v
}

// tree collects the paths into a value. All elements of an array share [0].
type tree struct {
	paths []any
	seen  map[string]bool
}

func (t *tree) walk(v any, path string) {
	if path != "" && !t.seen[path] {
		t.seen[path] = true
		t.paths = append(t.paths, path)
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			t.walk(e, path+"[0]")
		}
	case *bag:
		for i, k := range v.keys {
			t.walk(v.vals[i], path+"['"+k+"']")
		}
	}
}

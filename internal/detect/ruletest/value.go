package ruletest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
)

// GUID is the id that a name gets in tests: the same name has the same id in
// every event, so that events join.
func GUID(name string) string {
	s := sha256.Sum256([]byte(strings.ToLower(name)))
	s[6], s[8] = s[6]&0x0f|0x40, s[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", s[:4], s[4:6], s[6:8], s[8:10], s[10:16])
}

// person is the display name of a user principal name.
func person(upn string) string {
	name, _, _ := strings.Cut(upn, "@")
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}

// stamp is a time as diagnostic records have it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

// text is a value as text: 5 is "5".
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// inner is a value as the service writes it inside modifiedProperties: JSON in
// a text. A map with the one member raw is written as it stands.
func inner(v any) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		if raw, ok := x["raw"]; ok && len(x) == 1 {
			return text(raw), nil
		}
	}
	b, err := marshal(v)
	if err != nil {
		return nil, err
	}
	return string(b), nil
}

// marshal writes JSON without escapes for HTML, as the service does.
func marshal(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return []byte(strings.TrimSuffix(b.String(), "\n")), nil
}

// put sets what stands at a path of dots. A number is a place in a list, which
// grows as needed.
func put(root map[string]any, path string, v any) error {
	steps := strings.Split(path, ".")
	var at any = root
	for i, s := range steps {
		last := i == len(steps)-1
		switch x := at.(type) {
		case map[string]any:
			if last {
				x[s] = v
				return nil
			}
			next, ok := x[s]
			if !ok || next == nil {
				next = empty(steps[i+1])
			}
			if l, isList := next.([]any); isList {
				var err error
				if next, err = grown(l, steps, i+1); err != nil {
					return fmt.Errorf("path %s: %w", path, err)
				}
			}
			x[s] = next
			at = next
		case []any:
			n, err := strconv.Atoi(s)
			if err != nil || n < 0 || n >= len(x) {
				return fmt.Errorf("path %s: %q is no place in a list of %d", path, s, len(x))
			}
			if last {
				x[n] = v
				return nil
			}
			if x[n] == nil {
				x[n] = empty(steps[i+1])
			}
			if l, isList := x[n].([]any); isList {
				if x[n], err = grown(l, steps, i+1); err != nil {
					return fmt.Errorf("path %s: %w", path, err)
				}
			}
			at = x[n]
		default:
			return fmt.Errorf("path %s: %q stands in no object", path, s)
		}
	}
	return nil
}

// grown is a list that has the place that the step at i names.
func grown(l []any, steps []string, i int) ([]any, error) {
	n, err := strconv.Atoi(steps[i])
	if err != nil || n < 0 || n > 1000 {
		return nil, fmt.Errorf("%q is no place in a list", steps[i])
	}
	for len(l) <= n {
		l = append(l, nil)
	}
	return l, nil
}

func empty(next string) any {
	if _, err := strconv.Atoi(next); err == nil {
		return []any{}
	}
	return map[string]any{}
}

func sorted(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// list is a value or a list of values.
func list(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	if v == nil {
		return nil
	}
	return []any{v}
}

// plain makes YAML's numbers and maps those of JSON.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	case map[any]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[fmt.Sprint(k)] = plain(e)
		}
		return m
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return v
}

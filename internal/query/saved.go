package query

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"sort"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/types"
)

//go:embed saved/*.kql
var library embed.FS

// Saved is a query with a name: a file NAME.kql whose first lines are comments:
//
//	// The title
//	// What it answers, in one or more lines.
//	// @param lookback timespan 30d How far to look back
type Saved struct {
	Name, Title, Description, Text string
	Params                         []Param
}

// Param is a value that a saved query's caller may give.
type Param struct {
	Name        string
	Type        types.Type
	Default     string
	Description string
}

// Library lists the saved queries of the binary and those of a folder, by
// name. A folder's query takes the place of one of the same name.
func Library(folder string) ([]Saved, error) {
	inside, err := fs.Sub(library, "saved")
	if err != nil {
		return nil, err
	}
	all := map[string]Saved{}
	if err := readLibrary(inside, all); err != nil {
		return nil, err
	}
	if folder != "" {
		if err := readLibrary(os.DirFS(folder), all); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("saved queries in %s: %w", folder, err)
		}
	}
	out := make([]Saved, 0, len(all))
	for _, s := range all {
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out, nil
}

func readLibrary(dir fs.FS, all map[string]Saved) error {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".kql" {
			continue
		}
		text, err := fs.ReadFile(dir, e.Name())
		if err != nil {
			return err
		}
		s, err := parseSaved(strings.TrimSuffix(e.Name(), ".kql"), string(text))
		if err != nil {
			return err
		}
		all[s.Name] = s
	}
	return nil
}

func parseSaved(name, text string) (Saved, error) {
	s := Saved{Name: name, Text: text}
	for _, l := range strings.Split(text, "\n") {
		l, ok := strings.CutPrefix(strings.TrimSpace(l), "//")
		if !ok {
			break
		}
		l = strings.TrimSpace(l)
		p, isParam := strings.CutPrefix(l, "@param ")
		switch {
		case isParam:
			f := strings.SplitN(p, " ", 4)
			if len(f) < 3 {
				return s, fmt.Errorf("%s.kql: a parameter is written: // @param name type default description", name)
			}
			t, ok := types.Parse(f[1])
			if !ok {
				return s, fmt.Errorf("%s.kql: parameter %s: there is no type %q", name, f[0], f[1])
			}
			prm := Param{Name: f[0], Type: t, Default: f[2]}
			if len(f) > 3 {
				prm.Description = f[3]
			}
			s.Params = append(s.Params, prm)
		case s.Title == "":
			s.Title = l
		default:
			s.Description = strings.TrimSpace(s.Description + " " + l)
		}
	}
	return s, nil
}

// Find looks a saved query up.
func Find(list []Saved, name string) (Saved, error) {
	for _, s := range list {
		if s.Name == name {
			return s, nil
		}
	}
	return Saved{}, fmt.Errorf("there is no saved query %q; wholelog query --saved list shows all", name)
}

// Query is the query's text with values for its parameters: each is checked
// against its type and becomes a let before the text.
func (s Saved) Query(values map[string]string) (string, error) {
	var b strings.Builder
	known := map[string]bool{}
	for _, p := range s.Params {
		known[p.Name] = true
		v, ok := values[p.Name]
		if !ok {
			v = p.Default
		}
		lit, err := literal(p.Type, v)
		if err != nil {
			return "", fmt.Errorf("parameter %s: %w", p.Name, err)
		}
		fmt.Fprintf(&b, "let %s = %s;\n", p.Name, lit)
	}
	for n := range values {
		if !known[n] {
			return "", fmt.Errorf("%s has no parameter %q", s.Name, n)
		}
	}
	return b.String() + s.Body(), nil
}

// Body is the text without the comments at its head.
func (s Saved) Body() string {
	lines := strings.Split(s.Text, "\n")
	for len(lines) > 0 && strings.HasPrefix(strings.TrimSpace(lines[0]), "//") {
		lines = lines[1:]
	}
	return strings.TrimSpace(strings.Join(lines, "\n")) + "\n"
}

// literal writes a value as a constant of a type.
func literal(t types.Type, v string) (string, error) {
	bad := fmt.Errorf("%q is not a %s", v, t)
	switch t {
	case types.Long, types.Int:
		if _, err := strconv.ParseInt(v, 10, 64); err != nil {
			return "", bad
		}
		return v, nil
	case types.Real:
		f, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return "", bad
		}
		return "real(" + strconv.FormatFloat(f, 'g', -1, 64) + ")", nil
	case types.Bool:
		if v != "true" && v != "false" {
			return "", bad
		}
		return v, nil
	case types.Timespan:
		n, ok := builtin.ParseTimespan(v)
		if !ok {
			return "", bad
		}
		return "time(" + builtin.FormatTimespan(n) + ")", nil
	case types.Datetime:
		n, ok := builtin.ParseDatetime(v)
		if !ok {
			return "", bad
		}
		return "datetime(" + builtin.FormatDatetime(n) + ")", nil
	case types.String:
		return `@"` + strings.ReplaceAll(v, `"`, `""`) + `"`, nil
	}
	return "", fmt.Errorf("parameters of type %s are not supported", t)
}

package query

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"sort"
	"strings"
)

//go:embed functions/*.kql
var functionFiles embed.FS

// Function is a stored function: a file NAME.kql whose first lines are
// comments, as those of saved queries, and whose text is "(parameters) { body }".
type Function struct {
	Name, Title, Description, Text string
}

var functionName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Functions lists the stored functions of the binary and those of a folder, by
// name. A folder's function takes the place of one of the same name.
func Functions(folder string) ([]Function, error) {
	inside, err := fs.Sub(functionFiles, "functions")
	if err != nil {
		return nil, err
	}
	all := map[string]Function{}
	if err := readFunctions(inside, all); err != nil {
		return nil, err
	}
	if folder != "" {
		if err := readFunctions(os.DirFS(folder), all); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("functions in %s: %w", folder, err)
		}
	}
	out := make([]Function, 0, len(all))
	for _, f := range all {
		out = append(out, f)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out, nil
}

func readFunctions(dir fs.FS, all map[string]Function) error {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".kql")
		if !ok || e.IsDir() {
			continue
		}
		if !functionName.MatchString(name) {
			return fmt.Errorf("%s: a function's name has letters, digits and underlines", e.Name())
		}
		text, err := fs.ReadFile(dir, path.Clean(e.Name()))
		if err != nil {
			return err
		}
		f := Function{Name: name}
		var about []string
		body := string(text)
		for strings.HasPrefix(body, "//") {
			line, rest, _ := strings.Cut(body, "\n")
			about, body = append(about, strings.TrimSpace(strings.TrimPrefix(line, "//"))), rest
		}
		if len(about) > 0 {
			f.Title, f.Description = about[0], strings.Join(about[1:], "\n")
		}
		if f.Text = strings.TrimSpace(body); !strings.HasPrefix(f.Text, "(") {
			return fmt.Errorf("%s: behind its comments must stand (parameters) { body }", e.Name())
		}
		all[name] = f
	}
	return nil
}

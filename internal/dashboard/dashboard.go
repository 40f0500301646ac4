package dashboard

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed boards/*.yaml
var inside embed.FS

// Board is one dashboard.
type Board struct {
	ID          string      `yaml:"id" json:"id"`
	Title       string      `yaml:"title" json:"title"`
	Description string      `yaml:"description" json:"description"`
	Parameters  []Parameter `yaml:"parameters" json:"parameters"`
	Panels      []Panel     `yaml:"panels" json:"panels"`
	Own         bool        `yaml:"-" json:"own"` // from the folder, not of the binary
}

// Parameter is a value that whoever looks may set.
type Parameter struct {
	Name    string `yaml:"name" json:"name"`
	Type    string `yaml:"type" json:"type"`
	Default string `yaml:"default" json:"default"`
}

// Panel is one part of a dashboard.
type Panel struct {
	ID          string `yaml:"id" json:"id"`
	Title       string `yaml:"title" json:"title"`
	Description string `yaml:"description" json:"description,omitempty"`
	KQL         string `yaml:"kql" json:"kql"`
	Kind        string `yaml:"kind" json:"kind"`
	Width       int    `yaml:"width" json:"width"`   // of 12 columns
	Height      int    `yaml:"height" json:"height"` // rows; 0: the kind's own
	Unit        string `yaml:"unit" json:"unit,omitempty"`
	Good        string `yaml:"good" json:"good,omitempty"` // which way is good: up or down
	// Compare says that the query also reads the span before, from _before on.
	Compare bool   `yaml:"compare" json:"compare,omitempty"`
	Drill   string `yaml:"drill" json:"drill,omitempty"` // KQL with {{Column}} for a cell of the row that was chosen
}

// Kinds of panels.
var Kinds = []string{"tile", "timechart", "barchart", "piechart", "table", "map", "heatmap"}

var name = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

const (
	maxFile   = 1 << 20
	maxPanels = 60
)

// Parse reads one dashboard; unknown keys are errors with their line.
func Parse(text []byte) (b *Board, err error) {
	// The parser panics on some malformed tags.
	defer func() {
		if recover() != nil {
			b, err = nil, errors.New("the file is no YAML that can be read: look for tags (!x), anchors and empty values")
		}
	}()
	if len(text) > maxFile {
		return nil, errors.New("the file is larger than 1 MiB")
	}
	b = new(Board)
	dec := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	if err := dec.Decode(b); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.New(strings.TrimRight(yaml.FormatError(err, false, true), "\n"))
	}
	return b, b.check()
}

func (b *Board) check() error {
	var errs []error
	say := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !name.MatchString(b.ID) {
		say("id %q: small letters, digits and dashes", b.ID)
	}
	if b.Title == "" {
		say("title is missing")
	}
	if len(b.Panels) == 0 || len(b.Panels) > maxPanels {
		say("a dashboard has 1 to %d panels", maxPanels)
	}
	seen := map[string]bool{}
	for i := range b.Panels {
		p := &b.Panels[i]
		at := fmt.Sprintf("panels[%d]", i)
		if !name.MatchString(p.ID) || seen[p.ID] {
			say("%s: id %q: small letters, digits and dashes, and no other panel's", at, p.ID)
		}
		seen[p.ID] = true
		if !slices.Contains(Kinds, p.Kind) {
			say("%s: kind %q: use one of %s", at, p.Kind, strings.Join(Kinds, ", "))
		}
		if strings.TrimSpace(p.KQL) == "" {
			say("%s: kql is missing", at)
		}
		if p.Width == 0 {
			p.Width = map[string]int{"tile": 2, "timechart": 8, "map": 8, "table": 6, "heatmap": 6}[p.Kind]
		}
		if p.Width == 0 {
			p.Width = 4
		}
		if p.Width < 1 || p.Width > 12 {
			say("%s: width %d: 1 to 12", at, p.Width)
		}
		if p.Good != "" && p.Good != "up" && p.Good != "down" {
			say("%s: good %q: up or down", at, p.Good)
		}
	}
	if b.Parameters == nil {
		b.Parameters = []Parameter{}
	}
	return errors.Join(errs...)
}

// Panel finds one by its id; nil if there is none.
func (b *Board) Panel(id string) *Panel {
	i := slices.IndexFunc(b.Panels, func(p Panel) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return &b.Panels[i]
}

// Load reads the dashboards of the binary and those of a folder ("": none), by
// title. One of the folder takes the place of the binary's with the same id.
// Problems are of single files, which are left out.
func Load(folder string) (list []*Board, problems []error) {
	all := map[string]*Board{}
	read := func(dir fs.FS, own bool) {
		entries, err := fs.ReadDir(dir, ".")
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				problems = append(problems, fmt.Errorf("dashboards: %w", err))
			}
			return
		}
		for _, e := range entries {
			if ext := filepath.Ext(e.Name()); e.IsDir() || ext != ".yaml" && ext != ".yml" {
				continue
			}
			text, err := fs.ReadFile(dir, e.Name())
			var b *Board
			if err == nil {
				b, err = Parse(text)
			}
			if err != nil {
				problems = append(problems, fmt.Errorf("dashboard %s: %w", e.Name(), err))
				continue
			}
			b.Own = own
			all[b.ID] = b
		}
	}
	if sub, err := fs.Sub(inside, "boards"); err == nil {
		read(sub, false)
	}
	if folder != "" {
		read(os.DirFS(folder), true)
	}
	for _, b := range all {
		list = append(list, b)
	}
	slices.SortFunc(list, func(a, b *Board) int { return strings.Compare(a.Title, b.Title) })
	return list, problems
}

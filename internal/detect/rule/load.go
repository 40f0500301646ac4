package rule

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"
)

// maxFile bounds a rule's file.
const maxFile = 1 << 20

// Overlay changes a rule that another folder has: a file that names its id and
// has no query.
type Overlay struct {
	ID       string         `yaml:"id"`
	Enabled  *bool          `yaml:"enabled,omitempty"`
	Severity Severity       `yaml:"severity,omitempty"`
	Every    Duration       `yaml:"every,omitempty"`
	Suppress *Suppress      `yaml:"suppress,omitempty"`
	Incident *Incident      `yaml:"incident,omitempty"`
	Knobs    map[string]any `yaml:"knobs,omitempty"`
	Exclude  []Exclusion    `yaml:"exclude,omitempty"`
	Note     string         `yaml:"note,omitempty"` // why, for people
}

// Importer reads a rule of another format. It answers nil, nil to a text that
// is not of its format.
type Importer func(text []byte, source string) (*Rule, error)

// Set is rules by id.
type Set struct {
	Rules []*Rule // by id
	// Problems are files that could not be read: the other rules stand.
	Problems []error
}

// Find gives a rule, nil for none.
func (s *Set) Find(id string) *Rule {
	for _, r := range s.Rules {
		if strings.EqualFold(r.ID, id) {
			return r
		}
	}
	return nil
}

// Folder is a place that rules are read from. Name stands in front of the names
// of files in messages.
type Folder struct {
	FS   fs.FS
	Name string
}

// Load reads every .yaml and .yml file of the folders, those in folders below
// included. A rule of a later folder takes the place of one with its id in an
// earlier folder; an overlay changes it. Two rules of one folder with one id
// are a problem, as is an overlay of a rule that is not there.
func Load(folders []Folder, importers ...Importer) *Set {
	set := &Set{}
	byID := map[string]*Rule{}
	for _, f := range folders {
		var overlays []*Overlay
		sources := map[*Overlay]string{}
		here := map[string]string{}
		err := fs.WalkDir(f.FS, ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				if p == "." && errors.Is(err, fs.ErrNotExist) {
					return fs.SkipAll // a folder that nobody has made
				}
				return err
			}
			if ext := path.Ext(p); d.IsDir() || ext != ".yaml" && ext != ".yml" {
				return nil
			}
			source := strings.TrimSuffix(f.Name, "/") + "/" + p
			r, o, err := readFile(f.FS, p, source, importers)
			switch {
			case err != nil:
				set.Problems = append(set.Problems, err)
			case o != nil:
				overlays = append(overlays, o)
				sources[o] = source
			case here[strings.ToLower(r.ID)] != "":
				set.Problems = append(set.Problems, fmt.Errorf("%s: id %s is that of %s", source, r.ID, here[strings.ToLower(r.ID)]))
			default:
				here[strings.ToLower(r.ID)] = source
				byID[strings.ToLower(r.ID)] = r
			}
			return nil
		})
		if err != nil {
			set.Problems = append(set.Problems, fmt.Errorf("rules in %s: %w", f.Name, err))
		}
		for _, o := range overlays {
			r := byID[strings.ToLower(o.ID)]
			if r == nil {
				set.Problems = append(set.Problems, fmt.Errorf("%s: there is no rule %q; a rule of its own needs a query", sources[o], o.ID))
				continue
			}
			changed, err := o.Apply(r)
			if err != nil {
				set.Problems = append(set.Problems, fmt.Errorf("%s: %w", sources[o], err))
				continue
			}
			byID[strings.ToLower(o.ID)] = changed
		}
	}
	for _, r := range byID {
		set.Rules = append(set.Rules, r)
	}
	sort.Slice(set.Rules, func(i, j int) bool { return set.Rules[i].ID < set.Rules[j].ID })
	return set
}

func readFile(fsys fs.FS, p, source string, importers []Importer) (*Rule, *Overlay, error) {
	info, err := fs.Stat(fsys, p)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", source, err)
	}
	if info.Size() > maxFile {
		return nil, nil, fmt.Errorf("%s: larger than %d MiB", source, maxFile>>20)
	}
	text, err := fs.ReadFile(fsys, p)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", source, err)
	}
	return Read(text, source, importers...)
}

// Read reads a rule or an overlay: one of the two is nil.
func Read(text []byte, source string, importers ...Importer) (*Rule, *Overlay, error) {
	for _, f := range importers {
		r, err := f(text, source)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", source, err)
		}
		if r != nil {
			r.Source = source
			return r, nil, nil
		}
	}
	var keys map[string]any
	if err := yaml.Unmarshal(text, &keys); err != nil {
		return nil, nil, fmt.Errorf("%s: %s", source, strings.TrimRight(yaml.FormatError(err, false, true), "\n"))
	}
	if _, whole := keys["query"]; whole || keys["title"] != nil {
		r, err := Parse(text, source)
		return r, nil, err
	}
	o := &Overlay{}
	if err := decode(text, o); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", source, err)
	}
	return nil, o, nil
}

// Apply gives the rule with the overlay's changes; r itself stays as it is.
func (o *Overlay) Apply(r *Rule) (*Rule, error) {
	c := *r
	if o.Enabled != nil {
		c.Enabled = o.Enabled
	}
	if o.Severity != "" {
		c.Severity = o.Severity
	}
	if o.Every != 0 {
		c.Every = o.Every
	}
	if o.Suppress != nil {
		c.Suppress = *o.Suppress
	}
	if o.Incident != nil {
		c.Incident = *o.Incident
	}
	c.Exclude = append(append([]Exclusion(nil), r.Exclude...), o.Exclude...)
	values, err := r.Values(o.Knobs)
	if err != nil {
		return nil, err
	}
	c.Knobs = make(map[string]Knob, len(r.Knobs))
	for n, k := range r.Knobs {
		if _, ok := o.Knobs[n]; ok {
			k.Default = values[n]
		}
		c.Knobs[n] = k
	}
	c.Tests = nil // they are of the rule as it was
	c.Defaults()
	return &c, c.Check()
}

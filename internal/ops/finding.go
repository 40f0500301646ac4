package ops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/ledger/entry"
)

// Finding is something about collection that needs a look. It is open until
// it no longer holds; both moments are entries of the ledger.
type Finding struct {
	Kind    string     `json:"kind"`    // silent, unfilled, skew, failing, stopped, gap, rule, blind
	Subject string     `json:"subject"` // a source, table or column
	Text    string     `json:"text"`
	Since   time.Time  `json:"since"`
	Ended   *time.Time `json:"ended,omitempty"`
}

func (f *Finding) key() string { return f.Kind + " " + f.Subject }

// Noter keeps notes in the ledger.
type Noter interface {
	Note(ctx context.Context, kind entry.Kind, text []byte) error
}

// Findings are those that are open, kept in a file over restarts. It is safe
// for concurrent use.
type Findings struct {
	path string
	to   Noter
	now  func() time.Time
	tell func(f Finding)

	mu   sync.Mutex
	open map[string]Finding
}

// OpenFindings reads the open findings of a data folder. tell is told of each
// that opens or ends.
func OpenFindings(path string, to Noter, now func() time.Time, tell func(Finding)) (*Findings, error) {
	f := &Findings{path: path, to: to, now: now, tell: tell, open: map[string]Finding{}}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, fmt.Errorf("findings: %w", err)
	}
	var list []Finding
	if json.Unmarshal(b, &list) == nil { // a damaged file: they are found again
		for _, v := range list {
			f.open[v.key()] = v
		}
	}
	return f, nil
}

// List gives the open findings, oldest first.
func (f *Findings) List() []Finding {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]Finding, 0, len(f.open))
	for _, v := range f.open {
		out = append(out, v)
	}
	sort.Slice(out, func(i, j int) bool {
		if !out[i].Since.Equal(out[j].Since) {
			return out[i].Since.Before(out[j].Since)
		}
		return out[i].key() < out[j].key()
	})
	return out
}

// Set says which findings of some kinds hold now: those that are new open,
// those that are gone end.
func (f *Findings) Set(ctx context.Context, kinds []string, hold []Finding) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now().UTC()
	of := map[string]bool{}
	for _, k := range kinds {
		of[k] = true
	}
	var changed []Finding
	holds := map[string]bool{}
	for _, v := range hold {
		holds[v.key()] = true
		if old, ok := f.open[v.key()]; ok {
			old.Text = v.Text
			f.open[v.key()] = old
			continue
		}
		v.Since = now
		f.open[v.key()] = v
		changed = append(changed, v)
	}
	for k, v := range f.open {
		if of[v.Kind] && !holds[k] {
			delete(f.open, k)
			v.Ended = &now
			changed = append(changed, v)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	sort.Slice(changed, func(i, j int) bool { return changed[i].key() < changed[j].key() })
	for _, v := range changed {
		if err := f.note(ctx, v); err != nil {
			return err
		}
	}
	return f.save()
}

// Once notes a finding that is about what is past: it opens and does not end.
func (f *Findings) Once(ctx context.Context, v Finding) error {
	v.Since = f.now().UTC()
	return f.note(ctx, v)
}

func (f *Findings) note(ctx context.Context, v Finding) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("finding: %w", err)
	}
	if err := f.to.Note(ctx, entry.Finding, text); err != nil {
		return fmt.Errorf("finding: %w", err)
	}
	if f.tell != nil {
		f.tell(v)
	}
	return nil
}

func (f *Findings) save() error {
	list := make([]Finding, 0, len(f.open))
	for _, v := range f.open {
		list = append(list, v)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].key() < list[j].key() })
	b, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("findings: %w", err)
	}
	return writeFile(f.path, b)
}

// writeFile replaces a file as a whole.
func writeFile(path string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	_, err = tmp.Write(b)
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", filepath.Base(path), err), os.Remove(tmp.Name()))
	}
	return nil
}

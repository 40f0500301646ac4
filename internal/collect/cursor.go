package collect

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/wholelog/wholelog/internal/source"
)

// cursors is a folder with a file for each source.
type cursors struct{ dir string }

// kept is the file of one source. Its name is inside, so that a file that was
// copied to another name is noticed.
type kept struct {
	Source string        `json:"source"`
	Cursor source.Cursor `json:"cursor"`
}

func openCursors(dir string) (cursors, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return cursors{}, fmt.Errorf("folder of cursors: %w", err)
	}
	return cursors{dir}, nil
}

func (c cursors) file(name string) string {
	return filepath.Join(c.dir, url.PathEscape(name)+".json")
}

// load gives a source's cursor; nil before its first page.
func (c cursors) load(name string) (source.Cursor, error) {
	text, err := os.ReadFile(c.file(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cursor of %s: %w", name, err)
	}
	var k kept
	if err := json.Unmarshal(text, &k); err != nil || k.Source != name {
		return nil, fmt.Errorf("cursor of %s: %s is damaged or another source's; remove it to collect from the beginning (what is there already is not doubled)", name, c.file(name))
	}
	return k.Cursor, nil
}

// save replaces a source's cursor and returns when it is durable.
func (c cursors) save(name string, cursor source.Cursor) (err error) {
	text, err := json.Marshal(kept{name, cursor})
	if err != nil {
		return fmt.Errorf("cursor of %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("cursor of %s (its last page is safe in the ledger): %w", name, err)
		}
	}()
	f, err := os.CreateTemp(c.dir, ".cursor-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), c.file(name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	d, err := os.Open(c.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

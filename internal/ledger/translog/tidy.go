package translog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// tidy removes what nobody needs: partial tiles and bundles of which the full
// one is there, and what a crash left behind: parts larger than the log, whose
// entries never got a place, and files that were not renamed yet.
func tidy(dir string) error {
	size, err := integrated(dir)
	if err != nil {
		return err
	}
	var gone []string
	err = filepath.WalkDir(filepath.Join(dir, "tile"), func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case d.IsDir() && strings.HasSuffix(path, ".p"):
			if _, err := os.Stat(strings.TrimSuffix(path, ".p")); err == nil {
				gone = append(gone, path)
				return filepath.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		rel, err := filepath.Rel(filepath.Join(dir, "tile"), path)
		if err != nil {
			return err
		}
		if end, ok := covers(filepath.ToSlash(rel)); !ok || end > size {
			gone = append(gone, path)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, path := range gone {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}

// covers is the number of entries that a log must have for a file of its tile
// folder to be part of it, such as entries/x001/234.p/5 or 0/001; false for
// any other file.
func covers(rel string) (uint64, bool) {
	level, rest, ok := strings.Cut(rel, "/")
	if !ok {
		return 0, false
	}
	span := uint64(1)
	if level != "entries" {
		n, err := strconv.ParseUint(level, 10, 8)
		if err != nil || n > 6 {
			return 0, false
		}
		for range n {
			span *= width
		}
	}
	part := uint64(width)
	if name, p, ok := strings.Cut(rest, ".p/"); ok {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 || n >= width {
			return 0, false
		}
		rest, part = name, n
	}
	var n uint64
	digits := strings.Split(rest, "/")
	for i, d := range digits {
		if i < len(digits)-1 {
			d, ok = strings.CutPrefix(d, "x")
			if !ok {
				return 0, false
			}
		}
		v, err := strconv.ParseUint(d, 10, 16)
		if err != nil || len(d) != 3 {
			return 0, false
		}
		n = n*1000 + v
	}
	return (n*width + part) * span, true
}

package watch

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

// found is a file in a folder.
type found struct {
	folder string
	path   string // within the folder, with slashes
	key    key
	stamp  stamp
	mod    time.Time
}

// endings are those of files that are still being written, by the programs
// that write them.
var endings = []string{".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".swp", ".lock", "~"}

// leftOut says why a name is not looked at; "" if it is.
func leftOut(name string) string {
	lower := strings.ToLower(name)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") {
		return "hidden"
	}
	for _, e := range endings {
		if strings.HasSuffix(lower, e) {
			return "temporary"
		}
	}
	return ""
}

// walk lists the files of all folders, oldest first. It is not whole if a part
// could not be looked at.
func (r *run) walk() (files []found, whole bool, err error) {
	whole = true
	out := map[string]int{}
	for _, folder := range r.s.o.Folders {
		root, err := os.OpenRoot(folder)
		if err != nil {
			whole = false
			r.note(source.Failure, NoFolder, folder, "folder %s cannot be opened: %s; it is tried again", folder, reason(err))
			continue
		}
		err = fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
			if cerr := r.ctx.Err(); cerr != nil {
				return cerr
			}
			if err != nil {
				whole = false
				r.note(source.Warning, Unreadable, folder+p, "%s cannot be looked at: %s; it is tried again", path.Join(filepath.ToSlash(folder), p), reason(err))
				return nil
			}
			if p == "." {
				return nil
			}
			why := leftOut(d.Name())
			if d.IsDir() {
				if why != "" || d.Name() == Done && r.s.o.After == Done {
					out[why]++
					return fs.SkipDir
				}
				return nil
			}
			if why != "" {
				out[why]++
				return nil
			}
			info, err := d.Info()
			if err == nil && d.Type()&fs.ModeSymlink != 0 {
				info, err = root.Stat(filepath.FromSlash(p)) // refuses links that lead out
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					out["link"]++
					return nil
				}
			}
			switch {
			case errors.Is(err, fs.ErrNotExist): // gone meanwhile, or a link to nothing
				return nil
			case err != nil:
				whole = false
				r.note(source.Warning, Unreadable, folder+p, "%s cannot be looked at: %s; it is tried again", path.Join(filepath.ToSlash(folder), p), reason(err))
				return nil
			case !info.Mode().IsRegular():
				out["special"]++
				return nil
			case len(files) >= r.s.o.MaxFiles:
				whole = false
				r.note(source.Warning, TooMany, "", "there are more than %d files: the others are not read; move away what was taken", r.s.o.MaxFiles)
				return fs.SkipAll
			}
			files = append(files, found{folder, p, keyOf(folder, p), stampOf(info.Size(), info.ModTime()), info.ModTime()})
			return nil
		})
		_ = root.Close()
		if err != nil {
			return nil, false, err
		}
	}
	delete(out, "")
	for why, n := range out {
		r.note(source.Info, LeftOut+"-"+why, "", "%d files or folders are left out: %s", n, map[string]string{
			"hidden": "their names begin with a dot or ~$", "temporary": "their names are those of files that are still being written",
			"link": "they are links that lead out of the folder", "special": "they are no regular files"}[why])
	}
	if len(files) > maxKept && r.s.o.After == Keep {
		r.note(source.Info, ManyKept, "", "there are %d files; a cursor remembers %d of them, so the oldest are read again after a restart, which doubles nothing; set after: done, or move away what was taken", len(files), maxKept)
	}
	sort.SliceStable(files, func(i, j int) bool {
		if !files[i].mod.Equal(files[j].mod) {
			return files[i].mod.Before(files[j].mod)
		}
		return files[i].path < files[j].path
	})
	return files, whole, nil
}

// reason is what is wrong, without the path, which is said already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

package watch

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"syscall"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/file"
)

// Codes of notices.
const (
	NoFolder   = "no-folder"       // a folder cannot be opened
	Unreadable = "unreadable-file" // a file or folder cannot be read
	Rejected   = "rejected-file"   // a file holds no records that can be read
	Damaged    = "damaged-file"    // a file cannot be read to its end
	Unmoved    = "unmoved-file"    // a taken file cannot be moved
	TooMany    = "too-many-files"  // more files than Options.MaxFiles
	ManyKept   = "many-files"      // more files than a cursor holds
	LeftOut    = "left-out"        // prefix: names that are not looked at, by reason
	About      = "about-file"      // something of a file that was read
	again      = time.Hour         // after which a notice that still holds is repeated
	mostSaid   = 4096              // notices that are remembered as said

	pageRecords = 16384
)

// note queues a notice about something, unless the same was said lately.
func (r *run) note(level source.Level, code, about, format string, args ...any) {
	now := r.s.o.Now()
	if last, ok := r.said[code+" "+about]; ok && now.Sub(last) < again {
		return
	}
	if len(r.said) >= mostSaid {
		clear(r.said) // something is said again a little early
	}
	r.said[code+" "+about] = now
	r.notices = append(r.notices, source.Notice{Level: level, Code: code, Text: r.s.name + ": " + fmt.Sprintf(format, args...)})
}

// open opens a file that lies within its folder, also by links. It does not
// wait for the other end of a pipe that took the file's place.
func open(f *found) (*os.File, error) {
	root, err := os.OpenRoot(f.folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	in, err := root.OpenFile(filepath.FromSlash(f.path), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(errors.New("it is no regular file any more"), err, in.Close())
	}
	return in, nil
}

// take reads a file. What cannot be opened is tried again; an error is one of
// yield or of ctx.
func (r *run) take(f *found) error {
	full := path.Join(filepath.ToSlash(f.folder), f.path)
	in, err := open(f)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			r.note(source.Warning, Unreadable, full, "%s cannot be opened: %s; it is tried again", full, reason(err))
		}
		return nil
	}
	defer in.Close()
	sum, err := digest(in)
	if err != nil {
		r.note(source.Warning, Unreadable, full, "%s cannot be read: %s; it is tried again", full, reason(err))
		return nil
	}
	e := entry{f.stamp, sum}
	if old, ok := r.st.files[f.key]; ok && old.content == sum && same(in, f) {
		r.done(f, e) // touched, not changed
		return nil
	}
	skip, n := r.st.resume(f.key, e), 0
	c := file.Container{Name: full, Source: r.s.name + "/" + path.Base(f.path), Tenant: r.s.o.Tenant, Seen: r.s.o.Now()}
	problems, err := file.Cut(r.ctx, in, c, func(rec event.Record) error {
		if n++; n <= skip {
			return nil
		}
		r.page.Records = append(r.page.Records, rec)
		if r.size += int64(len(rec.Raw)); r.size < r.s.o.MaxPage && len(r.page.Records) < pageRecords {
			return nil
		}
		r.st.part, r.dirty = part{f.key[:], e.stamp[:], e.content[:], n}, true
		return r.flush()
	})
	if err != nil {
		return err
	}
	r.report(full, problems)
	r.st.part = part{}
	if same(in, f) {
		r.done(f, e)
	} // or else it changed while it was read, and is read again
	return nil
}

// done remembers a file as taken. It is put away when the page is durable.
func (r *run) done(f *found, e entry) {
	r.st.add(f.key, e)
	delete(r.looks, f.key)
	r.dirty = true
	r.taken = append(r.taken, *f)
}

// same reports whether a file is as it was when it was listed.
func same(in *os.File, f *found) bool {
	info, err := in.Stat()
	return err == nil && stampOf(info.Size(), info.ModTime()) == f.stamp
}

// report tells what there is to say about a file.
func (r *run) report(full string, problems []file.Problem) {
	for _, p := range problems {
		level, code := source.Info, About
		if p.Rejected {
			level, code = source.Warning, Rejected
		} else if p.Line == 0 {
			level, code = source.Warning, Damaged
		}
		r.note(level, code, full+p.Reason, "%s: %s", full, p.Reason)
	}
}

// move puts a taken file away, under a name that is free.
func (r *run) move(f *found) {
	err := func() error {
		root, err := os.OpenRoot(f.folder)
		if err != nil {
			return err
		}
		defer root.Close()
		from := filepath.FromSlash(f.path)
		info, err := root.Stat(from)
		if err != nil || stampOf(info.Size(), info.ModTime()) != f.stamp {
			return err // what is there now was not taken
		}
		dir := path.Join(path.Dir(f.path), Done)
		if err := root.MkdirAll(filepath.FromSlash(dir), 0o750); err != nil {
			return err
		}
		to := path.Join(dir, path.Base(f.path))
		for n := 1; n < 1000; n++ {
			if _, err := root.Lstat(filepath.FromSlash(to)); errors.Is(err, os.ErrNotExist) {
				return root.Rename(from, filepath.FromSlash(to))
			}
			to = path.Join(dir, fmt.Sprintf("%s.%d", path.Base(f.path), n))
		}
		return errors.New("there is no free name for it in " + dir)
	}()
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		r.note(source.Warning, Unmoved, f.path, "%s was taken and cannot be moved to %s: %s; it is left where it is and not read again", f.path, Done, reason(err))
	}
}

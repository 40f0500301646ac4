package kube

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

// listed is a log file in the folder.
type listed struct {
	name    string
	path    string
	current bool
	packed  bool
	key     time.Time // when it was rotated, as far as that shows
	number  int       // of logrotate; higher is older
	head    head
}

// rotation is how the API server (lumberjack) names a rotated file: the time,
// in UTC, stands before the ending.
const rotation = "2006-01-02T15-04-05.000"

// parse tells whether a name is that of a rotated file: audit-TIME.log of the
// API server itself, audit.log.1 or audit.log-20261005 of logrotate, each
// compressed or not.
func (t *Tail) parse(name string) (l listed, ok bool) {
	l = listed{name: name, path: filepath.Join(t.dir, name)}
	if name == t.base {
		l.current = true
		return l, true
	}
	plain := strings.TrimSuffix(name, ".gz")
	l.packed = plain != name
	ext := filepath.Ext(t.base)
	if stem, found := strings.CutPrefix(plain, strings.TrimSuffix(t.base, ext)+"-"); found && strings.HasSuffix(stem, ext) {
		if at, err := time.Parse(rotation, strings.TrimSuffix(stem, ext)); err == nil {
			l.key = at
			return l, true
		}
	}
	rest, found := strings.CutPrefix(plain, t.base)
	if !found || len(rest) < 2 || rest[0] != '.' && rest[0] != '-' {
		return l, false
	}
	if n, err := strconv.Atoi(rest[1:]); err == nil && rest[0] == '.' && n >= 0 {
		l.number = n
		return l, true
	}
	return l, rest[1] >= '0' && rest[1] <= '9' // a date
}

// list gives the log files, oldest first, the current one last, each file once.
// It notes what was there before and is gone unread.
func (r *run) list() ([]listed, error) {
	entries, err := os.ReadDir(r.t.dir)
	if err != nil {
		r.note(source.Failure, NoLog, "the folder of the audit log cannot be read: %v; it is tried again", err)
		return nil, err
	}
	r.listed = r.t.o.Now()
	var all []listed
	heads := make(map[string]head, len(r.heads))
	for _, e := range entries {
		l, ok := r.t.parse(e.Name())
		if !ok {
			continue
		}
		info, err := os.Stat(l.path)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if l.key.IsZero() {
			l.key = info.ModTime()
		}
		id := fmt.Sprint(l.name, info.Size(), info.ModTime().UnixNano())
		h, ok := r.heads[id]
		if !ok || l.current {
			if h, err = headOf(l.path, headBytes); err != nil {
				if _, plain := os.Stat(strings.TrimSuffix(l.path, ".gz")); plain != nil && !os.IsNotExist(err) {
					r.note(source.Warning, Damaged, "%s cannot be opened: %v; it is tried again", l.path, reasonOf(err))
				}
				continue // gone meanwhile, or gzip that is still being written
			}
		}
		l.head, heads[id] = h, h
		all = append(all, l)
	}
	r.heads = heads
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		switch {
		case a.current != b.current:
			return b.current
		case a.number != b.number && a.number > 0 && b.number > 0:
			return a.number > b.number
		case !a.key.Equal(b.key):
			return a.key.Before(b.key)
		}
		return a.name < b.name // the plain one before its compressed copy
	})
	if n := len(all) - maxFiles; n > 0 {
		r.note(source.Warning, ManyFiles, "there are %d rotated log files; only the newest %d are looked at: remove old ones", len(all), maxFiles)
		all = all[n:]
	}
	r.account(all)
	return all, nil
}

// account compares what is there with what was.
func (r *run) account(all []listed) {
	there := make(map[print]bool, len(all))
	for _, l := range all {
		there[l.head.print()] = true
	}
	for p, name := range r.waiting {
		if !there[p] {
			delete(r.waiting, p)
			r.lost(name + " vanished")
		}
	}
	for _, l := range all {
		if p := l.head.print(); !l.current && l.head.Len > 0 && !r.st.has(p) && !r.isOpen(l) {
			r.waiting[p] = l.name
		}
	}
	r.st.keep(there)
}

// isOpen reports whether a file is the one that is being read.
func (r *run) isOpen(l listed) bool { return r.log != nil && begins(l, r.log.head) }

// begins reports whether a listed file begins as a head says.
func begins(l listed, h head) bool {
	switch {
	case h.Len == 0 || l.head.Len < h.Len:
		return false
	case l.head.Len == h.Len:
		return l.head.print() == h.print()
	}
	got, err := headOf(l.path, h.Len)
	return err == nil && got.print() == h.print()
}

// current reports whether the open file is the one that is written to.
func (r *run) current() (bool, error) {
	there, err := os.Stat(r.t.o.Path)
	if os.IsNotExist(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	open, err := r.log.file.Stat()
	return err == nil && os.SameFile(there, open), err
}

// find opens the file to read next: the one of the cursor, or else the oldest
// that was not read. It opens none if there is none.
func (r *run) find() error {
	all, err := r.list()
	if err != nil {
		return nil
	}
	if r.st.Place.Offset > 0 {
		if r.reopen(all, r.st.Place) {
			return nil
		}
		r.lost("the file that was being read is gone or was cut")
		r.st.Place = place{}
	}
	for _, l := range all {
		if l.head.Len == 0 && !l.current || l.head.Len > 0 && r.st.has(l.head.print()) || begins(l, r.st.Held.Head) {
			continue
		}
		if l.current && r.st.Held.Offset > 0 {
			break // it was cut meanwhile: see below
		}
		if r.open(l, place{}) {
			return nil
		}
	}
	if r.st.Held.Offset > 0 {
		held := r.st.Held
		if r.st.Held = (place{}); !r.reopen(all, held) {
			r.lost("the file that was being read is gone or was cut")
		}
		return nil
	}
	if len(all) == 0 {
		r.note(source.Warning, NoLog, "there is no file %s: look at the API server's --audit-log-path, and whether this program may read it; it is tried again", r.t.o.Path)
	}
	return nil
}

// reopen opens the file that a place is in, if it is there as a whole.
func (r *run) reopen(all []listed, p place) bool {
	for _, l := range all {
		if !begins(l, p.Head) || !r.open(l, p) {
			continue
		}
		if !l.current || r.older(all) == nil {
			r.st.Place = p
			return true
		}
		// A file was rotated between a look and the opening of this one.
		r.close()
		r.st.Held, r.st.Place = p, place{}
		return r.open(*r.older(all), place{})
	}
	return false
}

// older is the oldest rotated file that was not read.
func (r *run) older(all []listed) *listed {
	for i := range all {
		l := &all[i]
		if !l.current && l.head.Len > 0 && !r.st.has(l.head.print()) && !r.isOpen(*l) {
			return l
		}
	}
	return nil
}

// open opens a file at a place. It is not done if the file is not what it was
// when it was listed.
func (r *run) open(l listed, p place) bool {
	f, err := openLog(l.path)
	if err != nil {
		if !os.IsNotExist(err) {
			r.note(source.Warning, Damaged, "%s cannot be opened: %v; it is tried again", l.path, reasonOf(err))
		}
		return false
	}
	if err := f.seek(p); err != nil {
		f.close()
		return false
	}
	if f.head.Len == 0 {
		f.head = l.head
	}
	if !f.intact() {
		f.close()
		return false
	}
	delete(r.waiting, l.head.print())
	r.log, r.closing = f, false
	return true
}

// reasonOf is what is wrong, without the path, which is said already.
func reasonOf(err error) error {
	if p, ok := err.(*fs.PathError); ok {
		return p.Err
	}
	return err
}

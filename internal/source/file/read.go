package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
)

// Problem is what there is to say about a container apart from its records.
type Problem struct {
	File     string // members of archives are "archive.zip!member"
	Line     int    // 0: about the whole container
	Reason   string
	Rejected bool // the container holds no records that can be read
}

// Paths lists the files that the arguments name: files as they are, folders
// with everything below them, globs; "-" is standard input. The result is
// sorted within each argument and has each file once.
func Paths(args []string) ([]string, error) {
	var out []string
	seen := map[string]bool{}
	add := func(p string) {
		if !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	for _, a := range args {
		if a == "-" {
			add(a)
			continue
		}
		info, err := os.Stat(a)
		if err != nil {
			list, gerr := filepath.Glob(a)
			if gerr != nil || len(list) == 0 {
				return nil, fmt.Errorf("no file, folder or match for %q: %w", a, err)
			}
			sort.Strings(list)
			more, err := Paths(list)
			if err != nil {
				return nil, err
			}
			for _, p := range more {
				add(p)
			}
			continue
		}
		if !info.IsDir() {
			add(a)
			continue
		}
		err = filepath.WalkDir(a, func(p string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				add(p)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("folder %s: %w", a, err)
		}
	}
	return out, nil
}

// Container is a delivery that is no file on disk: a message of a hub, the body
// of a request, a stretch of a blob.
type Container struct {
	Name   string    // for problems, and a hint where content does not tell
	Source string    // the Source of its records
	Tenant string    // of records that do not state one; "": left empty
	Seen   time.Time // when it arrived
}

// Cut yields the identified records of a container, unpacked like a file, whose
// bytes belong to yield. Problems and errors are those of Read.
func Cut(ctx context.Context, in io.Reader, c Container, yield func(event.Record) error) ([]Problem, error) {
	r := &reader{ctx: ctx, seen: c.Seen.UTC(), source: c.Source, tenant: c.Tenant, yield: yield}
	err := r.unpack(c.Name, in, maxNesting)
	return r.problems, err
}

// reader is one call of Read.
type reader struct {
	ctx      context.Context
	source   string // "": from the file's name
	tenant   string
	seen     time.Time
	yield    func(event.Record) error
	problems []Problem
}

// Read yields the identified records of one file ("-": stdin), whose bytes
// belong to yield, and reports what is to be said about it. An error is one of
// yield or of ctx; a file that cannot be read, or not to its end, is a Problem,
// and what came before is kept.
func Read(ctx context.Context, name string, stdin io.Reader, now func() time.Time, yield func(event.Record) error) ([]Problem, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return []Problem{{File: name, Reason: "it cannot be opened: " + err.Error(), Rejected: true}}, nil
		}
		defer f.Close()
		in = f
	}
	r := &reader{ctx: ctx, seen: now().UTC(), yield: yield}
	err := r.unpack(name, in, maxNesting)
	return r.problems, err
}

func (r *reader) say(file string, line int, reason string) {
	r.problems = append(r.problems, Problem{File: file, Line: line, Reason: reason})
}

func (r *reader) reject(file, reason string) {
	r.problems = append(r.problems, Problem{File: file, Reason: reason, Rejected: true})
}

// records splits an unpacked stream.
func (r *reader) records(name string, in io.Reader) error {
	source := "file:" + filepath.Base(name)
	if i := strings.LastIndexByte(name, '!'); i >= 0 {
		source = "file:" + filepath.Base(name[:i]) + name[i:]
	}
	if r.source != "" {
		source = r.source
	}
	fault, err := split(in, splitting{
		file: filepath.Base(name),
		yield: func(rec event.Record) error {
			if err := r.ctx.Err(); err != nil {
				return err
			}
			rec.Seen, rec.Source, rec.Tenant = r.seen, source, r.tenant
			identify.Record(&rec)
			return r.yield(rec)
		},
		say: func(line int, reason string) { r.say(name, line, reason) },
	})
	if errors.Is(err, errLabels) {
		r.say(name, 0, err.Error())
		return nil
	}
	if errors.Is(err, errNoRecords) {
		reason := strings.TrimPrefix(err.Error(), errNoRecords.Error()+": ")
		if base := path.Base(filepath.ToSlash(name)); path.Ext(base) == ".md" || strings.HasPrefix(base, ".") {
			r.say(name, 0, "left out: "+reason+", and its name says that it is no export")
			return nil
		}
		r.reject(name, reason)
		return nil
	}
	if fault != nil {
		r.say(name, 0, "the file cannot be read to its end: "+fault.Error())
	}
	return err
}

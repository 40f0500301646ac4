package file

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
)

// Rejected is a container that holds no records.
type Rejected struct {
	File   string
	Reason string
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

// Read yields the identified records of one file ("-": stdin). A Rejected that
// is not nil says why it holds none. The record's bytes belong to yield.
func Read(ctx context.Context, path string, stdin io.Reader, now func() time.Time, yield func(event.Record) error) (*Rejected, error) {
	in := stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("input file: %w", err)
		}
		defer f.Close()
		in = f
	}
	r, err := decompress(in, 2)
	if err != nil {
		return &Rejected{path, err.Error()}, nil
	}
	seen := now().UTC()
	err = split(r, func(rec event.Record) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec.Seen, rec.Source = seen, "file:"+filepath.Base(path)
		identify.Record(&rec)
		return yield(rec)
	})
	if errors.Is(err, errNoRecords) {
		return &Rejected{path, strings.TrimPrefix(err.Error(), errNoRecords.Error()+": ")}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return nil, nil
}

// decompress unpacks gzip and zstd, told by their first bytes, as deep as
// they are nested, up to a limit.
func decompress(r io.Reader, depth int) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	head, err := b.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read: %w", err)
	}
	if depth == 0 {
		return b, nil
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		return decompress(z, depth-1)
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(512<<20))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		return decompress(z.IOReadCloser(), depth-1)
	}
	return b, nil
}

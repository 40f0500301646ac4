package ledger

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger/disk"
	"github.com/wholelog/wholelog/internal/ledger/entry"
	"github.com/wholelog/wholelog/internal/ledger/segment"
)

// stream is the row of segments of one tenant and retention class.
type stream struct {
	id     string
	dir    string
	sealed []*sealed // by sequence, from 1 on
	open   *open     // nil when the next append begins a segment
}

// sealed is a segment that takes no more items.
type sealed struct {
	path    string
	footer  segment.Footer // Counts and Watermarks are dropped; see completeness
	digest  segment.Hash   // of the footer's bytes
	bytes   int64
	added   bool // given to the log, which has not said yet that it has it
	logged  bool // a published checkpoint commits to it
	expired bool
	// deletions are the log's entries about what is gone from it.
	deletions []entry.Entry
}

const (
	extSealed = ".seg"
	extOpen   = ".open"
	extSide   = ".side"
)

func (s *stream) path(seq uint64, ext string) string {
	return filepath.Join(s.dir, fmt.Sprintf("%08d%s", seq, ext))
}

func (s *stream) last() (p event.Position) {
	if s.open != nil && s.open.items > 0 {
		return s.open.last
	}
	if n := len(s.sealed); n > 0 {
		return s.sealed[n-1].footer.Last
	}
	return 0
}

// load reads the folder of a stream.
func (s *stream) load(fs disk.FS) error {
	list, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	var begun []uint64
	var seqs []uint64
	for _, d := range list {
		name := d.Name()
		ext := filepath.Ext(name)
		if ext == ".new" { // a replacement that was not finished
			if err := fs.Remove(filepath.Join(s.dir, name)); err != nil {
				return err
			}
			continue
		}
		seq, err := strconv.ParseUint(strings.TrimSuffix(name, ext), 10, 64)
		if err != nil || s.path(seq, ext) != filepath.Join(s.dir, name) {
			continue
		}
		switch ext {
		case extSealed:
			seqs = append(seqs, seq)
		case extOpen:
			begun = append(begun, seq)
		}
	}
	sort.Slice(seqs, func(i, j int) bool { return seqs[i] < seqs[j] })
	for i, seq := range seqs {
		if seq != uint64(i+1) {
			return fmt.Errorf("segment %d is missing", i+1)
		}
		seg, err := readSealed(s.path(seq, extSealed))
		if err != nil {
			return fmt.Errorf("segment %d: %w", seq, err)
		}
		s.sealed = append(s.sealed, seg)
	}
	next := uint64(len(seqs)) + 1
	switch {
	case len(begun) == 0:
		// A side file alone is of a segment that was never begun.
		if err := fs.Remove(s.path(next, extSide)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	case len(begun) > 1 || begun[0] != next:
		return fmt.Errorf("segment %d is missing", next)
	}
	if err := s.recover(fs, next); err != nil {
		return fmt.Errorf("segment %d: %w", next, err)
	}
	return nil
}

func readSealed(path string) (*sealed, error) {
	foot, digest, size, err := segment.ReadFooterFile(path)
	if err != nil {
		return nil, err
	}
	seg := &sealed{path: path, bytes: size, digest: digest, footer: foot}
	if side, err := os.Stat(strings.TrimSuffix(path, extSealed) + extSide); err == nil {
		seg.bytes += side.Size()
	} else if errors.Is(err, os.ErrNotExist) {
		seg.expired = true // or damaged: compareLog knows
	} else {
		return nil, err
	}
	seg.footer.Counts, seg.footer.Watermarks, seg.footer.Blocks = nil, nil, nil
	return seg, nil
}

// recover opens the segment that was open when the last process ended. What
// stands behind the last whole block was never acknowledged.
func (s *stream) recover(fs disk.FS, seq uint64) error {
	path, sidePath := s.path(seq, extOpen), s.path(seq, extSide)
	side, err := os.ReadFile(sidePath)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	o, err := s.scan(f, seq, side)
	if err != nil {
		return err
	}
	if o == nil { // not even its head was written
		for _, p := range []string{path, sidePath} {
			if err := fs.Remove(p); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
		return fs.SyncDir(s.dir)
	}
	if o.sealed { // only the name was missing
		if err := errors.Join(fs.Rename(path, s.path(seq, extSealed)), fs.SyncDir(s.dir)); err != nil {
			return err
		}
		seg, err := readSealed(s.path(seq, extSealed))
		if err == nil {
			s.sealed = append(s.sealed, seg)
		}
		return err
	}
	if side == nil {
		f, err := fs.Create(sidePath)
		if err == nil {
			err = errors.Join(f.Close(), fs.SyncDir(s.dir))
		}
		if err != nil {
			return err
		}
	}
	if o.data, err = fs.OpenAppend(path); err != nil {
		return err
	}
	if o.side, err = fs.OpenAppend(sidePath); err != nil {
		return errors.Join(err, o.data.Close())
	}
	s.open = o
	return o.cutBack()
}

// scan reads an open segment up to its last whole block; nil if it has none.
func (s *stream) scan(f *os.File, seq uint64, side []byte) (*open, error) {
	var o *open
	r := bufio.NewReaderSize(f, 1<<20)
	for off := int64(0); ; {
		b, err := segment.ReadBlock(r)
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, segment.ErrTorn):
			return o, nil
		case err != nil:
			info, serr := f.Stat()
			if serr != nil {
				return nil, serr
			}
			rest := make([]byte, info.Size()-off)
			if _, rerr := f.ReadAt(rest, off); rerr != nil {
				return nil, rerr
			}
			if segment.Unwritten(rest, off) {
				return o, nil
			}
			return nil, fmt.Errorf("%w; `wholelog verify` says which record it is", err)
		}
		off += b.Size
		switch {
		case b.Type == segment.TypeHead && o == nil:
			h, err := segment.ParseHead(b.Payload)
			if err != nil {
				return nil, err
			}
			if h.Stream != s.id || h.Sequence != seq || h.Previous != s.root() {
				return nil, errors.New("it does not follow the segment before it")
			}
			o = newOpen(h)
			o.size = b.Size
		case b.Type == segment.TypeData && o != nil:
			if err := o.addBlock(b, side); err != nil {
				return nil, err
			}
		case b.Type == segment.TypeFooter && o != nil:
			// Without a whole trailer the seal did not come to its end.
			want := segment.AppendTrailer(nil, int(b.Size))
			got, err := io.ReadAll(io.LimitReader(r, int64(len(want))+1))
			if err != nil {
				return nil, err
			}
			o.sealed = bytes.Equal(got, want)
			return o, nil
		default:
			return nil, fmt.Errorf("block %q out of place: %w", b.Type, segment.ErrDamaged)
		}
	}
}

// root is the root of the newest sealed segment, zeros without one.
func (s *stream) root() (h segment.Hash) {
	if n := len(s.sealed); n > 0 {
		h = s.sealed[n-1].footer.Root
	}
	return h
}

// begin begins a segment.
func (s *stream) begin(fs disk.FS, h segment.Head) error {
	if err := fs.MkdirAll(s.dir); err != nil {
		return err
	}
	payload, err := json.Marshal(h)
	if err != nil {
		return err
	}
	o := newOpen(h)
	block := segment.AppendBlock(nil, segment.TypeHead, payload)
	path, sidePath := s.path(h.Sequence, extOpen), s.path(h.Sequence, extSide)
	if o.data, err = fs.Create(path); err != nil {
		return err
	}
	_, err = o.data.Write(block)
	if err == nil {
		err = o.data.Sync()
	}
	if err == nil {
		if o.side, err = fs.Create(sidePath); err == nil {
			err = errors.Join(o.side.Sync(), fs.SyncDir(s.dir))
		}
	}
	if err != nil {
		err = errors.Join(err, o.close(), fs.Remove(path))
		if o.side != nil {
			err = errors.Join(err, fs.Remove(sidePath))
		}
		return err
	}
	o.size = int64(len(block))
	s.open = o
	return nil
}

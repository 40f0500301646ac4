package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// logState is the log as far as the checkpoint signs it.
type logState struct {
	dir     string
	size    uint64 // signed
	whole   uint64 // on disk: entries that no checkpoint signs yet included
	entries [][]byte
	leaves  []digest
}

// readKey gives the verifier for checkpoints: the pinned key, or the ledger's.
func (r *Report) readKey(dir, pinned string) (note.Verifier, error) {
	b, err := os.ReadFile(filepath.Join(dir, "vkey"))
	if err != nil {
		r.find(Finding{Kind: BadLog, File: "vkey", What: "the public key cannot be read: " + err.Error()})
	}
	key := strings.TrimSuffix(string(b), "\n")
	if r.Pinned = pinned != ""; r.Pinned {
		if err == nil && (key != pinned || string(b) != key+"\n") {
			r.find(Finding{Kind: BadLog, File: "vkey", What: "it is not the verifier key that was given"})
		}
		key = pinned
	} else if err != nil {
		return nil, err
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		if r.Pinned {
			return nil, fmt.Errorf("verifier key: %w", err)
		}
		r.find(Finding{Kind: BadLog, File: "vkey", What: "it is no verifier key: " + err.Error()})
		return nil, err
	}
	if !r.Pinned && (string(b) != key+"\n" || !strings.HasPrefix(key, fmt.Sprintf("%s+%08x+", v.Name(), v.KeyHash()))) {
		r.find(Finding{Kind: BadLog, File: "vkey", What: "it is not written in its one form"})
	}
	r.VerifierKey = key
	return v, nil
}

type checkpoint struct {
	size uint64
	root digest
}

// parseCheckpoint checks a checkpoint's signature and form.
func parseCheckpoint(text []byte, v note.Verifier) (c checkpoint, err error) {
	n, err := note.Open(text, note.VerifierList(v))
	if err != nil {
		return c, err
	}
	for _, s := range append(n.Sigs, n.UnverifiedSigs...) {
		if raw, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil || base64.StdEncoding.EncodeToString(raw) != s.Base64 {
			return c, errors.New("a signature is not written in its one form")
		}
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != v.Name() {
		return c, fmt.Errorf("it is of log %q and not of %q", lines[0], v.Name())
	}
	if c.size, err = strconv.ParseUint(lines[1], 10, 64); err != nil {
		return c, fmt.Errorf("size: %w", err)
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != len(c.root) {
		return c, errors.New("its root is no digest")
	}
	copy(c.root[:], root)
	return c, nil
}

// readLog reads and checks the log. nil says that it cannot be used at all.
func (r *Report) readLog(dir string, v note.Verifier) *logState {
	l := &logState{dir: filepath.Join(dir, "log")}
	bad := func(file, format string, args ...any) {
		r.find(Finding{Kind: BadLog, File: "log/" + file, What: fmt.Sprintf(format, args...)})
	}
	text, err := os.ReadFile(filepath.Join(l.dir, "checkpoint"))
	if err != nil {
		bad("checkpoint", "the checkpoint cannot be read: %v", err)
		return nil
	}
	r.Checkpoint = string(text)
	cp, cpErr := parseCheckpoint(text, v)
	if cpErr != nil {
		bad("checkpoint", "the checkpoint does not hold: %v", cpErr)
	}
	// After the checkpoint: a log that is written meanwhile only grows.
	state, err := os.ReadFile(filepath.Join(l.dir, ".state", "treeState"))
	var stateRoot []byte
	if err == nil {
		rest, ok := bytes.CutPrefix(state, []byte(`{"size":`))
		size, root, ok2 := bytes.Cut(rest, []byte(`,"root":"`))
		root, ok3 := bytes.CutSuffix(root, []byte(`"}`))
		l.whole, err = strconv.ParseUint(string(size), 10, 64)
		var err2 error
		stateRoot, err2 = base64.StdEncoding.Strict().DecodeString(string(root))
		if !ok || !ok2 || !ok3 || err2 != nil || strconv.FormatUint(l.whole, 10) != string(size) {
			err = errors.New("it is not written in its one form")
		}
	}
	if err != nil {
		bad(".state/treeState", "the state of the log cannot be read: %v", err)
		l.whole, stateRoot = cp.size, nil
	}
	if b, err := os.ReadFile(filepath.Join(l.dir, ".state", "version")); err != nil || string(b) != "1" {
		bad(".state/version", "the log's format version is not 1")
	}
	if l.whole < cp.size {
		bad(".state/treeState", "the log holds %d entries, its checkpoint signs %d", l.whole, cp.size)
		l.whole = cp.size
	}
	if l.size = cp.size; cpErr != nil {
		l.size = l.whole // go on with what is there, to name the record
	}
	if !r.readEntries(l, bad) {
		return nil
	}
	r.checkTiles(l, bad)
	if cpErr == nil && rootOf(l.leaves[:cp.size]) != cp.root {
		bad("checkpoint", "the log's %d entries are not the ones that the checkpoint signs", cp.size)
	}
	if stateRoot != nil {
		if root := rootOf(l.leaves[:l.whole]); !bytes.Equal(root[:], stateRoot) {
			bad(".state/treeState", "the log's %d entries are not the ones of its state", l.whole)
		}
	}
	r.Entries = l.size
	return l
}

const width = 256

// readEntries reads every bundle of entries; checkTiles compares the files
// with what it found.
func (r *Report) readEntries(l *logState, bad func(string, string, ...any)) bool {
	for at := uint64(0); at < l.whole; at += width {
		want := min(l.whole-at, width)
		name := "tile/entries/" + tileName(at/width)
		if want < width {
			name += ".p/" + strconv.FormatUint(want, 10)
		}
		b, err := os.ReadFile(filepath.Join(l.dir, name))
		if err != nil && want < width { // filled up meanwhile
			b, err = os.ReadFile(filepath.Join(l.dir, "tile/entries", tileName(at/width)))
		}
		if err != nil {
			bad(name, "log entries %d to %d are missing", at, at+want-1)
			return false
		}
		for i := range want {
			if len(b) < 2 || len(b) < 2+int(binary.BigEndian.Uint16(b)) {
				bad(name, "log entry %d is cut off", at+i)
				return false
			}
			n := 2 + int(binary.BigEndian.Uint16(b))
			l.entries = append(l.entries, b[2:n])
			l.leaves = append(l.leaves, sha256.Sum256(append([]byte{0}, b[2:n]...)))
			b = b[n:]
		}
	}
	return true
}

// checkTiles compares every file of the log's tree with the entries.
func (r *Report) checkTiles(l *logState, bad func(string, string, ...any)) {
	levels := [][]digest{l.leaves[:l.whole]}
	for top := levels[0]; len(top) >= width; {
		var up []digest
		for i := 0; i+width <= len(top); i += width {
			up = append(up, rootOf(top[i:i+width]))
		}
		levels, top = append(levels, up), up
	}
	seen := map[string]bool{}
	root := filepath.Join(l.dir, "tile")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // tidied away meanwhile
		}
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		level, n, part, ok := parseTile(rel)
		if !ok {
			r.note("log/tile/%s is no part of the log; nothing reads it", rel)
			return nil
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		seen[rel] = true
		var want []byte
		switch lo := n * width; {
		case level < 0 && lo+part <= l.whole:
			for _, e := range l.entries[lo : lo+part] {
				want = append(binary.BigEndian.AppendUint16(want, uint16(len(e))), e...)
			}
		case level >= 0 && level < len(levels) && lo+part <= uint64(len(levels[level])):
			for _, h := range levels[level][lo : lo+part] {
				want = append(want, h[:]...)
			}
		default: // written by a process that ended before it was part of the log
			r.note("log/tile/%s is ahead of the log", rel)
			return nil
		}
		if !bytes.Equal(b, want) {
			bad("tile/"+rel, "it does not hold what the log's other files hold")
		}
		return nil
	})
	if err != nil {
		bad("tile", "the log cannot be read: %v", err)
	}
	for level, hashes := range levels {
		for lo := 0; lo < len(hashes); lo += width {
			name := fmt.Sprintf("%d/%s", level, tileName(uint64(lo/width)))
			full := name
			if n := len(hashes) - lo; n < width {
				name += fmt.Sprintf(".p/%d", n)
			}
			if !seen[name] && !seen[full] {
				bad("tile/"+name, "a part of the log's tree is missing")
			}
		}
	}
}

func tileName(n uint64) string {
	s := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		s = fmt.Sprintf("x%03d/%s", n%1000, s)
	}
	return s
}

// parseTile reads a path such as entries/x001/234.p/5 (level -1) or 0/001.
func parseTile(rel string) (level int, n, part uint64, ok bool) {
	first, name, _ := strings.Cut(rel, "/")
	if level = -1; first != "entries" {
		v, err := strconv.ParseUint(first, 10, 8)
		if err != nil {
			return 0, 0, 0, false
		}
		level = int(v)
	}
	part = width
	if base, p, cut := strings.Cut(name, ".p/"); cut {
		v, err := strconv.ParseUint(p, 10, 8)
		if err != nil || v == 0 {
			return 0, 0, 0, false
		}
		name, part = base, v
	}
	for _, d := range strings.Split(name, "/") {
		v, err := strconv.ParseUint(strings.TrimPrefix(d, "x"), 10, 64)
		if err != nil || v > 999 || n > 1<<50 {
			return 0, 0, 0, false
		}
		n = n*1000 + v
	}
	full := name
	return level, n, part, tileName(n) == full
}

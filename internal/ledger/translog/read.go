package translog

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	width          = 256 // entries in a full bundle, hashes in a full tile
	checkpointFile = "checkpoint"
	treeStateFile  = ".state/treeState"
)

// Checkpoint is what a checkpoint's text says. The signature is not looked at.
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   string // base64
	Text   string // the whole signed note
}

// ReadCheckpoint reads the published checkpoint; the zero Checkpoint and no
// error when there is none yet.
func ReadCheckpoint(dir string) (c Checkpoint, err error) {
	b, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if errors.Is(err, os.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("checkpoint: %w", err)
	}
	return parseCheckpoint(b)
}

func parseCheckpoint(b []byte) (c Checkpoint, err error) {
	lines := strings.Split(string(b), "\n")
	if len(lines) < 4 {
		return c, errors.New("checkpoint is cut off")
	}
	c = Checkpoint{Origin: lines[0], Root: lines[2], Text: string(b)}
	if c.Size, err = strconv.ParseUint(lines[1], 10, 64); err != nil {
		return c, fmt.Errorf("checkpoint: size: %w", err)
	}
	return c, nil
}

// Entries calls fn for every published entry, in order.
func Entries(dir string, fn func(index uint64, entry []byte) error) error {
	c, err := ReadCheckpoint(dir)
	if err != nil {
		return err
	}
	for index := uint64(0); index < c.Size; index += width {
		want := min(c.Size-index, width)
		b, err := readBundle(dir, index/width, want)
		if err != nil {
			return fmt.Errorf("log entries from %d on: %w", index, err)
		}
		for i := range want {
			if len(b) < 2 || len(b) < 2+int(binary.BigEndian.Uint16(b)) {
				return fmt.Errorf("log entry %d is cut off", index+i)
			}
			n := 2 + int(binary.BigEndian.Uint16(b))
			if err := fn(index+i, b[2:n]); err != nil {
				return err
			}
			b = b[n:]
		}
	}
	return nil
}

// readBundle reads a bundle that holds at least so many entries.
func readBundle(dir string, n, want uint64) ([]byte, error) {
	full := filepath.Join(dir, "tile", "entries", tileName(n))
	b, err := os.ReadFile(full)
	if want == width || !errors.Is(err, os.ErrNotExist) {
		return b, err
	}
	return os.ReadFile(full + ".p/" + strconv.FormatUint(want, 10))
}

// tileName is the path of a tile's number, as C2SP tlog-tiles writes it.
func tileName(n uint64) string {
	s := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		s = fmt.Sprintf("x%03d/%s", n%1000, s)
	}
	return s
}

// integrated is the number of entries that the log has on disk, published or
// not.
func integrated(dir string) (uint64, error) {
	b, err := os.ReadFile(filepath.Join(dir, treeStateFile))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("log state: %w", err)
	}
	var s struct {
		Size uint64 `json:"size"`
		Root []byte `json:"root"`
	}
	if err := json.NewDecoder(bytes.NewReader(b)).Decode(&s); err != nil {
		return 0, fmt.Errorf("log state: %w", err)
	}
	return s.Size, nil
}

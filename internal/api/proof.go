package api

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/ledger/entry"
	"github.com/wholelog/wholelog/internal/ledger/segment"
	"github.com/wholelog/wholelog/internal/ledger/translog"
)

// Proof shows that a record is what a checkpoint commits to: the leaf is in the
// segment's tree, and the segment's entry in the log's.
type Proof struct {
	Leaf  string   `json:"leaf"`
	Index int      `json:"index"` // of the leaf among Size
	Size  int      `json:"size"`
	Path  []string `json:"path"` // RFC 6962 audit path to Root
	Root  string   `json:"root"` // of the segment

	Segment string `json:"segment"` // stream/sequence
	// Of the segment's entry in the log; absent while the log is behind.
	Entry      string   `json:"entry,omitempty"` // its text
	EntryIndex uint64   `json:"entryIndex,omitempty"`
	LogSize    uint64   `json:"logSize,omitempty"`
	LogPath    []string `json:"logPath,omitempty"` // to the checkpoint's root
	Checkpoint string   `json:"checkpoint,omitempty"`
}

// proofOf makes the proof of an item; nil while its segment is open.
func (s *Server) proofOf(p event.Position) (*Proof, error) {
	list, err := s.sealedSegments()
	if err != nil {
		return nil, err
	}
	for _, f := range list {
		if p < f.First || p > f.Last {
			continue
		}
		index, err := indexOf(f, p)
		if err != nil {
			return nil, err
		}
		if index < 0 {
			continue // streams' positions overlap
		}
		side, err := os.ReadFile(strings.TrimSuffix(f.path, filepath.Ext(f.path)) + ".side")
		if err != nil {
			return nil, err
		}
		leaves := make([][32]byte, len(side)/segment.SideSize)
		if index >= len(leaves) || len(leaves) < f.Items {
			return nil, errors.New("the side file is shorter than its segment: verify the ledger")
		}
		leaves = leaves[:f.Items]
		for i := range leaves {
			leaves[i] = segment.Leaf(side, i)
		}
		out := &Proof{Leaf: hex.EncodeToString(leaves[index][:]), Index: index, Size: len(leaves), Path: hexes(auditPath(leaves, index)),
			Root: f.Root.String(), Segment: f.Stream + "/" + pad(f.Sequence)}
		return out, s.logProof(out, f)
	}
	return nil, nil
}

func pad(n uint64) string {
	const zeros = "00000000"
	s := ""
	for ; n > 0; n /= 10 {
		s = string(rune('0'+n%10)) + s
	}
	return zeros[min(len(s), len(zeros)):] + s
}

// indexOf finds an item's index in its segment; -1 if it is not there.
func indexOf(f *sealed, p event.Position) (int, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return -1, err
	}
	defer file.Close()
	for off := int64(0); ; { // to the footer: a file is written anew when something in it is erased
		typ, end, err := segment.SkipBlock(file, off)
		if err != nil || typ == segment.TypeFooter {
			return -1, err
		}
		if typ == segment.TypeData {
			first, last, err := segment.PeekData(file, off)
			if err != nil {
				return -1, err
			}
			if p >= first && p <= last {
				b, err := segment.ReadBlock(bufio.NewReader(io.NewSectionReader(file, off, end-off)))
				if err != nil {
					return -1, err
				}
				d, err := segment.ParseData(b.Payload)
				if err != nil {
					return -1, err
				}
				found, n := -1, 0
				err = d.Decode(nil, func(it segment.Item) error {
					if it.Position == p {
						found = d.Index + n
					}
					n++
					return nil
				})
				if err != nil || found >= 0 {
					return found, err
				}
			}
		}
		off = end
	}
}

// logProof adds the proof that the checkpoint commits to the segment.
func (s *Server) logProof(out *Proof, f *sealed) error {
	dir := filepath.Join(ingest.LedgerDir(s.opt.Data), "log")
	c, err := translog.ReadCheckpoint(dir)
	if err != nil || c.Size == 0 {
		return err
	}
	var leaves [][32]byte
	found := -1
	text := ""
	err = translog.Entries(dir, func(i uint64, b []byte) error {
		if i >= c.Size {
			return nil
		}
		leaves = append(leaves, sha256.Sum256(append([]byte{0}, b...)))
		if e, err := entry.Parse(b); err == nil && e.Kind == entry.Segment && e.Stream == f.Stream && e.Sequence == f.Sequence && e.Root == f.Root.String() {
			found, text = int(i), string(b)
		}
		return nil
	})
	if err != nil || found < 0 || uint64(len(leaves)) != c.Size {
		return err
	}
	out.Entry, out.EntryIndex, out.LogSize, out.LogPath, out.Checkpoint = text, uint64(found), c.Size, hexes(auditPath(leaves, found)), c.Text
	return nil
}

func hexes(list [][32]byte) []string {
	out := make([]string, len(list))
	for i, h := range list {
		out[i] = hex.EncodeToString(h[:])
	}
	return out
}

// auditPath is PATH of RFC 6962, section 2.1.1: the nodes by which the root
// follows from a leaf, the lowest first.
func auditPath(leaves [][32]byte, m int) [][32]byte {
	if len(leaves) <= 1 {
		return nil
	}
	k := split(len(leaves))
	if m < k {
		return append(auditPath(leaves[:k], m), treeRoot(leaves[k:]))
	}
	return append(auditPath(leaves[k:], m-k), treeRoot(leaves[:k]))
}

// treeRoot is MTH of RFC 6962 over hashes of leaves.
func treeRoot(leaves [][32]byte) [32]byte {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := split(len(leaves))
	l, r := treeRoot(leaves[:k]), treeRoot(leaves[k:])
	return sha256.Sum256(append(append([]byte{1}, l[:]...), r[:]...))
}

// split is the largest power of two below n.
func split(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

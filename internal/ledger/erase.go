package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger/disk"
	"github.com/wholelog/wholelog/internal/ledger/entry"
	"github.com/wholelog/wholelog/internal/ledger/segment"
)

// States of what is gone, as deletion entries name them.
const (
	stateErased  = "erased"
	stateExpired = "expired"

	maxRanges = 32 << 10 // bytes of item numbers in one log entry
)

func (s *sealed) expiryLogged() bool {
	for _, e := range s.deletions {
		if e.State == stateExpired {
			return true
		}
	}
	return false
}

// Erase destroys the bytes and salts of the items at positions and leaves
// their leaves, so that everything that was signed still verifies. The log
// says so first; a crash in between is finished by the next Open. Positions
// that the ledger does not have are an error, and nothing is erased then. The
// store still has the rows: ingest.Erase takes them too.
func (l *Ledger) Erase(ctx context.Context, positions []event.Position) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.openLog(); err != nil {
		return err
	}
	bySegment, err := l.locate(ctx, positions)
	if err != nil {
		return err
	}
	var touched []*sealed
	for seg, indexes := range bySegment {
		touched = append(touched, seg)
		sort.Ints(indexes)
		for len(indexes) > 0 {
			n := len(indexes)
			for len(entry.Ranges(indexes[:n])) > maxRanges {
				n /= 2
			}
			e := entry.Entry{Kind: entry.Deletion, Stream: seg.footer.Stream, Sequence: seg.footer.Sequence, State: stateErased,
				Erased: entry.Ranges(indexes[:n]), Time: l.opt.Now().UTC().Truncate(time.Second)}
			if err := l.add(ctx, &e); err != nil {
				return err
			}
			seg.deletions = append(seg.deletions, e)
			indexes = indexes[n:]
		}
	}
	if err := l.publish(ctx, true); err != nil {
		return err
	}
	for _, seg := range touched {
		if err := l.destroy(seg); err != nil {
			return fmt.Errorf("erase (the log has it; the next start goes on): %w", err)
		}
	}
	return nil
}

// locate finds the items at positions, sealing segments that are open.
func (l *Ledger) locate(ctx context.Context, positions []event.Position) (map[*sealed][]int, error) {
	want := map[event.Position]bool{}
	for _, p := range positions {
		want[p] = true
	}
	for _, s := range l.sorted() {
		if s.open == nil || s.open.items == 0 {
			continue
		}
		for p := range want {
			if p >= s.open.first && p <= s.open.last {
				if err := l.seal(ctx, s); err != nil {
					return nil, fmt.Errorf("seal: %w", err)
				}
				break
			}
		}
	}
	out := map[*sealed][]int{}
	for _, s := range l.sorted() {
		for _, seg := range s.sealed {
			if seg.expired {
				continue
			}
			e := extent{path: seg.path}
			asked := func(first, last event.Position) bool {
				for p := range want {
					if p >= first && p <= last {
						return true
					}
				}
				return false
			}
			if !asked(seg.footer.First, seg.footer.Last) {
				continue
			}
			err := readBlocks(&e, asked, func(d *segment.Data) error {
				i := d.Index
				return d.Decode(nil, func(it segment.Item) error {
					if want[it.Position] {
						delete(want, it.Position)
						if !it.Erased {
							out[seg] = append(out[seg], i)
						}
					}
					i++
					return nil
				})
			})
			if err != nil {
				return nil, err
			}
		}
	}
	for p := range want {
		return nil, fmt.Errorf("no item at position %d; nothing was erased", p)
	}
	return out, nil
}

// Expire drops the sealed segments of a class whose every record happened
// before a time, and returns how many. Their footers stay.
func (l *Ledger) Expire(ctx context.Context, class string, before time.Time) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.openLog(); err != nil {
		return 0, err
	}
	var list []*sealed
	for _, s := range l.sorted() {
		for _, seg := range s.sealed {
			if seg.footer.Class == class && !seg.expired && seg.footer.To != nil && seg.footer.To.Before(before) {
				e := entry.Entry{Kind: entry.Deletion, Stream: s.id, Sequence: seg.footer.Sequence, State: stateExpired, Erased: "all",
					Time: l.opt.Now().UTC().Truncate(time.Second)}
				if err := l.add(ctx, &e); err != nil {
					return 0, err
				}
				seg.deletions = append(seg.deletions, e)
				list = append(list, seg)
			}
		}
	}
	if len(list) == 0 {
		return 0, nil
	}
	if err := l.publish(ctx, true); err != nil {
		return 0, err
	}
	for _, seg := range list {
		if err := l.destroy(seg); err != nil {
			return 0, fmt.Errorf("expire (the log has it; the next start goes on): %w", err)
		}
	}
	return len(list), nil
}

// finishDeletions does what the log says was deleted and a crash left.
func (l *Ledger) finishDeletions() error {
	for _, s := range l.sorted() {
		for _, seg := range s.sealed {
			if len(seg.deletions) == 0 {
				continue
			}
			if err := l.destroy(seg); err != nil {
				return fmt.Errorf("finish a deletion: %w", err)
			}
		}
	}
	return nil
}

// destroy brings a segment's files to what its deletion entries say. The side
// file is replaced last, so that it tells whether there is anything to do.
func (l *Ledger) destroy(seg *sealed) error {
	sidePath := strings.TrimSuffix(seg.path, extSealed) + extSide
	if seg.expiryLogged() {
		return l.drop(seg, sidePath)
	}
	erased := map[int]bool{}
	for _, e := range seg.deletions {
		list, err := entry.ParseRanges(e.Erased, seg.footer.Items)
		if err != nil {
			return err
		}
		for i := range list {
			erased[i] = true
		}
	}
	side, err := os.ReadFile(sidePath)
	if err != nil {
		return err
	}
	if len(side) != seg.footer.Items*segment.SideSize {
		return fmt.Errorf("side file of segment %d: %w", seg.footer.Sequence, segment.ErrDamaged)
	}
	changed := false
	for i := range erased {
		salt := side[i*segment.SideSize : i*segment.SideSize+segment.SaltSize]
		if !bytes.Equal(salt, make([]byte, segment.SaltSize)) {
			clear(salt)
			changed = true
		}
	}
	if !changed {
		return nil
	}
	out, err := rewrite(seg.path, side, erased)
	if err != nil {
		return err
	}
	if err := disk.WriteFile(l.opt.FS, seg.path, out); err != nil {
		return err
	}
	if err := disk.WriteFile(l.opt.FS, sidePath, side); err != nil {
		return err
	}
	seg.bytes = int64(len(out) + len(side))
	return nil
}

// rewrite gives the bytes of a segment without the erased items. Blocks that
// hold none stay as they are.
func rewrite(path string, side []byte, erased map[int]bool) ([]byte, error) {
	whole, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out []byte
	r := bytes.NewReader(whole)
	for {
		at := len(whole) - r.Len()
		b, err := segment.ReadBlock(r)
		if err != nil {
			return nil, err
		}
		same := whole[at : at+int(b.Size)]
		if b.Type == segment.TypeFooter {
			rest, err := io.ReadAll(r)
			return append(append(out, same...), rest...), err
		}
		if b.Type == segment.TypeData {
			d, err := segment.ParseData(b.Payload)
			if err != nil {
				return nil, err
			}
			var items []segment.Item
			hit := false
			err = d.Decode(nil, func(it segment.Item) error {
				if erased[d.Index+len(items)] {
					it = segment.Item{Position: it.Position, Erased: true}
					hit = true
				}
				items = append(items, it)
				return nil
			})
			if err != nil {
				return nil, err
			}
			if hit {
				p, err := segment.Pack(items, side[d.Index*segment.SideSize:(d.Index+d.Items)*segment.SideSize])
				if err != nil {
					return nil, err
				}
				p.Index, p.Chain = d.Index, d.Chain
				out = p.Data.Append(out)
				continue
			}
		}
		out = append(out, same...)
	}
}

// drop leaves a segment's head and footer.
func (l *Ledger) drop(seg *sealed, sidePath string) error {
	if _, err := os.Stat(sidePath); errors.Is(err, os.ErrNotExist) {
		seg.expired = true
		return nil
	}
	whole, err := os.ReadFile(seg.path)
	if err != nil {
		return err
	}
	var out []byte
	r := bytes.NewReader(whole)
	for {
		at := len(whole) - r.Len()
		b, err := segment.ReadBlock(r)
		if err != nil {
			return err
		}
		if b.Type != segment.TypeData {
			out = append(out, whole[at:at+int(b.Size)]...)
		}
		if b.Type == segment.TypeFooter {
			rest, err := io.ReadAll(r)
			if err != nil {
				return err
			}
			out = append(out, rest...)
			break
		}
	}
	if err := disk.WriteFile(l.opt.FS, seg.path, out); err != nil {
		return err
	}
	if err := errors.Join(l.opt.FS.Remove(sidePath), l.opt.FS.SyncDir(l.opt.Dir+"/"+seg.footer.Stream)); err != nil {
		return err
	}
	seg.expired, seg.bytes = true, int64(len(out))
	return nil
}

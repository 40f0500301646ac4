package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/wholelog/wholelog/internal/ledger/entry"
	"github.com/wholelog/wholelog/internal/ledger/segment"
)

// seal ends the open segment of a stream: footer, sync, new name, log. The
// blocks stay as they are.
func (l *Ledger) seal(ctx context.Context, s *stream) error {
	if err := l.openLog(); err != nil {
		return err
	}
	// At most one segment of a stream is ahead of the log, so that a verifier
	// can tell a log that is behind from one that was cut.
	if n := len(s.sealed); n > 0 && !s.sealed[n-1].logged {
		if err := l.publish(ctx, false); err != nil {
			return err
		}
	}
	if err := l.fail("seal.begin"); err != nil {
		return err
	}
	o := s.open
	footer := o.footer(l.opt.Now().UTC())
	payload, err := json.Marshal(footer)
	if err != nil {
		return fmt.Errorf("footer: %w", err)
	}
	buf := segment.AppendBlock(nil, segment.TypeFooter, payload)
	buf = segment.AppendTrailer(buf, len(buf))
	_, err = o.data.Write(buf)
	if err == nil {
		err = l.fail("seal.written")
	}
	if err == nil {
		err = o.data.Sync()
	}
	if err == nil {
		err = l.fail("seal.synced")
	}
	from, to := s.path(o.head.Sequence, extOpen), s.path(o.head.Sequence, extSealed)
	if err == nil {
		err = l.opt.FS.Rename(from, to)
	}
	if err != nil {
		if back := o.cutBack(); back != nil {
			l.sick = back
			err = errors.Join(err, back)
		}
		return fmt.Errorf("footer: %w", err)
	}
	seg := &sealed{path: to, footer: footer, digest: segment.FooterDigest(payload), bytes: o.size + int64(len(buf)) + o.sideSize}
	seg.footer.Counts, seg.footer.Watermarks, seg.footer.Blocks = nil, nil, nil
	s.sealed = append(s.sealed, seg)
	s.open = nil
	if err := errors.Join(o.close(), l.opt.FS.SyncDir(s.dir)); err != nil {
		l.sick = err // whether the new name is durable is not known
		return fmt.Errorf("sealed segment: %w", err)
	}
	if err := l.fail("seal.renamed"); err != nil {
		return err
	}
	return l.addSegment(ctx, seg)
}

// addSegment gives a sealed segment to the log. publish waits for it.
func (l *Ledger) addSegment(ctx context.Context, seg *sealed) error {
	f := &seg.footer
	e := entry.Entry{Kind: entry.Segment, Stream: f.Stream, Sequence: f.Sequence, Previous: f.Previous.String(), Root: f.Root.String(),
		Footer: seg.digest.String(), Items: uint64(f.Items), First: uint64(f.First), Last: uint64(f.Last)}
	if err := l.add(ctx, &e); err != nil {
		return err
	}
	seg.added = true
	return nil
}

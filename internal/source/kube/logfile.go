package kube

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
)

const (
	// maxLine bounds one line; the API server's are far below it, even with
	// request and response in them. A longer one becomes several records.
	maxLine = 16 << 20
	// chunk is how much is read at a time.
	chunk = 256 << 10
)

// line is one line and its number since the file was opened.
type line struct {
	raw []byte
	n   int
}

// logFile is an open log file.
type logFile struct {
	name   string
	file   *os.File
	packed bool      // with gzip
	in     io.Reader // the unpacked bytes from behind buf on
	buf    []byte    // read and not given out
	offset int64     // of buf's first byte, once what was given out is durable
	head   head
	number int
}

// openLog opens a regular file, also where a pipe took its place.
func openLog(path string) (*logFile, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(errors.New("it is no regular file"), err, f.Close())
	}
	l := &logFile{name: path, file: f, in: f, packed: strings.HasSuffix(path, ".gz")}
	if l.packed {
		z, err := gzip.NewReader(bufio.NewReaderSize(f, 64<<10))
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		l.in = z
	}
	return l, nil
}

func (l *logFile) close() { _ = l.file.Close() } // it was only read

// headOf reads how a file begins, up to n bytes.
func headOf(path string, n int) (head, error) {
	l, err := openLog(path)
	if err != nil {
		return head{}, err
	}
	defer l.close()
	b := make([]byte, n)
	m, err := io.ReadFull(l.in, b)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return head{}, err
	}
	return makeHead(b[:m]), nil
}

func makeHead(b []byte) head {
	if len(b) == 0 {
		return head{}
	}
	sum := sha256.Sum256(b)
	return head{len(b), sum[:8]}
}

// seek goes on from a place; the file has to be longer than that.
func (l *logFile) seek(p place) error {
	l.head, l.offset = p.Head, p.Offset
	if !l.packed {
		info, err := l.file.Stat()
		if err == nil && info.Size() < p.Offset {
			err = io.ErrUnexpectedEOF
		}
		if err == nil {
			_, err = l.file.Seek(p.Offset, io.SeekStart)
		}
		return err
	}
	_, err := io.CopyN(io.Discard, l.in, p.Offset)
	return err
}

// intact reports whether the file still begins as it did.
func (l *logFile) intact() bool {
	if l.packed || l.head.Len == 0 {
		return true
	}
	b := make([]byte, l.head.Len)
	if _, err := l.file.ReadAt(b, 0); err != nil {
		return false
	}
	return bytes.Equal(makeHead(b).Sum, l.head.Sum)
}

// shrunk reports whether the file is shorter than what was read of it.
func (l *logFile) shrunk() bool {
	info, err := l.file.Stat()
	return err == nil && info.Size() < l.offset+int64(len(l.buf))
}

// place is where the file is read to. It takes in more of the file's beginning
// while that is short.
func (l *logFile) place() place {
	if l.head.Len < headBytes && !l.packed {
		b := make([]byte, min(headBytes, l.offset))
		if n, err := l.file.ReadAt(b, 0); n == len(b) && err == nil {
			l.head = makeHead(b)
		}
	}
	return place{l.head, l.offset}
}

// full is the head that the file has in a list.
func (l *logFile) full() head {
	if l.packed {
		return l.head
	}
	b := make([]byte, headBytes)
	n, err := l.file.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return l.head
	}
	return makeHead(b[:n])
}

// read gives whole lines of up to limit bytes and the offset behind them. The
// bytes belong to the caller.
func (l *logFile) read(limit int64) (lines []line, end int64, err error) {
	end = l.offset
	var size int64
	for size < limit && len(lines) < 16384 {
		n := bytes.IndexByte(l.buf, '\n')
		if n < 0 && len(l.buf) >= maxLine {
			n = maxLine - 1
		}
		if n < 0 {
			more := make([]byte, len(l.buf)+max(chunk, len(l.buf)))
			have := copy(more, l.buf)
			m, rerr := io.ReadAtLeast(l.in, more[have:], 1)
			l.buf = more[:have+m]
			if m > 0 {
				continue
			}
			if rerr != nil && !errors.Is(rerr, io.EOF) {
				err = rerr
			}
			break
		}
		l.number++
		raw := bytes.TrimSuffix(l.buf[:n+1], []byte("\n"))
		if raw = bytes.TrimSpace(raw); len(raw) > 0 {
			lines = append(lines, line{raw[:len(raw):len(raw)], l.number})
		}
		l.buf = l.buf[n+1:]
		end += int64(n + 1)
		size += int64(n + 1)
	}
	if len(lines) == 0 { // blank lines need no page
		l.offset = end
	} else if err != nil {
		err = nil // first what came before it
	}
	return lines, end, err
}

// rest is the last line of a file that ends without a line's end.
func (l *logFile) rest() line {
	return line{bytes.TrimSpace(l.buf), l.number + 1}
}

// record makes a record of a line.
func (t *Tail) record(l line, seen time.Time) event.Record {
	rec := event.Record{Raw: l.raw, Line: l.n, Seen: seen, Source: t.name, Tenant: t.o.Tenant}
	identify.Record(&rec)
	return rec
}

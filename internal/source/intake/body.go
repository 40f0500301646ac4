package intake

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Why a body was not read to its end.
var (
	errSlow     = errors.New("the body comes too slowly")
	errGone     = errors.New("the sender is gone")
	errBody     = errors.New("the body is larger than the limit")
	errUnpacked = errors.New("the body is larger than the limit when unpacked")
	errDamaged  = errors.New("the compression is damaged")
	errArchive  = errors.New("the body is an archive")
	errBusy     = errors.New("there is no room")
	errZstd     = errors.New("zstd is not declared")
	errNested   = errors.New("the body is compressed several times")
)

// wire reads a body as it is sent. It gives up on a sender that stalls or
// trickles, and remembers why it ended.
type wire struct {
	in      io.Reader
	conn    *http.ResponseController
	o       *Options
	left    int64         // of Limits.MaxBody
	credit  time.Duration // how long the sender may take for what comes next
	fault   error
	noTimer bool // the connection has no deadlines: a test's recorder
}

func newWire(w http.ResponseWriter, r *http.Request, o *Options) *wire {
	return &wire{in: r.Body, conn: http.NewResponseController(w), o: o, left: o.MaxBody, credit: o.Grace}
}

// Read passes on what comes. The sender earns time with every byte, but never
// more than Limits.Grace, so that a stall is cut off whenever it happens. Time
// that we spend ourselves costs it nothing.
func (b *wire) Read(p []byte) (int, error) {
	if b.fault != nil {
		return 0, b.fault
	}
	if len(p) == 0 {
		return 0, nil
	}
	start := time.Now()
	if !b.noTimer && b.conn.SetReadDeadline(start.Add(b.credit)) != nil {
		b.noTimer = true
	}
	// One byte beyond the limit tells that there is more.
	n, err := b.in.Read(p[:min(int64(len(p)), b.left+1)])
	b.credit = min(b.o.Grace, b.credit-time.Since(start)+time.Duration(int64(n)*int64(time.Second)/b.o.MinRate))
	if b.left -= int64(n); b.left < 0 {
		b.fault = errBody
		return 0, b.fault
	}
	switch {
	case err == nil && b.credit <= 0 && !b.noTimer:
		b.fault = errSlow
	case err == nil || errors.Is(err, io.EOF):
		if err != nil {
			b.done()
		}
		return n, err
	case errors.Is(err, os.ErrDeadlineExceeded):
		b.fault = errSlow
	default:
		b.fault = errGone
	}
	return 0, b.fault
}

// done takes the deadline away: it would end the request's context while the
// request waits for the ledger.
func (b *wire) done() { _ = b.conn.SetReadDeadline(time.Time{}) }

// unpacked reads a body without its compression, up to a limit.
type unpacked struct {
	in    io.Reader
	wire  *wire
	left  int64
	read  int64 // since it was last set to 0
	grow  func(int64) error
	fault error
}

func (u *unpacked) Read(p []byte) (int, error) {
	if u.fault != nil {
		return 0, u.fault
	}
	n, err := u.in.Read(p[:min(int64(len(p)), u.left+1)])
	u.read += int64(n)
	if u.left -= int64(n); u.left < 0 {
		u.fault = errUnpacked
		return 0, u.fault
	}
	switch {
	case err == nil:
		if err := u.grow(u.read); err != nil {
			u.fault = err
			return 0, err
		}
	case errors.Is(err, io.EOF):
	case u.wire.fault != nil:
		u.fault = u.wire.fault
		return 0, u.fault
	default:
		u.fault = errDamaged
	}
	return n, err
}

// unpack takes the compression away, whether it is declared or, as of a file
// that was posted as it is, not. More than one is refused, because the work of
// two has no bound in what they give, and so are archives, which need room on
// disk. end must be called.
func unpack(in io.Reader, encoding string) (_ *bufio.Reader, end func(), err error) {
	var ends []func()
	end = func() {
		for _, f := range ends {
			f()
		}
	}
	b := bufio.NewReaderSize(in, 32<<10)
	for layers := 0; ; layers++ {
		head, rerr := b.Peek(512)
		kind := packing(head)
		if layers == 0 && encoding != "" && len(head) > 0 {
			if kind = encoding; kind != packing(head) {
				return nil, end, errDamaged
			}
		}
		switch {
		case rerr != nil && !errors.Is(rerr, io.EOF) && len(head) == 0 && layers > 0:
			return nil, end, errDamaged
		case rerr != nil && !errors.Is(rerr, io.EOF) && len(head) == 0:
			return nil, end, rerr
		case kind == "":
			return b, end, nil
		case kind == "zstd" && encoding != kind:
			return nil, end, errZstd // its window has to be paid for beforehand
		case kind == "archive":
			return nil, end, errArchive
		case layers == 1:
			return nil, end, errNested
		}
		var next io.Reader
		if kind == "gzip" {
			z, err := gzip.NewReader(b)
			if err != nil {
				return nil, end, errDamaged
			}
			next = z
		} else {
			z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
			if err != nil {
				return nil, end, errDamaged
			}
			ends = append(ends, z.Close)
			next = z
		}
		b = bufio.NewReaderSize(next, 32<<10)
	}
}

// packing tells how bytes are packed: gzip, zstd, archive or not.
func packing(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return "gzip"
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zstd"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")),
		len(head) > 262 && string(head[257:262]) == "ustar":
		return "archive"
	}
	return ""
}

// encodingOf reads Content-Encoding, or what a Content-Type says about it; it
// is not ok if we cannot undo it.
func encodingOf(h http.Header, kind string) (encoding string, ok bool) {
	defer func() {
		if encoding == "" && ok && strings.HasPrefix(strings.ToLower(kind), "application/zstd") {
			encoding = "zstd"
		}
	}()
	for _, v := range h.Values("Content-Encoding") {
		for e := range strings.SplitSeq(v, ",") {
			switch e = strings.ToLower(strings.TrimSpace(e)); {
			case e == "" || e == "identity":
			case encoding != "":
				return "", false
			case e == "gzip" || e == "x-gzip":
				encoding = "gzip"
			case e == "zstd":
				encoding = e
			default:
				return "", false
			}
		}
	}
	return encoding, true
}

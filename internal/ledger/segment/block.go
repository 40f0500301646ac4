package segment

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// A block is: magic, type, length of its payload, check, payload. The check
// finds damage without reading anything else; it proves nothing.
const (
	blockMagic = "WLB"
	blockHead  = 3 + 1 + 4 + 8
	maxPayload = 512 << 20

	TypeHead   = 'H'
	TypeData   = 'D'
	TypeFooter = 'F'

	trailerMagic = "WLE1"
	trailerSize  = 4 + 4
)

var (
	ErrTorn    = errors.New("block is cut off")
	ErrDamaged = errors.New("block is damaged")
)

// Block is one block of a segment file.
type Block struct {
	Type    byte
	Payload []byte
	Size    int64 // in the file
}

// AppendBlock encodes a block.
func AppendBlock(dst []byte, typ byte, payload ...[]byte) []byte {
	at, n := len(dst), 0
	for _, p := range payload {
		n += len(p)
	}
	dst = append(append(dst, blockMagic...), typ)
	dst = binary.BigEndian.AppendUint32(dst, uint32(n))
	dst = append(dst, make([]byte, 8)...)
	for _, p := range payload {
		dst = append(dst, p...)
	}
	copy(dst[at+8:], check(dst[at:at+8], dst[at+blockHead:]))
	return dst
}

func check(head, payload []byte) []byte {
	h := sha256.New()
	h.Write(head)
	h.Write(payload)
	return h.Sum(nil)[:8]
}

// ReadBlock reads the next block. io.EOF says that there is none, ErrTorn that
// the file ends within it.
func ReadBlock(r io.Reader) (Block, error) {
	var head [blockHead]byte
	if n, err := io.ReadFull(r, head[:]); n == 0 && errors.Is(err, io.EOF) {
		return Block{}, io.EOF
	} else if err != nil {
		return Block{}, cut(err)
	}
	n := binary.BigEndian.Uint32(head[4:])
	if string(head[:3]) != blockMagic || n > maxPayload {
		return Block{}, ErrDamaged
	}
	var body bytes.Buffer
	if _, err := io.CopyN(&body, r, int64(n)); err != nil {
		return Block{}, cut(err)
	}
	b := Block{Type: head[3], Payload: body.Bytes(), Size: blockHead + int64(n)}
	if !bytes.Equal(head[8:], check(head[:8], b.Payload)) {
		return Block{}, ErrDamaged
	}
	return b, nil
}

// SkipBlock reads the head of the block at off and returns its type and where
// it ends.
func SkipBlock(r io.ReaderAt, off int64) (typ byte, end int64, err error) {
	var head [blockHead]byte
	if n, err := r.ReadAt(head[:], off); n == 0 && errors.Is(err, io.EOF) {
		return 0, off, io.EOF
	} else if n < len(head) {
		return 0, off, cut(err)
	}
	n := binary.BigEndian.Uint32(head[4:])
	if string(head[:3]) != blockMagic || n > maxPayload {
		return 0, off, ErrDamaged
	}
	return head[3], off + blockHead + int64(n), nil
}

// Unwritten reports whether the end of a file, from a byte at off on, was given
// to the file and never written: it is zeros from the beginning of a sector on,
// as a power cut leaves it.
func Unwritten(rest []byte, off int64) bool {
	const sector = 512
	written := off + int64(len(bytes.TrimRight(rest, "\x00")))
	return (written+sector-1)/sector*sector < off+int64(len(rest))
}

func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTorn
	}
	return fmt.Errorf("read block: %w", err)
}

// AppendTrailer encodes what ends a sealed file: where its footer begins.
func AppendTrailer(dst []byte, footer int) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(footer))
	return append(dst, trailerMagic...)
}

// ReadFooterFile reads the footer of a sealed file, its digest and the file's
// size.
func ReadFooterFile(path string) (f Footer, digest Hash, size int64, err error) {
	file, err := os.Open(path)
	if err != nil {
		return f, digest, 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return f, digest, 0, err
	}
	b, err := ReadFooterBlock(file, info.Size())
	if err == nil {
		f, err = ParseFooter(b.Payload)
	}
	if err != nil {
		return f, digest, 0, fmt.Errorf("footer: %w", err)
	}
	return f, FooterDigest(b.Payload), info.Size(), nil
}

// ReadFooterBlock reads the footer of a sealed file by its trailer.
func ReadFooterBlock(r io.ReaderAt, size int64) (Block, error) {
	var t [trailerSize]byte
	if size < trailerSize {
		return Block{}, ErrTorn
	}
	if _, err := r.ReadAt(t[:], size-trailerSize); err != nil {
		return Block{}, fmt.Errorf("read trailer: %w", err)
	}
	n := int64(binary.BigEndian.Uint32(t[:]))
	if string(t[4:]) != trailerMagic || n > size-trailerSize {
		return Block{}, fmt.Errorf("trailer: %w", ErrDamaged)
	}
	b, err := ReadBlock(io.NewSectionReader(r, size-trailerSize-n, n))
	if err == nil && b.Type != TypeFooter {
		err = ErrDamaged
	}
	return b, err
}

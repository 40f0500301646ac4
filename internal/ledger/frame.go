package ledger

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/wholelog/wholelog/internal/event"
)

// A frame is: magic, length of the payload, length of the payload unpacked,
// number of records, first position, chain digest after its last record,
// CRC-like digest of all that and the payload, payload.
const (
	frameMagic  = "WLF1"
	frameHead   = 4 + 4 + 4 + 4 + 8 + 32 + 8
	maxFrame    = 512 << 20
	frameTarget = 8 << 20 // raw bytes after which a batch goes into another frame
)

var (
	errTorn    = errors.New("frame is cut off")
	errDamaged = errors.New("frame is damaged")
)

type frame struct {
	first   event.Position
	records []event.Record
	chain   [32]byte
	size    int64
}

var (
	encoder, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2))
	decoder, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxFrame))
)

// encodeFrame appends a frame of records and returns the chain after it.
func encodeFrame(dst []byte, first event.Position, records []event.Record, chain [32]byte) ([]byte, [32]byte, error) {
	salts := make([]byte, saltSize*len(records))
	if _, err := rand.Read(salts); err != nil {
		return nil, chain, fmt.Errorf("salts: %w", err)
	}
	var payload, header []byte
	for i := range records {
		r := &records[i]
		salt := salts[i*saltSize : (i+1)*saltSize]
		header = appendHeader(header[:0], first+event.Position(i), r)
		payload = append(payload, salt...)
		for _, part := range [][]byte{header, r.Raw, r.Context} {
			payload = binary.AppendUvarint(payload, uint64(len(part)))
			payload = append(payload, part...)
		}
		l := leaf(salt, header, r.Raw)
		chain = sha256.Sum256(append(chain[:], l[:]...))
	}
	if len(payload) > maxFrame {
		return nil, chain, fmt.Errorf("batch of %d bytes is larger than a frame can be (%d)", len(payload), maxFrame)
	}
	at := len(dst)
	dst = append(dst, frameMagic...)
	dst = append(dst, make([]byte, frameHead-len(frameMagic))...)
	dst = encoder.EncodeAll(payload, dst)
	h := dst[at:]
	binary.BigEndian.PutUint32(h[4:], uint32(len(h)-frameHead))
	binary.BigEndian.PutUint32(h[8:], uint32(len(payload)))
	binary.BigEndian.PutUint32(h[12:], uint32(len(records)))
	binary.BigEndian.PutUint64(h[16:], uint64(first))
	copy(h[24:56], chain[:])
	copy(h[56:64], check(h))
	return dst, chain, nil
}

// check is what finds a damaged frame without the chain before it.
func check(frame []byte) []byte {
	h := sha256.New()
	h.Write(frame[:56])
	h.Write(frame[frameHead:])
	return h.Sum(nil)[:8]
}

// readFrame reads the next frame and checks that it continues chain. io.EOF
// says that there is none, errTorn that the last one is incomplete.
func readFrame(r io.Reader, chain [32]byte) (*frame, error) {
	buf := make([]byte, frameHead)
	if n, err := io.ReadFull(r, buf); n == 0 && errors.Is(err, io.EOF) {
		return nil, io.EOF
	} else if err != nil {
		return nil, cut(err)
	}
	size := binary.BigEndian.Uint32(buf[4:])
	if string(buf[:4]) != frameMagic || size > maxFrame || binary.BigEndian.Uint32(buf[8:]) > maxFrame {
		return nil, errDamaged
	}
	var body bytes.Buffer
	if _, err := io.CopyN(&body, r, int64(size)); err != nil {
		return nil, cut(err)
	}
	buf = append(buf, body.Bytes()...)
	if !bytes.Equal(buf[56:64], check(buf)) {
		return nil, errDamaged
	}
	payload, err := decoder.DecodeAll(buf[frameHead:], make([]byte, 0, binary.BigEndian.Uint32(buf[8:])))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", errDamaged, err)
	}
	f := &frame{first: event.Position(binary.BigEndian.Uint64(buf[16:])), size: int64(len(buf))}
	count := int(binary.BigEndian.Uint32(buf[12:]))
	for i := range count {
		var rec event.Record
		if rec, payload, chain, err = nextRecord(payload, f.first+event.Position(i), chain); err != nil {
			return nil, err
		}
		f.records = append(f.records, rec)
	}
	if len(payload) > 0 {
		return nil, fmt.Errorf("%w: bytes after its last record", errDamaged)
	}
	if f.chain = chain; !bytes.Equal(chain[:], buf[24:56]) {
		return nil, fmt.Errorf("%w: it does not continue the chain of the records before it", errDamaged)
	}
	return f, nil
}

func nextRecord(payload []byte, want event.Position, chain [32]byte) (rec event.Record, rest []byte, next [32]byte, err error) {
	if len(payload) < saltSize {
		return rec, nil, chain, errDamaged
	}
	salt, parts := payload[:saltSize], [3][]byte{}
	payload = payload[saltSize:]
	for i := range parts {
		n, size := binary.Uvarint(payload)
		if size <= 0 || n > uint64(len(payload)-size) {
			return rec, nil, chain, errDamaged
		}
		end := size + int(n)
		parts[i] = payload[size:end:end]
		payload = payload[end:]
	}
	pos, rec, contextSum, err := readHeader(parts[0])
	if err != nil {
		return rec, nil, chain, fmt.Errorf("%w: %v", errDamaged, err)
	}
	if pos != want {
		return rec, nil, chain, fmt.Errorf("%w: record %d stands where %d belongs", errDamaged, pos, want)
	}
	if len(parts[2]) > 0 || contextSum != nil {
		if sum := sha256.Sum256(parts[2]); !bytes.Equal(sum[:], contextSum) {
			return rec, nil, chain, fmt.Errorf("%w: context of record %d", errDamaged, pos)
		}
		rec.Context = parts[2]
	}
	rec.Raw = parts[1]
	l := leaf(salt, parts[0], rec.Raw)
	return rec, payload, sha256.Sum256(append(chain[:], l[:]...)), nil
}

func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errTorn
	}
	return fmt.Errorf("read frame: %w", err)
}

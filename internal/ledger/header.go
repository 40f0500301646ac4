package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"github.com/wholelog/wholelog/internal/event"
)

const (
	headerVersion = 1
	saltSize      = 16
)

var errHeader = errors.New("malformed record header")

// appendHeader encodes what the ledger says of a record besides its bytes.
// The encoding is canonical: one record has one encoding.
func appendHeader(dst []byte, pos event.Position, r *event.Record) []byte {
	dst = append(dst, headerVersion, byte(r.Format), byte(r.IDKind), byte(r.TimeOf))
	dst = binary.AppendUvarint(dst, uint64(pos))
	for _, t := range []time.Time{r.Time, r.Seen} {
		dst = binary.BigEndian.AppendUint64(dst, uint64(t.Unix()))
		dst = binary.BigEndian.AppendUint32(dst, uint32(t.Nanosecond()))
	}
	dst = append(dst, r.Content[:]...)
	dst = binary.AppendUvarint(dst, uint64(r.Line))
	for _, s := range []string{r.Tenant, r.Table, r.ID, r.Source, r.Problem} {
		dst = binary.AppendUvarint(dst, uint64(len(s)))
		dst = append(dst, s...)
	}
	if len(r.Context) > 0 {
		sum := sha256.Sum256(r.Context)
		dst = append(dst, sum[:]...)
	}
	return dst
}

func readHeader(b []byte) (pos event.Position, r event.Record, contextSum []byte, err error) {
	if len(b) < 4 || b[0] != headerVersion {
		return 0, r, nil, errHeader
	}
	r.Format, r.IDKind, r.TimeOf = event.Format(b[1]), event.IDKind(b[2]), event.TimeKind(b[3])
	b = b[4:]
	uvarint := func() uint64 {
		n, size := binary.Uvarint(b)
		if size <= 0 {
			err = errHeader
			return 0
		}
		b = b[size:]
		return n
	}
	bytes := func(n uint64) []byte {
		if n > uint64(len(b)) {
			err = errHeader
			return nil
		}
		out := b[:n]
		b = b[n:]
		return out
	}
	pos = event.Position(uvarint())
	for _, t := range []*time.Time{&r.Time, &r.Seen} {
		if v := bytes(12); v != nil {
			*t = time.Unix(int64(binary.BigEndian.Uint64(v)), int64(binary.BigEndian.Uint32(v[8:]))).UTC()
		}
	}
	copy(r.Content[:], bytes(16))
	r.Line = int(uvarint())
	for _, s := range []*string{&r.Tenant, &r.Table, &r.ID, &r.Source, &r.Problem} {
		*s = string(bytes(uvarint()))
	}
	if err != nil {
		return 0, r, nil, err
	}
	switch len(b) {
	case 0:
	case sha256.Size:
		contextSum = b
	default:
		return 0, r, nil, errHeader
	}
	return pos, r, contextSum, nil
}

// leaf is the RFC 6962 leaf digest of a record:
// SHA-256(0x00 || salt || length of header || header || raw).
func leaf(salt, header, raw []byte) (out [32]byte) {
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(salt)
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(header)))
	h.Write(n[:])
	h.Write(header)
	h.Write(raw)
	h.Sum(out[:0])
	return out
}

package segment

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/event"
)

// appendHeader encodes what the ledger says of a record besides its bytes.
// The encoding is canonical: one record has one encoding.
func appendHeader(dst []byte, pos event.Position, r *event.Record) []byte {
	dst = append(dst, byte(KindRecord), byte(r.Format), byte(r.IDKind), byte(r.TimeOf))
	dst = binary.AppendUvarint(dst, uint64(pos))
	dst = appendTime(appendTime(dst, r.Time), r.Seen)
	dst = append(dst, r.Content[:]...)
	dst = binary.AppendUvarint(dst, uint64(r.Line))
	for _, s := range []string{r.Tenant, r.Table, r.ID, r.Source, r.Problem} {
		dst = appendString(dst, s)
	}
	if len(r.Context) > 0 {
		sum := sha256.Sum256(r.Context)
		dst = append(dst, sum[:]...)
	}
	return dst
}

func readHeader(b []byte, rec *event.Record, context []byte) (event.Position, error) {
	if len(b) < 4 || Kind(b[0]) != KindRecord {
		return 0, errHeader
	}
	rec.Format, rec.IDKind, rec.TimeOf = event.Format(b[1]), event.IDKind(b[2]), event.TimeKind(b[3])
	r := reader{b: b[4:]}
	pos := event.Position(r.uvarint())
	for _, t := range []*time.Time{&rec.Time, &rec.Seen} {
		*t = r.time()
	}
	copy(rec.Content[:], r.bytes(uint64(len(rec.Content))))
	rec.Line = int(r.uvarint())
	for _, s := range []*string{&rec.Tenant, &rec.Table, &rec.ID, &rec.Source, &rec.Problem} {
		*s = r.string()
	}
	if r.err != nil {
		return 0, errHeader
	}
	if len(r.b) == 0 && len(context) == 0 {
		return pos, nil
	}
	if sum := sha256.Sum256(context); len(context) == 0 || !bytes.Equal(sum[:], r.b) {
		return pos, fmt.Errorf("%w: the context is not the one it names", errHeader)
	}
	rec.Context = context
	return pos, nil
}

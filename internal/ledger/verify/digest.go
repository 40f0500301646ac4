package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

type digest = [sha256.Size]byte

const (
	saltSize = 16
	sideSize = saltSize + sha256.Size // salt and leaf of one item
)

// leafOf is the leaf of an item.
func leafOf(salt, header, raw []byte) (out digest) {
	h := sha256.New()
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(header)))
	for _, part := range [][]byte{{0}, salt, n[:], header, raw} {
		h.Write(part)
	}
	h.Sum(out[:0])
	return out
}

func nodeOf(l, r digest) digest {
	return sha256.Sum256(append(append([]byte{1}, l[:]...), r[:]...))
}

// rootOf is the RFC 6962 root over leaves.
func rootOf(leaves []digest) digest {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	return nodeOf(rootOf(leaves[:k]), rootOf(leaves[k:]))
}

func chainStart(stream string, sequence uint64, previous string) digest {
	return sha256.Sum256(fmt.Appendf(nil, "wholelog chain 1\n%s\n%d\n%s\n", stream, sequence, previous))
}

func chainNext(chain, leaf digest) digest {
	return sha256.Sum256(append(chain[:], leaf[:]...))
}

func hexOf(d digest) string { return hex.EncodeToString(d[:]) }

func streamID(tenant, class string) string {
	sum := sha256.Sum256([]byte("wholelog stream 1\n" + tenant + "\n" + class + "\n"))
	return hex.EncodeToString(sum[:16])
}

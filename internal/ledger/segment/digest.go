package segment

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

const (
	SaltSize = 16
	SideSize = SaltSize + sha256.Size // of one item in the side file: salt, leaf
)

// Hash is a SHA-256 digest; its text is lower-case hex.
type Hash [sha256.Size]byte

func (h Hash) String() string               { return hex.EncodeToString(h[:]) }
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }
func (h *Hash) UnmarshalText(b []byte) error {
	if len(b) != 2*len(h) {
		return fmt.Errorf("digest of %d characters", len(b))
	}
	_, err := hex.Decode(h[:], b)
	return err
}

// leaf is the RFC 6962 leaf digest of an item:
// SHA-256(0x00 || salt || length of header as 8 bytes || header || raw).
func leaf(buf, salt, header, raw []byte) Hash {
	buf = append(buf[:0], 0)
	buf = append(buf, salt...)
	buf = binary.BigEndian.AppendUint64(buf, uint64(len(header)))
	buf = append(buf, header...)
	buf = append(buf, raw...)
	return sha256.Sum256(buf)
}

func node(l, r *Hash) Hash {
	var buf [1 + 2*sha256.Size]byte
	buf[0] = 1
	copy(buf[1:], l[:])
	copy(buf[1+sha256.Size:], r[:])
	return sha256.Sum256(buf[:])
}

// Tree is a growing RFC 6962 tree: the roots of its whole subtrees, largest
// first. The zero value is the empty tree.
type Tree struct {
	size  uint64
	whole []Hash
}

// Add appends a leaf.
func (t *Tree) Add(leaf Hash) {
	t.whole = append(t.whole, leaf)
	for n := t.size; n&1 == 1; n >>= 1 {
		k := len(t.whole)
		t.whole[k-2] = node(&t.whole[k-2], &t.whole[k-1])
		t.whole = t.whole[:k-1]
	}
	t.size++
}

// Root is the root over the leaves so far.
func (t *Tree) Root() Hash {
	if len(t.whole) == 0 {
		return sha256.Sum256(nil)
	}
	root := t.whole[len(t.whole)-1]
	for i := len(t.whole) - 2; i >= 0; i-- {
		root = node(&t.whole[i], &root)
	}
	return root
}

// ChainStart is the chain digest of a segment without items.
func ChainStart(stream string, sequence uint64, previous Hash) Hash {
	return sha256.Sum256(fmt.Appendf(nil, "wholelog chain 1\n%s\n%d\n%s\n", stream, sequence, previous))
}

// ChainNext is the chain digest after one more item.
func ChainNext(chain, leaf Hash) Hash {
	var buf [2 * sha256.Size]byte
	copy(buf[:], chain[:])
	copy(buf[sha256.Size:], leaf[:])
	return sha256.Sum256(buf[:])
}

// StreamID names the stream of a tenant and retention class. It is a digest,
// so that the log shows no tenant.
func StreamID(tenant, class string) string {
	sum := sha256.Sum256([]byte("wholelog stream 1\n" + tenant + "\n" + class + "\n"))
	return hex.EncodeToString(sum[:16])
}

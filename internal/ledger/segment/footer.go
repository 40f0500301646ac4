package segment

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/event"
)

// Version is the version of the format that this package writes.
const Version = 1

// Head is what a segment says of itself when it is begun.
type Head struct {
	Version  int       `json:"version"`
	Stream   string    `json:"stream"`
	Tenant   string    `json:"tenant"`
	Class    string    `json:"class"`
	Sequence uint64    `json:"sequence"`
	Previous Hash      `json:"previous"` // root of the segment before; zeros for the first
	Opened   time.Time `json:"opened"`
}

// Footer is what a sealed segment says of itself. The log's entry holds the
// digest of its bytes.
type Footer struct {
	Head
	Sealed     time.Time            `json:"sealed"`
	Root       Hash                 `json:"root"`
	Items      int                  `json:"items"`
	Records    int                  `json:"records"`
	First      event.Position       `json:"first"`
	Last       event.Position       `json:"last"`
	Raw        int64                `json:"raw"`  // raw bytes of the items
	From       *time.Time           `json:"from"` // earliest and latest event time; null without records
	To         *time.Time           `json:"to"`
	Watermarks map[string]time.Time `json:"watermarks"` // by path: the latest event time it delivered
	Counts     []Count              `json:"counts"`
	Blocks     []BlockMark          `json:"blocks"`
}

// Count says what arrived for one table by one path in one hour of event time.
type Count struct {
	Table   string `json:"table"`
	Source  string `json:"source"`
	Hour    int64  `json:"hour"` // hours since 1970
	Records int64  `json:"records"`
	Repeats int64  `json:"repeats,omitempty"`
	Late    int64  `json:"late,omitempty"`
}

// BlockMark lets a reader of the footer tell which block of a segment differs.
type BlockMark struct {
	Items int            `json:"items"`
	First event.Position `json:"first"`
	Last  event.Position `json:"last"`
	Chain Hash           `json:"chain"` // after the block's last item
}

// ParseHead decodes the payload of a head block.
func ParseHead(payload []byte) (h Head, err error) {
	return h, strict(payload, &h, func() int { return h.Version })
}

// ParseFooter decodes the payload of a footer block.
func ParseFooter(payload []byte) (f Footer, err error) {
	return f, strict(payload, &f, func() int { return f.Version })
}

func strict(payload []byte, v any, version func() int) error {
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if version() != Version {
		return fmt.Errorf("segment of format version %d; this program reads version %d", version(), Version)
	}
	return nil
}

// FooterDigest is the digest of a footer's bytes that the log holds.
func FooterDigest(payload []byte) Hash { return sha256.Sum256(payload) }

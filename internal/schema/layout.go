package schema

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
)

// Layout is a digest of all tables' columns and promotions: a store that was
// made by another one has other columns.
var Layout = sync.OnceValue(func() int64 {
	h := sha256.New()
	for _, t := range Tables() {
		fmt.Fprintf(h, "%q %q\n", t.Name, t.Family)
		for _, c := range t.Columns {
			fmt.Fprintf(h, "%q %s\n", c.Name, c.Type)
		}
		for _, p := range t.Promoted {
			fmt.Fprintf(h, "%q %s %q\n", p.Name(), p.Type, p.Fields)
		}
		fmt.Fprintf(h, "%q\n", t.Digests)
	}
	return int64(binary.BigEndian.Uint64(h.Sum(nil)) >> 1)
})

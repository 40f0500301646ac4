package intake

import (
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

// Codes of notices.
const (
	Unauthorized = "unauthorized"     // requests without a valid credential
	Busy         = "intake-busy"      // requests were sent away because memory was full
	Unparsed     = "unparsed-records" // a delivery held records of no known kind
	Elsewhere    = "other-table"      // a delivery held records of another table than its path
	Rejected     = "rejected-body"    // a body held nothing that can be read
	Slow         = "slow-sender"      // a body came too slowly and was cut off
	TooLarge     = "too-large"        // a body was larger than the limits
	again        = time.Hour          // after which a notice that still holds is repeated
)

// said is when a notice was last given, and how often not since.
type said struct {
	at     time.Time
	silent int
}

// note queues a notice, unless the same was given lately. The codes are few, so
// the queue is short.
func (in *Intake) note(level source.Level, code, format string, args ...any) {
	in.mu.Lock()
	defer in.mu.Unlock()
	now := in.o.Now()
	s := in.said[code]
	if s == nil {
		s = new(said)
		in.said[code] = s
	} else if now.Sub(s.at) < again {
		s.silent++
		return
	}
	text := in.o.Name + ": " + fmt.Sprintf(format, args...)
	if s.silent > 0 {
		text += fmt.Sprintf(" (and %d times more since this was last said)", s.silent)
	}
	s.at, s.silent = now, 0
	in.notices = append(in.notices, source.Notice{Level: level, Code: code, Text: text})
	in.wake()
}

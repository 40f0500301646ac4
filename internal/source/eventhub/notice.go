package eventhub

import (
	"fmt"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

// Codes of notices.
const (
	Throttled     = "throttled"       // the service delays fetches
	Unreachable   = "unreachable"     // errors of the service or of the network, for a while
	Untrusted     = "untrusted"       // the certificate is not accepted
	NoToken       = "no-token"        // the login service gives no token
	Unauthorized  = "unauthorized"    // the service does not take the connection string or token, or it may not read
	NoKafka       = "no-kafka"        // the namespace has no Kafka endpoint, or it cannot be reached
	NotThere      = "not-there"       // the hub does not exist
	ForeignBroker = "foreign-broker"  // a broker names another host as one
	Recreated     = "hub-recreated"   // the hub is another one than that of the cursor
	Truncated     = "truncated"       // a partition ends before what was read from it
	Expired       = "expired"         // messages that the hub no longer holds
	OffsetGap     = "offset-gap"      // offsets that hold no message
	Partitions    = "partitions"      // the hub has got more partitions
	Empty         = "empty-message"   // messages without content
	Damaged       = "damaged-message" // messages that are no records, or not to their end
	DamagedBatch  = "damaged-batch"   // a batch that cannot be read
	TooLarge      = "too-large"       // a batch larger than allowed
	NotCommitted  = "not-committed"   // offsets could not be committed for monitoring
	Recovered     = "recovered"       // a failure is over
	again         = time.Hour         // after which a notice that still holds is repeated
	throttleSay   = 10 * time.Minute  // the same for throttling
	sayAfter      = 3                 // failures in a row that are worth a notice
	longestShift  = 8                 // back-off doubles so often
	longestFactor = 300               // and is at most so many times the first wait
	maxSaid       = 4096              // notices that are remembered
)

// note queues a notice, unless the same was given lately. What tells notices of
// one code apart is the key.
func (r *run) note(level source.Level, code, key, format string, args ...any) {
	now, every := r.s.o.Now(), again
	if code == Throttled {
		every = throttleSay
	}
	id := code + " " + key
	if last, ok := r.said[id]; ok && now.Sub(last) < every {
		return
	}
	if len(r.said) >= maxSaid {
		clear(r.said)
	}
	r.said[id] = now
	if level == source.Failure || code == Unreachable {
		r.failing = true
	}
	r.notices = append(r.notices, source.Notice{Level: level, Code: code, Text: r.s.name + ": " + fmt.Sprintf(format, args...)})
}

// minute is a key of notices about what happens rather than lasts: each is
// given, if not more often than that.
func (r *run) minute(partition int32) string {
	return fmt.Sprintf("%d at %s", partition, r.s.o.Now().UTC().Format("2006-01-02T15:04"))
}

// due reports whether a notice of a code would be given now.
func (r *run) due(code string) bool {
	last, ok := r.said[code+" "]
	return !ok || r.s.o.Now().Sub(last) >= again
}

// well ends a failure.
func (r *run) well() {
	r.bad = 0
	if !r.failing {
		return
	}
	r.failing = false
	for id := range r.said {
		switch code, _, _ := strings.Cut(id, " "); code {
		case Unreachable, Untrusted, NoToken, Unauthorized, NoKafka, NotThere, ForeignBroker, DamagedBatch, TooLarge, Recovered:
			delete(r.said, id)
		}
	}
	r.note(source.Info, Recovered, "", "collecting again")
}

// flush hands over what there is, also if it is only a notice, or that messages
// without records have been passed.
func (r *run) flush() error {
	if !r.moved && len(r.notices) == 0 && len(r.page.Claims) == 0 && len(r.page.Records) == 0 {
		return nil
	}
	return r.give()
}

// give yields the page with the cursor of now.
func (r *run) give() error {
	p := r.page
	r.page, r.size, r.moved = source.Page{}, 0, false
	p.Notices, r.notices = r.notices, nil
	next, err := r.st.cursor()
	if err != nil {
		return fmt.Errorf("%s: %w", r.s.name, err)
	}
	p.Next = next
	if _, err := r.yield(p); err != nil {
		return err
	}
	r.commits.durable(r.st)
	return nil
}

// backoff counts a failure and says how long to wait after it: twice as long
// as after the one before, with jitter.
func (r *run) backoff() time.Duration {
	d := min(r.s.o.Wait<<min(r.bad, longestShift+1), longestFactor*r.s.o.Wait)
	r.bad++
	return d/2 + time.Duration(r.s.o.Jitter()*float64(d/2))
}

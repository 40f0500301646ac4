package graph

import (
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/source"
)

// Codes of notices.
const (
	Throttled    = "throttled"      // the service asks to wait
	Unreachable  = "unreachable"    // errors of the service or of the network, for a while
	NoToken      = "no-token"       // the login service gives no token
	Unauthorized = "unauthorized"   // Graph does not take the token
	NoPermission = "no-permission"  // a permission is missing
	NoLicence    = "no-licence"     // the tenant's licence does not cover the collection
	Refused      = "refused"        // Graph does not understand the query
	NotThere     = "not-there"      // the collection does not exist in this cloud
	TooLarge     = "too-large"      // a page is larger than Options.MaxBody
	ForeignLink  = "foreign-link"   // a page names another host as the place of the next
	Unstable     = "unstable"       // a span did not come to rest within the readings
	Expired      = "expired"        // time that the service no longer holds
	ClockSkew    = "clock-skew"     // the clocks of this machine and the service differ
	Recovered    = "recovered"      // a failure is over
	again        = time.Hour        // after which a notice that still holds is repeated
	throttleSay  = 10 * time.Minute // the same for throttling
)

// note queues a notice, unless the same was given lately.
func (r *run) note(level source.Level, code, format string, args ...any) {
	now, every := r.s.app.o.Now(), again
	if code == Throttled {
		every = throttleSay
	}
	if last, ok := r.said[code]; ok && now.Sub(last) < every {
		return
	}
	r.said[code] = now
	if level == source.Failure {
		r.failing = true
	}
	r.notices = append(r.notices, source.Notice{Level: level, Code: code, Text: r.s.name + ": " + fmt.Sprintf(format, args...)})
}

// well ends a failure.
func (r *run) well() {
	if !r.failing {
		return
	}
	r.failing = false
	for _, c := range []string{NoToken, Unauthorized, NoPermission, NoLicence, Refused, NotThere, TooLarge, Unreachable} {
		delete(r.said, c)
	}
	delete(r.said, Recovered)
	r.note(source.Info, Recovered, "collecting again")
}

// flush hands over notices that no page has taken.
func (r *run) flush() error {
	if len(r.notices) == 0 {
		return nil
	}
	_, err := r.give(source.Page{})
	return err
}

// give yields a page with what there is to say.
func (r *run) give(p source.Page) (source.Taken, error) {
	p.Notices, r.notices = r.notices, nil
	return r.yield(p)
}

// rest waits. Whoever waits longer than a moment says first why.
func (r *run) rest(d time.Duration) error {
	if d > 5*time.Second {
		if err := r.flush(); err != nil {
			return err
		}
	}
	return r.s.app.o.Sleep(r.ctx, d)
}

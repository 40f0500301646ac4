package blob

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
	NoPermission = "no-permission"  // access is denied
	Refused      = "refused"        // the service does not understand a request
	NoContainer  = "no-container"   // a container that is named does not exist (yet)
	Rewritten    = "blob-rewritten" // bytes that were read have changed
	Shrunk       = "blob-shrunk"    // a blob is smaller than what was read of it
	Deleted      = "blob-deleted"   // a blob went with bytes that were not read
	Archived     = "blob-archived"  // a blob is in a tier that cannot be read
	LongLine     = "line-too-long"  // a line is longer than a record may be
	Damaged      = "damaged"        // something was read that is no record
	Recovered    = "recovered"      // a failure is over
	again        = time.Hour        // after which a notice that still holds is repeated
)

// note queues a notice, unless the same was given lately.
func (r *run) note(level source.Level, code, format string, args ...any) {
	now := r.s.o.Now()
	if last, ok := r.said[code]; ok && now.Sub(last) < again {
		return
	}
	r.said[code] = now
	if level == source.Failure {
		r.failing = true
	}
	r.page.Notices = append(r.page.Notices, source.Notice{Level: level, Code: code, Text: r.s.name + ": " + fmt.Sprintf(format, args...)})
}

// well ends a failure.
func (r *run) well() {
	r.bad = 0
	if !r.failing || len(r.denied) > 0 {
		return
	}
	r.failing = false
	for _, c := range []string{NoToken, NoPermission, Refused, Unreachable, Recovered} {
		delete(r.said, c)
	}
	r.note(source.Info, Recovered, "collecting again")
}

// missing states that what a blob held could not be had.
func (r *run) missing(u *unit, rest string, mod int64, reason string) {
	from, ok := hourOf(rest)
	if !ok {
		from = time.Unix(mod, 0).UTC().Truncate(time.Hour)
	}
	tenant := tenantOf(u.Prefix)
	if tenant == "" {
		tenant = r.s.o.Tenant
	}
	r.page.Claims = append(r.page.Claims, source.Claim{Kind: source.Missing, Path: r.s.name, Tenant: tenant, Table: tableOf(u.Box), From: from, To: from.Add(time.Hour), Reason: reason})
}

// flush hands over what has gathered, with the cursor to it.
func (r *run) flush() error {
	if r.st.dirty {
		r.page.Next, r.st.dirty = r.st.cursor(r.s.o.Now()), false
	}
	p := r.page
	r.page, r.bytes = source.Page{}, 0
	if len(p.Records) == 0 && p.Next == nil && len(p.Claims) == 0 && len(p.Notices) == 0 {
		return nil
	}
	_, err := r.yield(p)
	return err
}

// rest waits. Whoever waits longer than a moment hands over first what there
// is.
func (r *run) rest(d time.Duration) error {
	if d > 5*time.Second {
		if err := r.flush(); err != nil {
			return err
		}
	}
	return r.s.o.Sleep(r.ctx, d)
}

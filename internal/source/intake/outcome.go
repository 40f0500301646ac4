package intake

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/wholelog/wholelog/internal/source"
)

// succeed answers that everything is durable.
func (in *Intake) succeed(w http.ResponseWriter, d *delivery, who string) {
	if d.unparsed > 0 {
		in.note(source.Warning, Unparsed, "%s delivered %d of %d records that are of no known kind; they are kept like any other, and the answer to the request said why", sender(who), d.unparsed, d.read)
	}
	if n := len(d.answer.Elsewhere); n > 0 {
		in.note(source.Info, Elsewhere, "%s delivered records to the path of %s that are of other tables; they are kept in those", sender(who), d.route.Table)
	}
	write(w, http.StatusOK, "application/json", d.result())
}

// result is the answer for what is durable.
func (d *delivery) result() *Answer {
	in := d.in
	in.mu.Lock()
	defer in.mu.Unlock()
	a := &d.answer
	a.Read, a.Unparsed = d.read, d.unparsed
	if d.shared {
		j := d.joint
		a.Joint = &j
	} else {
		e := d.exact
		a.Accepted, a.Versions, a.Duplicates, a.Unparsed = &e.Accepted, &e.Versions, &e.Duplicates, e.Unparsed
	}
	if len(a.Elsewhere) > 0 {
		a.Note = fmt.Sprintf("some records are not of %s by their content; they are kept in the tables that they are of", d.route.Table)
	}
	return a
}

// kept is what became durable of a delivery that failed; nil for nothing.
func (d *delivery) kept() *Answer {
	if d == nil {
		return nil
	}
	d.in.mu.Lock()
	stored := d.stored
	d.in.mu.Unlock()
	if stored == 0 {
		return nil
	}
	a := d.result()
	a.Read = stored
	return a
}

// fail answers that a delivery did not become durable as a whole.
func (in *Intake) fail(w http.ResponseWriter, d *delivery, who string, err error) {
	status, text := http.StatusServiceUnavailable, ""
	var no *rejected
	switch {
	case errors.As(err, &no):
		status, text = http.StatusUnprocessableEntity, "the body holds no records: "+no.reason
		in.note(source.Warning, Rejected, "%s sent a body that holds no records: %s", sender(who), no.reason)
	case errors.Is(err, errStopped):
		text = "collection is not running at the moment: send again later"
	case errors.Is(err, errNotKept):
		text = "the ledger did not take the records: send again later; what was kept is not doubled"
	case errors.Is(err, errLate):
		text = "the ledger takes too long: send again later; what was kept is not doubled"
	case errors.Is(err, errBusy):
		status, text = http.StatusTooManyRequests, "too much is being delivered at once: send again a little later"
		in.note(source.Warning, Busy, "requests are sent away with 429 because %d MiB of deliveries wait for the ledger; the senders should try again", in.o.MaxMemory>>20)
	case errors.Is(err, errSlow):
		status, text = http.StatusRequestTimeout, fmt.Sprintf("the body came too slowly: at least %d bytes a second are needed, and no stall of more than %v", in.o.MinRate, in.o.Grace)
		in.note(source.Warning, Slow, "%s sent a body too slowly and was cut off", sender(who))
	case errors.Is(err, errBody), errors.Is(err, errUnpacked):
		limit := in.o.MaxBody
		if errors.Is(err, errUnpacked) {
			limit = in.o.MaxUnpacked
		}
		status, text = http.StatusRequestEntityTooLarge, fmt.Sprintf("%v of %d bytes: send the records in several requests", err, limit)
		in.note(source.Warning, TooLarge, "%s sent too much in one request (%v): it should send smaller batches", sender(who), err)
	case errors.Is(err, errDamaged):
		status, text = http.StatusBadRequest, "the body is not compressed as its Content-Encoding says, or the compression is damaged: send it again"
		in.note(source.Warning, Rejected, "%s sent a body whose compression is damaged", sender(who))
	case errors.Is(err, errArchive):
		status, text = http.StatusUnsupportedMediaType, "archives are not taken here: send the files in them one by one, or put the archive into a watched folder"
	case errors.Is(err, errZstd):
		status, text = http.StatusUnsupportedMediaType, "the body is compressed with zstd and does not say so: add Content-Encoding: zstd"
	case errors.Is(err, errNested):
		status, text = http.StatusUnsupportedMediaType, "the body is compressed several times: compress it once"
	case errors.Is(err, errGone), errors.Is(err, context.Canceled):
		// Nobody listens, or somebody who closed only the way here.
		status, text = http.StatusBadRequest, "the body ended before its end: send it again"
	default:
		text = "the delivery failed: send it again"
	}
	refuse(w, status, text, d.kept())
}

// sender names who sends, as the configuration does.
func sender(who string) string {
	if who == "" {
		return "a sender"
	}
	return fmt.Sprintf("%q", who)
}

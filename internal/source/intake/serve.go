package intake

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/file"
)

// ServeHTTP takes a delivery and answers when it is durable.
func (in *Intake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who, status := in.o.Authorize(r)
	if status != 0 && status != http.StatusOK {
		in.unauthorized(w, status)
		return
	}
	route, err := in.o.Route(r)
	var no *Refusal
	switch {
	case errors.As(err, &no):
		refuse(w, no.Status, no.Text, nil)
		return
	case err != nil:
		refuse(w, http.StatusNotFound, "there is nothing at this path", nil)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "records are delivered with POST", nil)
		return
	}
	kind := r.Header.Get("Content-Type")
	encoding, ok := encodingOf(r.Header, kind)
	if !ok {
		w.Header().Set("Accept-Encoding", "gzip, zstd")
		refuse(w, http.StatusUnsupportedMediaType, "this Content-Encoding is not taken: send the body with gzip, with zstd or without, and compressed once", nil)
		return
	}
	if text := wrongType(kind); text != "" {
		refuse(w, http.StatusUnsupportedMediaType, text, nil)
		return
	}
	if r.ContentLength > in.o.MaxBody {
		in.fail(w, nil, who, errBody)
		return
	}
	d := &delivery{in: in, ctx: r.Context(), route: route, start: in.o.Now(), moved: make(chan struct{}, 1)}
	err = d.take(w, r, encoding)
	if err == nil || errors.Is(err, errDamaged) {
		// Of a damaged body, what came before the damage is kept.
		err = errors.Join(err, d.hand(), d.until(func() bool { return d.out == 0 }))
	}
	d.withdraw()
	if err != nil {
		in.fail(w, d, who, err)
		return
	}
	in.succeed(w, d, who)
}

// take reads a body and hands its records over.
func (d *delivery) take(w http.ResponseWriter, r *http.Request, encoding string) error {
	in := d.in
	body := newWire(w, r, &in.o)
	defer body.done()
	small := encoding == "" && r.ContentLength >= 0 && r.ContentLength <= smallBody
	cost := int64(streamCost)
	switch {
	case small:
		cost = r.ContentLength + 4096
	case encoding == "zstd":
		cost += zstdWindow
	}
	cost = min(cost, in.open.size)
	if err := in.open.take(d.ctx, cost); err != nil {
		return err
	}
	defer func() { in.open.leave(cost) }()
	if !small {
		return d.cut(body, body, encoding, false)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	if packing(text) != "" { // it may unpack to much
		more := min(streamCost, in.open.size-cost)
		if err := in.open.take(d.ctx, more); err != nil {
			return err
		}
		cost += more
		return d.cut(bytes.NewReader(text), body, "", false)
	}
	select {
	case in.cutting <- struct{}{}:
	case <-d.ctx.Done():
		return d.ctx.Err()
	}
	defer func() { <-in.cutting }()
	return d.cut(bytes.NewReader(text), body, encoding, true)
}

// cut makes records of a body.
func (d *delivery) cut(in io.Reader, body *wire, encoding string, small bool) error {
	ctx, cancel := context.WithCancel(d.ctx)
	defer cancel()
	plain, end, err := unpack(in, encoding)
	defer end()
	if body.fault != nil {
		return body.fault
	}
	if err != nil {
		return err
	}
	if d.route.Look != nil {
		head, _ := plain.Peek(512)
		if n := d.route.Look(head); n != nil {
			d.in.note(n.Level, n.Code, "%s", n.Text)
		}
	}
	var extra int64 // room for a value that is larger than a part
	defer func() { d.in.waiting.leave(extra) }()
	u := &unpacked{in: plain, wire: body, left: d.in.o.MaxUnpacked, grow: func(n int64) error {
		// The splitter holds a value twice while its buffer grows.
		need := min(2*(n-partBytes), d.in.waiting.size/2) - extra
		if small || need <= 0 {
			return nil
		}
		if err := d.in.waiting.take(d.ctx, need); err != nil {
			return err
		}
		extra += need
		return nil
	}}
	c := file.Container{Name: cmp.Or(d.route.File, "body"), Source: d.route.Source, Tenant: d.in.o.Tenant, Seen: d.start}
	problems, err := file.Cut(ctx, u, c, func(rec event.Record) error {
		if u.fault != nil && !errors.Is(u.fault, errDamaged) {
			return u.fault // what is cut off is no record: it comes again
		}
		u.read = 0
		if small { // so that the buffer it lies in can go
			rec.Raw, rec.Context = bytes.Clone(rec.Raw), bytes.Clone(rec.Context)
		}
		d.add(rec)
		if small || d.bytes < partBytes {
			return nil
		}
		d.in.waiting.leave(extra)
		extra = 0
		return d.hand()
	})
	if u.fault != nil {
		return u.fault
	}
	if err != nil {
		return err
	}
	for _, p := range problems {
		if p.Rejected {
			return &rejected{p.Reason}
		}
		d.answer.problem(p.Line, p.Reason)
	}
	return nil
}

// rejected says that a body holds nothing that can be read.
type rejected struct{ reason string }

func (r *rejected) Error() string { return r.reason }

// add counts a record.
func (d *delivery) add(rec event.Record) {
	d.records = append(d.records, rec)
	d.bytes += int64(len(rec.Raw)) + entryCost
	d.read++
	switch {
	case rec.Table == "":
		d.unparsed++
		d.answer.problem(rec.Line, rec.Problem)
	case d.route.Table != "" && rec.Table != d.route.Table:
		if d.answer.Elsewhere == nil {
			d.answer.Elsewhere = map[string]int{}
		}
		d.answer.Elsewhere[rec.Table]++
	}
}

// types are the media types whose bodies are looked at; what they hold is told
// by content.
var types = map[string]bool{"application/json": true, "application/x-ndjson": true, "application/ndjson": true, "application/jsonl": true,
	"application/x-jsonlines": true, "application/jsonlines": true, "application/json-lines": true, "application/octet-stream": true, "text/plain": true, "text/csv": true, "text/json": true,
	"application/csv": true, "application/gzip": true, "application/x-gzip": true, "application/zstd": true}

// wrongType says what is wrong with a Content-Type.
func wrongType(header string) string {
	if header == "" {
		return ""
	}
	const do = ": send JSON lines as application/x-ndjson, a JSON array or object as application/json, CSV as text/csv"
	kind, params, err := mime.ParseMediaType(header)
	switch {
	case err != nil && kind == "":
		return "the Content-Type cannot be read" + do
	case kind == "application/x-www-form-urlencoded":
		return "the body is declared to be a form, as curl does by default" + do + " (curl: add -H 'Content-Type: application/x-ndjson', and use --data-binary)"
	case strings.HasPrefix(kind, "multipart/"):
		return "the body is declared to be a form with files" + do + ", as the body itself (curl: use --data-binary @FILE instead of -F)"
	case !types[kind] && !strings.HasSuffix(kind, "+json"):
		return "this Content-Type is not taken" + do
	}
	switch strings.ToLower(params["charset"]) {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be":
		return ""
	}
	return "this charset is not taken: send UTF-8"
}

func (in *Intake) unauthorized(w http.ResponseWriter, status int) {
	in.note(source.Warning, Unauthorized, "a request without a valid credential was refused; if a forwarder should be let in, compare its token or certificate with the configuration")
	text := http.StatusText(status)
	switch status {
	case http.StatusUnauthorized:
		text = "a token is needed"
	case http.StatusForbidden:
		text = "this sender may not deliver here"
	}
	refuse(w, status, text, nil)
}

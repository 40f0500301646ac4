package blobsim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/appendblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"github.com/wholelog/wholelog/internal/sim"
)

// Options say what is written where.
type Options struct {
	Tenant    sim.LiveOptions
	From      time.Time // events before it are not written
	NoCluster bool      // leave out cluster requests: see sim.DeliveredEntra
	// Account is the account's address, such as http://127.0.0.1:10000/NAME;
	// ConnectionString opens it, and is a secret.
	Account          string
	ConnectionString string
	Tick             time.Duration                              // from one look for events to the next; 0: 5 seconds
	Retry            time.Duration                              // after an append that failed; 0: 5 seconds
	Notice           func(string)                               // told when appends begin to fail, and when they succeed again
	HTTP             policy.Transporter                         // nil: the network
	Now              func() time.Time                           // the tenant's clock; nil: the real one
	Sleep            func(context.Context, time.Duration) error // in real time; nil: so
}

// Writer appends to blobs.
type Writer struct {
	o       Options
	feed    *sim.Feed
	service *service.Client
	lengths map[string]int64 // of blobs, by container and name
}

// maxAppend is what an append may bring with every version of the service.
const maxAppend = 4 << 20

// New checks the options. It makes no request. Its errors hold nothing of the
// connection string.
func New(o Options) (*Writer, error) {
	if o.Tick <= 0 {
		o.Tick = 5 * time.Second
	}
	if o.Retry <= 0 {
		o.Retry = 5 * time.Second
	}
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	opt := &service.ClientOptions{}
	opt.Retry = policy.RetryOptions{MaxRetries: -1}
	opt.Transport = o.HTTP
	c, err := service.NewClientFromConnectionString(strings.TrimSpace(o.ConnectionString), opt)
	if err != nil {
		return nil, errors.New("simulated storage: the connection string cannot be read: copy it from the account's access keys")
	}
	is, err := url.Parse(c.URL())
	want, werr := url.Parse(o.Account)
	if err != nil || werr != nil || want.Host == "" || !strings.EqualFold(is.Scheme+is.Host, want.Scheme+want.Host) || strings.Trim(is.Path, "/") != strings.Trim(want.Path, "/") {
		return nil, errors.New("simulated storage: the connection string is not that of the account's address")
	}
	if ip := net.ParseIP(is.Hostname()); is.Scheme != "https" && is.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, errors.New("simulated storage: the account's address must be https")
	}
	due := sim.Delivered
	if o.NoCluster {
		due = sim.DeliveredEntra
	}
	return &Writer{o: o, feed: sim.NewFeed(o.Tenant, o.From, due), service: c, lengths: map[string]int64{}}, nil
}

// Run writes what is delivered until ctx ends, which is no error.
func (w *Writer) Run(ctx context.Context) error {
	for {
		more, err := w.Step(ctx)
		if err == nil && !more {
			err = w.o.Sleep(ctx, w.o.Tick)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
	}
}

// Step appends what is due, trying until it succeeds or ctx ends, and says
// whether there is more of the past.
func (w *Writer) Step(ctx context.Context) (more bool, err error) {
	events, more := w.feed.Next(w.o.Now())
	for _, p := range parts(events) {
		for failed := false; ; failed = true {
			err := w.append(ctx, p)
			if ctx.Err() != nil {
				return more, ctx.Err()
			}
			if err == nil && failed {
				w.o.Notice("the storage account takes records again")
			}
			if err == nil {
				break
			}
			if !failed {
				w.o.Notice(fmt.Sprintf("the storage account takes no records, it is tried again: %s", reason(err)))
			}
			if err := w.o.Sleep(ctx, w.o.Retry); err != nil {
				return more, err
			}
		}
	}
	return more, nil
}

// append adds a part to its blob, which it makes if it is not there.
func (w *Writer) append(ctx context.Context, p part) error {
	id := p.container + "/" + p.name
	c := w.service.NewContainerClient(p.container).NewAppendBlobClient(p.name)
	at, known := w.lengths[id]
	if !known {
		var err error
		if at, err = w.create(ctx, c, p.container); err != nil {
			return err
		}
		w.lengths[id] = at
	}
	_, err := c.AppendBlock(ctx, body{bytes.NewReader(p.lines)}, &appendblob.AppendBlockOptions{AppendPositionAccessConditions: &appendblob.AppendPositionAccessConditions{AppendPosition: to.Ptr(at)}})
	if bloberror.HasCode(err, bloberror.AppendPositionConditionNotMet) {
		// An append whose answer was lost, or somebody else's.
		got, perr := c.GetProperties(ctx, nil)
		if perr != nil {
			return perr
		}
		if w.lengths[id] = *got.ContentLength; *got.ContentLength != at+int64(len(p.lines)) {
			return err
		}
		return nil
	}
	if err == nil {
		w.lengths[id] = at + int64(len(p.lines))
	}
	return err
}

// create makes a blob and its container, and says how long a blob is that was
// there.
func (w *Writer) create(ctx context.Context, c *appendblob.Client, container string) (int64, error) {
	o := &appendblob.CreateOptions{HTTPHeaders: &blob.HTTPHeaders{BlobContentType: to.Ptr("application/octet-stream")},
		AccessConditions: &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: to.Ptr(azcore.ETagAny)}}}
	_, err := c.Create(ctx, o)
	if bloberror.HasCode(err, bloberror.ContainerNotFound) {
		if _, err = w.service.CreateContainer(ctx, container, nil); err == nil || bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
			_, err = c.Create(ctx, o)
		}
	}
	if bloberror.HasCode(err, bloberror.BlobAlreadyExists, bloberror.ConditionNotMet) {
		got, err := c.GetProperties(ctx, nil)
		if err != nil {
			return 0, err
		}
		return *got.ContentLength, nil
	}
	return 0, err
}

// reason is an error without the request's address, which may hold a signature.
func reason(err error) string {
	var r *azcore.ResponseError
	if errors.As(err, &r) {
		return fmt.Sprintf("%d %s", r.StatusCode, r.ErrorCode)
	}
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err.Error()
	}
	return "the request failed"
}

type body struct{ *bytes.Reader }

func (body) Close() error { return nil }

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
)

// containers lists those that the configuration names.
func (r *run) containers() ([]string, error) {
	if !strings.ContainsAny(strings.Join(r.s.o.Containers, ""), "*?[\\") {
		return r.s.o.Containers, nil
	}
	prefix := r.s.o.Containers[0]
	for _, c := range r.s.o.Containers {
		for !strings.HasPrefix(c, prefix) || strings.ContainsAny(prefix, "*?[\\") {
			prefix = prefix[:len(prefix)-1]
		}
	}
	var out []string
	opt := &service.ListContainersOptions{Prefix: &prefix}
	for {
		var page service.ListContainersResponse
		err := r.do("", func(ctx context.Context) (err error) {
			r.lists++
			page, err = r.s.service.NewListContainersPager(opt).NextPage(ctx)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, c := range page.ContainerItems {
			if c.Name == nil {
				continue
			}
			for _, glob := range r.s.o.Containers {
				if ok, _ := path.Match(glob, *c.Name); ok {
					out = append(out, *c.Name)
					break
				}
			}
		}
		if page.NextMarker == nil || *page.NextMarker == "" {
			return out, nil
		}
		opt.Marker = page.NextMarker
	}
}

// list gives the blobs whose names begin so, page by page, and the service's
// clock at the beginning of each page's answer. With a delimiter, names that
// have it behind the prefix are given as prefixes.
func (r *run) list(box, prefix, delimiter string, each func(items []*container.BlobItem, prefixes []string, date int64) error) error {
	var marker *string
	c := r.s.service.NewContainerClient(box)
	for {
		var items []*container.BlobItem
		var prefixes []string
		var next *string
		var date int64
		err := r.do(box, func(ctx context.Context) error {
			r.lists++
			if delimiter == "" {
				p, err := c.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &prefix, Marker: marker}).NextPage(ctx)
				if err != nil {
					return err
				}
				next, date = p.NextMarker, r.date(p.Date)
				if p.Segment != nil {
					items = p.Segment.BlobItems
				}
				return nil
			}
			p, err := c.NewListBlobsHierarchyPager(delimiter, &container.ListBlobsHierarchyOptions{Prefix: &prefix, Marker: marker}).NextPage(ctx)
			if err != nil {
				return err
			}
			next, date, prefixes = p.NextMarker, r.date(p.Date), nil
			if p.Segment != nil {
				items = p.Segment.BlobItems
				for _, b := range p.Segment.BlobPrefixes {
					if b.Name != nil {
						prefixes = append(prefixes, *b.Name)
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := each(items, prefixes, date); err != nil {
			return err
		}
		if next == nil || *next == "" {
			return nil
		}
		marker = next
	}
}

// date is the service's clock, ours if it does not say.
func (r *run) date(t *time.Time) int64 {
	if t == nil {
		return r.s.o.Now().Unix()
	}
	return t.Unix()
}

// part is a stretch of a blob.
type part struct {
	data  []byte
	total int64 // size of the blob
	mod   int64
	date  int64
	etag  azcore.ETag
	block bool // not an append blob
}

// fetch reads n bytes of a blob from an offset on, fewer at its end. With an
// etag it fails with errChanged if the blob is no longer that.
func (r *run) fetch(box, name string, from, n int64, etag azcore.ETag) (p part, err error) {
	c := r.s.service.NewContainerClient(box).NewBlobClient(name)
	opt := &blob.DownloadStreamOptions{Range: blob.HTTPRange{Offset: from, Count: n}}
	if etag != "" {
		opt.AccessConditions = &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfMatch: &etag}}
	}
	err = r.do(box, func(ctx context.Context) error {
		resp, err := c.DownloadStream(ctx, opt)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		first, total, ok := contentRange(resp.ContentRange)
		if !ok || first != from || resp.LastModified == nil || resp.ETag == nil {
			return errors.New("an answer of another range")
		}
		want := min(n, total-from)
		data := make([]byte, want)
		if _, err := io.ReadFull(resp.Body, data); err != nil {
			return fmt.Errorf("the answer broke off: %w", err)
		}
		p = part{data: data, total: total, mod: resp.LastModified.Unix(), date: r.date(resp.Date), etag: *resp.ETag}
		p.block = resp.BlobType == nil || *resp.BlobType != blob.BlobTypeAppendBlob
		return nil
	})
	return p, err
}

func contentRange(s *string) (from, total int64, ok bool) {
	if s == nil {
		return 0, 0, false
	}
	var to int64
	n, err := fmt.Sscanf(*s, "bytes %d-%d/%d", &from, &to, &total)
	return from, total, err == nil && n == 3 && from >= 0 && to >= from && total > to
}

package blob

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/wholelog/wholelog/internal/source"
)

// poll lists the hours that grow as a rule.
func (r *run) poll() error {
	if err := r.recent(lastFor); err != nil {
		return err
	}
	r.nextPoll = r.s.o.Now().Add(r.s.o.Poll)
	return r.flush()
}

// window lists the hours that grow now and then, looks at watched blobs that
// no listing shows, and settles what has become older.
func (r *run) window() error {
	clear(r.seen)
	if err := r.recent(r.s.o.Window); err != nil {
		return err
	}
	for _, u := range slices.Clone(r.st.Units) {
		for _, rest := range slices.Sorted(maps.Keys(u.Watched)) {
			e := u.Watched[rest]
			if r.seen[e] || r.barred(u.Box) {
				continue
			}
			if err := r.pass(u, r.take(u, item{rest: rest, size: e.Size, mod: e.Mod}, e)); err != nil {
				return err
			}
		}
	}
	r.st.settle(r.horizon(), r.s.o.Now(), r.s.o.Finish)
	now := r.s.o.Now()
	r.nextWide, r.nextPoll = now.Add(r.s.o.Late), now.Add(r.s.o.Poll)
	return r.flush()
}

// recent lists the days of the last hours, in all prefixes.
func (r *run) recent(back time.Duration) error {
	boxes, err := r.boxes()
	if err != nil {
		return err
	}
	for _, box := range boxes {
		if r.barred(box) {
			continue
		}
		if err := r.pass(&unit{Box: box}, r.discover(box)); err != nil {
			return err
		}
	}
	now := r.s.o.Now().UTC()
	from := time.Unix(max(now.Add(-back).Unix(), r.st.Horizon, r.st.Since), 0).UTC().Truncate(24 * time.Hour)
	for _, u := range slices.Clone(r.st.Units) {
		if u.Prefix == "" || !slices.Contains(boxes, u.Box) {
			continue
		}
		for day := from; !day.After(now.Add(time.Hour)); day = day.AddDate(0, 0, 1) {
			if r.barred(u.Box) {
				break
			}
			err := r.list(u.Box, u.Prefix+dayOf(day), "", func(list []*container.BlobItem, _ []string, date int64) error {
				for _, it := range r.items(u, list) {
					if !r.st.watches(u, it.rest) {
						continue
					}
					if err := r.look(u, it, date); err != nil {
						return err
					}
				}
				return nil
			})
			if err := r.pass(u, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// boxes are the containers to read now; none if they may not be listed.
func (r *run) boxes() ([]string, error) {
	if r.barred("") {
		return nil, nil
	}
	boxes, err := r.containers()
	return boxes, r.pass(&unit{}, err)
}

// barred reports whether a container is to be left alone for a while: it
// denied access lately, or was not there.
func (r *run) barred(box string) bool {
	now := r.s.o.Now()
	return now.Before(r.denied[box]) || now.Before(r.absent[box])
}

// pass notes what makes a container wait, and returns other errors.
func (r *run) pass(u *unit, err error) error {
	switch {
	case errors.Is(err, errDenied):
	case errors.Is(err, errRefused):
		r.note(source.Failure, Refused, "the storage account does not understand a request about container %s (400): check that the address is that of a Blob service, and look for a newer version of this program", u.Box)
	case errors.Is(err, errGone):
		r.note(source.Info, NoContainer, "there is no container %s: it is made when its first record comes, up to a day after its category is switched on", u.Box)
	default:
		return err
	}
	if errors.Is(err, errGone) {
		r.absent[u.Box] = r.s.o.Now().Add(r.s.o.Poll)
	} else {
		r.denied[u.Box] = r.s.o.Now().Add(r.s.o.Retry)
	}
	return r.flush()
}

// discover looks for the prefixes of a container, now and then.
func (r *run) discover(box string) error {
	now := r.s.o.Now()
	if now.Before(r.found[box].Add(news)) {
		return nil
	}
	see := func(list []*container.BlobItem, prefixes []string, _ int64) error {
		for _, b := range list {
			if b.Name != nil {
				prefix, _ := cutName(*b.Name)
				r.st.unit(box, prefix)
			}
		}
		for _, p := range prefixes {
			if !strings.HasSuffix(p, year) { // Azurite gives the delimiter's first character only
				p = strings.TrimSuffix(p, year[:1]) + year
			}
			r.st.unit(box, p)
		}
		return nil
	}
	err := r.list(box, r.s.o.Prefix, year, see)
	if errors.Is(err, errRefused) { // an account with folders takes no such delimiter
		err = r.list(box, r.s.o.Prefix, "", see)
		now = now.Add(time.Hour)
	}
	if err == nil {
		r.found[box] = now
	}
	return err
}

// items are the blobs of a listing that count. Folders have no bytes.
func (r *run) items(u *unit, list []*container.BlobItem) []item {
	var out []item
	for _, b := range list {
		p := b.Properties
		if b.Name == nil || p == nil || p.ContentLength == nil || *p.ContentLength <= 0 || p.LastModified == nil {
			continue
		}
		prefix, rest := cutName(*b.Name)
		if prefix != u.Prefix {
			continue
		}
		it := item{rest: rest, size: *p.ContentLength, mod: p.LastModified.Unix()}
		it.archived = p.AccessTier != nil && *p.AccessTier == blob.AccessTierArchive
		at := it.mod
		if t, ok := hourOf(rest); ok {
			at = t.Unix()
		}
		if at >= r.st.Since {
			out = append(out, it)
		}
	}
	return out
}

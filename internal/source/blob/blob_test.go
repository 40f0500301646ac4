package blob

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/blob/azuritetest"
	"github.com/wholelog/wholelog/internal/source/sourcetest"
)

// world is an account that Azure Monitor writes to while time passes.
type world struct {
	*account
	clock   *sourcetest.Clock
	writing sync.Mutex
	r       *rand.Rand
	queue   []sim.Event // to be written, by delivery
	written []sim.Event
	halves  map[string][]byte // rests of lines, by container and name
	blocks  map[string][]byte // block blobs, as they are
	tenant  string
	end     time.Time
	http    *http.Client
}

const cluster = "resourceId=/SUBSCRIPTIONS/0B1F6471-1BF0-4DDA-AEC3-CB9272F09590/RESOURCEGROUPS/RG%d/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/AKS-%d"

// newWorld makes a tenant of which some days are there already.
func newWorld(t testing.TB, seed uint64, faults bool) *world {
	now := time.Now().UTC().Truncate(time.Hour).Add(20 * time.Minute)
	clock := sourcetest.NewClock(now)
	w := &world{account: newAccount(t, clock.Now), clock: clock, r: rand.New(rand.NewPCG(seed, 8)), halves: map[string][]byte{}, blocks: map[string][]byte{}, end: now.Add(6 * time.Hour)}
	w.http = &http.Client{Transport: w.account}
	days := 5
	first := now.Truncate(24*time.Hour).AddDate(0, 0, -days)
	live := sim.NewLive(sim.LiveOptions{Users: 3, Seed: seed, Start: first})
	w.tenant = live.Tenant()
	for _, e := range live.Delivered(first, w.end) {
		switch e.Category {
		case "SignInLogs", "NonInteractiveUserSignInLogs", "AuditLogs", "RiskyUsers", "kube-audit", "kube-audit-admin":
			w.queue = append(w.queue, e)
		}
	}
	if faults {
		w.http.Transport = &faulty{next: w.account, r: rand.New(rand.NewPCG(seed, 9)), old: map[string][]byte{}}
	}
	w.write(now)
	w.aged()
	return w
}

// place is the blob that an event is written to: by when it arrives, or, now
// and then, by when it happened.
func (w *world) place(e *sim.Event) (box, name string) {
	h := fnv.New32a()
	_, _ = h.Write(e.Diagnostic())
	at, prefix := e.Delivered.UTC(), "tenantId="+w.tenant
	if h.Sum32()%16 == 0 {
		at = e.Time.UTC()
	}
	if strings.HasPrefix(e.Category, "kube") {
		prefix = fmt.Sprintf(cluster, h.Sum32()/16%2, h.Sum32()/16%2)
	}
	name = prefix + at.Format("/y=2006/m=01/d=02/h=15/m=00/") + "PT1H.json"
	if e.Category == "RiskyUsers" && h.Sum32()%3 == 0 {
		name = "export.json" // somebody else's
	}
	return "insights-logs-" + strings.ToLower(e.Category), name
}

// write writes what has been delivered by now.
func (w *world) write(now time.Time) {
	w.writing.Lock()
	defer w.writing.Unlock()
	type blobs struct{ box, name string }
	fresh := map[blobs][]byte{}
	var order []blobs
	for len(w.queue) > 0 && !w.queue[0].Delivered.After(now) {
		e := w.queue[0]
		w.queue = w.queue[1:]
		w.written = append(w.written, e)
		box, name := w.place(&e)
		b := blobs{box, name}
		if fresh[b] == nil {
			order = append(order, b)
		}
		fresh[b] = append(append(fresh[b], e.Diagnostic()...), "\r\n"...)
	}
	for key := range w.halves {
		box, name, _ := strings.Cut(key, "/")
		if b := (blobs{box, name}); fresh[b] == nil {
			order = append(order, b)
		}
	}
	slices.SortFunc(order, func(a, b blobs) int { return strings.Compare(a.box+a.name, b.box+b.name) })
	for _, b := range order {
		key := b.box + "/" + b.name
		data := append(w.halves[key], fresh[b]...)
		delete(w.halves, key)
		switch b.box {
		case "insights-logs-auditlogs": // the old layout: a document, written anew
			list := bytes.ReplaceAll(bytes.TrimSpace(data), []byte("\r\n"), []byte(","))
			if old := w.blocks[key]; old != nil {
				list = append(append(old[len(`{"records":[`):len(old)-2:len(old)-2], ','), list...)
			}
			w.blocks[key] = []byte(`{"records":[` + string(list) + `]}`)
			w.put(b.box, b.name, w.blocks[key])
			continue
		case "insights-logs-kube-audit-admin": // lines in a block blob
			w.blocks[key] = append(w.blocks[key], data...)
			w.put(b.box, b.name, w.blocks[key])
			continue
		}
		if now.Before(w.end) && len(data) > 20 && w.r.IntN(4) == 0 { // a half line, the rest follows
			cut := len(data) - 2 - w.r.IntN(min(len(data)-10, 400))
			w.halves[key], data = bytes.Clone(data[cut:]), data[:cut]
		}
		w.append(b.box, b.name, data)
	}
}

func (w *world) options() Options {
	return Options{Account: w.address, SharedKey: azuritetest.Key, Tenant: w.tenant, Poll: time.Hour, Full: time.Hour, Timeout: 20 * time.Second, PageBytes: 64 << 10, HTTP: w.http, Now: w.clock.Now,
		Jitter: func() float64 { return 0.5 },
		Sleep: func(ctx context.Context, d time.Duration) error {
			err := w.clock.Sleep(ctx, d)
			if err == nil {
				w.write(w.clock.Now())
			}
			return err
		}}
}

func (w *world) source() source.Source {
	s, err := New(w.options())
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) events() (out []sourcetest.Event) {
	w.writing.Lock()
	defer w.writing.Unlock()
	seen := map[string]bool{}
	for _, e := range w.written {
		rec := event.Record{Raw: e.Diagnostic(), Tenant: w.tenant}
		identify.Record(&rec)
		if key := rec.Table + " " + rec.ID; !seen[key] {
			seen[key] = true
			out = append(out, sourcetest.Event{Key: key, Table: rec.Table})
		}
	}
	return out
}

// TestConformance runs the suite on the real Azurite.
func TestConformance(t *testing.T) {
	sourcetest.Run(t, sourcetest.Harness{Seeds: 5, Patience: 2 * time.Minute, Start: func(t testing.TB, seed uint64, faults bool) sourcetest.World {
		w := newWorld(t, seed, faults)
		// The last change is found by the next full pass at the latest.
		over := w.end.Add(8 * time.Hour)
		return sourcetest.World{Source: w.source, Events: w.events, Tenant: w.tenant, Secrets: []string{azuritetest.Key}, Clock: w.clock,
			Over: func() bool { return w.clock.Now().After(over) }}
	}})
}

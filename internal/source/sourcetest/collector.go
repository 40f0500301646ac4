package sourcetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/source"
)

// cursorLimit is how large a cursor may be.
const cursorLimit = 64 << 10

var errYield = errors.New("the ledger's disk is full")

// collector stands for the real one: it keeps records and cursors as that
// does, and fails when it is told to.
type collector struct {
	t    testing.TB
	w    *World
	name string
	r    *rand.Rand

	mu       sync.Mutex
	contents map[event.Hash]bool // durable
	ids      map[string]bool
	keys     map[string]string // key to table
	cursor   source.Cursor     // kept last
	before   source.Cursor     // the one before it
	pages    int
	failing  float64 // share of pages at which something goes wrong
	failed   bool    // yield has returned an error in this run
	cancel   context.CancelFunc
	notices  []source.Notice
	claims   []source.Claim
}

func (c *collector) yield(p source.Page) (source.Taken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed {
		c.t.Error("yield is called again after it returned an error")
	}
	c.check(p)
	c.pages++
	fault := -1
	if c.r.Float64() < c.failing {
		fault = c.r.IntN(5)
	}
	if fault == 0 { // nothing became durable
		c.failed = true
		return source.Taken{}, errYield
	}
	taken := c.keep(p)
	if fault == 1 { // durable, but the cursor is not
		c.failed = true
		return source.Taken{}, errYield
	}
	if p.Next != nil && fault != 2 { // 2: the cursor gets lost
		c.before, c.cursor = c.cursor, bytes.Clone(p.Next)
	}
	if fault == 3 { // killed
		c.cancel()
	}
	if fault == 4 { // killed, and the disk had not written the cursor
		c.cursor = c.before
		c.cancel()
	}
	return taken, nil
}

func (c *collector) keep(p source.Page) (t source.Taken) {
	for _, r := range p.Records {
		t.Read++
		c.keys[c.w.key(r)] = r.Table
		id := r.Table + " " + r.ID
		switch {
		case c.contents[r.Content]:
			t.Duplicates++
		case r.Table == "":
			t.Unparsed++
		case c.ids[id]:
			t.Versions++
		default:
			t.Accepted++
		}
		c.contents[r.Content], c.ids[id] = true, true
	}
	c.notices = append(c.notices, p.Notices...)
	c.claims = append(c.claims, p.Claims...)
	return t
}

// check is what holds for every page.
func (c *collector) check(p source.Page) {
	t := c.t
	for i := range p.Records {
		r := &p.Records[i]
		if !strings.HasPrefix(r.Source, c.name) {
			t.Errorf("a record's source is %q, want it to begin with %q", r.Source, c.name)
		}
		if c.w.Tenant != "" && r.Tenant != c.w.Tenant {
			t.Errorf("a record's tenant is %q, want %q", r.Tenant, c.w.Tenant)
		}
		if len(r.Raw) == 0 || r.Seen.IsZero() || r.Content == (event.Hash{}) {
			t.Errorf("a record without bytes, content or the time it was seen: %+v", *r)
		}
		if r.Table == "" {
			if r.Problem == "" {
				t.Error("a record without a table does not say why")
			}
			continue
		}
		again := *r
		identify.Record(&again)
		if again.Table != r.Table || again.ID != r.ID || again.Content != r.Content || !again.Time.Equal(r.Time) {
			t.Errorf("a record is not as identify makes it: %s %s, identify says %s %s", r.Table, r.ID, again.Table, again.ID)
		}
	}
	if p.Next != nil {
		if !json.Valid(p.Next) {
			t.Errorf("a cursor is no JSON: %.100q", p.Next)
		}
		if len(p.Next) > cursorLimit {
			t.Errorf("a cursor has %d bytes, more than %d", len(p.Next), cursorLimit)
		}
		c.clean("cursor", string(p.Next))
	}
	for _, n := range p.Notices {
		if n.Level == "" || n.Code == "" || n.Text == "" {
			t.Errorf("a notice lacks something: %+v", n)
		}
		c.clean("notice", n.Code+" "+n.Text)
	}
	for _, cl := range p.Claims {
		known := map[source.ClaimKind]bool{source.Polled: true, source.Reread: true, source.Reswept: true, source.Missing: true}[cl.Kind]
		if !known || cl.Path != c.name || cl.Table == "" || !cl.From.Before(cl.To) || cl.New < 0 || cl.New > cl.Count || cl.Kind == source.Missing && cl.Reason == "" {
			t.Errorf("a claim cannot be: %+v", cl)
		}
		c.clean("claim", cl.Reason)
	}
}

func (c *collector) clean(what, text string) {
	for _, s := range c.w.Secrets {
		if strings.Contains(text, s) {
			c.t.Errorf("a secret stands in a %s", what)
		}
	}
}

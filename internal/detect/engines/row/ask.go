package row

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/query"
)

// Batch is how many users, networks or sessions one query asks for: few enough
// for a short query text, many enough that a run asks a handful of times.
const Batch = 200

// Ask runs a query for values in batches. In the text, $list stands for the
// batch. Each row is handed on with its reader.
func Ask(ctx context.Context, in detect.Input, text string, values []string, columns []string, each func(Reader, query.Row)) error {
	values = slices.Compact(slices.Sorted(slices.Values(values)))
	for part := range slices.Chunk(values, Batch) {
		t, err := in.Query(ctx, strings.ReplaceAll(text, "$list", rule.Literal(part)))
		if err != nil {
			return fmt.Errorf("history: %w", err)
		}
		r, err := Read(t, columns...)
		if err != nil {
			return fmt.Errorf("history: %w", err)
		}
		for _, row := range t.Rows {
			each(r, row)
		}
	}
	return nil
}

// Watchlist is the keys of a watchlist, in small letters; none if there is no
// such list.
func Watchlist(ctx context.Context, in detect.Input, name string) (List, error) {
	t, err := in.Query(ctx, "_GetWatchlist("+rule.Literal(name)+") | project SearchKey")
	if err != nil {
		return List{}, fmt.Errorf("watchlist %s: %w", name, err)
	}
	var keys []string
	for _, r := range t.Rows {
		keys = append(keys, t.Text(r, "SearchKey"))
	}
	return NewList(keys...), nil
}

// List is the keys of a watchlist: names, addresses or networks.
type List struct {
	names map[string]bool
	nets  []netip.Prefix
}

// NewList makes a list of keys.
func NewList(keys ...string) List {
	l := List{names: map[string]bool{}}
	for _, k := range keys {
		k = strings.ToLower(strings.TrimSpace(k))
		if p, err := netip.ParsePrefix(k); err == nil {
			l.nets = append(l.nets, p.Masked())
		} else if k != "" {
			l.names[k] = true
		}
	}
	return l
}

// Has says whether any of the values is a key, or an address in a network that
// is one.
func (l List) Has(values ...string) bool {
	for _, v := range values {
		if v != "" && l.names[strings.ToLower(v)] {
			return true
		}
		if a, err := netip.ParseAddr(v); err == nil && slices.ContainsFunc(l.nets, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) }) {
			return true
		}
	}
	return false
}

// Knobs reads values of knobs; a knob that the rule lacks has the default.
type Knobs map[string]any

// Int is a whole number.
func (k Knobs) Int(name string, other int64) int64 {
	if v, ok := k[name].(int64); ok {
		return v
	}
	return other
}

// Real is a number.
func (k Knobs) Real(name string, other float64) float64 {
	switch v := k[name].(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	}
	return other
}

// Span is a length of time.
func (k Knobs) Span(name string, other time.Duration) time.Duration {
	if v, ok := k[name].(rule.Duration); ok {
		return v.Std()
	}
	return other
}

// Bool is a switch.
func (k Knobs) Bool(name string, other bool) bool {
	if v, ok := k[name].(bool); ok {
		return v
	}
	return other
}

// List is texts.
func (k Knobs) List(name string) []string {
	v, _ := k[name].([]string)
	return v
}

package ruletest

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
)

//go:embed base/*.json
var files embed.FS

// key is a short name of an event and what it changes in the record.
type key struct {
	name string
	set  func(b *builder, v any) error
}

// base is a kind of record: its keys, in the order in which they are applied,
// and what to do before them and after.
type base struct {
	keys   []key
	before func(b *builder) error // ids and times
	after  func(b *builder) error
}

// bases are the kinds of records by name.
func bases() map[string]base {
	return map[string]base{
		"signin": signIns(), "noninteractive": signIns(), "sp-signin": services(), "mi-signin": services(),
		"audit": audits(), "risk-event": userRisks(), "risky-user": riskyUsers(), "sp-risk-event": serviceRisks(), "risky-sp": riskyServices(),
		"provisioning": provisionings(), "graph-activity": graphCalls(), "kube": kubeCalls(), "security-alert": securityAlerts(),
	}
}

// Bases lists the kinds of records with their keys, for documents.
func Bases() map[string][]string {
	out := map[string][]string{}
	for n, b := range bases() {
		for _, k := range b.keys {
			out[n] = append(out[n], k.name)
		}
	}
	return out
}

// common are the members of an event that are no key of its record.
var common = []string{"base", "at", "repeat", "every", "vary", "set", "raw"}

// builder is one record in the making.
type builder struct {
	rec   map[string]any
	n     int // of the record among those of its test, from 0
	at    time.Time
	given map[string]any
}

// props sets values below properties.
func (b *builder) props(pairs ...any) error { return b.putAll("properties.", pairs) }

// outer sets values of the envelope.
func (b *builder) outer(pairs ...any) error { return b.putAll("", pairs) }

func (b *builder) putAll(prefix string, pairs []any) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := put(b.rec, prefix+pairs[i].(string), pairs[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// id is one that no other record of the test has.
func (b *builder) id(kind string) string { return GUID(fmt.Sprintf("%s %d", kind, b.n)) }

// to makes a key that sets paths of the record to the value as it is.
func to(name string, paths ...string) key {
	return key{name, func(b *builder, v any) error {
		for _, p := range paths {
			if err := put(b.rec, p, v); err != nil {
				return err
			}
		}
		return nil
	}}
}

// toText is to with the value made text.
func toText(name string, paths ...string) key {
	k := to(name, paths...)
	return key{name, func(b *builder, v any) error { return k.set(b, text(v)) }}
}

// Records makes the records of a test's events. now is what their times are
// relative to.
func Records(events []rule.Event, now time.Time) ([]event.Record, error) {
	var out []event.Record
	all := bases()
	for i, e := range events {
		list, err := expand(all, e, now, len(out))
		if err != nil {
			return nil, fmt.Errorf("events[%d]: %w", i, err)
		}
		out = append(out, list...)
	}
	return out, nil
}

func expand(all map[string]base, e rule.Event, now time.Time, first int) ([]event.Record, error) {
	members := plain(map[string]any(e)).(map[string]any)
	at, every, repeat, err := timing(members, now)
	if err != nil {
		return nil, err
	}
	if raw, ok := members["raw"]; ok {
		b, err := marshal(raw)
		if err != nil {
			return nil, fmt.Errorf("raw: %w", err)
		}
		r, err := record(b, now)
		// Rules believe alerts only of ourselves; "own: true" makes a record one.
		if own, ok := members["own"].(bool); ok && own {
			r.Source = event.OwnPrefix + "test"
		} else if members["own"] != nil && !ok {
			return nil, errors.New("own: write true or false")
		}
		return []event.Record{r}, err
	}
	name, ok := members["base"].(string)
	kind, known := all[name]
	if !ok || !known {
		names := make([]string, 0, len(all))
		for n := range all {
			names = append(names, n)
		}
		sort.Strings(names)
		return nil, fmt.Errorf("base: %q: write one of %s", text(members["base"]), strings.Join(names, ", "))
	}
	for m := range members {
		if !slices.Contains(common, m) && !slices.ContainsFunc(kind.keys, func(k key) bool { return k.name == m }) {
			return nil, fmt.Errorf("%s has no key %q; it has %s, and set for everything else", name, m, strings.Join(Bases()[name], ", "))
		}
	}
	text, err := files.ReadFile(path.Join("base", name+".json"))
	if err != nil {
		return nil, err
	}
	var out []event.Record
	for i := range repeat {
		given, err := varied(members, kind, i)
		if err != nil {
			return nil, err
		}
		b := &builder{n: first + i, at: at.Add(time.Duration(i) * every), given: given}
		if err := json.Unmarshal(text, &b.rec); err != nil {
			return nil, fmt.Errorf("base %s: %w", name, err)
		}
		if err := b.fill(kind); err != nil {
			return nil, err
		}
		raw, err := marshal(b.rec)
		if err != nil {
			return nil, err
		}
		r, err := record(raw, now)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (b *builder) fill(kind base) error {
	if err := kind.before(b); err != nil {
		return err
	}
	for _, k := range kind.keys {
		if v, ok := b.given[k.name]; ok {
			if err := k.set(b, v); err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
		}
	}
	// What is set stands in properties, or in the envelope if it says so.
	set, _ := b.given["set"].(map[string]any)
	for _, p := range sorted(set) {
		at, outer := strings.CutPrefix(p, "envelope.")
		if _, has := b.rec["properties"]; has && !outer {
			at = "properties." + p
		}
		if err := put(b.rec, at, set[p]); err != nil {
			return fmt.Errorf("set: %w", err)
		}
	}
	if kind.after != nil {
		return kind.after(b)
	}
	return nil
}

// timing reads when an event happens and how often.
func timing(members map[string]any, now time.Time) (at time.Time, every time.Duration, repeat int, err error) {
	at, every, repeat = now.Add(-time.Minute), time.Second, 1
	if v, ok := members["at"]; ok {
		s := text(v)
		if d, err := rule.ParseDuration(strings.TrimPrefix(s, "+")); err == nil {
			at = now.Add(d.Std())
		} else if at, err = time.Parse(time.RFC3339, s); err != nil {
			return at, 0, 0, fmt.Errorf("at: %q: write -12m, -3d2h or 2026-06-17T11:00:00Z", s)
		}
	}
	if v, ok := members["every"]; ok {
		d, err := rule.ParseDuration(text(v))
		if err != nil {
			return at, 0, 0, fmt.Errorf("every: %w", err)
		}
		every = d.Std()
	}
	if v, ok := members["repeat"]; ok {
		if _, err := fmt.Sscan(text(v), &repeat); err != nil || repeat < 1 || repeat > 10_000 {
			return at, 0, 0, fmt.Errorf("repeat: %v: write a number from 1 to 10000", v)
		}
	}
	return at, every, repeat, nil
}

// varied gives the members of the i-th record: those of vary in turn, or {n} in
// a text made i+1.
func varied(members map[string]any, kind base, i int) (map[string]any, error) {
	out := make(map[string]any, len(members))
	for k, v := range members {
		out[k] = v
	}
	vary, ok := members["vary"]
	if !ok {
		return out, nil
	}
	m, ok := vary.(map[string]any)
	if !ok {
		return nil, errors.New("vary: write {key: [values]} or {key: \"text {n}\"}")
	}
	for k, v := range m {
		if !slices.ContainsFunc(kind.keys, func(x key) bool { return x.name == k }) {
			return nil, fmt.Errorf("vary: there is no key %q", k)
		}
		switch v := v.(type) {
		case []any:
			if len(v) == 0 {
				return nil, fmt.Errorf("vary: %s: an empty list", k)
			}
			out[k] = v[i%len(v)]
		case string:
			out[k] = strings.ReplaceAll(v, "{n}", fmt.Sprint(i+1))
		default:
			return nil, fmt.Errorf("vary: %s: write a list, or a text with {n}", k)
		}
	}
	return out, nil
}

// record identifies a native record.
func record(raw []byte, now time.Time) (event.Record, error) {
	r := event.Record{Raw: raw, Source: "test", Seen: now}
	identify.Record(&r)
	if r.Table == "" {
		return r, fmt.Errorf("the record has no table: %s", r.Problem)
	}
	return r, nil
}

package ingest

import (
	"bytes"
	"sort"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/store/duck"
)

// crowd is the number of traits of one Sum above which nothing is joined: so
// many records that agree in all that is compared cannot be told apart, and
// comparing each with each would let a hostile file take all time.
const crowd = 512

// Partners says which rows of the portal's audit CSV are versions of which
// events of other paths, by keys, among traits of one Sum. It depends on the
// set of traits alone, not on their order.
//
// A row and an event are joined where each has only the other: the event is
// the only one whose times agree with the row's, and no row of another
// identity agrees with it. What is ambiguous stays apart. That may show one
// event twice, the row saying that it is known by match, but it never puts
// one event's fields into another's and never makes one row of two events.
func Partners(traits []duck.Trait) map[event.Hash]event.Hash {
	if len(traits) > crowd {
		return nil
	}
	rows, events := byKey(traits, true), byKey(traits, false)
	out := map[event.Hash]event.Hash{}
	claims := map[event.Hash]int{}
	for _, r := range rows {
		var found []event.Hash
		for _, e := range events {
			if agree(r, e) {
				found = append(found, e[0].Key)
				claims[e[0].Key]++
			}
		}
		if len(found) == 1 {
			out[r[0].Key] = found[0]
		}
	}
	for row, e := range out {
		if claims[e] > 1 {
			delete(out, row)
		}
	}
	return out
}

// agree reports whether any versions of a row and an event state one time.
func agree(a, b []duck.Trait) bool {
	for _, x := range a {
		for _, y := range b {
			if x.Agree(y.Trait) {
				return true
			}
		}
	}
	return false
}

// byKey groups the traits of one kind of path by what they are of.
func byKey(traits []duck.Trait, csv bool) [][]duck.Trait {
	var list []duck.Trait
	for _, t := range traits {
		if t.CSV == csv {
			list = append(list, t)
		}
	}
	sort.Slice(list, func(i, j int) bool { return bytes.Compare(list[i].Key[:], list[j].Key[:]) < 0 })
	var out [][]duck.Trait
	for i, t := range list {
		if i == 0 || t.Key != list[i-1].Key {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], t)
	}
	return out
}

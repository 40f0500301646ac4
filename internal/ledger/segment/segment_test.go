package segment

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestItemsComeBackAsTheyWere(t *testing.T) {
	want := exampleItems()
	p, err := Pack(want, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ReadBlock(bytes.NewReader(p.Data.Append(nil)))
	if err != nil {
		t.Fatal(err)
	}
	d, err := ParseData(b.Payload)
	if err != nil {
		t.Fatal(err)
	}
	var got []Item
	if err := d.Decode(p.Side, func(it Item) error { got = append(got, it); return nil }); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	p.Side[SaltSize] ^= 1
	if err := d.Decode(p.Side, func(Item) error { return nil }); !errors.Is(err, ErrDamaged) {
		t.Errorf("a wrong leaf: %v", err)
	}
}

func TestHoursRoundDown(t *testing.T) {
	f := func(at string, want int64) {
		t.Helper()
		v, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := hour(v); got != want {
			t.Errorf("%s is in hour %d, want %d", at, got, want)
		}
	}
	f("1970-01-01T00:59:59Z", 0)
	f("1969-12-31T23:59:59Z", -1)
	f("1969-12-31T23:00:00Z", -1)
	f("1969-12-31T22:59:59Z", -2)
}

func TestUnwrittenSectors(t *testing.T) {
	f := func(off int64, rest string, want bool) {
		t.Helper()
		if got := Unwritten([]byte(rest), off); got != want {
			t.Errorf("%d bytes from %d on: %v", len(rest), off, got)
		}
	}
	zeros := string(make([]byte, 600))
	f(0, "abc", false)
	f(0, "abc"+zeros[:100], false) // no whole sector begins in it
	f(0, "abc"+zeros, true)
	f(510, "ab\x00", true)
	f(510, "abc", false)
}

// FuzzBlock: whatever the bytes, reading a block ends without a panic and takes
// no more than there is.
func FuzzBlock(f *testing.F) {
	f.Add(AppendBlock(nil, TypeHead, []byte(`{"version":1}`)))
	f.Fuzz(func(t *testing.T, b []byte) {
		blk, err := ReadBlock(bytes.NewReader(b))
		if err == nil && blk.Size > int64(len(b)) {
			t.Fatal("a block larger than its bytes")
		}
	})
}

// FuzzPayload: whatever the payload of a block, decoding it ends without a
// panic, and a data block gives as many items as it says.
func FuzzPayload(f *testing.F) {
	p, err := Pack(exampleItems(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(p.Data.Append(nil)[blockHead:])
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = ParseHead(b)
		_, _ = ParseFooter(b)
		d, err := ParseData(b)
		if err != nil {
			return
		}
		n := 0
		if err := d.Decode(nil, func(Item) error { n++; return nil }); err == nil && n != d.Items {
			t.Fatalf("%d items of %d", n, d.Items)
		}
	})
}

// FuzzItem: an item that is read is written as the same bytes: one item has
// one encoding, so no two byte strings have one meaning and two leaves.
func FuzzItem(f *testing.F) {
	for _, it := range exampleItems() {
		header, raw, context, err := it.parts(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(appendItem(nil, header, raw, context))
	}
	f.Add(appendErased(nil, 7))
	f.Fuzz(func(t *testing.T, b []byte) {
		it, _, _, size, err := nextItem(b)
		if err != nil {
			return
		}
		var again []byte
		if it.Erased {
			again = appendErased(nil, it.Position)
		} else {
			header, raw, context, err := it.parts(nil)
			if err != nil {
				t.Fatal(err)
			}
			if it.Kind == KindReceipts { // groups may be split otherwise: the meaning counts
				back, err := readReceipts(raw)
				if err != nil || cmp.Diff(it.Receipts, back) != "" && sorted(it) {
					t.Fatalf("receipts change when written: %v", err)
				}
				return
			}
			again = appendItem(nil, header, raw, context)
		}
		if !bytes.Equal(again, b[:size]) {
			t.Fatalf("%x is written as %x", b[:size], again)
		}
	})
}

func sorted(it Item) bool {
	return cmp.Equal(it.Receipts, mustRead(appendReceipts(nil, it.Receipts)))
}

func mustRead(b []byte) any { r, _ := readReceipts(b); return r }

// FuzzFooter: a sealed file's footer is found or refused, never a panic, and
// no read goes beyond the file.
func FuzzFooter(f *testing.F) {
	good := AppendBlock(nil, TypeFooter, []byte(`{"version":1}`))
	f.Add(AppendTrailer(good, len(good)))
	f.Fuzz(func(t *testing.T, b []byte) {
		blk, err := ReadFooterBlock(bytes.NewReader(b), int64(len(b)))
		if err == nil && blk.Type != TypeFooter {
			t.Fatal("a footer that is none")
		}
		if _, _, err := SkipBlock(bytes.NewReader(b), 0); err == nil && len(b) < blockHead {
			t.Fatal("a block in too few bytes")
		}
		_, _, _ = PeekData(bytes.NewReader(b), 0)
	})
}

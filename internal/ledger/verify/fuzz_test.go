package verify

import (
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// FuzzSegmentFile: whatever lies in a segment's file and its side file, the
// verifier ends without a panic, and bytes that nothing signs are no sealed
// segment.
func FuzzSegmentFile(f *testing.F) {
	f.Add([]byte("WLBH\x00\x00\x00\x00"), make([]byte, sideSize), true)
	f.Fuzz(func(t *testing.T, file, side []byte, open bool) {
		r := &Report{}
		task := &task{stream: "s", sequence: 1, open: open}
		blocks, _, _ := r.split(task, file, func(Kind, uint64, string, ...any) {})
		for _, d := range blocks {
			if len(side)/sideSize >= d.items {
				d.check(side[:d.items*sideSize])
			}
		}
	})
}

// FuzzData: the payload of a data block, with any side file, is checked
// without a panic, and none matches leaves that nobody computed.
func FuzzData(f *testing.F) {
	f.Add(make([]byte, dataHead+10), make([]byte, 3*sideSize))
	f.Fuzz(func(t *testing.T, payload, side []byte) {
		d, err := parseData(block{typ: 'D', payload: payload, sound: true})
		if err != nil || len(side)/sideSize < d.items {
			return
		}
		d.check(side[:d.items*sideSize])
		if !d.bad && len(d.leaves) != d.items {
			t.Fatal("items are missing and nothing was found")
		}
	})
}

// FuzzEntry: an entry is read or refused, never a panic.
func FuzzEntry(f *testing.F) {
	f.Add([]byte("wholelog entry 1 deletion\nstream s\nsequence 1\nstate erased\nerased 1-3\ntime 2026-11-01T00:00:00Z\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := parseEntry(b); err == nil && e.kind == "" {
			t.Fatal("an entry without a kind")
		}
		if _, _, _, ok := parseTile(string(b)); ok && len(b) < 5 {
			t.Fatal("a tile of so short a name")
		}
	})
}

// FuzzCheckpoint: no text that the key has not signed is taken.
func FuzzCheckpoint(f *testing.F) {
	const key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
	v, err := note.NewVerifier(key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("PeterNeumann\n1\nKZ7HG6I3IDbyvCFOfh9qxOoJDLxHabFADT3C6mUgDFM=\n\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := parseCheckpoint(b, v); err == nil {
			t.Fatalf("taken: %q", b)
		}
	})
}

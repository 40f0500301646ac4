package api

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/ledger"
)

// TestProofsHold asks for the proof of every record of a ledger of several
// sealed segments in two streams, and checks it with another's code.
func TestProofsHold(t *testing.T) {
	ctx := context.Background()
	k := newKit(t, nil)
	l, err := ledger.Open(ctx, ledger.Options{Dir: ingest.LedgerDir(k.opt.Data), Key: filepath.Join(k.opt.Data, "key"), SegmentBytes: 200})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	for i := range 7 {
		var b ledger.Batch
		for n := range 2*i + 1 {
			b.Records = append(b.Records, event.Record{Table: "SigninLogs", ID: fmt.Sprint(i, "-", n), IDKind: event.IDNative, Time: at, Seen: at, Tenant: fmt.Sprint("t", n%2),
				Source: "file:x", Format: event.FormatDiagnostic, Raw: []byte(fmt.Sprintf(`{"i":%d,"n":%d,"text":"%060d"}`, i, n, n))})
		}
		if _, err := l.Append(ctx, b); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Commit(ctx); err != nil {
			t.Fatal(err)
		}
	}
	proofs, largest := 0, 0
	for p := event.Position(1); p <= l.Last(); p++ {
		got, err := k.proofOf(p)
		if err != nil {
			t.Fatalf("position %d: %v", p, err)
		}
		if got == nil {
			continue // its segment is open
		}
		proofs++
		largest = max(largest, got.Size)
		if err := tlog.CheckRecord(proofPath(t, got.Path), int64(got.Size), hash(t, got.Root), int64(got.Index), hash(t, got.Leaf)); err != nil {
			t.Errorf("position %d, item %d of %d in its segment: %v", p, got.Index, got.Size, err)
		}
		lines := strings.Split(got.Checkpoint, "\n")
		root, err := base64.StdEncoding.DecodeString(lines[2])
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckRecord(proofPath(t, got.LogPath), int64(got.LogSize), tlog.Hash(root), int64(got.EntryIndex), tlog.RecordHash([]byte(got.Entry))); err != nil {
			t.Errorf("position %d, entry %d of %d: %v", p, got.EntryIndex, got.LogSize, err)
		}
		if !strings.Contains(got.Entry, "root "+got.Root+"\n") {
			t.Errorf("position %d: the entry names another root: %s", p, got.Entry)
		}
	}
	if proofs < 20 || largest < 3 {
		t.Errorf("%d proofs, the largest segment has %d items: too few to tell anything", proofs, largest)
	}
}

func hash(t *testing.T, text string) tlog.Hash {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != tlog.HashSize {
		t.Fatalf("%q is no hash: %v", text, err)
	}
	return tlog.Hash(b)
}

func proofPath(t *testing.T, list []string) tlog.RecordProof {
	t.Helper()
	var out tlog.RecordProof
	for _, h := range list {
		out = append(out, hash(t, h))
	}
	return out
}

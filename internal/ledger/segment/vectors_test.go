package segment

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger/entry"
)

var update = flag.Bool("update", false, "write the vectors into the document")

func exampleItems() []Item {
	at := time.Date(2026, 7, 1, 8, 30, 0, 533926200, time.UTC)
	return []Item{
		{Kind: KindRecord, Position: 1, Record: &event.Record{Table: "SigninLogs", ID: "66ea54eb", IDKind: event.IDNative, Time: at, Seen: at.Add(time.Minute),
			Tenant: "tenant", Source: "file:a.json", Format: event.FormatDiagnostic, Raw: []byte(`{"id":"66ea54eb"}`), Line: 3, Content: event.Hash{1, 2, 3}}},
		{Kind: KindRecord, Position: 300, Record: &event.Record{Table: "AuditLogs", ID: "x", IDKind: event.IDMatch, Time: at, TimeOf: event.TimeEnvelope, Seen: at,
			Source: "file:b.csv", Format: event.FormatPortalCSV, Raw: []byte("1,2"), Context: []byte("a,b")}},
		{Kind: KindReceipts, Position: 301, Receipts: []event.Receipt{
			{Table: "SigninLogs", Of: 1, Time: at.Truncate(time.Hour), Seen: at, Source: "file:c.json", Count: 2},
			{Table: "SigninLogs", Of: 130, Time: at.Truncate(time.Hour), Seen: at, Source: "file:c.json", Count: 1}}},
		{Kind: KindNote, Position: 302, Note: &Note{Kind: "import", Time: at, Text: []byte(`{"read":1}`)}},
	}
}

// vectors are what another implementation can be checked with.
func vectors(t *testing.T) []byte {
	var b bytes.Buffer
	stream := StreamID("tenant", "default")
	fmt.Fprintf(&b, "stream of \"tenant\", \"default\": %s\n", stream)
	chain := ChainStart(stream, 1, Hash{})
	fmt.Fprintf(&b, "chain of no items, sequence 1: %s\n", chain)
	var tree Tree
	var payload []byte
	for i, it := range exampleItems() {
		salt := bytes.Repeat([]byte{byte(0x10 + i)}, SaltSize)
		header, raw, context, err := it.parts(nil)
		if err != nil {
			t.Fatal(err)
		}
		l := leaf(nil, salt, header, raw)
		chain = ChainNext(chain, l)
		tree.Add(l)
		payload = appendItem(payload, header, raw, context)
		fmt.Fprintf(&b, "\nitem %d\n  salt   %x\n  header %x\n  raw    %x\n", i, salt, header, raw)
		if context != nil {
			fmt.Fprintf(&b, "  context %x\n", context)
		}
		fmt.Fprintf(&b, "  leaf   %s\n  chain  %s\n  root   %s\n", l, chain, tree.Root())
	}
	payload = appendErased(payload, 303)
	fmt.Fprintf(&b, "\nthe four items and an erased one at position 303, as a block holds them before zstd:\n%s\n", hex.EncodeToString(payload))
	fmt.Fprintf(&b, "\nhead block with the payload {\"version\":1}: %x\n", AppendBlock(nil, TypeHead, []byte(`{"version":1}`)))
	fmt.Fprintf(&b, "trailer after a footer block of 1000 bytes: %x\n\n", AppendTrailer(nil, 1000))
	e := entry.Entry{Kind: entry.Tail, Stream: stream, Sequence: 1, Previous: Hash{}.String(), Items: 4, Chain: chain.String(), First: 1, Last: 302}
	b.Write(e.Marshal())
	return b.Bytes()
}

func TestVectorsInTheDocumentAreWhatTheCodeGives(t *testing.T) {
	const name = "../../../docs/ledger-format.md"
	doc, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```vectors\n(.*?)```\n")
	m := block.FindSubmatchIndex(doc)
	if m == nil {
		t.Fatal("the document has no vectors")
	}
	want := vectors(t)
	if *update {
		doc = append(append(append([]byte(nil), doc[:m[2]]...), want...), doc[m[3]:]...)
		if err := os.WriteFile(name, doc, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(string(want), string(doc[m[2]:m[3]])); d != "" {
		t.Errorf("the document is not what the code does: %s", d)
	}
}

package eventhub

import (
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/wholelog/wholelog/internal/source"
)

// TestMessages puts one message of each kind and compares the records.
func TestMessages(t *testing.T) {
	f := func(name string, value []byte, notice string, want ...string) {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, 1)
			h.put(0, value)
			h.put(0, message(signIn(59)))
			o := h.options()
			o.Tenant = "t"
			pages := read(t, newSource(t, o), nil, func(p []source.Page) bool { return strings.HasSuffix(ids(records(p)), "s59") })
			var got []string
			for _, r := range records(pages) {
				what := r.Table + " " + r.ID
				if r.Table == "" {
					what = "unparsed " + string(r.Raw)
				}
				got = append(got, what)
			}
			want = append(want, "SigninLogs s59")
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%q, want %q", got, want)
			}
			if (notice != "") != (len(notices(pages)) > 0) || notice != "" && find(pages, notice) == "" {
				t.Errorf("notices %v, want %q", notices(pages), notice)
			}
		})
	}
	one, two := signIn(1), signIn(2)
	f("batch", message(one, two), "", "SigninLogs s1", "SigninLogs s2")
	f("indented", []byte("{\r\n  \"records\": [\r\n    "+one+",\r\n    "+two+"\r\n  ]\r\n}"), "", "SigninLogs s1", "SigninLogs s2")
	f("bare", []byte(one), "", "SigninLogs s1")
	f("lines", []byte(one+"\n"+two+"\n"), "", "SigninLogs s1", "SigninLogs s2")
	f("gzip", zipped(message(one, two)), "", "SigninLogs s1", "SigninLogs s2")
	f("no records", []byte(`{"records":[]}`), "")
	f("null", nil, Empty)
	f("blank", []byte(" \r\n"), Empty)
	f("text", []byte("hello"), Damaged, "unparsed hello")
	f("bytes", []byte("\x00\x01\x02\xff"), Damaged, "unparsed \x00\x01\x02\xff")
	f("bad record", []byte(`{"records":[`+one+`,{"a":},`+two+`]}`), "", "SigninLogs s1", `unparsed {"a":}`, "SigninLogs s2")
	f("cut off", []byte(`{"records":[`+one+`,{"a":`), Damaged, "SigninLogs s1", `unparsed {"a":`)
	broken := zipped(message(one))
	f("gzip cut off", broken[:len(broken)-9], Damaged, "SigninLogs s1", "unparsed "+string(broken[:len(broken)-9]))
	f("labels of a simulation", []byte(`{"label":"wholelog-label/1","id":"x"}`), Damaged, `unparsed {"label":"wholelog-label/1","id":"x"}`)
}

// TestLargeMessage reads a message that unpacks to many pages: no page is
// larger than it may be, and the cursor moves only behind the message.
func TestLargeMessage(t *testing.T) {
	h := newHub(t, 1)
	h.put(0, message(signIn(0)))
	var all []string
	for i := range 5000 {
		all = append(all, signIn(100+i))
	}
	h.put(0, zipped(message(all...)))
	o := h.options()
	o.PageRecords, o.PageBytes = 700, 100_000
	pages := read(t, newSource(t, o), nil, count(5001))
	before := string(pages[1].Next)
	for i, p := range pages {
		size := 0
		for _, r := range p.Records {
			size += len(r.Raw)
		}
		if len(p.Records) > 700 || size > 110_000 {
			t.Errorf("a page has %d records of %d bytes", len(p.Records), size)
		}
		st, err := load(p.Next)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(records(pages[:i+1])); n > 1 && n < 5001 && st.Parts[0].next > 1 {
			t.Errorf("the cursor is %s after %d records", p.Next, n)
		}
	}
	if len(pages) < 20 || string(last(pages)) == before {
		t.Errorf("%d pages", len(pages))
	}
}

// pack makes a record batch of Kafka with one byte of content that no codec
// unpacks.
func pack(first int64, messages int32, attributes int16) []byte {
	b := kmsg.NewRecordBatch()
	b.FirstOffset, b.Magic, b.Attributes, b.LastOffsetDelta, b.NumRecords, b.Records = first, 2, attributes, messages-1, messages, []byte{0x99}
	b.FirstTimestamp, b.MaxTimestamp = time.Now().UnixMilli(), time.Now().UnixMilli()
	out := b.AppendTo(nil)
	b.Length = int32(len(out) - 12)
	out = b.AppendTo(nil)
	b.CRC = int32(crc32.Checksum(out[21:], castagnoli))
	return b.AppendTo(nil)
}

// TestPoison has a batch in the hub that cannot be unpacked: it is kept as it
// is, and what comes behind it is read. One that is damaged on its way is
// fetched again until it is whole.
func TestPoison(t *testing.T) {
	h := newHub(t, 1)
	fill(h, 0, 0, 9)
	bad := pack(3, 4, 1) // gzip
	torn := append([]byte(nil), bad...)
	torn[25]++ // the offset of its last message
	tries := 0
	h.c.ControlKey(int16(kmsg.Fetch), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		h.c.KeepControl()
		req := kreq.(*kmsg.FetchRequest)
		if at := req.Topics[0].Partitions[0].FetchOffset; at != 3 {
			if at < 3 {
				req.Topics[0].Partitions[0].PartitionMaxBytes = 1 // a batch at a time
			}
			return nil, nil, false
		}
		resp := req.ResponseKind().(*kmsg.FetchResponse)
		rt := kmsg.NewFetchResponseTopic()
		rt.Topic = hubName
		rp := kmsg.NewFetchResponseTopicPartition()
		rp.HighWatermark = 9
		if rp.RecordBatches = bad; tries < 5 {
			rp.RecordBatches = torn
		}
		tries++
		rt.Partitions = append(rt.Partitions, rp)
		resp.Topics = append(resp.Topics, rt)
		return resp, nil, true
	})
	pages := read(t, newSource(t, h.options()), nil, count(6))
	got := records(pages)
	if ids(got) != "s0 s1 s2  s7 s8" || string(got[3].Raw) != string(bad) || got[3].Table != "" {
		t.Errorf("%q %q", ids(got), got[3].Raw)
	}
	if text := find(pages, DamagedBatch); !strings.Contains(text, "again and again") {
		t.Error(text)
	}
	said := false
	for _, n := range notices(pages) {
		said = said || strings.Contains(n.Text, "from offset 3 to 6")
	}
	if !said || tries < 5+sayAfter || find(pages, OffsetGap) != "" {
		t.Errorf("%d tries, %v", tries, notices(pages))
	}
}

// TestCodecs reads batches that a producer has compressed, also if together
// they unpack to more than is held at a time.
func TestCodecs(t *testing.T) {
	h := newHub(t, 1)
	var want []string
	pad := strings.Repeat(" ", 300_000)
	for _, codec := range []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()} {
		p, err := kgo.NewClient(kgo.SeedBrokers(h.c.ListenAddrs()...), kgo.DefaultProduceTopic(hubName), kgo.ProducerBatchCompression(codec))
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			i := len(want)
			want = append(want, fmt.Sprintf("s%d", i))
			if err := p.ProduceSync(t.Context(), &kgo.Record{Value: append(message(signIn(i)), pad...)}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		p.Close()
	}
	for _, most := range []int{400_000, 64 << 20} {
		o := h.options()
		o.MaxBatch = most
		pages := read(t, newSource(t, o), nil, count(len(want)))
		if got := ids(records(pages)); got != strings.Join(want, " ") || len(notices(pages)) > 0 {
			t.Errorf("%d: %s, %v", most, got, notices(pages))
		}
	}
	// One batch larger than allowed is kept as it is.
	o := h.options()
	o.MaxBatch = 200_000
	pages := read(t, newSource(t, o), nil, count(len(want)))
	if text := find(pages, TooLarge) + find(pages, DamagedBatch); !strings.Contains(text, "limit") || find(pages, OffsetGap) != "" {
		t.Errorf("%v", notices(pages))
	}
}

// TestNoTimestamps reads messages that do not say when they were put into the
// hub: that is no sign of another hub.
func TestNoTimestamps(t *testing.T) {
	h := newHub(t, 1, kfake.MaxVersions(older()))
	h.put(0, nil)
	p, err := kgo.NewClient(kgo.SeedBrokers(h.c.ListenAddrs()...), kgo.DefaultProduceTopic(hubName))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.ProduceSync(t.Context(), &kgo.Record{Value: message(signIn(0)), Timestamp: time.UnixMilli(-1)}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	s := newSource(t, h.options())
	cursor := last(read(t, s, nil, count(1)))
	fill(h, 0, 1, 2)
	pages := read(t, s, cursor, count(1))
	if got := ids(records(pages)); got != "s1" || len(notices(pages)) > 0 {
		t.Errorf("%s, %v", got, notices(pages))
	}
}

// TestUnpacker stops before a batch that would be one too many.
func TestUnpacker(t *testing.T) {
	u := &unpacker{inner: kgo.DefaultDecompressor(), left: 10}
	f := func(codec kgo.CompressionCodecType, src []byte, size int, want error) {
		t.Helper()
		if out, err := u.Decompress(src, codec); len(out) != size || err != want {
			t.Errorf("%d bytes, %v; want %d, %v", len(out), err, size, want)
		}
	}
	nine, six := zipped(make([]byte, 9)), zipped(make([]byte, 6))
	f(kgo.CodecGzip, nine, 9, nil)
	f(kgo.CodecGzip, six, 6, nil)
	f(kgo.CodecGzip, six, 0, errFull)
	f(kgo.CodecNone, []byte("plain"), 5, nil)
}

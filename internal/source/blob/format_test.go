package blob

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	"github.com/wholelog/wholelog/internal/source"
)

func document(ids ...string) string {
	var parts []string
	for _, id := range ids {
		parts = append(parts, strings.TrimSpace(line(id)))
	}
	return `{"records":[` + strings.Join(parts, ",") + `]}`
}

func packedGzip(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text)) // to memory
	_ = w.Close()
	return b.Bytes()
}

func TestFormats(t *testing.T) {
	d := newDesk(t)
	d.o.Window = 3 * time.Hour
	d.o.PageBytes = 512 // so that everything has several stretches
	n := 0
	f := func(what string, data []byte, want ...string) {
		t.Helper()
		n++
		name := fmt.Sprintf("tenantId=t%d", n) + d.base.Format("/y=2006/m=01/d=02/h=15/m=00/") + "PT1H.json"
		d.put(box, name, data)
		got := d.read(3 * time.Hour)
		slices.Sort(want)
		d.want(what, got, want...)
		d.want(what+", again", d.read(9*time.Hour))
		d.delete(box, name)
	}
	f("lines", []byte(line("a")+line("b")+line("c")+line("d")+line("e")), "a", "b", "c", "d", "e")
	f("a mark and lines", []byte("\ufeff"+line("a")+line("b")), "a", "b")
	f("a document", []byte(document("a", "b", "c", "d", "e")), "a", "b", "c", "d", "e")
	f("documents, one a line", []byte(document("a", "b")+"\r\n"+document("c", "d", "e", "f")+"\r\n"), "a", "b", "c", "d", "e", "f")
	f("a document over lines", []byte("{\n \"records\": [\n"+strings.TrimSpace(line("a"))+",\n"+strings.TrimSpace(line("b"))+"\n]\n}\n"), "a", "b")
	f("gzip", packedGzip(line("a")+line("b")), "a", "b")
	f("lines that are none", []byte("plain text\r\nmore of it\r\n"), "?more of it", "?plain text")
	f("a damaged line", []byte(line("a")+"{\"time\":\r\n"+line("b")), `?{"time":`, "a", "b")
	f("nothing", nil)
	f("blank", []byte("\r\n\r\n"))
	f("bytes", []byte{0, 1, 2, 3}, "?"+string([]byte{0, 1, 2, 3}))
	long := strings.Repeat("x", 5000)
	f("a line longer than a page", []byte(line(long)+line("b")), "b", long)
	if len(d.claims) > 0 {
		t.Errorf("claims %+v", d.claims)
	}
}

func TestADocumentThatIsWrittenAnew(t *testing.T) {
	d := newDesk(t)
	d.put(box, d.name(time.Hour), []byte(document("a", "b")))
	d.want("first", d.read(3*time.Hour), "a", "b")
	d.put(box, d.name(time.Hour), []byte(document("a", "b", "c")))
	d.want("then", d.read(3*time.Hour), "a", "b", "c")
	d.put(box, d.name(time.Hour), []byte(document("a", "b", "c")[:300]))
	d.want("one that is not closed waits", d.read(2*time.Hour))
	d.put(box, d.name(time.Hour), []byte(document("a", "b", "c", "d")))
	d.want("and is closed", d.read(2*time.Hour), "a", "b", "c", "d")
	d.want("what was said", d.codes(), Shrunk)
}

// TestABlobThatSaysItIsPacked is one with a content encoding, which an HTTP
// client would undo.
func TestABlobThatSaysItIsPacked(t *testing.T) {
	d := newDesk(t)
	d.o.PageBytes = 100
	encoding := "gzip"
	d.upload(box, d.name(time.Hour), packedGzip(line("a")+line("b")), &blockblob.UploadOptions{HTTPHeaders: &blob.HTTPHeaders{BlobContentEncoding: &encoding}})
	d.want("records", d.read(3*time.Hour), "a", "b")
}

func TestALineLongerThanARecord(t *testing.T) {
	d := newDesk(t)
	d.append(box, d.name(time.Hour), bytes.Repeat([]byte("x"), lineMost+1000))
	d.append(box, d.name(time.Hour), []byte("\r\n"+line("a")))
	got := d.read(3 * time.Hour)
	if !slices.Contains(got, "a") || len(got) < 2 || !slices.Contains(d.codes(), LongLine) {
		t.Errorf("%d records, notices %v", len(got), d.notices)
	}
}

// TestArchivedBlobsAreStatedAsMissing plays the archive tier, which Azurite
// lists and lets be read all the same.
func TestArchivedBlobsAreStatedAsMissing(t *testing.T) {
	d := newDesk(t)
	old := d.name(300 * day)
	d.put(box, old, []byte(line("a")))
	d.append(box, d.name(299*day), []byte(line("b")))
	next := d.o.HTTP.Transport
	d.o.HTTP = &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, old) {
			return reply(r, http.StatusConflict, "BlobArchived"), nil
		}
		return next.RoundTrip(r)
	})}
	d.want("what can be read", d.read(3*time.Hour), "b")
	d.want("notices", d.codes(), Archived)
	if len(d.claims) != 1 || d.claims[0].Kind != source.Missing || !d.claims[0].From.Equal(d.base.Add(-300*day).Truncate(time.Hour)) {
		t.Errorf("claims %+v", d.claims)
	}
	d.want("once", d.read(2*day))
	if len(d.claims) != 1 {
		t.Errorf("%d claims", len(d.claims))
	}
}

// TestAnAccountWithFolders plays one that takes no delimiter but "/".
func TestAnAccountWithFolders(t *testing.T) {
	d := newDesk(t)
	next := d.o.HTTP.Transport
	d.o.HTTP = &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Query().Get("delimiter") == year {
			return reply(r, http.StatusBadRequest, "InvalidQueryParameterValue"), nil
		}
		return next.RoundTrip(r)
	})}
	d.append(box, d.name(time.Hour), []byte(line("a")))
	d.append(box, d.name(50*day), []byte(line("b")))
	d.append(box, "odd.json", []byte(line("c")))
	d.want("all", d.read(3*time.Hour), "a", "b", "c")
	d.append(box, d.name(time.Hour), []byte(line("d")))
	d.append(box, "odd.json", []byte(line("e")))
	d.want("all", d.read(3*time.Hour), "d", "e")
	d.want("no notice", d.codes())
}

func TestAccess(t *testing.T) {
	d := newDesk(t)
	d.append(box, d.name(time.Hour), []byte(line("a")))
	d.append("insights-logs-auditlogs", d.name(time.Hour), []byte(line("b")))
	answer := func(match func(*http.Request) bool, status int, code string) *http.Client {
		return &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
			if match(r) {
				return reply(r, status, code), nil
			}
			return d.account.RoundTrip(r)
		})}
	}
	all := func(*http.Request) bool { return true }
	reads := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, ".json") }
	one := func(r *http.Request) bool { return strings.Contains(r.URL.Path, box) }
	plain := d.o.HTTP
	f := func(what string, c *http.Client, code, text string, want ...string) {
		t.Helper()
		d.cursor, d.o.HTTP = nil, c
		d.want(what, d.read(3*time.Hour), want...)
		found := false
		for _, n := range d.notices {
			found = found || n.Code == code && strings.Contains(n.Text, text)
		}
		if !found {
			t.Errorf("%s: notices %+v, want %s with %q", what, d.notices, code, text)
		}
		d.notices = nil
	}
	f("no role", answer(reads, 403, "AuthorizationPermissionMismatch"), NoPermission, "Storage Blob Data Reader")
	f("a firewall", answer(all, 403, "AuthorizationFailure"), NoPermission, "firewall")
	f("a wrong key", answer(all, 403, "AuthenticationFailed"), NoPermission, "rotated")
	f("one container", answer(one, 403, "AuthorizationPermissionMismatch"), NoPermission, box, "b")
	f("busy", answer(all, 503, "ServerBusy"), Throttled, "asks to wait")
	f("errors", answer(all, 500, "InternalError"), Unreachable, "500 InternalError")
	f("away", &http.Client{Transport: trip(func(*http.Request) (*http.Response, error) { return nil, errors.New("planted") })}, Unreachable, "connection failed")
	f("no Blob service", answer(all, 400, "InvalidUri"), Refused, "400")
	d.cursor, d.o.HTTP = nil, answer(reads, 403, "AuthorizationPermissionMismatch")
	d.want("denied", d.read(time.Hour))
	d.o.HTTP = plain
	d.want("and granted", d.read(time.Hour), "a", "b")

	d.o.Containers = []string{"insights-logs-none", box}
	d.cursor = nil
	f("a container that is not there yet", plain, NoContainer, "insights-logs-none", "a")
	d.append("insights-logs-none", d.name(time.Hour), []byte(line("c")))
	d.want("and then is", d.read(3*time.Hour), "c")
}

// TestRecovery is a failure that ends while the source runs.
func TestRecovery(t *testing.T) {
	d := newDesk(t)
	d.append(box, d.name(time.Hour), []byte(line("a")))
	until := d.base.Add(40 * time.Minute)
	d.o.HTTP = &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		if d.clock.Now().Before(until) {
			return reply(r, 403, "AuthorizationPermissionMismatch"), nil
		}
		return d.account.RoundTrip(r)
	})}
	d.want("in the end", d.read(5*time.Hour), "a")
	d.want("notices", d.codes(), NoPermission, Recovered)
}

func TestSince(t *testing.T) {
	d := newDesk(t)
	d.o.Since = 30 * day
	for _, ago := range []time.Duration{time.Hour, 29 * day, 31 * day} {
		d.append(box, d.name(ago), []byte(line(ago.String())))
	}
	d.want("since then", d.read(3*time.Hour), time.Hour.String(), (29 * day).String())
}

func TestReadOfAnotherCursor(t *testing.T) {
	d := newDesk(t)
	s, err := New(d.o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []string{`{`, `{"v":1}`, `{"v":7,"z":""}`, `[]`} {
		err := s.Read(context.Background(), source.Cursor(c), func(source.Page) (source.Taken, error) { return source.Taken{}, nil })
		if err == nil || !strings.Contains(err.Error(), "cursor") {
			t.Errorf("%s: %v", c, err)
		}
	}
}

package push_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/wholelog/wholelog/internal/source"
	"github.com/wholelog/wholelog/internal/source/intake"
	"github.com/wholelog/wholelog/internal/source/push"
)

// endless is a body that never ends, and counts what was read of it.
type endless struct{ n atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.n.Add(int64(len(p)))
	return len(p), nil
}

// TestHostileRequests sends what nobody should send: each gets a status that
// says what is wrong, and good requests go through all the time.
func TestHostileRequests(t *testing.T) {
	in, address := serve(t, push.Options{Limits: intake.Limits{MaxBody: 1 << 20, MaxUnpacked: 8 << 20, MaxMemory: 8 << 20, Grace: 300 * time.Millisecond}})
	var r reader
	r.run(t, in)
	auto := address + "/v1/ingest/auto"
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	_, _ = z.Create("a.json")
	_ = z.Close()
	zstdOf := func(text string) *bytes.Buffer {
		e, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.NewBuffer(e.EncodeAll([]byte(text), nil))
	}
	blanks := strings.Repeat(" ", 12<<20)
	damaged := gz(strings.Repeat(signIn(1)+"\n", 2000)).Bytes()
	damaged = damaged[:len(damaged)-200]
	wide := bytes.NewBuffer([]byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x78}) // a window of 32 MiB
	wide.Write([]byte{0x01, 0x00, 0x00})
	n := 100
	f := func(status int, text string, address string, body io.Reader, headers ...string) {
		t.Helper()
		a := post(t, address, body, headers...)
		if a.Status != status || !strings.Contains(a.Detail, text) {
			t.Errorf("status %d %q, want %d %q", a.Status, a.Detail, status, text)
		}
		n++
		if a := post(t, auto, strings.NewReader(signIn(n))); a.Status != http.StatusOK || a.Read != 1 {
			t.Errorf("a good request after it: %+v", a)
		}
	}
	f(401, "a token is needed", auto, strings.NewReader(signIn(1)), "Authorization: Bearer wrong-wrong-wrong-wrong")
	f(401, "a token is needed", auto, strings.NewReader(signIn(1)), "Authorization: Basic "+token)
	f(401, "a token is needed", address+"/v1/ingest/NoSuchTable", strings.NewReader(signIn(1)), "Authorization: Bearer")
	f(404, `did you mean "SigninLogs"?`, address+"/v1/ingest/SignInLog", strings.NewReader(signIn(1)))
	f(404, "there is no table", address+"/v1/ingest/%2e%2e%2f%2e%2e%2fetc%2fpasswd", strings.NewReader(signIn(1)))
	f(404, "there is no table", address+"/v1/ingest/..%5c..%5cwindows", strings.NewReader(signIn(1)))
	f(404, `\x00`, address+"/v1/ingest/%00%3Cscript%3E", strings.NewReader(signIn(1)))
	f(404, "there is no table", address+"/v1/ingest/"+strings.Repeat("x", 5000), strings.NewReader(signIn(1)))
	f(404, "there is no table", address+"/v1/ingest/", strings.NewReader(signIn(1)))
	f(415, "--data-binary", auto, strings.NewReader(signIn(1)), "Content-Type: application/x-www-form-urlencoded")
	f(415, "instead of -F", auto, strings.NewReader(signIn(1)), "Content-Type: multipart/form-data; boundary=x")
	f(415, "application/x-ndjson", auto, strings.NewReader(signIn(1)), "Content-Type: image/png")
	f(415, "UTF-8", auto, strings.NewReader(signIn(1)), "Content-Type: text/csv; charset=latin1")
	f(415, "gzip", auto, strings.NewReader(signIn(1)), "Content-Encoding: br")
	f(415, "once", auto, strings.NewReader(signIn(1)), "Content-Encoding: gzip, gzip")
	f(415, "several times", auto, gz(gz(signIn(1)).String()), "Content-Encoding: gzip")
	f(415, "Content-Encoding: zstd", auto, zstdOf(signIn(1)))
	f(415, "archives", auto, &archive)
	f(413, "1048576 bytes", auto, strings.NewReader(strings.Repeat(" ", 1<<20+1)))
	f(413, "1048576 bytes", auto, io.LimitReader(new(endless), 3<<20)) // of unknown length
	f(413, "8388608 bytes", auto, gz(blanks), "Content-Encoding: gzip")
	f(413, "8388608 bytes", auto, gz(blanks)) // a file posted as it is
	f(413, "8388608 bytes", auto, zstdOf(blanks), "Content-Encoding: zstd")
	f(413, "8388608 bytes", auto, gz(`{"id":"`+blanks+`"}`), "Content-Encoding: gzip")
	f(400, "compression", auto, strings.NewReader(signIn(1)), "Content-Encoding: gzip")
	f(400, "compression", auto, bytes.NewReader(damaged), "Content-Encoding: gzip")
	f(400, "compression", auto, wide, "Content-Encoding: zstd")
	f(422, "binary", auto, bytes.NewReader([]byte{0, 1, 2, 3, 0xfe, 0xff}))
	f(422, "no records", auto, strings.NewReader("hello"))
	f(200, "", auto, strings.NewReader("{\"a\":\n[[[[[{{{{"))
	f(200, "", auto, strings.NewReader(strings.Repeat("[", 60000)))
	f(200, "", auto, strings.NewReader(`{"records":[`+strings.Repeat(`{"a":`, 10000)))
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, "PROPFIND"} {
		req, err := http.NewRequestWithContext(t.Context(), method, auto, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		if a := do(t, req); a.Status != http.StatusMethodNotAllowed || a.header.Get("Allow") != http.MethodPost {
			t.Errorf("%s: %+v", method, a)
		}
	}
	idle(t, in)
	codes := map[string]int{}
	_, notices := r.all()
	for _, notice := range notices {
		codes[notice.Code]++
		if strings.Contains(notice.Text, token) {
			t.Error("a notice holds the token")
		}
	}
	for _, code := range []string{intake.Unauthorized, intake.TooLarge, intake.Rejected, intake.Unparsed} {
		if codes[code] != 1 {
			t.Errorf("notice %q was given %d times, want once an hour", code, codes[code])
		}
	}
}

// TestDamagedBodyKeepsWhatCameBefore: a sender that never sends it again would
// lose the records before the damage.
func TestDamagedBodyKeepsWhatCameBefore(t *testing.T) {
	in, address := serve(t, push.Options{})
	var r reader
	r.run(t, in)
	var text strings.Builder
	for i := range 2000 {
		fmt.Fprintln(&text, signIn(i))
	}
	whole := gz(text.String()).Bytes()
	a := post(t, address+"/v1/ingest/auto", bytes.NewReader(whole[:len(whole)/2]), "Content-Encoding: gzip")
	if a.Status != http.StatusBadRequest || a.Kept == nil || a.Kept.Read < 500 {
		t.Fatalf("answer %+v", a)
	}
	if records, _ := r.counts(); records != a.Kept.Read {
		t.Errorf("%d records were yielded, the answer says %d", records, a.Kept.Read)
	}
}

// raw opens a connection and sends the head of a request.
func raw(t testing.TB, address, head string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, head); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

func head(auth, more string) string {
	return "POST /v1/ingest/auto HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + auth + "\r\nContent-Type: application/json\r\n" + more + "\r\n\r\n"
}

// TestUnauthorizedBodyIsNotRead: who has no token costs nothing but a head.
func TestUnauthorizedBodyIsNotRead(t *testing.T) {
	in, address := serve(t, push.Options{})
	conn := raw(t, address, head("nobody-nobody-nobody", "Expect: 100-continue\r\nContent-Length: 60000000"))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("WWW-Authenticate") == "" {
		t.Fatalf("answer %v, error %v", resp, err)
	}
	// One that sends its body byte by byte is not waited for either.
	conn = raw(t, address, head("nobody-nobody-nobody", "Content-Length: 1000"))
	text, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(text, []byte("HTTP/1.1 401")) {
		t.Fatalf("answer %.40q, error %v: the connection should end", text, err)
	}
	idle(t, in)
}

// TestSlowBodies are cut off, whether they stall or trickle, and hold nothing.
func TestSlowBodies(t *testing.T) {
	in, address := serve(t, push.Options{Limits: intake.Limits{Grace: 100 * time.Millisecond, MinRate: 1 << 20}})
	var r reader
	r.run(t, in)
	for _, c := range []struct{ name, length string }{{"small", "Content-Length: 5000"}, {"large", "Content-Length: 5000000"}, {"chunked", "Transfer-Encoding: chunked"}} {
		for _, trickle := range []bool{false, true} {
			conn := raw(t, address, head(token, c.length))
			end := make(chan struct{})
			var wg sync.WaitGroup
			wg.Go(func() {
				for trickle {
					select {
					case <-end:
						return
					case <-time.After(20 * time.Millisecond):
						if _, err := io.WriteString(conn, "1\r\n \r\n"); err != nil {
							return
						}
					}
				}
			})
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			close(end)
			wg.Wait()
			if err != nil || resp.StatusCode != http.StatusRequestTimeout {
				t.Errorf("%s, trickling %v: answer %v, error %v", c.name, trickle, resp, err)
			}
		}
	}
	if records, _ := r.counts(); records != 0 {
		t.Errorf("%d records of bodies that were cut off", records)
	}
	idle(t, in)
}

// TestASenderThatDiesLeavesNoHalfRecord also when it closes only its side.
func TestASenderThatDiesLeavesNoHalfRecord(t *testing.T) {
	in, address := serve(t, push.Options{})
	var r reader
	r.run(t, in)
	conn := raw(t, address, head(token, "Content-Length: 5000")+signIn(1)+"\n"+signIn(2)[:50])
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode < 400 {
		t.Errorf("answer %v, error %v: want no success", resp, err)
	}
	idle(t, in)
	kept, _ := r.all()
	for _, rec := range kept {
		if rec.Table == "" {
			t.Errorf("half a record was kept: %s", rec.Raw)
		}
	}
}

// TestManyTinyRequests come at once; all are answered, and when it is over
// nothing is left of them.
func TestManyTinyRequests(t *testing.T) {
	in, address := serve(t, push.Options{Limits: intake.Limits{MaxMemory: 4 << 20}})
	var r reader
	r.run(t, in)
	before := runtime.NumGoroutine()
	const n, workers = 10_000, 100
	var next, ok, busy atomic.Int64
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := next.Add(1); i <= n; {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/v1/ingest/auto", strings.NewReader(signIn(int(i))))
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("Authorization", "Bearer "+token)
				resp, err := c.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				switch resp.StatusCode {
				case http.StatusOK:
					ok.Add(1)
					i = next.Add(1)
				case http.StatusTooManyRequests:
					busy.Add(1)
				default:
					t.Errorf("status %d", resp.StatusCode)
					return
				}
			}
		})
	}
	wg.Wait()
	records, pages := r.counts()
	if ok.Load() != n || records < n {
		t.Errorf("%d of %d answered with 200, %d records", ok.Load(), n, records)
	}
	t.Logf("%d requests in %d pages, %d sent away", n, pages, busy.Load())
	c.CloseIdleConnections()
	idle(t, in)
	waitFor(t, func() bool { return runtime.NumGoroutine() < before+20 })
}

// TestMemoryIsBounded holds the ledger up while many large bodies come: what
// finds no room is sent away, and the heap stays near the limit.
func TestMemoryIsBounded(t *testing.T) {
	const limit = 16 << 20
	in, address := serve(t, push.Options{Limits: intake.Limits{MaxMemory: limit, Wait: 200 * time.Millisecond}})
	hold := make(chan struct{})
	go func() {
		_ = in.Read(t.Context(), nil, func(p source.Page) (source.Taken, error) {
			<-hold
			return source.Taken{Read: len(p.Records), Accepted: len(p.Records)}, nil
		})
	}()
	var text bytes.Buffer
	for i := 0; text.Len() < 6<<20; i++ {
		text.WriteString(signIn(i) + "\n")
	}
	path := t.TempDir() + "/body"
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	text = bytes.Buffer{}
	var most, sent, busy, good atomic.Int64
	stop := make(chan struct{})
	var watch, wg sync.WaitGroup
	heap := func() int64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	runtime.GC()
	base := heap()
	watch.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
				runtime.GC() // what is live counts
				most.Store(max(most.Load(), heap()-base))
			}
		}
	})
	for range 24 {
		wg.Go(func() {
			f, err := os.Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			defer f.Close()
			a := post(t, address+"/v1/ingest/auto", io.MultiReader(f))
			switch sent.Add(1); a.Status {
			case http.StatusTooManyRequests:
				busy.Add(1)
			case http.StatusOK:
				good.Add(1)
			default:
				t.Errorf("answer %+v", a)
			}
		})
	}
	waitFor(t, func() bool { return busy.Load() > 10 })
	close(hold)
	wg.Wait()
	close(stop)
	watch.Wait()
	t.Logf("%d bodies of 6 MiB: %d answered with 200, %d with 429; %d MiB live at most", sent.Load(), good.Load(), busy.Load(), most.Load()>>20)
	if most.Load() > 4*limit {
		t.Errorf("%d MiB live, the limit is %d", most.Load()>>20, limit>>20)
	}
	idle(t, in)
}

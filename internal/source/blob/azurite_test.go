package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/appendblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"github.com/wholelog/wholelog/internal/source/blob/azuritetest"
)

// accounts that the tests of this package may use, one after the other.
const accounts = 400

var azurite = struct {
	once sync.Once
	s    *azuritetest.Server
	err  error
	next atomic.Int64
}{}

func TestMain(m *testing.M) {
	code := m.Run()
	if azurite.s != nil {
		if err := azurite.s.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// account is a storage account of its own on the one Azurite.
type account struct {
	t       testing.TB
	address string
	service *service.Client
	now     func() time.Time // the service's clock
	mu      sync.Mutex
	mods    map[string]time.Time // when a blob was changed, by that clock
}

func newAccount(t testing.TB, now func() time.Time) *account {
	t.Helper()
	azurite.once.Do(func() {
		names := make([]string, accounts)
		for i := range names {
			names[i] = fmt.Sprintf("logs%d", i)
		}
		azurite.s, azurite.err = azuritetest.Start(names...)
	})
	if azurite.err != nil {
		if _, err := exec.LookPath("npm"); err != nil {
			t.Skip("cannot run here: Azurite needs Node.js and npm")
		}
		t.Fatal(azurite.err)
	}
	name := fmt.Sprintf("logs%d", azurite.next.Add(1)-1)
	a := &account{t: t, address: azurite.s.Account(name), now: now, mods: map[string]time.Time{}}
	key, err := service.NewSharedKeyCredential(name, azuritetest.Key)
	if err == nil {
		a.service, err = service.NewClientWithSharedKeyCredential(a.address+"/", key, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// have makes a container unless it is there.
func (a *account) have(box string) {
	_, err := a.service.CreateContainer(context.Background(), box, nil)
	if err != nil && !strings.Contains(err.Error(), "ContainerAlreadyExists") {
		a.t.Fatal(err)
	}
}

type body struct{ *bytes.Reader }

func (body) Close() error { return nil }

// append adds to an append blob, which it makes if it is not there.
func (a *account) append(box, name string, data []byte) {
	a.changed(box, name)
	c := a.service.NewContainerClient(box).NewAppendBlobClient(name)
	for len(data) > 0 {
		n := min(len(data), 4<<20)
		_, err := c.AppendBlock(context.Background(), body{bytes.NewReader(data[:n])}, nil)
		switch {
		case err == nil:
			data = data[n:]
		case strings.Contains(err.Error(), "ContainerNotFound"):
			a.have(box)
		case strings.Contains(err.Error(), "BlobNotFound"):
			if _, err := c.Create(context.Background(), &appendblob.CreateOptions{}); err != nil {
				a.t.Fatal(err)
			}
		default:
			a.t.Fatal(err)
		}
	}
}

// put writes a block blob anew.
func (a *account) put(box, name string, data []byte) { a.upload(box, name, data, nil) }

func (a *account) upload(box, name string, data []byte, o *blockblob.UploadOptions) {
	a.changed(box, name)
	c := a.service.NewContainerClient(box).NewBlockBlobClient(name)
	_, err := c.Upload(context.Background(), body{bytes.NewReader(data)}, o)
	if err != nil && strings.Contains(err.Error(), "ContainerNotFound") {
		a.have(box)
		_, err = c.Upload(context.Background(), body{bytes.NewReader(data)}, o)
	}
	if err != nil {
		a.t.Fatal(err)
	}
}

func (a *account) delete(box, name string) {
	if _, err := a.service.NewContainerClient(box).NewBlobClient(name).Delete(context.Background(), &blob.DeleteOptions{}); err != nil {
		a.t.Fatal(err)
	}
}

func (a *account) changed(box, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.mods[box+"/"+name] = a.now().UTC()
}

// aged has all blobs changed last when their hour ended, those of no hour an
// hour ago.
func (a *account) aged() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key := range a.mods {
		_, rest := cutName(key)
		if at, ok := hourOf(rest); !ok {
			a.mods[key] = a.now().UTC().Add(-time.Hour)
		} else if end := at.Add(time.Hour); end.Before(a.mods[key]) {
			a.mods[key] = end
		}
	}
}

var blobOfList = regexp.MustCompile(`(?s)<Name>([^<]*)</Name>.*?<Last-Modified>([^<]*)</Last-Modified>`)

// RoundTrip has the service live in the test's time: Azurite knows the real
// time only.
func (a *account) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Header.Set("Date", a.now().UTC().Format(http.TimeFormat))
	_, path, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/") // without the account
	a.mu.Lock()
	defer a.mu.Unlock()
	if mod, ok := a.mods[path]; ok && resp.Header.Get("Last-Modified") != "" {
		resp.Header.Set("Last-Modified", mod.Format(http.TimeFormat))
	}
	if !strings.Contains(req.URL.RawQuery, "comp=list") || resp.StatusCode != http.StatusOK {
		return resp, nil
	}
	data, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	data = blobOfList.ReplaceAllFunc(data, func(m []byte) []byte {
		p := blobOfList.FindSubmatch(m)
		if mod, ok := a.mods[path+"/"+string(p[1])]; ok {
			return bytes.Replace(m, []byte("<Last-Modified>"+string(p[2])), []byte("<Last-Modified>"+mod.Format(http.TimeFormat)), 1)
		}
		return m
	})
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	resp.Header.Del("Content-Length")
	return resp, nil
}

// trip is a transport that can be told what to do to requests.
type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// reply is an answer of the service that no request was needed for.
func reply(r *http.Request, status int, code string, header ...string) *http.Response {
	h := http.Header{"X-Ms-Error-Code": {code}, "Content-Type": {"application/xml"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	text := fmt.Sprintf(`<?xml version="1.0" encoding="utf-8"?><Error><Code>%s</Code><Message>planted</Message></Error>`, code)
	return &http.Response{StatusCode: status, Status: fmt.Sprint(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h, Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)), Request: r}
}

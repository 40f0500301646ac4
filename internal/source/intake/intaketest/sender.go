package intaketest

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Sender delivers batches.
type Sender struct {
	Address string // http://127.0.0.1:PORT/PATH
	Token   string
	Batches [][]byte
	Seed    uint64
	Faults  bool // connections are cut, answers not waited for, batches sent twice and in any order
	Workers int  // 0: 4
}

// Run sends everything, and returns when all is acknowledged or ctx ends. An
// error is an answer that a good batch must not get.
func (s *Sender) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := rand.New(rand.NewPCG(s.Seed, 0x73656e64))
	order := make([]int, 0, 2*len(s.Batches))
	for i := range s.Batches {
		order = append(order, i)
		if s.Faults && r.IntN(8) == 0 {
			order = append(order, i)
		}
	}
	if s.Faults {
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	work := make(chan int)
	var wg sync.WaitGroup
	workers := s.Workers
	if workers == 0 {
		workers = 4
	}
	for w := range workers {
		wr := rand.New(rand.NewPCG(s.Seed, uint64(w)))
		wg.Go(func() {
			c := &http.Client{Transport: &http.Transport{DisableCompression: true}}
			defer c.CloseIdleConnections()
			z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
			if err != nil {
				cancel(err)
			}
			for i := range work {
				if err := s.deliver(ctx, c, wr, z, s.Batches[i]); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, i := range order {
		select {
		case work <- i:
		case <-ctx.Done():
		}
	}
	close(work)
	wg.Wait()
	return context.Cause(ctx)
}

// deliver sends one batch until it is acknowledged.
func (s *Sender) deliver(ctx context.Context, c *http.Client, r *rand.Rand, z *zstd.Encoder, batch []byte) error {
	for n := 0; ctx.Err() == nil; n++ {
		if s.Faults && r.IntN(6) == 0 {
			s.cut(batch, r)
		}
		body, encoding := pack(batch, r, z)
		attempt, cancel := ctx, context.CancelFunc(func() {})
		if s.Faults && r.IntN(5) == 0 {
			attempt, cancel = context.WithTimeout(ctx, time.Duration(r.IntN(8))*time.Millisecond)
		}
		status, text, err := s.post(attempt, c, body, encoding, r.IntN(3) == 0)
		cancel()
		switch {
		case err != nil:
		case status == http.StatusOK:
			return nil
		case status != http.StatusTooManyRequests && status < 500:
			return fmt.Errorf("a good batch is answered with %d: %s", status, text)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(1+r.IntN(5)) << min(n, 6) * time.Millisecond):
		}
	}
	return nil
}

func (s *Sender) post(ctx context.Context, c *http.Client, body []byte, encoding string, chunked bool) (int, string, error) {
	var in io.Reader = bytes.NewReader(body)
	if chunked {
		in = io.MultiReader(in) // of unknown length
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Address, in)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+s.Token)
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// cut sends a part of a batch and hangs up.
func (s *Sender) cut(batch []byte, r *rand.Rand) {
	u, err := url.Parse(s.Address)
	if err != nil {
		return
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", u.Path, s.Token, len(batch))
	_, _ = conn.Write(batch[:r.IntN(len(batch)+1)])
}

// pack compresses a body, or not.
func pack(body []byte, r *rand.Rand, z *zstd.Encoder) ([]byte, string) {
	switch r.IntN(3) {
	case 0:
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(body)
		_ = z.Close()
		return b.Bytes(), "gzip"
	case 1:
		return z.EncodeAll(body, nil), "zstd"
	}
	return body, ""
}

package main

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/ledger/segment"
)

// shared is a buffer that several goroutines write to.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestNoSecretLeaks runs a server whose sources all have planted secrets, one
// of them wrong, and looks for these in logs, files, notes of the ledger,
// status and errors.
func TestNoSecretLeaks(t *testing.T) {
	const key = "UGxhbnRlZEtleVBsYW50ZWRLZXlQbGFudGVkS2V5MTI="
	v := newTenant(t, "")
	planted := map[string]string{
		"PLANT_HUB": "Endpoint=sb://127.0.0.1.invalid/;SharedAccessKeyName=listen;SharedAccessKey=" + key + ";EntityPath=signins",
		"PLANT_SAS": "sv=2024-01-01&ss=b&srt=sco&sp=rl&sig=plantedSignature%2Bxyz123",
	}
	for name, value := range planted {
		t.Setenv(name, value)
	}
	text, err := os.ReadFile(v.config)
	if err != nil {
		t.Fatal(err)
	}
	write(t, v.config, string(text)+`
eventHubs: [{brokers: ['127.0.0.1:1'], plainText: true, connectionString: {env: PLANT_HUB}}]
blobs: [{account: 'http://127.0.0.1:1/acct', sas: {env: PLANT_SAS}}]
`)
	write(t, filepath.Join(v.dir, "secret"), "wr0ng~Planted.7hT2") // refused by the login service
	secrets := []string{v.secret, "wr0ng~Planted.7hT2", key, "plantedSignature"}
	clean := func(where, text string) {
		t.Helper()
		for _, s := range secrets {
			if strings.Contains(text, s) {
				t.Errorf("%s holds the secret %s...", where, s[:6])
			}
		}
	}
	var log shared
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	s := &server{path: v.config, log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	go func() { ended <- s.run(ctx) }()
	// Every kind of source has failed and said so.
	v.until(t, func() bool {
		l := log.String()
		return strings.Contains(l, "source=graph:") && strings.Contains(l, "source=eventhub:") && strings.Contains(l, "source=blob:")
	})
	token, err := cli(t, "token", "add", "x", "--scope", "query", "--data", v.data)
	if err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, strings.TrimSpace(token))
	status, err := cli(t, "status", "--data", v.data, "--json")
	if err != nil {
		t.Fatal(err)
	}
	clean("status", status)
	check, _ := cli(t, "check", "-c", v.config)
	clean("check", check)
	cancel()
	if err := <-ended; err != nil {
		clean("the error", err.Error())
		t.Error(err)
	}
	clean("the log", log.String())
	files := 0
	err = filepath.WalkDir(v.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		clean(filepath.Base(path), string(b))
		files++
		return err
	})
	if err != nil || files < 5 {
		t.Errorf("%d files: %v", files, err)
	}
	// Files of the ledger are compressed: its notes are read too.
	in, err := ingest.Open(context.Background(), v.data)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close(context.Background())
	notes := 0
	if err := in.Ledger.Items(context.Background(), 0, func(it *segment.Item) error {
		if it.Note != nil {
			notes++
			clean("a note of the ledger", string(it.Note.Text))
		}
		return nil
	}); err != nil || notes == 0 {
		t.Errorf("%d notes: %v", notes, err)
	}
}

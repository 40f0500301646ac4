package auth

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var now = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

func TestTokens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	text, tok, err := a.Add("forwarder", []Scope{Ingest}, time.Hour, now)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(file), text) || strings.Contains(string(file), text[len(text)-20:]) {
		t.Errorf("the file holds the token: %s %v", file, err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	b, err := Open(path) // another process
	if err != nil {
		t.Fatal(err)
	}
	got, ok := b.Check(text, now)
	if !ok || got.Name != "forwarder" || !got.Allows(Ingest) || got.Allows(Query) {
		t.Errorf("%+v %v", got, ok)
	}
	f := func(text string, at time.Time) {
		t.Helper()
		if _, ok := b.Check(text, at); ok {
			t.Errorf("%q is taken", text)
		}
	}
	f(text, now.Add(time.Hour))
	f("", now)
	f("wl_", now)
	f("wl__", now)
	f(text[:len(text)-1], now)
	f(text+"a", now)
	f("wl_"+tok.ID+"_", now)
	f("wl_"+tok.ID+"_"+tok.Digest, now)
	f(strings.ToUpper(text), now)
	if err := a.Revoke(tok.ID); err != nil {
		t.Fatal(err)
	}
	f(text, now)
	if err := a.Revoke(tok.ID); err == nil {
		t.Error("revoked twice")
	}
	for _, s := range [][]Scope{nil, {"everything"}} {
		if _, _, err := a.Add("x", s, 0, now); err == nil {
			t.Errorf("scopes %v", s)
		}
	}
}

func TestTwoProcessesAddTokens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			a, err := Open(path)
			if err == nil {
				_, _, err = a.Add("x", []Scope{Query}, 0, now)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := a.List(); err != nil || len(list) != 8 {
		t.Errorf("%d tokens, %v", len(list), err)
	}
}

func TestADamagedFileLetsNobodyIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := a.Add("x", []Scope{Query}, 0, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("[{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok := a.Check(text, now); ok {
		t.Error("taken")
	}
	if _, err := Open(path); err == nil {
		t.Error("opened")
	}
}

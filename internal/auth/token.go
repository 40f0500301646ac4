package auth

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Scope is one thing that a token allows.
type Scope string

const (
	Query   Scope = "query"   // ask queries, read status
	Ingest  Scope = "ingest"  // deliver records
	Metrics Scope = "metrics" // read metrics
	Triage  Scope = "triage"  // work on incidents
	Admin   Scope = "admin"   // change how the server runs
)

// Scopes are all of them.
var Scopes = []Scope{Query, Ingest, Metrics, Triage, Admin}

// Token is what is kept of one.
type Token struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Scopes  []Scope    `json:"scopes"`
	Created time.Time  `json:"created"`
	Expires *time.Time `json:"expires,omitempty"` // nil: never
	Digest  string     `json:"digest"`            // SHA-256 of the token's text, hex
}

// Allows reports whether the token has a scope.
func (t *Token) Allows(s Scope) bool { return slices.Contains(t.Scopes, s) }

// Tokens is a file of tokens. It is safe for concurrent use; what another
// process changes in the file is noticed.
type Tokens struct {
	path string

	mu   sync.Mutex
	list []Token
	seen fs.FileInfo
}

// Open reads the tokens of a data folder; a file that is not there holds none.
func Open(path string) (*Tokens, error) {
	t := &Tokens{path: path}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t, t.load()
}

// load reads the file if it has changed.
func (t *Tokens) load() error {
	info, err := os.Stat(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		t.list, t.seen = nil, nil
		return nil
	}
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	if t.seen != nil && os.SameFile(info, t.seen) && info.ModTime().Equal(t.seen.ModTime()) && info.Size() == t.seen.Size() {
		return nil
	}
	b, err := os.ReadFile(t.path)
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	var list []Token
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&list); err != nil {
		return fmt.Errorf("tokens: %s is damaged; remove it and make new tokens: %w", filepath.Base(t.path), err)
	}
	t.list, t.seen = list, info
	return nil
}

const prefix = "wl_"

var encoding = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// Add makes a token; life 0: it does not end. Its text is given once and kept
// nowhere.
func (t *Tokens) Add(name string, scopes []Scope, life time.Duration, now time.Time) (string, Token, error) {
	var none Token
	if len(scopes) == 0 {
		return "", none, errors.New("a token needs a scope: query, ingest, metrics or admin")
	}
	for _, s := range scopes {
		if !slices.Contains(Scopes, s) {
			return "", none, fmt.Errorf("scope %q: use query, ingest, metrics or admin", s)
		}
	}
	if life < 0 || len(name) > 200 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return "", none, errors.New("a token needs a name of at most 200 printable characters, and a life that is not negative")
	}
	id, secret := make([]byte, 5), make([]byte, 32)
	rand.Read(id)
	rand.Read(secret)
	text := prefix + encoding.EncodeToString(id) + "_" + encoding.EncodeToString(secret)
	tok := Token{ID: encoding.EncodeToString(id), Name: name, Scopes: scopes, Created: now.UTC(), Digest: digest(text)}
	if life > 0 {
		at := now.UTC().Add(life)
		tok.Expires = &at
	}
	err := t.change(func(list []Token) ([]Token, error) { return append(list, tok), nil })
	if err != nil {
		return "", none, err
	}
	return text, tok, nil
}

// Revoke ends a token at once.
func (t *Tokens) Revoke(id string) error {
	return t.change(func(list []Token) ([]Token, error) {
		out := slices.DeleteFunc(slices.Clone(list), func(k Token) bool { return k.ID == id })
		if len(out) == len(list) {
			return nil, fmt.Errorf("no token has the id %q; `wholelog token list` shows them", id)
		}
		return out, nil
	})
}

// List gives the tokens, expired ones too.
func (t *Tokens) List() ([]Token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.load()
	return slices.Clone(t.list), err
}

// Check finds the token that a text is. What is expired is not found.
func (t *Tokens) Check(text string, now time.Time) (*Token, bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	id, _, has := strings.Cut(rest, "_")
	if !ok || !has || len(text) > 100 {
		return nil, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(); err != nil {
		return nil, false // a damaged file lets nobody in
	}
	got := digest(text)
	for i := range t.list {
		k := &t.list[i]
		if k.ID != id || subtle.ConstantTimeCompare([]byte(k.Digest), []byte(got)) != 1 {
			continue
		}
		if k.Expires != nil && !now.Before(*k.Expires) {
			return nil, false
		}
		found := *k
		return &found, true
	}
	return nil, false
}

func digest(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// change rewrites the file under a lock that other processes keep too.
func (t *Tokens) change(fn func([]Token) ([]Token, error)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(t.path), 0o700); err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	lock, err := os.OpenFile(t.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	if err := t.load(); err != nil {
		return err
	}
	list, err := fn(t.list)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(t.path), ".tokens-*") // mode 0600
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	_, err = tmp.Write(append(b, '\n'))
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), t.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("tokens: %w", err), os.Remove(tmp.Name()))
	}
	t.seen = nil
	return t.load()
}

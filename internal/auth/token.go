package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Scope is one thing that a token allows.
type Scope string

const (
	Query   Scope = "query"   // ask queries, read status
	Export  Scope = "export"  // take results along as files
	Ingest  Scope = "ingest"  // deliver records
	Metrics Scope = "metrics" // read metrics
	Triage  Scope = "triage"  // work on incidents
	Rules   Scope = "rules"   // change rules and saved queries of all
	Admin   Scope = "admin"   // change how the server runs
)

// Scopes are all of them.
var Scopes = []Scope{Query, Export, Ingest, Metrics, Triage, Rules, Admin}

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
type Tokens struct{ list[Token] }

// Open reads the tokens of a data folder; a file that is not there holds none.
func Open(path string) (*Tokens, error) {
	t := &Tokens{list[Token]{path: path, what: "tokens"}}
	_, err := t.all()
	return t, err
}

const prefix = "wl_"

var encoding = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// Add makes a token; life 0: it does not end. Its text is given once and kept
// nowhere.
func (t *Tokens) Add(name string, scopes []Scope, life time.Duration, now time.Time) (string, Token, error) {
	var none Token
	if len(scopes) == 0 {
		return "", none, errors.New("a token needs a scope: query, export, ingest, metrics, triage, rules or admin")
	}
	for _, s := range scopes {
		if !slices.Contains(Scopes, s) {
			return "", none, fmt.Errorf("scope %q: use query, export, ingest, metrics, triage, rules or admin", s)
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
func (t *Tokens) List() ([]Token, error) { return t.all() }

// Holds reports whether the token with an id is there and has not expired.
func (t *Tokens) Holds(id string, now time.Time) bool {
	all, err := t.all()
	return err == nil && slices.ContainsFunc(all, func(k Token) bool { return k.ID == id && (k.Expires == nil || now.Before(*k.Expires)) })
}

// Check finds the token that a text is. What is expired is not found.
func (t *Tokens) Check(text string, now time.Time) (*Token, bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	id, _, has := strings.Cut(rest, "_")
	if !ok || !has || len(text) > 100 {
		return nil, false
	}
	all, err := t.all()
	if err != nil {
		return nil, false // a damaged file lets nobody in
	}
	got := digest(text)
	for i := range all {
		k := &all[i]
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

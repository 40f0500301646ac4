package key

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/wholelog/wholelog/internal/ledger/disk"
)

// File is the name, in the ledger's folder, of the public verifier key.
const File = "vkey"

// Key signs the checkpoints of one ledger.
type Key struct {
	Signer   note.Signer
	Verifier note.Verifier
	Public   string // C2SP verifier key
	Path     string // where the private key lies
	New      bool   // it was made by this call
}

// Load reads the private key of the ledger in dir, making both on first use.
// path names the key's file; when it is empty, WHOLELOG_KEY does, and else it
// lies in the user's configuration folder under the ledger's name.
func Load(fs disk.FS, dir, path string) (*Key, error) {
	if path == "" {
		path = os.Getenv("WHOLELOG_KEY")
	}
	public, err := Public(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	name, _, _ := strings.Cut(public, "+")
	if name == "" {
		id := make([]byte, 8)
		if _, err := rand.Read(id); err != nil {
			return nil, fmt.Errorf("ledger name: %w", err)
		}
		name = "wholelog/" + hex.EncodeToString(id)
	}
	if path == "" {
		conf, err := os.UserConfigDir()
		if err != nil {
			return nil, fmt.Errorf("no folder for the signing key (%w); name a file with --key or WHOLELOG_KEY", err)
		}
		path = filepath.Join(conf, filepath.FromSlash(name)+".key")
	}
	k := &Key{Path: path}
	private, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist) && public != "":
		return nil, fmt.Errorf("signing key %s of this ledger is missing: restore it or name it with --key; without it nothing can be added to the log", path)
	case errors.Is(err, os.ErrNotExist):
		if private, err = generate(path, name); err != nil {
			return nil, err
		}
		k.New = true
	case err != nil:
		return nil, fmt.Errorf("signing key: %w", err)
	}
	text := strings.TrimSpace(string(private))
	if k.Signer, err = note.NewSigner(text); err != nil {
		return nil, fmt.Errorf("signing key %s: %w", path, err)
	}
	if k.Public, err = publicOf(text); err != nil {
		return nil, fmt.Errorf("signing key %s: %w", path, err)
	}
	if public == "" {
		if err := disk.WriteFile(fs, filepath.Join(dir, File), []byte(k.Public+"\n")); err != nil {
			return nil, fmt.Errorf("public key: %w", err)
		}
	} else if public != k.Public {
		return nil, fmt.Errorf("signing key %s is not the one of this ledger: its public key is %s, the ledger's is %s", path, k.Public, public)
	}
	if k.Verifier, err = note.NewVerifier(k.Public); err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	return k, nil
}

// Public reads the public verifier key of the ledger in dir.
func Public(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, File))
	if err != nil {
		return "", fmt.Errorf("public key: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

func generate(path, name string) ([]byte, error) {
	private, _, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	// The key is outside the ledger, and so is its file layer.
	var fs disk.OS
	if err := fs.MkdirAll(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("folder for the signing key: %w; name a file with --key or WHOLELOG_KEY", err)
	}
	if err := disk.WriteFile(fs, path, []byte(private+"\n")); err != nil {
		return nil, fmt.Errorf("signing key: %w; name a file with --key or WHOLELOG_KEY", err)
	}
	return []byte(private), nil
}

// publicOf derives the verifier key from a private key's text.
func publicOf(private string) (string, error) {
	part := strings.SplitN(private, "+", 5)
	if len(part) != 5 {
		return "", errors.New("not a note signing key")
	}
	seed, err := base64.StdEncoding.DecodeString(part[4])
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return "", errors.New("not an Ed25519 note signing key")
	}
	return note.NewEd25519VerifierKey(part[2], ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey))
}

package export

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Version of the manifest's form.
const Version = 1

// Manifest describes an export.
type Manifest struct {
	Version int        `json:"wholelogExport"`
	ID      string     `json:"id"`
	Made    time.Time  `json:"made"`
	By      string     `json:"by"`
	ByID    string     `json:"byId"`
	Query   string     `json:"query"`
	Now     time.Time  `json:"now"`            // what now() gave
	From    *time.Time `json:"from,omitempty"` // limits of every table's rows, to exclusive
	To      *time.Time `json:"to,omitempty"`
	Tenant  string     `json:"tenant,omitempty"`
	Columns []Column   `json:"columns"`
	Rows    int64      `json:"rows"`
	Format  string     `json:"format"`
	File    File       `json:"file"`
	Notices []string   `json:"notices"`
	// Completeness counts hours by verdict for each table that was read.
	Completeness []Completeness `json:"completeness"`
	Position     uint64         `json:"position"` // of the ledger, up to which rows could be seen
	Checkpoint   string         `json:"checkpoint"`
	VerifierKey  string         `json:"verifierKey"`
	Program      string         `json:"program"`
}

// Column is a column of the result.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// File is a file of an export.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Completeness is how complete the rows of a table are.
type Completeness struct {
	Tenant string         `json:"tenant,omitempty"`
	Table  string         `json:"table"`
	Hours  map[string]int `json:"hours"` // by verdict
}

const maxManifest = 16 << 20

// Read reads a manifest.
func Read(path string) (*Manifest, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	if len(b) > maxManifest {
		return nil, errors.New("manifest: larger than 16 MiB")
	}
	m := new(Manifest)
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(m); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	if m.Version != Version {
		return nil, fmt.Errorf("manifest: version %d; this program reads %d", m.Version, Version)
	}
	if m.File.Name == "" || filepath.Base(m.File.Name) != m.File.Name {
		return nil, fmt.Errorf("manifest: %q names no file beside it", m.File.Name)
	}
	return m, nil
}

// Write writes the manifest beside its file, and gives its own File.
func (m *Manifest) Write(dir string) (File, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return File{}, fmt.Errorf("manifest: %w", err)
	}
	b = append(b, '\n')
	f := File{Name: m.File.Name + ".manifest.json", Bytes: int64(len(b)), SHA256: sum(b)}
	if err := os.WriteFile(filepath.Join(dir, f.Name), b, 0o600); err != nil {
		return File{}, fmt.Errorf("manifest: %w", err)
	}
	return f, nil
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// Describe measures a file.
func Describe(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, fmt.Errorf("export: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return File{}, fmt.Errorf("export: %w", err)
	}
	return File{Name: filepath.Base(path), Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))}, nil
}

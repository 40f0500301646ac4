package export

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/query"
)

const idLength = 16

// NewID makes the id of an export.
func NewID() string {
	b := make([]byte, 10)
	rand.Read(b)
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

// ValidID reports whether a text can be an export's id.
func ValidID(s string) bool {
	return len(s) == idLength && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// Life is how long the files of an export are kept.
const Life = 7 * 24 * time.Hour

// Make writes an export into a new folder of dir and fills the manifest in: m
// says who asks for what. seal, if not nil, completes the manifest before it is
// written, and keeps it where it can be proven. After an error nothing is left.
func Make(ctx context.Context, e *query.Engine, req query.Request, dir string, m *Manifest, seal func(*Manifest, *query.Result) error) (files []File, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	folder := filepath.Join(dir, m.ID)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	path := filepath.Join(folder, "wholelog-"+m.Made.UTC().Format("20060102T150405Z")+"."+m.Format)
	res, notices, err := Write(ctx, e, req, m.Format, path)
	if err != nil {
		return nil, err
	}
	if m.File, err = Describe(path); err != nil {
		return nil, err
	}
	m.Version, m.Rows = Version, res.Stats.Rows
	m.Notices = append(append([]string{}, res.Notices...), notices...)
	m.Columns = []Column{}
	for _, c := range res.Columns {
		m.Columns = append(m.Columns, Column{c.Name, c.Type.String()})
	}
	if m.Completeness == nil {
		m.Completeness = []Completeness{}
	}
	if seal != nil {
		if err := seal(m, res); err != nil {
			return nil, err
		}
	}
	own, err := m.Write(folder)
	if err != nil {
		return nil, err
	}
	return []File{m.File, own}, nil
}

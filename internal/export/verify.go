package export

import (
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"
)

// Check is what Verify looked at, a line for people each, and what is wrong.
type Check struct {
	Manifest *Manifest
	Good     []string
	Bad      []string
}

// OK reports that nothing is wrong.
func (c *Check) OK() bool { return len(c.Bad) == 0 }

// Verify checks a manifest against the file beside it, and its checkpoint's
// signature. vkey is a verifier key that was kept elsewhere; "": the manifest's
// own, which shows only that checkpoint and key belong together. The error says
// that the manifest could not be looked at.
func Verify(path, vkey string) (*Check, error) {
	m, err := Read(path)
	if err != nil {
		return nil, err
	}
	c := &Check{Manifest: m}
	good := func(format string, args ...any) { c.Good = append(c.Good, fmt.Sprintf(format, args...)) }
	bad := func(format string, args ...any) { c.Bad = append(c.Bad, fmt.Sprintf(format, args...)) }
	f, err := Describe(filepath.Join(filepath.Dir(path), m.File.Name))
	switch {
	case err != nil:
		bad("the file %s cannot be read: %v", m.File.Name, err)
	case f != m.File:
		bad("%s has %d bytes with SHA-256 %s, the manifest says %d bytes with %s", f.Name, f.Bytes, f.SHA256, m.File.Bytes, m.File.SHA256)
	default:
		good("%s: %d bytes, SHA-256 as the manifest says", f.Name, f.Bytes)
		n, err := count(filepath.Join(filepath.Dir(path), m.File.Name), m.Format)
		switch {
		case errors.Is(err, errNoCount):
		case err != nil:
			bad("%s cannot be read as %s: %v", f.Name, m.Format, err)
		case n != m.Rows:
			bad("%s has %d rows, the manifest says %d", f.Name, n, m.Rows)
		default:
			good("%d rows, as the manifest says", n)
		}
	}
	key, whose := vkey, "the key that was given"
	if key == "" {
		key, whose = m.VerifierKey, "the manifest's own key; --vkey checks against one that you kept elsewhere"
	}
	if m.Checkpoint == "" {
		bad("the manifest has no checkpoint: the ledger had signed nothing yet")
		return c, nil
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		bad("the verifier key cannot be read: %v", err)
		return c, nil
	}
	if _, err := note.Open([]byte(m.Checkpoint), note.VerifierList(v)); err != nil {
		bad("the checkpoint is not signed by %s", key)
	} else {
		good("the checkpoint is signed by %s (%s)", v.Name(), whose)
	}
	return c, nil
}

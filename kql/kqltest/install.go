package kqltest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// install gives a folder with the script and its package. It is made once per
// content of package-lock.json and the script, under .cache of the module's
// root, by a rename: runs side by side cannot see half of it.
func install(ctx context.Context) (string, error) {
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			return "", ErrNoNode
		}
	}
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	files, err := fs.Sub(analyzer, "analyzer")
	if err != nil {
		return "", err
	}
	sum, err := contentHash(files)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, ".cache", "kqltest", sum)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	if err := os.CopyFS(tmp, files); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = tmp
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci: %w: %s", err, strings.TrimSpace(string(out)))
	}
	if err := os.Rename(tmp, dir); err != nil {
		// Another run was first; its folder is as good.
		if _, statErr := os.Stat(dir); statErr != nil {
			return "", errors.Join(err, statErr)
		}
	}
	return dir, nil
}

func contentHash(files fs.FS) (string, error) {
	h := sha256.New()
	for _, name := range []string{"analyze.js", "package.json", "package-lock.json"} {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return "", err
		}
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

// moduleRoot looks for go.mod upward from the working folder, which in a test
// is that of the package.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("module root above working folder: %w", fs.ErrNotExist)
		}
		dir = parent
	}
}

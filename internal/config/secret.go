package config

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
)

// Secret says where a secret is. It never holds it.
type Secret struct {
	File string `yaml:"file"`
	Env  string `yaml:"env"`
}

const noSecrets = "a secret does not stand in this file: write {file: PATH} or {env: VARIABLE}"

// UnmarshalYAML refuses a secret that stands in the file itself.
func (s *Secret) UnmarshalYAML(_ context.Context, text []byte) error {
	type plain Secret
	var p plain
	if err := yaml.UnmarshalWithOptions(text, &p, yaml.Strict()); err != nil {
		return errors.New(noSecrets) // the parser's error would show it
	}
	*s = Secret(p)
	return nil
}

// Value reads the secret. Errors hold nothing of it.
func (s *Secret) Value() (string, error) {
	var v string
	switch {
	case s == nil:
		return "", errors.New("no secret is named")
	case s.Env != "":
		var ok bool
		if v, ok = os.LookupEnv(s.Env); !ok {
			return "", fmt.Errorf("environment variable %s is not set", s.Env)
		}
	default:
		b, err := os.ReadFile(s.File)
		if err != nil {
			return "", fmt.Errorf("secret file: %w", err)
		}
		v = string(b)
	}
	if v = strings.TrimSpace(v); v == "" {
		return "", fmt.Errorf("%s is empty", s)
	}
	return v, nil
}

// String names the place.
func (s *Secret) String() string {
	switch {
	case s == nil:
		return "no secret"
	case s.Env != "":
		return "environment variable " + s.Env
	}
	return "secret file " + s.File
}

// open reports that a secret's file can be read by others on the machine.
func (s *Secret) open() bool {
	if s == nil || s.File == "" {
		return false
	}
	info, err := os.Stat(s.File)
	return err == nil && info.Mode()&fs.FileMode(0o077) != 0
}

// absolute makes a path that was written in a file of dir independent of where
// the program was started.
func absolute(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	if home, err := os.UserHomeDir(); err == nil && strings.HasPrefix(path, "~/") {
		return filepath.Join(home, path[2:])
	}
	return filepath.Join(dir, path)
}

package rules

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// permissive are words of the licences that we may build on. A copyleft
// licence has none of them.
var permissive = regexp.MustCompile(`(?i)Apache License|Permission is hereby granted, free of charge|Redistribution and use in source and binary forms|Permission to use, copy, modify, and/or distribute|ISC License|Mozilla Public License`)

// TestLicences reads the licence of every module that the binary is built of.
func TestLicences(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Module", "./cmd/...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := map[string]bool{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			Module *struct {
				Path, Dir string
				Main      bool
			}
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || p.Module.Main || seen[p.Module.Path] {
			continue
		}
		seen[p.Module.Path] = true
		text := licence(p.Module.Dir)
		if !permissive.MatchString(text) {
			t.Errorf("%s: no licence that we know (looked for LICENSE and COPYING in %s)", p.Module.Path, filepath.Base(p.Module.Dir))
		}
	}
	if len(seen) < 5 {
		t.Errorf("only %d modules found: the test looks in the wrong place", len(seen))
	}
}

func licence(dir string) string {
	entries, _ := os.ReadDir(dir)
	var all strings.Builder
	for _, e := range entries {
		n := strings.ToUpper(e.Name())
		if !e.IsDir() && (strings.HasPrefix(n, "LICEN") || strings.HasPrefix(n, "COPYING")) {
			b, _ := os.ReadFile(filepath.Join(dir, e.Name()))
			all.Write(b)
		}
	}
	return all.String()
}

package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestFmt(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file("good.kql", "T\n| take 1\n")
	messy := file("messy.kql", "T|take 1 // one")
	bad := file("bad.kql", "T | where")
	f := func(wantErr bool, want, in string, args ...string) error {
		t.Helper()
		root := &cobra.Command{SilenceUsage: true, SilenceErrors: true}
		root.AddCommand(newFmt())
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetErr(&bytes.Buffer{})
		root.SetIn(strings.NewReader(in))
		root.SetArgs(append([]string{"fmt"}, args...))
		err := root.Execute()
		if (err != nil) != wantErr || out.String() != want {
			t.Errorf("%q gives %q, %v; want %q", args, out.String(), err, want)
		}
		return err
	}
	f(false, "T\n| take 1\n", "T|take 1")
	f(true, "<standard input>\n", "T|take 1", "--check")
	f(false, "", "T\n| take 1\n", "--check")
	f(false, "T\n| take 1\n", "", good)
	f(false, messy+"\n", "", "-l", good, messy)
	if err := f(true, messy+"\n", "", "--check", good, messy); !errors.Is(err, errFormat) {
		t.Errorf("--check fails with %v", err)
	}
	f(true, "", "", bad)
	f(false, "", "", "-w", good, messy)
	f(false, "", "", "--check", good, messy)
	if err := f(true, "", "T", "-w"); !errors.As(err, &usageError{}) {
		t.Errorf("-w without a file is %v", err)
	}
	if info, err := os.Stat(messy); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file's mode: %v, %v", info.Mode(), err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, ".fmt-*"))
	if len(left) > 0 {
		t.Errorf("files are left: %q", left)
	}
}

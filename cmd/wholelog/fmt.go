package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/kql/format"
)

// fmtFlags are the flags of fmt.
type fmtFlags struct{ write, list, check bool }

var errFormat = errors.New("not all files are formatted")

func newFmt() *cobra.Command {
	var f fmtFlags
	c := &cobra.Command{
		Use: "fmt [FILE...]", Short: "Lay out KQL queries",
		Long: `Lays out the queries of files, or of standard input, one operator per line.
Only blanks and line breaks change; comments stay.

  wholelog fmt -w rules/*.kql      rewrite files
  wholelog fmt --check rules/*.kql fail when a file is not laid out so`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return runFmt(cmd, &f, args) },
	}
	c.Flags().BoolVarP(&f.write, "write", "w", false, "write the result to the file")
	c.Flags().BoolVarP(&f.list, "list", "l", false, "only name the files that would change")
	c.Flags().BoolVar(&f.check, "check", false, "change nothing; name the files that would change, and fail if there is one")
	return c
}

func runFmt(cmd *cobra.Command, f *fmtFlags, files []string) error {
	if len(files) == 0 {
		if f.write {
			return usageError{errors.New("-w needs a file")}
		}
		src, err := io.ReadAll(cmd.InOrStdin())
		if err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
		return fmtOne(cmd, f, "<standard input>", src, 0)
	}
	// Every file has its turn, as one with a mistake should not hide others.
	var failed []error
	changed := false
	for _, name := range files {
		info, err := os.Stat(name)
		var src []byte
		if err == nil {
			src, err = os.ReadFile(name)
		}
		if err == nil {
			err = fmtOne(cmd, f, name, src, info.Mode().Perm())
		}
		if errors.Is(err, errFormat) {
			changed = true
		} else if err != nil {
			failed = append(failed, err)
		}
	}
	if changed && len(failed) == 0 {
		return errFormat
	}
	return errors.Join(failed...)
}

func fmtOne(cmd *cobra.Command, f *fmtFlags, name string, src []byte, mode os.FileMode) error {
	out, diags, err := format.Format(string(src))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(diags) > 0 {
		show(cmd.ErrOrStderr(), string(src), diags)
		return fmt.Errorf("%s: %w", name, &query.Error{Text: string(src), Diagnostics: diags})
	}
	same := bytes.Equal(src, []byte(out))
	if (f.list || f.check) && !same {
		fmt.Fprintln(cmd.OutOrStdout(), name)
	}
	switch {
	case f.check:
		if !same {
			return errFormat
		}
	case f.write:
		if !same {
			return replaceFile(name, []byte(out), mode)
		}
	case !f.list:
		_, err = io.WriteString(cmd.OutOrStdout(), out)
	}
	return err
}

// replaceFile writes beside the file and renames, so that a full disk costs no
// query.
func replaceFile(name string, text []byte, mode os.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".fmt-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Chmod(mode), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(tmp.Name()))
	}
	return nil
}

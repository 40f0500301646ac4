package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/wholelog/wholelog/internal/query"
)

func savedLibrary(f *queryFlags) ([]query.Saved, error) {
	folder := f.library
	if folder == "" && f.data != "" {
		folder = filepath.Join(f.data, "queries")
	}
	return query.Library(folder)
}

// savedText is the text of --saved with the values of --param.
func savedText(f *queryFlags) (string, error) {
	list, err := savedLibrary(f)
	if err != nil {
		return "", err
	}
	s, err := query.Find(list, f.saved)
	if err != nil {
		return "", err
	}
	values := map[string]string{}
	for _, p := range f.params {
		name, v, ok := strings.Cut(p, "=")
		if !ok {
			return "", usageError{fmt.Errorf("--param %q is not name=value", p)}
		}
		values[name] = v
	}
	return s.Query(values)
}

// showSaved lists the library, or prints one query.
func showSaved(w io.Writer, f *queryFlags) error {
	list, err := savedLibrary(f)
	if err != nil {
		return err
	}
	if f.text {
		if f.saved == "" {
			return usageError{errors.New("--text prints a saved query; name it with --saved")}
		}
		s, err := query.Find(list, f.saved)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(w, s.Text)
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range list {
		fmt.Fprintf(t, "%s\t%s\n", s.Name, s.Title)
		for _, p := range s.Params {
			fmt.Fprintf(t, "\t  --param %s=%s  %s (%s)\n", p.Name, p.Default, p.Description, p.Type)
		}
	}
	folder := ""
	if f.data != "" {
		folder = filepath.Join(f.data, "functions")
	}
	functions, err := query.Functions(folder)
	if err != nil {
		return err
	}
	fmt.Fprintln(t, "\nfunctions, for use in queries\t")
	for _, fn := range functions {
		head, _, _ := strings.Cut(fn.Text, "{")
		fmt.Fprintf(t, "%s%s\t%s\n", fn.Name, strings.TrimSpace(head), fn.Title)
	}
	return t.Flush()
}

package export

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/wholelog/wholelog/internal/query"
)

// Formats that can be written.
var Formats = []string{"csv", "ndjson", "xlsx", "parquet"}

// writer is a query.Writer that may have something to say at its end.
type writer interface {
	query.Writer
	notices() []string
}

type quiet struct{ query.Writer }

func (quiet) notices() []string { return nil }

func newWriter(format, path string, f *os.File) (writer, error) {
	switch format {
	case "csv", "ndjson":
		w, err := query.NewWriter(format, f)
		return quiet{w}, err
	case "xlsx":
		return newXLSX(f), nil
	case "parquet":
		return &parquet{path: path}, nil
	}
	return nil, fmt.Errorf("there is no format %q; use csv, ndjson, xlsx or parquet", format)
}

// Write runs a query into a file, and says what the format could not hold. The
// file is synced; after an error there is none.
func Write(ctx context.Context, e *query.Engine, req query.Request, format, path string) (res *query.Result, notices []string, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("export: %w", err)
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			_ = os.Remove(path)
		}
	}()
	w, err := newWriter(format, path, f)
	if err != nil {
		return nil, nil, err
	}
	if c, ok := w.(io.Closer); ok {
		defer func() { err = errors.Join(err, c.Close()) }()
	}
	if res, err = e.Run(ctx, req, w.Head, w.Row); err != nil {
		return nil, nil, err
	}
	if err := w.End(res); err != nil {
		return nil, nil, fmt.Errorf("export: %w", err)
	}
	return res, w.notices(), f.Sync()
}

// errNoCount says that the rows of a format are not counted here.
var errNoCount = errors.New("rows are not counted")

// count counts the rows of a file.
func count(path, format string) (n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	switch format {
	case "csv":
		r := csv.NewReader(bufio.NewReaderSize(f, 1<<20))
		r.ReuseRecord = true
		for n = -1; ; n++ {
			if _, err := r.Read(); errors.Is(err, io.EOF) {
				return max(n, 0), nil
			} else if err != nil {
				return 0, err
			}
		}
	case "ndjson":
		r := bufio.NewReaderSize(f, 1<<20)
		for {
			b, err := r.ReadSlice('\n')
			if len(b) > 0 && b[len(b)-1] == '\n' {
				n++
			}
			if errors.Is(err, io.EOF) {
				return n, nil
			} else if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				return 0, err
			}
		}
	}
	return 0, errNoCount
}

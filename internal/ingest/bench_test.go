package ingest_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/source/file"
)

// BenchmarkImport imports interactive sign-ins until a signed checkpoint
// commits to them and queries see them, in turns with the yardstick: the bare
// insert of the same files by the engine's own JSON reader. It gives the ratio
// of the rates, and the size of ledger and store as a share of the raw bytes.
// There are a hundred thousand records: the reader looks at 20,000 of them
// before it begins, which would make the yardstick short on fewer.
func BenchmarkImport(b *testing.B) {
	ctx := context.Background()
	dir := b.TempDir()
	if _, err := sim.Run(ctx, sim.Options{Users: 9000, Days: 12, Seed: 3, Out: filepath.Join(dir, "records"), Format: "blob"}); err != nil {
		b.Fatal(err)
	}
	records := filepath.Join(dir, "signins.json")
	raw := join(b, filepath.Join(dir, "records", "insights-logs-signinlogs"), records)
	var ours, theirs time.Duration
	var rows, disk int64
	for i := range b.N {
		data := filepath.Join(dir, fmt.Sprint("data", i))
		start := time.Now()
		in, err := ingest.OpenWith(ctx, data, ingest.Options{Key: filepath.Join(dir, "key"), Notice: func(string) {}})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := file.Read(ctx, records, nil, time.Now, func(r event.Record) error { return in.Add(ctx, r) }); err != nil {
			b.Fatal(err)
		}
		if _, err := in.Commit(ctx, struct{}{}); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(start)
		rows = in.Counts.Read
		if err := in.Close(ctx); err != nil {
			b.Fatal(err)
		}
		disk = size(b, data)
		start = time.Now()
		bare(b, filepath.Join(dir, fmt.Sprint("bare", i, ".duckdb")), records)
		theirs += time.Since(start)
		if err := os.RemoveAll(data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/ours.Seconds(), "records/s")
	b.ReportMetric(float64(rows)*float64(b.N)/theirs.Seconds(), "yardstick/s")
	b.ReportMetric(float64(theirs)/float64(ours), "x-read_json")
	b.ReportMetric(100*float64(disk)/float64(raw), "%-of-raw")
	b.ReportMetric(float64(raw)/float64(rows), "raw-bytes/record")
}

// bare inserts files into a database file by read_json.
func bare(b *testing.B, to, from string) {
	b.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, q := range []string{
		"SET threads=2", "SET memory_limit='640MB'", "SET preserve_insertion_order=false", "SET checkpoint_threshold='192MB'",
		"ATTACH '" + to + "' AS bare (STORAGE_VERSION 'v1.5.0')",
		"CREATE TABLE bare.t AS SELECT * FROM read_json('" + from + "', format='newline_delimited')",
		"CHECKPOINT bare",
	} {
		if _, err := db.Exec(q); err != nil {
			b.Fatalf("%s: %v", q, err)
		}
	}
}

// join writes the files of a folder to one and gives its size.
func join(b *testing.B, from, to string) int64 {
	b.Helper()
	paths, err := file.Paths([]string{from})
	if err != nil {
		b.Fatal(err)
	}
	f, err := os.Create(to)
	if err != nil {
		b.Fatal(err)
	}
	var n int64
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := f.Write(text); err != nil {
			b.Fatal(err)
		}
		n += int64(len(text))
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return n
}

func size(b *testing.B, dir string) (n int64) {
	b.Helper()
	if err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return n
}

package export

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

// parquet collects rows in an engine of its own, which writes the file: the
// SQL is ours and holds no text of the query.
type parquet struct {
	path  string
	cols  []kql.Column
	con   driver.Conn
	db    *sql.DB
	app   *duckdb.Appender
	cells []driver.Value
	lost  bool
}

var parquetTypes = map[kql.Type]string{kql.Bool: "BOOLEAN", kql.Int: "INTEGER", kql.Long: "BIGINT", kql.Real: "DOUBLE", kql.Decimal: "DOUBLE", kql.Datetime: "TIMESTAMP", kql.Timespan: "BIGINT"}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func (p *parquet) Head(r *query.Result) error {
	p.cols, p.cells = r.Columns, make([]driver.Value, len(r.Columns))
	var defs []string
	seen := map[string]int{}
	for _, c := range r.Columns {
		t := parquetTypes[c.Type]
		if t == "" {
			t = "VARCHAR"
		}
		// The engine's names know no letter case.
		name := c.Name
		for i := 2; seen[strings.ToLower(name)] > 0; i++ {
			name = fmt.Sprintf("%s_%d", c.Name, i)
		}
		seen[strings.ToLower(name)]++
		defs = append(defs, quote(name)+" "+t)
	}
	if len(defs) == 0 {
		return errors.New("a result without columns cannot be written as parquet")
	}
	connector, err := duckdb.NewConnector("", func(e driver.ExecerContext) error {
		_, err := e.ExecContext(context.Background(), "SET memory_limit='256MB'; SET threads=1", nil)
		return err
	})
	if err != nil {
		return err
	}
	p.db = sql.OpenDB(connector)
	if _, err := p.db.Exec("CREATE TABLE result (" + strings.Join(defs, ", ") + ")"); err != nil {
		return err
	}
	if p.con, err = connector.Connect(context.Background()); err != nil {
		return err
	}
	p.app, err = duckdb.NewAppenderFromConn(p.con, "", "result")
	return err
}

func (p *parquet) Row(r query.Row) error {
	for i, v := range r {
		switch n, isInt := v.(int64); {
		case isInt && p.cols[i].Type == kql.Datetime:
			p.cells[i], p.lost = schema.Time(n), p.lost || n%10 != 0
		case isInt && p.cols[i].Type == kql.Int:
			p.cells[i] = int32(n)
		default:
			p.cells[i] = v
		}
	}
	return p.app.AppendRow(p.cells...)
}

func (p *parquet) End(*query.Result) error {
	if err := p.app.Close(); err != nil {
		return err
	}
	p.app = nil
	tmp := p.path + ".tmp"
	if _, err := p.db.Exec("COPY result TO '" + strings.ReplaceAll(tmp, "'", "''") + "' (FORMAT parquet, COMPRESSION zstd)"); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return os.Rename(tmp, p.path)
}

// Close frees the engine.
func (p *parquet) Close() error {
	var errs []error
	if p.app != nil {
		errs = append(errs, p.app.Close())
	}
	if p.con != nil {
		errs = append(errs, p.con.Close())
	}
	if p.db != nil {
		errs = append(errs, p.db.Close())
	}
	return errors.Join(errs...)
}

func (p *parquet) notices() []string {
	out := []string{"timespans are numbers of 100 ns"}
	if p.lost {
		out = append(out, "times are cut to microseconds: parquet files of this kind keep no more")
	}
	return out
}

// Sweep removes exports that are older than a time from a folder. It leaves
// what it does not know alone.
func Sweep(dir string, before time.Time) error {
	list, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("exports: %w", err)
	}
	var errs []error
	for _, e := range list {
		if info, err := e.Info(); err == nil && e.IsDir() && len(e.Name()) == idLength && info.ModTime().Before(before) {
			errs = append(errs, os.RemoveAll(dir+"/"+e.Name()))
		}
	}
	return errors.Join(errs...)
}

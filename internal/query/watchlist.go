package query

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/wholelog/wholelog/kql/bind"
	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/types"
)

// maxWatchlist is Microsoft Sentinel's limit for a watchlist's file.
const maxWatchlist = 3_800_000

// Watchlist reads NAME.csv of the watchlist folder. The first column is the
// search key, as long as no column is called SearchKey.
func (c *catalog) Watchlist(alias string) (*types.Table, error) {
	path, ok := c.watchlistFile(alias)
	if !ok {
		return nil, nil
	}
	return c.readWatchlist(alias, path)
}

// WatchlistNames lists the watchlists.
func (c *catalog) WatchlistNames() []string {
	if c.opt.Watchlists == "" {
		return nil
	}
	list, _ := filepath.Glob(filepath.Join(c.opt.Watchlists, "*.csv"))
	for i, f := range list {
		list[i] = strings.TrimSuffix(filepath.Base(f), ".csv")
	}
	sort.Strings(list)
	return list
}

// watchlistFile finds a watchlist's file without regard to case. The alias is
// compared with the names there are and never becomes part of a path.
func (c *catalog) watchlistFile(alias string) (string, bool) {
	for _, n := range c.WatchlistNames() {
		if strings.EqualFold(n, alias) {
			return filepath.Join(c.opt.Watchlists, n+".csv"), true
		}
	}
	return "", false
}

func (c *catalog) readWatchlist(alias, path string) (*types.Table, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("watchlist %s: %w", alias, err)
	}
	if info.Size() > maxWatchlist {
		return nil, fmt.Errorf("watchlist %s has %d bytes, the limit is %d", alias, info.Size(), maxWatchlist)
	}
	header, rows, err := readCSV(path)
	if err != nil {
		return nil, fmt.Errorf("watchlist %s: %w", alias, err)
	}
	cols := append([]types.Column(nil), bind.WatchlistColumns...)
	own := len(cols)
	key := 0
	for i, h := range header {
		name := columnName(h, i)
		if name == "SearchKey" {
			key = i
			continue
		}
		cols = append(cols, types.Column{Name: name, Type: types.String})
	}
	updated := builtin.FormatDatetime(builtin.Ticks(info.ModTime()))
	out := make([][]string, 0, len(rows))
	for _, r := range rows {
		item := map[string]string{}
		cells := make([]string, own, len(cols))
		for i, h := range header {
			name := columnName(h, i)
			item[name] = r[i]
			if name != "SearchKey" {
				cells = append(cells, r[i])
			}
		}
		js, err := json.Marshal(item)
		if err != nil {
			return nil, err
		}
		id := sha256.Sum256(js)
		cells[0], cells[1], cells[2] = fmt.Sprintf("%x", id[:16]), updated, r[key]
		out = append(out, cells)
	}
	return c.table(alias, cols, out)
}

// readCSV reads a CSV file with a header. Short rows are filled up.
func readCSV(path string) (header []string, rows [][]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	all, err := r.ReadAll()
	if err != nil {
		return nil, nil, err
	}
	if len(all) == 0 {
		return nil, nil, errors.New("the file has no header")
	}
	header = all[0]
	for _, row := range all[1:] {
		for len(row) < len(header) {
			row = append(row, "")
		}
		rows = append(rows, row[:len(header)])
	}
	return header, rows, nil
}

// External reads a CSV, TSV, JSON or text file for externaldata, from the folders
// that are allowed.
func (c *catalog) External(uri string, cols []types.Column, props map[string]string) (*types.Table, error) {
	if len(c.opt.External) == 0 {
		return nil, nil
	}
	uri, _, _ = strings.Cut(uri, ";") // an access key may follow
	path := strings.TrimPrefix(uri, "file://")
	if strings.Contains(path, "://") {
		return nil, fmt.Errorf("externaldata reads local files only; download %s into an allowed folder", uri)
	}
	path, err := c.allowed(path)
	if err != nil {
		return nil, err
	}
	rows, err := externalRows(path, cols, props)
	if err != nil {
		return nil, fmt.Errorf("externaldata %s: %w", uri, err)
	}
	return c.table("externaldata", cols, rows)
}

// allowed resolves a path and checks that it lies in an allowed folder,
// symbolic links followed.
func (c *catalog) allowed(path string) (string, error) {
	for _, dir := range c.opt.External {
		root, err := filepath.EvalSymlinks(dir)
		if err != nil {
			continue
		}
		full := path
		if !filepath.IsAbs(full) {
			full = filepath.Join(root, full)
		}
		real, err := filepath.EvalSymlinks(full)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if rel, err := filepath.Rel(root, real); err == nil && filepath.IsLocal(rel) {
			return real, nil
		}
	}
	return "", fmt.Errorf("externaldata may not read %s: it is in none of the allowed folders", path)
}

func externalRows(path string, cols []types.Column, props map[string]string) ([][]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	format := strings.ToLower(props["format"])
	if format == "" {
		format = strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	var rows [][]string
	switch format {
	case "txt", "raw":
		for _, l := range strings.Split(strings.TrimRight(text, "\r\n"), "\n") {
			rows = append(rows, []string{strings.TrimSuffix(l, "\r")})
		}
	case "csv", "tsv", "psv", "scsv":
		r := csv.NewReader(strings.NewReader(text))
		r.Comma = map[string]rune{"csv": ',', "tsv": '\t', "psv": '|', "scsv": ';'}[format]
		r.FieldsPerRecord, r.LazyQuotes = -1, true
		if rows, err = r.ReadAll(); err != nil {
			return nil, err
		}
	case "json", "multijson":
		return jsonRows(text, cols)
	default:
		return nil, fmt.Errorf("format %q is not supported; csv, tsv, psv, scsv, txt, json and multijson are", format)
	}
	if strings.EqualFold(props["ignoreFirstRecord"], "true") && len(rows) > 0 {
		rows = rows[1:]
	}
	for i := range rows {
		for len(rows[i]) < len(cols) {
			rows[i] = append(rows[i], "")
		}
		rows[i] = rows[i][:len(cols)]
	}
	return rows, nil
}

package kqltest

import (
	"bufio"
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/types"
)

//go:embed analyzer/analyze.js analyzer/package.json analyzer/package-lock.json
var analyzer embed.FS

// ErrNoNode says that node or npm is not installed.
var ErrNoNode = errors.New("node and npm not found")

// Result is what the analyzer says about a query. A query that gives no table
// has no columns.
type Result struct {
	Columns     []types.Column
	Open        bool // more columns may come with the data
	Diagnostics []Diagnostic
}

// Diagnostic is a finding of the analyzer. Places are in UTF-16 units.
type Diagnostic struct {
	Code, Severity, Message string
	Start, End              int
}

// Errors gives the findings that are errors: without one the query is
// accepted.
func (r Result) Errors() []Diagnostic {
	var out []Diagnostic
	for _, d := range r.Diagnostics {
		if d.Severity == "Error" {
			out = append(out, d)
		}
	}
	return out
}

// Function is a stored function of the database, in KQL.
type Function struct {
	Name       string `json:"name"`
	Parameters string `json:"parameters"` // with parentheses
	Body       string `json:"body"`       // with braces
}

// Functions are those that a Sentinel workspace has. The columns of a
// watchlist depend on its data, so what it returns is open.
var Functions = []Function{
	{"_GetWatchlist", "(name:string)", "{ datatable(_DTItemId:string, LastUpdatedTimeUTC:datetime, SearchKey:string, WatchlistItem:dynamic)[] " +
		"| evaluate bag_unpack(WatchlistItem) }"},
	{"_GetWatchlistAlias", "()", "{ datatable(WatchlistAlias:string)[] }"},
}

// Analyze gives the analyzer's result for each query over a database of the
// tables and of Functions.
func Analyze(ctx context.Context, tables []types.Table, queries []string) ([]Result, error) {
	return AnalyzeWith(ctx, tables, Functions, queries)
}

// AnalyzeWith is Analyze over a database with other functions.
func AnalyzeWith(ctx context.Context, tables []types.Table, functions []Function, queries []string) ([]Result, error) {
	dir, err := install(ctx)
	if err != nil {
		return nil, fmt.Errorf("install analyzer: %w", err)
	}
	schema, err := writeSchema(tables, functions)
	if err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	defer os.Remove(schema)
	var in bytes.Buffer
	lines := json.NewEncoder(&in)
	for i, q := range queries {
		if err := lines.Encode(map[string]string{"id": strconv.Itoa(i), "query": q}); err != nil {
			return nil, fmt.Errorf("write query: %w", err)
		}
	}
	cmd := exec.CommandContext(ctx, "node", filepath.Join(dir, "analyze.js"), schema)
	cmd.Stdin = &in
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("run analyzer: %w: %s", err, strings.TrimSpace(problems.String()))
	}
	return readResults(&out, len(queries))
}

func writeSchema(tables []types.Table, functions []Function) (string, error) {
	type column struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	type table struct {
		Name    string   `json:"name"`
		Columns []column `json:"columns"`
	}
	var schema struct {
		Tables    []table    `json:"tables"`
		Functions []Function `json:"functions"`
	}
	schema.Functions = functions
	for _, t := range tables {
		out := table{Name: t.Name, Columns: []column{}}
		for _, c := range t.Columns {
			// The analyzer has no hidden columns: it sees a table as results do.
			if !c.Hidden {
				out.Columns = append(out.Columns, column{c.Name, c.Type.String()})
			}
		}
		schema.Tables = append(schema.Tables, out)
	}
	f, err := os.CreateTemp("", "kqltest-*.json")
	if err != nil {
		return "", err
	}
	err = json.NewEncoder(f).Encode(schema)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return f.Name(), err
}

func readResults(out *bytes.Buffer, n int) ([]Result, error) {
	results := make([]Result, n)
	seen := 0
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var r struct {
			ID          string
			Columns     []struct{ Name, Type string }
			Open        bool
			Diagnostics []Diagnostic
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("read analyzer's answer: %w", err)
		}
		i, err := strconv.Atoi(r.ID)
		if err != nil || i < 0 || i >= n {
			return nil, fmt.Errorf("read analyzer's answer: unknown id %q", r.ID)
		}
		results[i] = Result{Open: r.Open, Diagnostics: r.Diagnostics}
		for _, c := range r.Columns {
			t, _ := types.Parse(c.Type) // what it cannot type is Unknown here as well
			results[i].Columns = append(results[i].Columns, types.Column{Name: c.Name, Type: t})
		}
		seen++
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read analyzer's answer: %w", err)
	}
	if seen != n {
		return nil, fmt.Errorf("read analyzer's answer: %d of %d queries", seen, n)
	}
	return results, nil
}

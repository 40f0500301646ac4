package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql/function"
)

// Schema is what the query editor knows.
type Schema struct {
	Tables      []SchemaTable    `json:"tables"`
	Functions   []SchemaFunction `json:"functions"`
	Operators   []string         `json:"operators"`
	Unsupported []string         `json:"unsupported"` // that Kusto has and this compiler does not
}

// SchemaTable is a table of the catalogue.
type SchemaTable struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Source      bool           `json:"source"` // rows come here; else it is there so that queries compile
	Columns     []SchemaColumn `json:"columns"`
}

// SchemaColumn is one of its columns.
type SchemaColumn struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Description string `json:"description"`
	Hidden      bool   `json:"hidden,omitempty"` // no wildcard shows it
}

// SchemaFunction is a function, an aggregate or a stored function.
type SchemaFunction struct {
	Name        string `json:"name"`
	Signature   string `json:"signature"`
	Description string `json:"description"`
}

var operators = []string{"as", "consume", "count", "datatable", "distinct", "evaluate", "extend", "externaldata", "find", "getschema", "invoke", "join", "limit", "lookup",
	"make-series", "mv-apply", "mv-expand", "order", "parse", "parse-kv", "parse-where", "partition", "print", "project", "project-away", "project-keep", "project-rename",
	"project-reorder", "range", "render", "sample", "sample-distinct", "scan", "search", "serialize", "sort", "summarize", "take", "top", "top-nested", "union", "where"}

var unsupported = []string{"fork", "facet", "reduce", "top-hitters", "make-graph", "graph-match", "graph-shortest-paths", "graph-to-table", "graph-mark-components",
	"assert-schema", "macro-expand", "execute-and-cache"}

func (s *Server) schema(w http.ResponseWriter, _ *http.Request) {
	out := Schema{Tables: []SchemaTable{}, Functions: []SchemaFunction{}, Operators: operators, Unsupported: unsupported}
	for _, t := range schema.Tables() {
		st := SchemaTable{Name: t.Name, Description: t.Description, Source: true}
		for _, c := range t.Columns {
			st.Columns = append(st.Columns, SchemaColumn{c.Name, c.Type.String(), c.Description, c.Hidden})
		}
		out.Tables = append(out.Tables, st)
	}
	cat := schema.Catalog()
	for _, n := range cat.TableNames() {
		if schema.Lookup(n) != nil {
			continue
		}
		t, ok := cat.Table(n)
		if !ok {
			continue
		}
		st := SchemaTable{Name: n}
		for _, c := range t.Columns {
			st.Columns = append(st.Columns, SchemaColumn{Name: c.Name, Type: c.Type.String(), Hidden: c.Hidden})
		}
		out.Tables = append(out.Tables, st)
	}
	for _, n := range function.Names() {
		if f, ok := function.Lookup(n); ok {
			out.Functions = append(out.Functions, SchemaFunction{Name: n, Signature: f.Sig})
		}
	}
	for _, n := range function.AggregateNames() {
		if f, ok := function.LookupAggregate(n); ok {
			out.Functions = append(out.Functions, SchemaFunction{Name: n, Signature: f.Sig, Description: "aggregate"})
		}
	}
	if list, err := query.Functions(s.opt.Functions); err == nil {
		for _, f := range list {
			sig, _, _ := strings.Cut(f.Text, "{")
			out.Functions = append(out.Functions, SchemaFunction{f.Name, strings.TrimSpace(sig), strings.TrimSpace(f.Title + ". " + f.Description)})
		}
	}
	slices.SortStableFunc(out.Functions, func(a, b SchemaFunction) int { return strings.Compare(a.Name, b.Name) })
	s.json(w, out)
}

package schema

import (
	"embed"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/wholelog/wholelog/kql"
)

//go:embed tables
var files embed.FS

// descriptions.tsv: a column, or Table.Column where a table means something
// else by it, or "# Table", and what it holds.
//
//go:embed descriptions.tsv
var descriptions string

var describe = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(descriptions) {
		name, text, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		m[strings.TrimPrefix(name, "# ")] = text
	}
	return m
})

var load = sync.OnceValue(func() *catalog {
	c, err := parse()
	if err != nil {
		panic(err) // the files are part of the binary; a test reads them all
	}
	return c
})

type catalog struct {
	tables     []*Table
	byName     map[string]*Table
	byCategory map[string]*Table
	kql        map[string]*kql.Table
	names      []string
}

// Tables lists the tables that have a source, sorted by name. The result is
// shared: do not change it.
func Tables() []*Table { return load().tables }

// Lookup finds a table by its exact name; nil if there is none.
func Lookup(name string) *Table { return load().byName[name] }

// ByCategory finds the table of a diagnostic category, in any letter case;
// nil for a category that has no table here.
func ByCategory(category string) *Table { return load().byCategory[strings.ToLower(category)] }

// Catalog is the catalogue as the KQL compiler sees it.
func Catalog() kql.Catalog { return load() }

func (c *catalog) Table(name string) (*kql.Table, bool) { t, ok := c.kql[name]; return t, ok }
func (c *catalog) TableNames() []string                 { return c.names }

var types = map[string]kql.Type{
	"bool": kql.Bool, "boolean": kql.Bool, "int": kql.Int, "long": kql.Long, "real": kql.Real, "double": kql.Real,
	"string": kql.String, "datetime": kql.Datetime, "dynamic": kql.Dynamic, "guid": kql.Guid,
}

// hidden are the columns that we add to every table of ours.
var hidden = []Column{
	{Name: "AdditionalFields", Type: kql.Dynamic, Description: "Fields of the record that no column of the table holds"},
	{Name: "ErrorClass", Type: kql.String, Description: "success, failure or interrupt, by the result code"},
	{Name: "ErrorName", Type: kql.String, Description: "Name of the result code in Microsoft's documentation"},
	{Name: "ErrorText", Type: kql.String, Description: "What the result code means, as a sentence"},
	{Name: "RoleName", Type: kql.String, Description: "Directory role that the operation is about"},
	{Name: "RoleTier", Type: kql.String, Description: "Tier of that role: 0 control plane, 1 management plane, 2 user access"},
	{Name: "IdKind", Type: kql.String, Description: "native, fingerprint or match: what identifies the record"},
	{Name: "TimeKind", Type: kql.String, Description: "event, stage, envelope or seen: where the time was taken from"},
	{Name: "RecordSource", Type: kql.String, Description: "Collection path of the version shown"},
	{Name: "_IngestionTime", Type: kql.Datetime, Description: "When the version shown was received: what ingestion_time() gives"},
	{Name: "Position", Type: kql.Long, Description: "Position of the version shown in the ledger"},
}

func parse() (*catalog, error) {
	c := &catalog{byName: map[string]*Table{}, byCategory: map[string]*Table{}, kql: map[string]*kql.Table{}}
	entries, err := files.ReadDir("tables")
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	for _, e := range entries {
		text, err := files.ReadFile("tables/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("catalogue: %w", err)
		}
		if e.Name() == "empty.tsv" {
			if err := c.parseEmpty(string(text)); err != nil {
				return nil, fmt.Errorf("catalogue %s: %w", e.Name(), err)
			}
			continue
		}
		t, err := parseTable(string(text))
		if err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", e.Name(), err)
		}
		c.tables = append(c.tables, t)
		c.byName[t.Name] = t
		c.byCategory[strings.ToLower(t.Category)] = t
		c.kql[t.Name] = t.kql()
	}
	for _, category := range controlPlane {
		c.byCategory[category] = c.byName["AKSControlPlane"]
	}
	for n := range c.kql {
		c.names = append(c.names, n)
	}
	sort.Strings(c.names)
	sort.Slice(c.tables, func(i, j int) bool { return c.tables[i].Name < c.tables[j].Name })
	return c, nil
}

// controlPlane are the AKS categories that share one table.
var controlPlane = []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "cluster-autoscaler",
	"cloud-controller-manager", "guard", "csi-azuredisk-controller", "csi-azurefile-controller", "csi-snapshot-controller"}

func parseTable(text string) (*Table, error) {
	t := &Table{byName: map[string]int{}}
	head := map[string]*string{"table": &t.Name, "family": &t.Family, "category": &t.Category, "resource": &t.Resource, "endpoint": &t.Endpoint}
	for n, line := range strings.Split(strings.TrimSpace(text), "\n") {
		word, rest, _ := strings.Cut(line, " ")
		if field := head[word]; field != nil {
			*field = rest
			continue
		}
		typ, graph, _ := strings.Cut(rest, " ")
		k, ok := types[typ]
		if !ok {
			return nil, fmt.Errorf("line %d: no type %q", n+1, typ)
		}
		if graph == "-" {
			graph = ""
		}
		text := describe()[t.Name+"."+word]
		if text == "" {
			text = describe()[word]
		}
		t.add(Column{Name: word, Type: k, Graph: graph, Description: text})
	}
	t.Description = describe()[t.Name]
	if t.Name == "" || len(t.Columns) == 0 {
		return nil, fmt.Errorf("no table in it")
	}
	for _, h := range hidden {
		if t.Index(h.Name) < 0 {
			h.Hidden = true
			t.add(h)
		}
	}
	for _, p := range promoted[t.Name] {
		if t.Index(p.Column) < 0 {
			return nil, fmt.Errorf("promoted path %s: no such column", p.Name())
		}
		t.Promoted = append(t.Promoted, p)
	}
	for _, name := range digests {
		if i := t.Index(name); i >= 0 && t.Columns[i].Type == kql.String {
			t.Digests = append(t.Digests, name)
		}
	}
	return t, nil
}

func (t *Table) add(c Column) {
	t.byName[c.Name] = len(t.Columns)
	t.Columns = append(t.Columns, c)
}

func (t *Table) kql() *kql.Table {
	k := &kql.Table{Name: t.Name}
	for _, c := range t.Columns {
		k.Columns = append(k.Columns, kql.Column{Name: c.Name, Type: c.Type, Hidden: c.Hidden})
	}
	for i, p := range t.Promoted {
		k.Promotions = append(k.Promotions, kql.Promotion{Column: p.Column, Path: p.Path, Type: p.Type, Physical: p.Name(), Bit: i, Fields: p.Fields})
	}
	for _, name := range t.Digests {
		if k.Digests == nil {
			k.Digests = map[string]string{}
		}
		k.Digests[name] = DigestName(name)
	}
	return k
}

func (c *catalog) parseEmpty(text string) error {
	for n, line := range strings.Split(strings.TrimSpace(text), "\n") {
		name, cols, ok := strings.Cut(line, "\t")
		if !ok {
			return fmt.Errorf("line %d: no columns", n+1)
		}
		k := &kql.Table{Name: name, NoSource: true}
		for _, col := range strings.Fields(cols) {
			cn, typ, _ := strings.Cut(col, ":")
			kt, ok := types[typ]
			if !ok {
				return fmt.Errorf("line %d: no type %q", n+1, typ)
			}
			k.Columns = append(k.Columns, kql.Column{Name: cn, Type: kt})
		}
		if c.kql[name] == nil {
			c.kql[name] = k
		}
	}
	return nil
}

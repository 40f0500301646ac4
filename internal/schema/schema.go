package schema

import "github.com/wholelog/wholelog/kql"

// Table describes one Azure Monitor table.
type Table struct {
	Name        string
	Family      string // database file family: signin, audit, risk, activity, kube, own
	Category    string // diagnostic category, e.g. "SignInLogs"
	Resource    string // Graph resource or source type, e.g. "microsoft.graph.signIn"
	Endpoint    string // Graph endpoint, "" if there is none
	Description string
	Columns     []Column
	Promoted    []Promotion
	Digests     []string // string columns of which the store keeps the kql.Digest

	byName map[string]int
}

// Column is one column of a table.
type Column struct {
	Name        string
	Type        kql.Type
	Description string
	Graph       string // Graph property that feeds it, "" if none
	// Hidden columns are ours, not Azure Monitor's: a query can name them but
	// no wildcard and no result without a projection shows them, so that
	// result schemas stay equal to Microsoft's.
	Hidden bool
}

// Promotion is a path into a dynamic (or JSON-holding string) column that is
// stored as a typed column of its own as well. It never changes an answer.
type Promotion struct {
	Column string   // e.g. "LocationDetails"
	Path   []string // e.g. {"geoCoordinates", "latitude"}; a decimal number is an array index
	Type   kql.Type // String, Long, Real or Bool; Dynamic for a list
	// Fields are the members of a list's elements that are kept, all strings;
	// nil for a single value. An empty Path is then the column itself.
	Fields []string
}

// Name is the physical name of the promoted column, e.g. "LocationDetails.countryOrRegion".
func (p Promotion) Name() string {
	s := p.Column
	for _, e := range p.Path {
		s += "." + e
	}
	if p.Fields != nil {
		s += "[]"
	}
	return s
}

// Index returns the position of a column, or -1.
func (t *Table) Index(name string) int {
	if i, ok := t.byName[name]; ok {
		return i
	}
	return -1
}

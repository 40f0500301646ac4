package function

import "sync"

// Aggregate is a row of the table of aggregates. Prefix makes the name of an
// unnamed use: prefix_argument; "=" takes the argument's own name.
type Aggregate struct {
	Name   string
	Sig    string
	Prefix string
	Func
}

var aggregateRows = []Aggregate{
	{Name: "count", Sig: "([value:any]) long", Prefix: "count"},
	{Name: "countif", Sig: "(condition:bool) long", Prefix: "countif"},
	{Name: "dcount", Sig: "(value:any, [accuracy:long]) long", Prefix: "dcount"},
	{Name: "dcountif", Sig: "(value:any, condition:bool, [accuracy:long]) long", Prefix: "dcountif"},
	{Name: "count_distinct", Sig: "(value:any) long", Prefix: "count_distinct"},
	{Name: "count_distinctif", Sig: "(value:any, condition:bool) long", Prefix: "count_distinctif"},
	{Name: "sum", Sig: "(value:any) sum", Prefix: "sum"},
	{Name: "sumif", Sig: "(value:any, condition:bool) sum", Prefix: "sumif"},
	{Name: "avg", Sig: "(value:any) avg", Prefix: "avg"},
	{Name: "avgif", Sig: "(value:any, condition:bool) avg", Prefix: "avgif"},
	{Name: "min", Sig: "(value:T) T", Prefix: "min"},
	{Name: "minif", Sig: "(value:T, condition:bool) T", Prefix: "minif"},
	{Name: "max", Sig: "(value:T) T", Prefix: "max"},
	{Name: "maxif", Sig: "(value:T, condition:bool) T", Prefix: "maxif"},
	{Name: "make_set", Sig: "(value:any, [limit:long]) dynamic", Prefix: "set"},
	{Name: "make_set_if", Sig: "(value:any, condition:bool, [limit:long]) dynamic", Prefix: "set"},
	{Name: "make_list", Sig: "(value:any, [limit:long]) dynamic", Prefix: "list"},
	{Name: "make_list_if", Sig: "(value:any, condition:bool, [limit:long]) dynamic", Prefix: "list"},
	{Name: "make_list_with_nulls", Sig: "(value:any) dynamic", Prefix: "list"},
	{Name: "makeset", Sig: "(value:any, [limit:long]) dynamic", Prefix: "set"},
	{Name: "makelist", Sig: "(value:any, [limit:long]) dynamic", Prefix: "list"},
	{Name: "make_bag", Sig: "(value:dynamic, [limit:long]) dynamic", Prefix: "bag"},
	{Name: "make_bag_if", Sig: "(value:dynamic, condition:bool, [limit:long]) dynamic", Prefix: "bag"},
	{Name: "take_any", Sig: "(value:T, [more:any...]) T", Prefix: "="},
	{Name: "take_anyif", Sig: "(value:T, condition:bool) T", Prefix: "="},
	{Name: "any", Sig: "(value:T, [more:any...]) T", Prefix: "any"},
	{Name: "anyif", Sig: "(value:T, condition:bool) T", Prefix: "anyif"},
	{Name: "arg_max", Sig: "(value:T, [more:any...]) T", Prefix: "="},
	{Name: "arg_min", Sig: "(value:T, [more:any...]) T", Prefix: "="},
	{Name: "percentile", Sig: "(value:T, percentile:real) T", Prefix: "percentile"},
	{Name: "percentiles", Sig: "(value:T, percentile:real...) T", Prefix: "percentile"},
	{Name: "percentiles_array", Sig: "(value:any, percentile:any...) dynamic", Prefix: "percentiles"},
	{Name: "stdev", Sig: "(value:number) real", Prefix: "stdev"},
	{Name: "stdevif", Sig: "(value:number, condition:bool) real", Prefix: "stdevif"},
	{Name: "stdevp", Sig: "(value:number) real", Prefix: "stdevp"},
	{Name: "variance", Sig: "(value:number) real", Prefix: "variance"},
	{Name: "varianceif", Sig: "(value:number, condition:bool) real", Prefix: "varianceif"},
	{Name: "variancep", Sig: "(value:number) real", Prefix: "variancep"},
	{Name: "variancepif", Sig: "(value:number, condition:bool) real", Prefix: "variancepif"},
	{Name: "stdevpif", Sig: "(value:number, condition:bool) real", Prefix: "stdevpif"},
	{Name: "covariance", Sig: "(x:number, y:number) real", Prefix: "covariance"},
	{Name: "covarianceif", Sig: "(x:number, y:number, condition:bool) real", Prefix: "covarianceif"},
	{Name: "covariancepif", Sig: "(x:number, y:number, condition:bool) real", Prefix: "covariancepif"},
	{Name: "covariancep", Sig: "(x:number, y:number) real", Prefix: "covariancep"},
	{Name: "binary_all_and", Sig: "(value:long) long", Prefix: "="},
	{Name: "binary_all_or", Sig: "(value:long) long", Prefix: "="},
	{Name: "binary_all_xor", Sig: "(value:long) long", Prefix: "="},
}

var aggregates = sync.OnceValue(func() map[string]*Aggregate {
	m := map[string]*Aggregate{}
	for i := range aggregateRows {
		a := &aggregateRows[i]
		a.Func.Name, a.Func.Sig = a.Name, a.Sig
		a.parse()
		m[a.Name] = a
	}
	return m
})

// LookupAggregate finds an aggregate by its exact name.
func LookupAggregate(name string) (*Aggregate, bool) {
	a, ok := aggregates()[name]
	return a, ok
}

// AggregateNames lists the aggregates in no order.
func AggregateNames() []string {
	out := make([]string, 0, len(aggregates()))
	for n := range aggregates() {
		out = append(out, n)
	}
	return out
}

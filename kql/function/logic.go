package function

var logic = []Func{
	{Name: "not", Sig: "(value:bool) bool", DuckDB: "(NOT {0})"},
	{Name: "iff", Sig: "(condition:bool, then:T, otherwise:T) T", DuckDB: "(CASE WHEN {0} THEN {1} ELSE {2} END)"},
	{Name: "case", Sig: "(condition:bool, then:T, otherwise:T...) T"},
	{Name: "coalesce", Sig: "(value:T, other:T...) T"},
	{Name: "isnull", Sig: "(value:any) bool"},
	{Name: "isnotnull", Sig: "(value:any) bool"},
	{Name: "isempty", Sig: "(value:any) bool"},
	{Name: "isnotempty", Sig: "(value:any) bool"},
	{Name: "max_of", Sig: "(value:T, other:T...) T"},
	{Name: "min_of", Sig: "(value:T, other:T...) T"},
	{Name: "rand", Sig: "([limit:long]) real", Named: true},
	{Name: "new_guid", Sig: "() guid", DuckDB: "uuid()::VARCHAR"},
	{Name: "ingestion_time", Sig: "() datetime"},
	{Name: "estimate_data_size", Sig: "(value:any...) long"},
	{Name: "assert", Sig: "(condition:bool, message:string) bool", DuckDB: "(CASE WHEN {0} THEN true ELSE error({1}) END)"},
}

// window functions look at other rows and need a serialized input.
var window = []Func{
	{Name: "prev", Sig: "(value:T, [offset:long], [default:any]) T"},
	{Name: "next", Sig: "(value:T, [offset:long], [default:any]) T"},
	{Name: "row_number", Sig: "([start:long], [restart:bool]) long"},
	{Name: "row_cumsum", Sig: "(term:number, [restart:bool]) T"},
	{Name: "row_rank_dense", Sig: "(term:any, [restart:bool]) long"},
	{Name: "row_rank_min", Sig: "(term:any, [restart:bool]) long"},
	{Name: "row_window_session", Sig: "(value:datetime, maxFromFirst:timespan, maxBetween:timespan, [restart:bool]) datetime"},
}

package builtin

import (
	"slices"
	"strings"

	"github.com/wholelog/wholelog/kql/types"
)

// Func is a function that queries can call.
type Func struct {
	// Name is Kusto's name in lower case, perhaps with a type suffix.
	Name string
	// Args are the types of the longest form; Min of them are required and
	// the missing ones arrive as nil.
	Args     []types.Type
	Min      int
	Variadic bool // the last of Args repeats
	Result   types.Type
	// Columns, for functions that fill several columns, describes the
	// elements of the dynamic array they return. A column's name is the suffix
	// that Kusto adds to the name of the assigned column.
	Columns []types.Column
	Call    func(args []any) any
}

// Lookup finds a function by name.
func Lookup(name string) (*Func, bool) {
	f, ok := table[name]
	return f, ok
}

// All lists the functions, sorted by name.
func All() []*Func {
	out := make([]*Func, 0, len(table))
	for _, f := range table {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b *Func) int { return strings.Compare(a.Name, b.Name) })
	return out
}

var table = index(engineFuncs, engineSeriesFuncs, textFuncs, regexFuncs, matchFuncs, codecFuncs, urlFuncs, parseFuncs, xmlFuncs, agentFuncs, hashFuncs, ipTextFuncs,
	ipv4Funcs, ipv6Funcs, geoIPFuncs, geoFuncs, geoPointFuncs, geoPolygonFuncs, wktFuncs, geohashFuncs, s2Funcs,
	bagFuncs, arrayFuncs, sortFuncs, setFuncs, rangeFuncs, jsonFuncs,
	timeTextFuncs, timeFuncs, zoneFuncs, binFuncs, mathFuncs, betaFuncs, unitFuncs, bitFuncs,
	seriesFuncs, seriesStatFuncs, seriesFillFuncs, seriesFitFuncs, filterFuncs, outlierFuncs, periodFuncs, decomposeFuncs)

func index(families ...[]Func) map[string]*Func {
	m := map[string]*Func{}
	for _, family := range families {
		for i := range family {
			m[family[i].Name] = &family[i]
		}
	}
	return m
}

// letters are those of the compiler's function table.
var letters = map[rune]types.Type{'b': types.Bool, 'I': types.Int, 'l': types.Long, 'r': types.Real, 's': types.String,
	't': types.Datetime, 'i': types.Timespan, 'g': types.Guid, 'd': types.Dynamic}

// fn makes a Func from a signature: a letter per argument, what follows ? is
// optional, a final * repeats the last; then : and the result.
func fn(name, sig string, call func(args) any) Func {
	in, out, _ := strings.Cut(sig, ":")
	f := Func{Name: name, Min: -1, Call: func(a []any) any { return call(args(a)) }}
	for _, c := range in {
		switch c {
		case '?':
			f.Min = len(f.Args)
		case '*':
			f.Variadic = true
		default:
			f.Args = append(f.Args, letters[c])
		}
	}
	if f.Min < 0 {
		f.Min = len(f.Args)
	}
	for _, c := range out {
		f.Result = letters[c]
	}
	if f.Result == types.String {
		f.Call = func(a []any) any {
			if s, ok := call(args(a)).(string); ok {
				return s
			}
			return ""
		}
	}
	return f
}

// args reads arguments by position. What is absent or of another type is
// absent.
type args []any

func (a args) at(i int) any {
	if i < len(a) {
		return a[i]
	}
	return nil
}

// has tells whether an argument is there and not null.
func (a args) has(i int) bool { return a.at(i) != nil }

func (a args) str(i int) string {
	s, _ := a.at(i).(string)
	return s
}

func (a args) long(i int) (int64, bool) { return toLong(a.at(i)) }

func (a args) longOr(i int, def int64) int64 {
	if n, ok := a.long(i); ok {
		return n
	}
	return def
}

func (a args) real(i int) (float64, bool) { return toReal(a.at(i)) }

func (a args) realOr(i int, def float64) float64 {
	if f, ok := a.real(i); ok {
		return f
	}
	return def
}

func (a args) bool(i int, def bool) bool {
	if b, ok := a.at(i).(bool); ok {
		return b
	}
	return def
}

// dyn gives a dynamic argument as a tree.
func (a args) dyn(i int) any {
	if s, ok := a.at(i).(string); ok {
		return decode(s)
	}
	return nil
}

// arr gives a dynamic argument that is an array.
func (a args) arr(i int) ([]any, bool) {
	v, ok := a.dyn(i).([]any)
	return v, ok
}

func toLong(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int32:
		return int64(v), true
	case int:
		return int64(v), true
	case float64:
		if v > -9.2e18 && v < 9.2e18 {
			return int64(v), true
		}
	}
	return 0, false
}

func toReal(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case int32:
		return float64(v), true
	case int:
		return float64(v), true
	}
	return 0, false
}

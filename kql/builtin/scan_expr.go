package builtin

import (
	"fmt"
	"slices"

	"github.com/wholelog/wholelog/kql/types"
)

// ScanExpr is an expression of a step. Op is const, cell (Index of the row),
// held (Index of the row that matched Step last), out (Index of what Step
// assigned to it), path, or a function.
type ScanExpr struct {
	Op    string
	Type  types.Type
	Args  []*ScanExpr `json:",omitempty"`
	Text  *string     `json:",omitempty"` // of a constant; nil is null
	Step  int         `json:",omitempty"`
	Index int         `json:",omitempty"`
	Path  []ScanKey   `json:",omitempty"`
}

// ScanKey is a step of a path: a key or, with IsIndex, an index.
type ScanKey struct {
	Key     string `json:",omitempty"`
	Index   int    `json:",omitempty"`
	IsIndex bool   `json:",omitempty"`
}

// scanFrame is what an expression sees.
type scanFrame struct {
	m    *scanMachine
	row  []any
	recs []*scanRecord
}

type scanFunc func(*scanFrame) any

// held is the record that matched a step last, nil for none.
func (f *scanFrame) held(step int) *scanRecord {
	if step < len(f.recs) {
		return f.recs[step]
	}
	return nil
}

// ScanRuns tells whether a function can be called on a step's values.
func ScanRuns(name string) bool {
	if _, ok := scanOps[name]; ok {
		return true
	}
	_, ok := table[name]
	return ok && !slices.Contains(scanByType, name)
}

// scanByType are functions whose form here depends on their arguments' types,
// or whose arguments the emitter rearranges.
var scanByType = []string{"hash", "range", "array_sort_asc", "array_sort_desc", "extract_all", "estimate_data_size", "hash_xxhash64", "tohex", "scan"}

// scanOps makes a function of its arguments for those that package builtin
// does not have under their own name, or has for one type only.
var scanOps = map[string]func(e *ScanExpr) func([]any) any{}

func (p *ScanProgram) compile(e *ScanExpr) (scanFunc, error) {
	if e == nil {
		return nil, fmt.Errorf("scan: no expression")
	}
	null := scanValue(e.Type, nil)
	switch e.Op {
	case "const":
		v := scanValue(e.Type, e.Text)
		return func(*scanFrame) any { return v }, nil
	case "cell":
		if e.Index < 0 || e.Index >= len(p.Cells) {
			return nil, fmt.Errorf("scan: no cell %d", e.Index)
		}
		return func(f *scanFrame) any { return f.row[e.Index] }, nil
	case "held":
		if e.Index < 0 || e.Index >= len(p.Cells) {
			return nil, fmt.Errorf("scan: no cell %d", e.Index)
		}
		return func(f *scanFrame) any {
			if r := f.held(e.Step); r != nil {
				return r.row[e.Index]
			}
			return null
		}, nil
	case "out":
		if e.Index < 0 || e.Index >= len(p.Out) {
			return nil, fmt.Errorf("scan: no column %d", e.Index)
		}
		return func(f *scanFrame) any {
			if r := f.held(e.Step); r != nil {
				return r.out[e.Index]
			}
			return f.m.defs[e.Index]
		}, nil
	}
	args := make([]scanFunc, len(e.Args))
	for i, a := range e.Args {
		var err error
		if args[i], err = p.compile(a); err != nil {
			return nil, err
		}
	}
	call, err := scanCall(e)
	if err != nil {
		return nil, err
	}
	return func(f *scanFrame) any {
		in := make([]any, len(args))
		for i, a := range args {
			in[i] = a(f)
		}
		v := call(in)
		if v == nil {
			return null
		}
		return v
	}, nil
}

func scanCall(e *ScanExpr) (func([]any) any, error) {
	if e.Op == "path" && len(e.Args) == 1 {
		return func(in []any) any {
			s, _ := in[0].(string)
			v := decode(s)
			for _, k := range e.Path {
				if k.IsIndex {
					v = element(v, int64(k.Index))
				} else if b, ok := v.(*bag); ok {
					v, _ = b.get(k.Key)
				} else {
					return nil
				}
			}
			return encode(v)
		}, nil
	}
	if op, ok := scanOps[e.Op]; ok {
		return op(e), nil
	}
	name := e.Op
	if (name == "bin" || name == "bin_at") && (e.Type == types.Real || e.Type == types.Decimal) {
		name += "_real"
	}
	f, ok := table[name]
	if !ok || !ScanRuns(e.Op) {
		return nil, fmt.Errorf("%s() is not supported on a step's value in scan", e.Op)
	}
	return func(in []any) any { return f.Call(scanArgs(f, e, in)) }, nil
}

// scanArgs converts arguments to what f takes, as emitted SQL does.
func scanArgs(f *Func, e *ScanExpr, in []any) []any {
	for i, v := range in {
		want, have := f.Args[min(i, len(f.Args)-1)], e.Args[i].Type
		switch {
		case want == types.Dynamic:
			in[i] = scanDynamic(have, v)
		case want == types.String:
			in[i] = scanString(have, v)
		case v == nil:
		case want == types.Real || want == types.Decimal:
			if r, ok := toReal(v); ok {
				in[i] = r
			}
		case want != types.Bool && want != types.Guid:
			if n, ok := toLong(v); ok {
				in[i] = n
			}
		}
	}
	for n := len(in); n < len(f.Args) && !(f.Variadic && n == len(f.Args)-1); n++ {
		in = append(in, nil)
	}
	return in
}

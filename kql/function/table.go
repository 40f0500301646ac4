package function

import (
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/types"
)

// Func is a row of the table.
type Func struct {
	Name string
	Sig  string
	// DuckDB has {0}.. for arguments, {*} for all, {1|x} for a default.
	DuckDB string
	// Named says that an unnamed use takes the name of its first argument,
	// with Prefix before it.
	Named  bool
	Prefix string
	// Outs names the columns of a function that yields several; the value is
	// then a dynamic array of them.
	Outs []types.Column
	// AliasOf is the current name of a deprecated spelling.
	AliasOf string

	Params []Param
	Result string // a type's name or T
}

// Param is a parameter of a signature.
type Param struct {
	Name     string
	Type     string // a type's name, number, any or T
	Optional bool
	Repeats  bool
}

// Min and Max tell how many arguments a function takes; Max is -1 for any
// number.
func (f *Func) Min() int {
	n := 0
	for _, p := range f.Params {
		if !p.Optional {
			n++
		}
	}
	return n
}

// Max is the largest number of arguments, -1 when there is none.
func (f *Func) Max() int {
	if n := len(f.Params); n > 0 && f.Params[n-1].Repeats {
		return -1
	}
	return len(f.Params)
}

// Param returns the parameter that the i-th argument belongs to.
func (f *Func) Param(i int) Param {
	if i < len(f.Params) {
		return f.Params[i]
	}
	return f.Params[len(f.Params)-1]
}

var tables = sync.OnceValue(func() map[string]*Func {
	m := map[string]*Func{}
	for _, list := range [][]Func{conversions, logic, text, numbers, times, dynamics, network, geo, series, window} {
		for i := range list {
			f := &list[i]
			f.parse()
			if g, ok := builtin.Lookup(f.Name); ok {
				f.Outs = g.Columns
			}
			m[f.Name] = f
		}
	}
	for alias, name := range aliases {
		f := *m[name]
		f.Name, f.AliasOf = alias, name
		m[alias] = &f
	}
	return m
})

// Lookup finds a scalar function by its exact name. The result is shared and
// must not be changed.
func Lookup(name string) (*Func, bool) {
	f, ok := tables()[name]
	return f, ok
}

// Names lists the scalar functions, sorted.
func Names() []string {
	out := make([]string, 0, len(tables()))
	for n := range tables() {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// parse reads the signature; the table is ours, so a mistake in it panics.
func (f *Func) parse() {
	open, end := strings.IndexByte(f.Sig, '('), strings.LastIndexByte(f.Sig, ')')
	if open != 0 || end < 0 {
		panic(fmt.Sprintf("function %s: signature %q", f.Name, f.Sig))
	}
	f.Result = strings.TrimSpace(f.Sig[end+1:])
	for _, p := range strings.Split(f.Sig[1:end], ",") {
		if p = strings.TrimSpace(p); p == "" {
			continue
		}
		var out Param
		if strings.HasPrefix(p, "[") {
			out.Optional = true
			p = strings.Trim(p, "[]")
		}
		if strings.HasSuffix(p, "...") {
			out.Repeats = true
			p = strings.TrimSuffix(p, "...")
		}
		var ok bool
		if out.Name, out.Type, ok = strings.Cut(p, ":"); !ok {
			panic(fmt.Sprintf("function %s: parameter %q", f.Name, p))
		}
		f.Params = append(f.Params, out)
	}
}

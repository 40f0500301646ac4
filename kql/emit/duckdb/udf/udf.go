// Package udf gives a DuckDB engine the functions that emitted SQL calls as
// kql_*.
//
// The one invariant: every function of package builtin is there under its own
// name with that prefix, and none of them can make the engine fail: what a
// function cannot do is null.
//
// Start reading at Register.
package udf

import (
	"database/sql"
	"database/sql/driver"
	"fmt"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/wholelog/wholelog/kql/builtin"
	"github.com/wholelog/wholelog/kql/types"
)

// Register adds the functions to the engine behind conn, for all its
// connections.
func Register(conn *sql.Conn) error {
	for _, f := range builtin.All() {
		s, err := newScalar(f)
		if err != nil {
			return fmt.Errorf("function %s: %w", f.Name, err)
		}
		if err := duckdb.RegisterScalarUDF(conn, "kql_"+f.Name, s); err != nil {
			return fmt.Errorf("register %s: %w", f.Name, err)
		}
	}
	return nil
}

type scalar struct {
	f      *builtin.Func
	config duckdb.ScalarFuncConfig
}

func newScalar(f *builtin.Func) (*scalar, error) {
	s := &scalar{f: f}
	s.config.SpecialNullHandling = true
	for i, t := range f.Args {
		info, err := duckdb.NewTypeInfo(physical(t))
		if err != nil {
			return nil, err
		}
		if f.Variadic && i == len(f.Args)-1 {
			s.config.VariadicTypeInfo = info
			continue
		}
		s.config.InputTypeInfos = append(s.config.InputTypeInfos, info)
	}
	var err error
	s.config.ResultTypeInfo, err = duckdb.NewTypeInfo(physical(f.Result))
	return s, err
}

func physical(t types.Type) duckdb.Type {
	switch t {
	case types.Bool:
		return duckdb.TYPE_BOOLEAN
	case types.Int:
		return duckdb.TYPE_INTEGER
	case types.Long, types.Datetime, types.Timespan:
		return duckdb.TYPE_BIGINT
	case types.Real, types.Decimal:
		return duckdb.TYPE_DOUBLE
	}
	return duckdb.TYPE_VARCHAR
}

func (s *scalar) Config() duckdb.ScalarFuncConfig { return s.config }

func (s *scalar) Executor() duckdb.ScalarFuncExecutor {
	return duckdb.ScalarFuncExecutor{RowExecutor: func(values []driver.Value) (any, error) {
		args := make([]any, len(values))
		for i, v := range values {
			args[i] = s.in(i, v)
		}
		return s.out(s.f.Call(args)), nil
	}}
}

// in converts an engine's value; missing strings are "".
func (s *scalar) in(i int, v driver.Value) any {
	switch v := v.(type) {
	case int32:
		return int64(v)
	case nil:
		if t := s.f.Args[min(i, len(s.f.Args)-1)]; t == types.String || t == types.Guid {
			return ""
		}
	}
	return v
}

func (s *scalar) out(v any) any {
	if n, ok := v.(int64); ok && s.f.Result == types.Int {
		return int32(n)
	}
	return v
}

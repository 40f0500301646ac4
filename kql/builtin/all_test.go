package builtin

import (
	"fmt"
	"math"
	"testing"

	"github.com/wholelog/wholelog/kql/types"
)

// check calls a function by name and compares the printed result: nil prints as
// null, and reals with the digits that both have.
func check(t *testing.T) func(want, name string, in ...any) {
	t.Helper()
	return func(want, name string, in ...any) {
		t.Helper()
		f, ok := Lookup(name)
		if !ok {
			t.Errorf("no function %s", name)
			return
		}
		for i, v := range in {
			if n, ok := v.(int); ok {
				in[i] = int64(n)
			}
		}
		if got := show(f.Call(in)); got != want {
			t.Errorf("%s%v\n got %s\nwant %s", name, in, got, want)
		}
	}
}

func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case float64:
		return fmt.Sprintf("%.12g", v)
	case string:
		return v
	}
	return fmt.Sprint(v)
}

// TestEveryFunctionIsTotal feeds every function values of every kind, right
// and wrong: none may panic, and the results must be of the declared type.
func TestEveryFunctionIsTotal(t *testing.T) {
	pool := []any{nil, "", "a", "null", "[]", "{}", `"x"`, "[1,2,null,\"a\"]", `{"a":1,"b":{"c":[1]}}`, "[1.5,2.5,3.5,1.5,2.5,3.5,1.5,2.5,3.5,9]",
		"10.0.0.1/8", "::1/129", "a(b", "[", "2024-01-02", "-1", "9223372036854775807", true, int64(0), int64(-1), int64(3), int64(math.MaxInt64), int64(math.MinInt64),
		0.0, -0.5, 1e300, math.NaN(), math.Inf(1), "\xff\xfe", "https://u:p@h:1/p?q=1#f", "year", "Europe/Paris", "<a b='c'>d</a>", "$.a.b[0]"}
	for _, f := range All() {
		n := len(f.Args)
		if f.Variadic {
			n++
		}
		for round := 0; round < 150; round++ {
			in := make([]any, n)
			x := round
			for i := range in {
				in[i] = pool[(x*7+i*13+round/len(pool)*(i+1)*5)%len(pool)]
				x = x/3 + i
			}
			out := f.Call(in)
			if out == nil {
				if f.Result == types.String {
					t.Fatalf("%s%q gave null for a string", f.Name, in)
				}
				continue
			}
			ok := false
			switch f.Result {
			case types.Bool:
				_, ok = out.(bool)
			case types.Int, types.Long, types.Datetime, types.Timespan:
				_, ok = out.(int64)
			case types.Real:
				_, ok = out.(float64)
			case types.String, types.Guid:
				_, ok = out.(string)
			case types.Dynamic:
				var s string
				if s, ok = out.(string); ok {
					_, ok = parseJSON(s)
				}
			}
			if !ok {
				t.Fatalf("%s%q gave %T %v, want %v", f.Name, in, out, out, f.Result)
			}
		}
		f.Call(nil)
	}
}

func TestNames(t *testing.T) {
	if len(All()) < 200 {
		t.Errorf("only %d functions", len(All()))
	}
	if _, ok := Lookup("no_such"); ok {
		t.Error("found a function that is not there")
	}
	// A name in two families would hide one of them.
	n := 0
	for range All() {
		n++
	}
	if n != len(table) {
		t.Errorf("%d listed, %d known", n, len(table))
	}
}

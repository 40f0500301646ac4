package duckdb

import (
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// Many functions need an argument several times in SQL. Written out each time,
// nested ones would grow without end, so a long argument is computed once and
// given a name: list_transform([argument], v1 -> function of v1)[1].

// held stands for an argument that is written elsewhere.
type held struct {
	name, sql string
	t         types.Type
	nonNull   bool
}

// Type implements plan.Expr.
func (h *held) Type() types.Type { return h.t }

// longText is what is worth a name, in bytes.
const longText = 160

// plainArgs are calls that write each argument once, or look into it.
var plainArgs = map[string]bool{"and": true, "or": true, "not": true, "case": true, "iff": true, "tohex": true}

// once writes a call with no long argument in it twice.
func (x *emitter) once(e *plan.Call) string {
	if s, ok := x.calls[e]; ok {
		return s
	}
	s := x.hold(e)
	if x.calls == nil {
		x.calls = map[*plan.Call]string{}
	}
	x.calls[e] = s
	return s
}

func (x *emitter) hold(e *plan.Call) string {
	if plainArgs[e.Name] {
		return x.call(e)
	}
	var list []*held
	args := make([]plan.Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = a
		in := a
		path, isPath := a.(*plan.Path)
		if isPath {
			in = path.X
		}
		switch in.(type) {
		case *plan.Ref, *plan.Const, *held:
			continue
		}
		sql := x.expr(in)
		if len(sql) <= longText && !strings.Contains(sql, "(SELECT ") {
			continue
		}
		x.held++
		h := &held{name: "v" + strconv.Itoa(x.held), sql: sql, t: in.Type(), nonNull: x.nonNull(in)}
		list = append(list, h)
		args[i] = h
		if isPath {
			args[i] = &plan.Path{X: h, Steps: path.Steps}
		}
	}
	if len(list) == 0 {
		return x.call(e)
	}
	body := x.call(&plan.Call{Name: e.Name, Args: args, T: e.T})
	named := false
	for _, h := range list {
		named = named || len(h.sql) > longText && strings.Count(body, h.name+"_") > 1
	}
	for _, h := range list {
		mark := h.name + "_"
		// A table cannot be read inside of a function of a list.
		if named && (strings.Contains(h.sql, "(SELECT ") || len(h.sql) > longText && strings.Count(body, mark) > 1) {
			body = "list_transform([" + h.sql + "], " + mark + " -> " + body + ")[1]"
			continue
		}
		body = strings.ReplaceAll(body, mark, h.sql)
	}
	return body
}

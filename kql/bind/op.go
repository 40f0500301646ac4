package bind

import (
	"fmt"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// op binds one operator; nil after a problem.
func (b *binder) op(r *rel, op ast.Op, e *env) *rel {
	if r == nil {
		switch op := op.(type) {
		case *ast.Columns:
			if op.Kind == "print" {
				return b.print(op.Items, e)
			}
		case *ast.Range:
			return b.rangeOp(op, e)
		case *ast.Union:
			return b.union(nil, op, e)
		case *ast.Search:
			return b.search(nil, op, e)
		case *ast.Find:
			return b.find(op, e)
		case *ast.Unknown:
			return b.unknown(op)
		}
		b.fail("KQL103", op.Pos(), "this operator needs a table before it", "begin with a table, for example: SigninLogs | take 10")
		return nil
	}
	switch op := op.(type) {
	case *ast.Where:
		return b.where(r, op, e)
	case *ast.Columns:
		if op.Kind == "print" {
			b.fail("KQL103", op.Span, "print begins a query and takes no table", "use extend or project")
			return nil
		}
		return b.columns(r, op, e)
	case *ast.Pick:
		return b.pick(r, op)
	case *ast.Rename:
		return b.rename(r, op)
	case *ast.Summarize:
		return b.summarize(r, op, e)
	case *ast.Sort:
		return b.sort(r, op, e)
	case *ast.Top:
		return b.top(r, op, e)
	case *ast.TopNested:
		return b.topNested(r, op, e)
	case *ast.Take:
		return b.take(r, op, e)
	case *ast.SampleDistinct:
		return b.sampleDistinct(r, op, e)
	case *ast.Count:
		n := &ast.Named{At: op.At, Names: []*ast.Name{{At: op.At, Text: "Count"}}, X: &ast.Call{At: op.At, Name: "count"}}
		return b.summarize(r, &ast.Summarize{At: op.At, Aggs: []ast.Expr{n}}, e)
	case *ast.Join:
		return b.join(r, op, e)
	case *ast.Union:
		return b.union(r, op, e)
	case *ast.MvExpand:
		return b.mvExpand(r, op, e)
	case *ast.MvApply:
		return b.mvApply(r, op, e)
	case *ast.Partition:
		return b.partition(r, op, e)
	case *ast.Parse:
		return b.parse(r, op, e)
	case *ast.ParseKV:
		return b.parseKV(r, op, e)
	case *ast.MakeSeries:
		return b.makeSeries(r, op, e)
	case *ast.Search:
		return b.search(r, op, e)
	case *ast.Evaluate:
		return b.evaluate(r, op, e)
	case *ast.Getschema:
		return b.getschema(r)
	case *ast.Scan:
		return b.steps(r, op, e)
	case *ast.As:
		return b.as(r, op, e)
	case *ast.Invoke:
		return b.invoke(r, op, e)
	case *ast.Render:
		return b.renderOp(r, op)
	case *ast.Consume:
		return b.summarize(r, &ast.Summarize{At: op.At, Aggs: []ast.Expr{&ast.Named{At: op.At, Names: []*ast.Name{{At: op.At, Text: "Count"}}, X: &ast.Call{At: op.At, Name: "count"}}}}, e)
	case *ast.Unknown:
		return b.unknown(op)
	}
	b.fail("KQL103", op.Pos(), "this operator begins a query and takes no table", "")
	return nil
}

// LeftOut lists the operators that are known and left out, with what to use
// instead.
var LeftOut = map[string]string{
	"top-hitters": "use summarize count() by x | top n by count_",
	"reduce":      "group by a part of the text, for example with extract() or parse", "fork": "run the queries one by one",
	"facet": "run one query per column", "make-graph": "", "graph-match": "use join", "graph-shortest-paths": "use join",
	"graph-to-table": "", "graph-mark-components": "", "graph-where-nodes": "", "graph-where-edges": "", "graph": "",
	"macro-expand": "use union", "assert-schema": "", "execute-and-cache": "", "cluster": "",
}

// Operators lists the supported operators.
var Operators = []string{"as", "consume", "count", "datatable", "distinct", "evaluate", "extend", "externaldata", "find", "getschema", "invoke", "join", "limit", "lookup",
	"make-series", "mv-apply", "mv-expand", "order", "parse", "parse-kv", "parse-where", "partition", "print", "project", "project-away",
	"project-keep", "project-rename", "project-reorder", "range", "render", "sample", "sample-distinct", "scan", "search", "serialize", "sort", "summarize", "take",
	"top", "top-nested", "union", "where"}

func (b *binder) unknown(op *ast.Unknown) *rel {
	if op.Name == "" {
		return nil
	}
	if hint, ok := LeftOut[op.Name]; ok {
		b.unsupported(op.Span, op.Name, hint)
		return nil
	}
	b.fail("KQL106", op.Span, fmt.Sprintf("there is no operator %q", op.Name), didYouMean(op.Name, Operators))
	return nil
}

func (b *binder) where(r *rel, op *ast.Where, e *env) *rel {
	r = r.copy()
	p := b.expr(op.Pred, &scope{rel: r, env: e, win: true})
	if p != bad {
		p = b.truth(p, op.Pred.Pos())
	}
	if p == bad { // the columns are what they were: the rest of the query can be judged
		return r
	}
	r.node = &plan.Filter{In: r.node, Pred: p}
	return r
}

func (b *binder) getschema(r *rel) *rel {
	v := &plan.Values{Columns: []plan.Col{b.col("ColumnName", types.String), b.col("ColumnOrdinal", types.Long), b.col("DataType", types.String), b.col("ColumnType", types.String)}}
	ord := v.Columns[1]
	for i, c := range visible(r.cols) {
		v.Rows = append(v.Rows, []plan.Expr{text(c.Name), number(int64(i)), text(dotNet[c.Type]), text(c.Type.String())})
	}
	return &rel{node: v, cols: v.Columns, order: []plan.Key{{Expr: ord.Ref(), NullsFirst: true}}, final: true}
}

// dotNet are the type names that getschema gives in DataType.
var dotNet = map[types.Type]string{types.Bool: "System.SByte", types.Int: "System.Int32", types.Long: "System.Int64", types.Real: "System.Double",
	types.Decimal: "System.Data.SqlTypes.SqlDecimal", types.String: "System.String", types.Datetime: "System.DateTime", types.Timespan: "System.TimeSpan",
	types.Guid: "System.Guid", types.Dynamic: "System.Object"}

// as names the table so far for the operators that follow.
func (b *binder) as(r *rel, op *ast.As, e *env) *rel {
	share := b.share(r.node)
	kept := r.copy()
	kept.node = share
	e.vars[op.Name.Text] = &binding{env: e, rel: func() *rel { return b.renumber(kept) }}
	out := r.copy()
	out.node = share
	return out
}

// invoke calls a function of the query with the table as its first argument.
func (b *binder) invoke(r *rel, op *ast.Invoke, e *env) *rel {
	c, ok := unparen(op.Call).(*ast.Call)
	if n, isName := unparen(op.Call).(*ast.Name); isName {
		c, ok = &ast.Call{At: n.At, Name: n.Text}, true
	}
	var v *binding
	if ok {
		v = e.find(c.Name)
	}
	if v == nil || v.fn == nil {
		b.fail("KQL102", op.Span, "invoke wants a function of this query", "define it before: let f = (T:(*)) { T | ... };")
		return nil
	}
	inner := e.child()
	const self = "$invoked"
	kept := r.copy()
	kept.node = b.share(r.node)
	inner.vars[self] = &binding{env: e, rel: func() *rel { return b.renumber(kept) }}
	with := &ast.Call{At: c.At, Name: c.Name, Args: append([]ast.Expr{&ast.Name{At: c.At, Text: self}}, c.Args...)}
	return b.tableCall(with, inner)
}

func (b *binder) renderOp(r *rel, op *ast.Render) *rel {
	b.render = &Render{Kind: op.Kind, Props: map[string]string{}}
	for _, p := range op.Props {
		switch v := p.Value.(type) {
		case *ast.Lit:
			b.render.Props[p.Name] = v.Text
		case *ast.Name:
			b.render.Props[p.Name] = v.Text
		}
	}
	return r
}

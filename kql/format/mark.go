package format

import (
	"reflect"
	"sort"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/token"
)

// mark notes what the tree says about the tokens.
func (f *formatter) mark(tree *ast.Query) {
	n := len(f.toks)
	for _, s := range []*[]bool{&f.glue, &f.keep, &f.spaced, &f.name, &f.call, &f.item, &f.clause} {
		*s = make([]bool, n)
	}
	f.rows = map[int]int{}
	f.walk(reflect.ValueOf(tree))
	for i := 1; i < n-1; i++ {
		switch t := f.toks[i-1]; {
		case t.Is("set") && (i == 1 || f.toks[i-2].Is(";") || f.toks[i-2].Is("{")) && f.toks[i].Kind == token.Ident:
			f.keepFrom(i)
		case t.Is("granny") && f.toks[i].Is("-"):
			f.glue[i], f.glue[i+1] = true, true
		case t.Is("project") && (f.toks[i+1].Is("smart") || f.toks[i+1].Is("away")): // of find
			f.hyphens(i - 1)
		}
	}
}

func (f *formatter) touching(i int) bool { return f.toks[i-1].Pos.End == f.toks[i].Pos.Pos }

// index finds the token at or behind an offset.
func (f *formatter) index(at int) int {
	i := sort.Search(len(f.toks), func(i int) bool { return f.toks[i].Pos.Pos >= at })
	return min(i, len(f.toks)-1)
}

// keepFrom keeps the blanks of a stretch that the tree does not know.
func (f *formatter) keepFrom(i int) {
	depth := 0
	for ; i < len(f.toks)-1; i++ {
		switch t := f.toks[i]; {
		case t.Is("("), t.Is("["), t.Is("{"):
			depth++
		case t.Is(")"), t.Is("]"), t.Is("}"):
			depth--
		}
		if depth < 0 || depth == 0 && (f.toks[i].Is("|") || f.toks[i].Is(";")) {
			return
		}
		f.keep[i] = true
	}
}

// hyphens glues an operator's name.
func (f *formatter) hyphens(i int) {
	for ; i+2 < len(f.toks) && f.toks[i+1].Is("-") && f.touching(i+1) && f.toks[i+2].Kind == token.Ident && f.touching(i+2); i += 2 {
		f.glue[i+1], f.glue[i+2] = true, true
	}
}

func (f *formatter) glueSpan(s ast.Span) {
	for i := f.index(s.Pos) + 1; i < len(f.toks) && f.toks[i].Pos.Pos < s.End; i++ {
		f.glue[i] = true
	}
}

// assign marks the first = outside of brackets behind an offset.
func (f *formatter) assign(at int) {
	depth := 0
	for i := f.index(at); i < len(f.toks); i++ {
		switch t := f.toks[i]; {
		case t.Is("("), t.Is("["):
			depth++
		case t.Is(")"), t.Is("]"):
			depth--
		case t.Is("=") && depth == 0:
			f.spaced[i] = true
			return
		}
	}
}

// walk visits every node.
func (f *formatter) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			if v.Kind() == reflect.Pointer {
				f.node(v.Interface())
			}
			f.walk(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			f.walk(v.Index(i))
		}
	case reflect.Struct:
		switch n := v.Interface().(type) {
		case ast.At:
			return
		case ast.Pattern:
			f.glueSpan(n.Span)
			f.name[f.index(n.Span.Pos)] = true
		case ast.Level:
			f.hyphens(f.index(n.Span.Pos))
		case ast.Param:
			f.name[f.index(n.Span.Pos)] = true
		case ast.Step:
			for i := f.index(n.Span.Pos); i < len(f.toks); i++ {
				if f.toks[i].Is(":") {
					f.spaced[i], f.glue[i] = true, true
					break
				}
			}
		}
		for i := range v.NumField() {
			f.walk(v.Field(i))
		}
	}
}

func (f *formatter) node(n any) {
	if op, ok := n.(ast.Op); ok {
		f.hyphens(f.index(op.Pos().Pos))
		f.operator(op)
		return
	}
	x, ok := n.(interface{ Pos() ast.Span })
	if !ok {
		return
	}
	i := f.index(x.Pos().Pos)
	switch x := n.(type) {
	case *ast.Name:
		f.name[i] = true
	case *ast.Star:
		f.glueSpan(x.Span)
	case *ast.Unary:
		f.glue[min(i+1, len(f.toks)-1)] = true
	case *ast.Let:
		f.assign(x.Span.Pos)
	case *ast.Named:
		if len(x.Names) > 0 && !f.call[i] {
			if _, isType := x.X.(*ast.TypeOf); !isType { // find's name:type
				f.assign(x.Span.Pos)
			}
		}
	case *ast.Call:
		f.parenAfter(i)
		for _, a := range x.Args {
			if n, ok := a.(*ast.Named); ok { // f(option=value), without blanks
				f.call[f.index(n.Span.Pos)] = true
			}
		}
	case *ast.Datatable:
		f.parenAfter(i)
		for j := i; j < len(f.toks); j++ {
			if f.toks[j].Is("[") && !f.name[j] && f.toks[j-1].Is(")") {
				f.rows[j] = len(x.Cols)
				break
			}
		}
	case *ast.External, *ast.TypeOf:
		f.parenAfter(i)
	}
}

// parenAfter marks the parenthesis of a call whose name begins at token i.
func (f *formatter) parenAfter(i int) {
	if f.toks[i].Is("[") {
		i += 2
	}
	if i+1 < len(f.toks) && f.toks[i+1].Is("(") {
		f.call[i+1] = true
	}
}

// operator marks where an operator's lists begin.
func (f *formatter) operator(op ast.Op) {
	switch op := op.(type) {
	case *ast.Unknown:
		i := f.index(op.Pos().Pos) + 1
		f.keepFrom(i)
	case *ast.Columns:
		marks(f, op.Items, ast.Expr.Pos)
	case *ast.Rename:
		marks(f, op.Items, ast.Expr.Pos)
	case *ast.Pick:
		marks(f, op.Names, ast.Pattern.Pos)
	case *ast.Summarize:
		marks(f, op.Aggs, ast.Expr.Pos)
		f.by(op.By)
	case *ast.MakeSeries:
		marks(f, op.Aggs, func(s ast.Series) ast.Span { return s.X.Pos() })
		f.by([]ast.Expr{op.On})
		f.by(op.By)
	case *ast.MvExpand:
		marks(f, op.Items, func(e ast.Expanded) ast.Span { return e.X.Pos() })
	case *ast.Sort:
		marks(f, op.Keys, func(k ast.Key) ast.Span { return k.X.Pos() })
	case *ast.TopNested:
		marks(f, op.Levels, ast.Level.Pos)
	case *ast.Union:
		marks(f, op.Tables, ast.Expr.Pos)
	case *ast.Parse:
		marks(f, op.Parts, ast.Part.Pos)
	case *ast.Evaluate:
		if i := f.index(op.Call.Span.End); (op.Star || op.Schema != nil) && f.toks[i].Is(":") {
			f.spaced[i] = true
		}
	}
}

// by marks the word before a list, which begins a clause, and the list.
func (f *formatter) by(list []ast.Expr) {
	if len(list) == 0 {
		return
	}
	if i := f.index(list[0].Pos().Pos) - 1; i >= 0 {
		f.clause[i] = true
	}
	marks(f, list, ast.Expr.Pos)
}

// marks notes the elements of a list; one alone need not begin a line.
func marks[T any](f *formatter, list []T, pos func(T) ast.Span) {
	if len(list) < 2 {
		return
	}
	for _, x := range list {
		f.item[f.index(pos(x).Pos)] = true
	}
}

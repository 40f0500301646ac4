package bind

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/plan"
	"github.com/wholelog/wholelog/kql/types"
)

// parse binds parse and parse-where: the pattern becomes one regular
// expression with a group per column.
func (b *binder) parse(r *rel, op *ast.Parse, e *env) *rel {
	kind := firstOf(propText(op.Props, "kind"), "simple")
	if kind != "simple" && kind != "relaxed" && kind != "regex" {
		b.fail("KQL128", op.Span, fmt.Sprintf("there is no kind of parse called %q", kind), "simple, relaxed or regex")
		return nil
	}
	x := b.expr(op.X, &scope{rel: r, env: e})
	if x == bad {
		return nil
	}
	src := b.coerce(x, types.String)
	pattern, cols, ok := b.parsePattern(op, kind)
	if !ok {
		return nil
	}
	// The text is read once; each column takes its group of the match.
	groups := b.col("$match", types.Dynamic)
	matched := r.copy()
	found := call("regex_groups", types.Dynamic, src, text(pattern))
	matched.cols = append(r.cols[:len(r.cols):len(r.cols)], groups)
	matched = r.project(append(pass(r.cols), plan.Item{Col: groups, Expr: found}))
	var conditions []plan.Expr
	conditions = append(conditions, call("isnotnull", types.Bool, groups.Ref()))
	values := make([]plan.Expr, len(cols))
	for i, p := range cols {
		raw := b.coerce(&plan.Path{X: groups.Ref(), Steps: []plan.Step{{Index: i, IsIndex: true}}}, types.String)
		values[i] = b.coerce(raw, p.Type)
		if p.Type == types.Dynamic {
			values[i] = call("parse_json", types.Dynamic, raw)
		}
		if p.Type != types.String && p.Type != types.Dynamic && kind != "relaxed" {
			conditions = append(conditions, call("isnotnull", types.Bool, values[i]))
		}
	}
	all := plan.And(conditions)
	items := pass(r.cols)
	flag := b.col("$parsed", types.Bool)
	for i, p := range cols {
		v := values[i]
		if kind != "relaxed" {
			v = call("iff", p.Type, all, v, plan.Null(p.Type))
		}
		it := plan.Item{Col: b.col(p.Col.Text, p.Type), Expr: v}
		if at := indexOf(items, p.Col.Text); at >= 0 {
			items[at] = it
		} else {
			items = append(items, it)
		}
	}
	if !op.Filter {
		return matched.project(items)
	}
	out := matched.project(append(items, plan.Item{Col: flag, Expr: all}))
	out.node = &plan.Filter{In: out.node, Pred: flag.Ref()}
	out.cols = out.cols[:len(out.cols)-1]
	return out
}

// groupOf is the regular expression for a column's text.
func groupOf(t types.Type, kind string, last bool) string {
	numeric := t.Numeric() || t == types.Bool || t == types.Guid
	switch {
	case kind == "relaxed" && t.Numeric(): // what does not convert is null by itself
		return `([-+]?[0-9.]+(?:[eE][-+]?\d+)?|.*?)`
	case kind == "relaxed":
		t = types.String
	case kind == "regex" && !numeric:
		return `(.*)`
	}
	switch t {
	case types.Long, types.Int:
		return `([-+]?\d+)`
	case types.Real, types.Decimal:
		return `([-+]?[0-9.]+(?:[eE][-+]?\d+)?)`
	case types.Bool:
		return `((?i:true|false|0|1))`
	case types.Guid:
		return `([0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})`
	}
	if last {
		return `(.*)`
	}
	return `(.*?)`
}

func (b *binder) parsePattern(op *ast.Parse, kind string) (string, []ast.Part, bool) {
	flags := "s"
	if kind == "regex" {
		flags = "" // . matches no line break unless asked
	}
	for _, f := range propText(op.Props, "flags") {
		switch f {
		case 'i', 'm', 's', 'U':
			if !strings.ContainsRune(flags, f) {
				flags += string(f)
			}
		default:
			b.fail("KQL128", op.Span, fmt.Sprintf("there is no regex flag %q", f), "i, m, s or U")
			return "", nil, false
		}
	}
	var w strings.Builder
	if flags != "" {
		w.WriteString("(?" + flags + ")")
	}
	if kind != "regex" {
		w.WriteString("^")
	}
	var cols []ast.Part
	for i, p := range op.Parts {
		last := i == len(op.Parts)-1
		switch {
		case p.Star && last:
		case p.Star:
			w.WriteString(`.*?`)
		case p.Col != nil:
			if p.Col.Text == "" {
				return "", nil, false
			}
			for _, c := range cols {
				if c.Col.Text == p.Col.Text {
					b.fail("KQL127", p.Span, fmt.Sprintf("the pattern gives two columns the name %q", p.Col.Text), "use * for what is not needed")
					return "", nil, false
				}
			}
			w.WriteString(groupOf(p.Type, kind, last))
			cols = append(cols, p)
		case kind == "regex":
			if _, err := regexp.Compile(p.Text); err != nil {
				b.fail("KQL129", p.Span, "this is no regular expression: "+strings.TrimPrefix(err.Error(), "error parsing regexp: "), "")
				return "", nil, false
			}
			w.WriteString("(?:" + unnamedGroups(p.Text) + ")")
		default:
			w.WriteString(regexp.QuoteMeta(p.Text))
		}
	}
	if n := len(op.Parts); n > 0 && op.Parts[n-1].Col != nil && kind != "regex" {
		w.WriteString("$")
	}
	return w.String(), cols, true
}

// unnamedGroups makes a pattern's own groups not capture.
func unnamedGroups(p string) string {
	var w strings.Builder
	class := false
	for i := 0; i < len(p); i++ {
		c := p[i]
		w.WriteByte(c)
		switch {
		case c == '\\' && i+1 < len(p):
			i++
			w.WriteByte(p[i])
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '(' && !class && (i+1 >= len(p) || p[i+1] != '?'):
			w.WriteString("?:")
		}
	}
	return w.String()
}

// kvOptions are parse-kv's options as package builtin reads them.
type kvOptions struct {
	Pair   string `json:"pair"`
	KV     string `json:"kv"`
	Quote  string `json:"quote,omitempty"`
	Escape string `json:"escape,omitempty"`
	Greedy bool   `json:"greedy,omitempty"`
	Regex  string `json:"regex,omitempty"`
}

func (b *binder) parseKV(r *rel, op *ast.ParseKV, e *env) *rel {
	x := b.expr(op.X, &scope{rel: r, env: e})
	if x == bad {
		return nil
	}
	o := kvOptions{}
	for _, p := range op.Props {
		var v string
		switch x := p.Value.(type) {
		case *ast.Lit:
			v = x.Text
		case *ast.Name:
			v = x.Text
		}
		switch p.Name {
		case "pair_delimiter":
			o.Pair = v
		case "kv_delimiter":
			o.KV = v
		case "quote":
			o.Quote = v
		case "escape":
			o.Escape = v
		case "greedy":
			o.Greedy = v == "true"
		case "regex":
			o.Regex = v
		default:
			b.fail("KQL128", p.Span, fmt.Sprintf("parse-kv has no option %q", p.Name), "pair_delimiter, kv_delimiter, quote, escape, greedy or regex")
			return nil
		}
	}
	if o.Regex != "" {
		if _, err := regexp.Compile(o.Regex); err != nil {
			b.fail("KQL129", op.Span, "this is no regular expression: "+err.Error(), "")
			return nil
		}
	}
	js, _ := json.Marshal(o)
	bag := b.col("$kv", types.Dynamic)
	mid := r.project(append(pass(r.cols), plan.Item{Col: bag, Expr: call("parse_kv", types.Dynamic, b.coerce(x, types.String), text(string(js)))}))
	items := pass(r.cols)
	for _, c := range op.Cols {
		v := b.coerce(b.coerce(&plan.Path{X: bag.Ref(), Steps: []plan.Step{{Key: c.Name}}}, types.String), c.Type)
		it := plan.Item{Col: b.col(c.Name, c.Type), Expr: v}
		if at := indexOf(items, c.Name); at >= 0 {
			items[at] = it
		} else {
			items = append(items, it)
		}
	}
	return mid.project(items)
}

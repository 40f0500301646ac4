package format

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/wholelog/wholelog/kql"
	"github.com/wholelog/wholelog/kql/ast"
	"github.com/wholelog/wholelog/kql/parse"
	"github.com/wholelog/wholelog/kql/token"
)

// ErrUnreadable says that a part of the source that the parser passes over
// (a set statement) cannot be cut into tokens.
var ErrUnreadable = errors.New("a set statement cannot be read")

// Format lays out a query. A query that does not parse has diagnostics and no
// text. The error is ErrUnreadable, or a fault of this package that would have
// changed the query.
func Format(src string) (string, []kql.Diagnostic, error) {
	tree, problems := parse.Parse(src, parse.Limits{})
	if len(problems) > 0 {
		// Compile gives the same problems with their lines; it stops before it
		// needs a catalogue.
		_, diags := kql.Compile(src, nil, kql.Options{})
		return "", diags, nil
	}
	f := &formatter{src: src, toks: token.Scan(src)}
	for _, t := range f.toks {
		if t.Kind == token.Bad {
			return "", nil, ErrUnreadable
		}
	}
	f.comments()
	f.mark(tree)
	nodes, ok := f.group()
	if !ok {
		return "", nil, ErrUnreadable
	}
	f.block(nodes, 0)
	f.finish()
	out := f.out.String()
	if err := same(src, out, tree); err != nil {
		return "", nil, err
	}
	return out, nil, nil
}

// formatter has the tokens of a source and what is known about each, by index.
type formatter struct {
	src  string
	toks []token.Token

	lead  [][]comment // on lines of their own before the token
	trail []string    // behind the token on its line, "" for none
	blank []bool      // a blank line stands before the token

	glue   []bool // no blank before the token
	keep   []bool // blanks before the token stay as they are
	spaced []bool // an = or : with blanks around it
	name   []bool // [ that begins a name
	call   []bool // ( that follows its name
	item   []bool // begins an element of an operator's list
	clause []bool // begins a further clause of an operator
	rows   map[int]int

	out writer
}

// text is a token as it is written.
func (f *formatter) text(i int) string { return f.src[f.toks[i].Pos.Pos:f.toks[i].Pos.End] }

// same guards the invariant: a result that reads otherwise than its source is
// never given out.
func same(src, out string, tree *ast.Query) error {
	again, problems := parse.Parse(out, parse.Limits{Bytes: len(out) + 1})
	if len(problems) > 0 {
		return fmt.Errorf("format: the result does not parse: %s", problems[0].Message)
	}
	if !Equal(tree, again) {
		return errors.New("format: the result means something else")
	}
	a, b := token.Scan(src), token.Scan(out)
	if len(a) != len(b) {
		return fmt.Errorf("format: %d tokens became %d", len(a), len(b))
	}
	for i := range a {
		if a[i].Kind != b[i].Kind || a[i].Text != b[i].Text || a[i].Raw != b[i].Raw {
			return fmt.Errorf("format: %q became %q", a[i].Text, b[i].Text)
		}
	}
	if x, y := strings.Join(commentTexts(src, a), "\n"), strings.Join(commentTexts(out, b), "\n"); x != y {
		return errors.New("format: the comments differ")
	}
	return nil
}

// Equal tells whether two trees are the same, places aside.
func Equal(a, b *ast.Query) bool { return equal(reflect.ValueOf(a), reflect.ValueOf(b)) }

var atType = reflect.TypeFor[ast.At]()

func equal(a, b reflect.Value) bool {
	if a.IsValid() != b.IsValid() || a.IsValid() && a.Type() != b.Type() {
		return false
	}
	switch a.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Interface:
		return a.IsNil() == b.IsNil() && (a.IsNil() || equal(a.Elem(), b.Elem()))
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !equal(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range a.NumField() {
			if a.Field(i).Type() != atType && !equal(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	}
	return a.Interface() == b.Interface()
}

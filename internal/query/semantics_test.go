package query

import (
	"context"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/store/duck"
)

// knownWrong are cases whose answer is wrong, with the reason. A case that
// begins to work must leave the list.
var knownWrong = map[string]string{}

// semantics collects what the cases of TestSemantics need.
type semantics struct {
	*testing.T
	ctx context.Context
	e   *Engine
	n   int
}

func (s *semantics) run(q string) (cols, rows string, err error) {
	var out, names []string
	r := Request{Text: q}
	var res *Result
	_, err = s.e.Run(s.ctx, r, func(h *Result) error {
		res = h
		for _, c := range h.Columns {
			names = append(names, c.Name+":"+c.Type.String())
		}
		return nil
	}, func(row Row) error {
		b := []byte("[")
		for i, v := range row {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendJSON(b, res.Columns[i].Type, v)
		}
		out = append(out, string(append(b, ']')))
		return nil
	})
	return strings.Join(names, " "), strings.Join(out, " "), err
}

func (s *semantics) check(q, got, want string, err error) {
	s.Helper()
	s.n++
	why, known := knownWrong[q]
	switch {
	case known && err == nil && got == want:
		s.Errorf("%s\nworks; take it off knownWrong (%s)", q, why)
	case known:
	case err != nil:
		s.Errorf("%s\n%v\nwant %s", q, err, want)
	case got != want:
		s.Errorf("%s\ngot  %s\nwant %s", q, got, want)
	}
}

// rows checks a result: a JSON array per row, a blank between.
func (s *semantics) rows(q, want string) {
	s.Helper()
	_, got, err := s.run(q)
	s.check(q, got, want, err)
}

// cols checks a schema.
func (s *semantics) cols(q, want string) {
	s.Helper()
	got, _, err := s.run(q)
	s.check(q, got, want, err)
}

// print checks one row of print.
func (s *semantics) print(exprs, want string) {
	s.Helper()
	s.rows("print "+exprs, "["+want+"]")
}

// fails checks that a query is refused, with these words in the message.
func (s *semantics) fails(q, words string) {
	s.Helper()
	s.n++
	_, got, err := s.run(q)
	why, known := knownWrong[q]
	ok := err != nil && strings.Contains(err.Error(), words)
	switch {
	case known && ok:
		s.Errorf("%s\nfails as it should; take it off knownWrong (%s)", q, why)
	case !known && !ok:
		s.Errorf("%s\ngives %s, %v; want an error with %q", q, got, err, words)
	}
}

// TestSemantics has the rules of the language that are easy to get wrong, a
// subtest for each field of it.
func TestSemantics(t *testing.T) {
	ctx := context.Background()
	store, err := duck.Open(ctx, "", duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close(ctx)
	e, err := New(ctx, store, Options{})
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, part := range []struct {
		name string
		f    func(*semantics)
	}{
		{"nulls", nulls}, {"not a number", notNumbers}, {"calendar", calendar}, {"dynamic", dynamics}, {"strings", texts}, {"time", times}, {"numbers", numbers}, {"join", joins},
		{"union", unions}, {"summarize", aggregates}, {"names", automaticNames}, {"columns", columns}, {"expand", expansions},
		{"parse", parsing}, {"sort", sorting}, {"let", lets}, {"open", openSchemas}, {"series", series}, {"network", network}, {"operators", operators}, {"places", places}, {"corners", corners}, {"scan", scans}, {"nested", nestedTops}, {"window", windows}, {"random", random}, {"external", externals}, {"literals", literals},
	} {
		t.Run(part.name, func(t *testing.T) {
			s := &semantics{T: t, ctx: ctx, e: e}
			part.f(s)
			total += s.n
		})
	}
	if total < 120 && !t.Failed() {
		t.Errorf("only %d cases", total)
	}
}

package bind

import (
	"github.com/wholelog/wholelog/kql/ast"
)

// scanOp binds the scan operator.
func (b *binder) scanOp(_ *rel, op *ast.Scan, _ *env) *rel {
	b.unsupported(op.Span, "scan", "use sort with prev() and row_window_session()")
	return nil
}

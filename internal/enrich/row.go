package enrich

import (
	"sync"

	"github.com/wholelog/wholelog/internal/schema"
)

// Version grows when Row gives another answer for the same cells.
const Version = 2

// places are the columns that enriching reads and writes, -1 where a table
// lacks one.
type places struct {
	signIn, audit                        bool
	result, class, name, text            int
	operation, activity, category        int
	targets, details, roleName, roleTier int
}

var tables = sync.OnceValue(func() map[*schema.Table]*places {
	m := map[*schema.Table]*places{}
	for _, t := range schema.Tables() {
		m[t] = &places{
			signIn: t.Family == "signin", audit: t.Name == "AuditLogs",
			result: t.Index("ResultType"), class: t.Index("ErrorClass"), name: t.Index("ErrorName"), text: t.Index("ErrorText"),
			operation: t.Index("OperationName"), activity: t.Index("ActivityDisplayName"), category: t.Index("Category"),
			targets: t.Index("TargetResources"), details: t.Index("AdditionalDetails"), roleName: t.Index("RoleName"), roleTier: t.Index("RoleTier"),
		}
	}
	return m
})

// Row fills the hidden columns of a row.
func Row(row *schema.Row) {
	switch at := tables()[row.Table]; {
	case at == nil:
	case at.signIn:
		result(row, at)
	case at.audit:
		roleOf(row, at)
	}
}

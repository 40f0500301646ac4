package kql

import "github.com/wholelog/wholelog/kql/types"

// Type is a Kusto scalar type.
type Type = types.Type

const (
	Unknown  = types.Unknown
	Bool     = types.Bool
	Int      = types.Int
	Long     = types.Long
	Real     = types.Real
	Decimal  = types.Decimal
	String   = types.String
	Datetime = types.Datetime
	Timespan = types.Timespan
	Guid     = types.Guid
	Dynamic  = types.Dynamic
)

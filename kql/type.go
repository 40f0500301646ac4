package kql

// Type is a Kusto scalar type.
type Type uint8

const (
	Unknown Type = iota
	Bool
	Int
	Long
	Real
	Decimal
	String
	Datetime
	Timespan
	Guid
	Dynamic
)

var typeNames = [...]string{"unknown", "bool", "int", "long", "real", "decimal", "string", "datetime", "timespan", "guid", "dynamic"}

// String returns the type's name as Kusto writes it.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "unknown"
}

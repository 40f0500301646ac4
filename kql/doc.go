// Package kql compiles Kusto Query Language to SQL. It is public and stands on
// its own: it owns its types and its catalogue interface and imports nothing
// of the rest of the project.
//
// The one invariant: a query either means what Kusto says it means or is a
// diagnostic with a span; it is never silently a different question.
//
// Type and Catalog are here; the phases live below this package.
package kql

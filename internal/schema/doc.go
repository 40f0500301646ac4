// Package schema is the catalogue: the Azure Monitor tables that Entra ID and
// AKS write, their columns and types, where each column comes from, and which
// paths into JSON columns are stored as columns of their own.
//
// The one invariant: names, types and order of the visible columns are exactly
// those of the Azure Monitor table reference, so that a query gives the same
// result schema here as there. What we add is hidden (Column.Hidden).
//
// The catalogue is embedded as text, one file per table (tables/*.txt): five
// header lines, then one line per column with name, type and the Graph
// property that feeds it; what columns mean is in descriptions.tsv, once per
// name, because most mean the same everywhere. tables/empty.tsv lists the tables that exist in
// Microsoft Sentinel but have no source here; queries find them typed and
// empty.
//
// Start reading at Tables and Lookup; Row and Cell are what stores are fed.
package schema

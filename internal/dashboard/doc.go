// Package dashboard is the vocabulary of dashboards: panels of KQL in YAML
// files, those of the binary and those of a folder of one's own.
//
// The one invariant: a panel is a query like any other. What it shows is the
// text that Panel.Expand gives, run over the time range that was asked for, and
// nothing is computed beside it.
//
// Start reading at Load and Panel.Expand; the files are in boards.
package dashboard

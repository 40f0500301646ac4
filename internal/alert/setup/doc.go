// Package setup reads the file that says who is told what: Alertmanager's own
// configuration format, read by Alertmanager's own loader, and a section
// "wholelog" for what that format has no word for.
//
// The one invariant: a file that Alertmanager takes is taken here (all but
// sns_configs), and what is
// done otherwise here (no repeats, no closing by absence, groups are incidents)
// is said as a warning, never silently.
//
// Start reading at Load; extras.go is the section of ours.
package setup

// Package sentinel reads Microsoft Sentinel's analytic rules, as the YAML that
// its public repository and its export have, and makes rules of them.
//
// The one invariant: what a rule says is done, or named in the rule's Warnings;
// nothing is left out in silence. A value that cannot be read (a duration, an
// operator) is an error: a rule that would find something else is no import.
//
// Kinds with a query are read, Scheduled and NRT; the field list is that of
// Microsoft's documents on scheduled analytics rules and of the files
// themselves. Start reading at Import.
package sentinel

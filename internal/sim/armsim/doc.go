// Package armsim is Azure Resource Manager as far as diagnostic settings go:
// those of a tenant, of its custom security attributes, and of resources such
// as an AKS cluster, in the documented shapes.
//
// The one invariant: a PUT replaces the whole setting, as the service does.
// Categories that the body leaves out come back switched off.
//
// Who may do what, and how often the service fails, a test decides: Options
// and Fail. Start reading at Server.
package armsim

// Package identify tells what a record is: its table, its identity, when it
// happened and a digest of its content.
//
// The one invariant: Record is a pure function of the record's bytes, its
// context, its tenant, its source and when it was seen; the same event
// delivered twice, in another envelope or member order, gets the same identity
// and content.
//
// A record is told by its shape, not by its file's name, and a category in the
// envelope is believed only if it is one that Azure Monitor documents:
// collectors rewrite it. What is no known record stays without a table and
// says why in Problem. There is one exception: the portal's CSV of interactive
// and of non-interactive sign-ins have the same columns and no cell that tells
// them apart for certain, so for them, and for managed identities where no
// cell tells, the source's file name is a hint (row.go). Without a hint they
// are interactive.
//
// Kubernetes events are known by audit id, stage, time of the request and
// cluster, the cluster being the resource id in lower case. kube-audit goes to AKSAudit and
// kube-audit-admin to AKSAuditAdmin, as in Azure Monitor: an operator who
// enables both has an event once in each table, under the same identity, and
// AKSAudit alone has everything. Putting both in one table would empty
// AKSAuditAdmin for the queries that name it.
//
// The portal's audit CSV has no ids. Its rows are known by Match: time,
// correlation, activity and first target, and the rest of the row where the
// time has no fraction of a second. TraitOf gives the same of an audit of any
// path, by which ingest finds the event that such a row is a version of.
//
// Start reading at Record, then view.go, shape.go and time.go.
package identify

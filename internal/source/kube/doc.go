// Package kube takes the audit events of Kubernetes clusters, by the API
// server's webhook backend or from the files of its log backend.
//
// The one invariant: an event is acknowledged, or passed over in a file, only
// when it is durable. An API server that is not answered sends its batch
// again; a log file that was rotated is read to its end before the next one.
//
// Webhook is a handler of batches,
//
//	POST /v1/kube/{cluster}    {"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[...]}
//
// which the API server reaches by the kubeconfig file of
// --audit-webhook-config-file, with a bearer token or a client certificate.
// After some retries it drops a batch, so an answer must not wait for long: the
// intake's room should fit the busiest minute.
//
// Tail follows the file of --audit-log-path through its rotations, also those
// that happened while nobody read.
//
// The cluster's name becomes part of a record's Source ("kube:CLUSTER"); the
// record itself is as the API server wrote it.
//
// Start reading at NewWebhook and NewTail.
package kube

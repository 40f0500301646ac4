// Package kubesim is the audit side of a Kubernetes API server: Webhook posts
// the requests of a simulated tenant's cluster as --audit-webhook-config-file
// makes the server do, and Log writes them as --audit-log-path does.
//
// The one invariant: each request is in one batch or line, in the order in
// which they happened, and a batch is sent until it is acknowledged. What gets
// lost or comes twice, the receiver or the network has done.
//
// In one thing the webhook is kinder than the real one: unless Attempts says
// so, it does not drop a batch after some tries, so that a demonstration does
// not depend on who was started first. Start reading at NewWebhook and NewLog.
package kubesim

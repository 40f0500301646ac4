// Package channel delivers a notification to one place, once per call: mail,
// Teams, Slack, PagerDuty, webhooks, syslog, another Alertmanager, and through
// Alertmanager's own code whatever else its configuration names.
//
// The one invariant: whatever a channel calls its identity (Message-ID,
// webhook-id, dedup_key, MSGID) follows from the delivery alone, so that a
// second attempt is known as such by the receiver. A channel keeps no state;
// threads come with the delivery and go back with the result.
//
// Start reading at Sender and Build.
package channel

// Package hubsim is an Event Hubs namespace on this machine: a Kafka broker
// with one hub for each diagnostic category, named as Azure Monitor names them,
// into which a simulated tenant's diagnostic records come as time passes.
//
// The one invariant: each event of a category is in its hub once, in one
// message, from the time on at which the tenant says it is delivered. What a
// reader sees twice, the reader has done.
//
// Messages are held in memory until the server is closed, whatever a real
// hub's retention is. As with the service there are no topic ids, and who reads
// logs in with a connection string. Start reading at New.
package hubsim

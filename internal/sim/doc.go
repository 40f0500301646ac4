// Package sim makes a tenant that does not exist: people with homes, devices,
// working hours and networks, whose sign-ins, changes and cluster requests it
// writes as native records, as Microsoft's services would deliver them.
//
// The one invariant: the output is a pure function of Options. Everything
// random comes from one seeded source per person and purpose, so that adding
// a person does not change what another one does.
//
// Shares that no public source states (the mix of error codes, how often
// people travel) are assumptions; they stand together in mix.go.
//
// Start reading at Run, then tenant.go.
package sim

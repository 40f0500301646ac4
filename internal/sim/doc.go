// Package sim makes a tenant that does not exist: people with homes, devices,
// working hours and networks, whose sign-ins, changes and cluster requests it
// writes as native records, as Microsoft's services would deliver them.
//
// The one invariant: the output is a pure function of Options. Everything
// random comes from one seeded source per person and purpose, so that adding
// a person does not change what another one does.
//
// What a person does follows from what they are: where they work decides the
// network (person.go), conditional access policies decide outcomes (policy.go),
// sessions and tokens hold together (signin.go). Shares that no public source
// states are assumptions; they stand together in mix.go, and a test compares
// them with what is written.
//
// labels.jsonl names the records that are no ordinary work: guessing from
// abroad, which goes on everywhere, and trips, which look like account theft
// and are not. Live is the same tenant as time passes: each event in every form
// that services give it, with the time from which they do. Start reading at
// Run, then tenant.go; for services, at Live and event.go.
package sim

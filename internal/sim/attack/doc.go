// Package attack puts attacks into the history of a simulated tenant, and next
// to them work that looks like an attack and is none (confusers).
//
// The one invariant: the output is a pure function of the history and of
// Options, and every record that is put in has a label. A campaign that is left
// out, or another level, changes no record of the campaigns that stay: each has
// a random source of its own, named by kind and level.
//
// Nothing is known of the tenant but what its records show (world.go): a
// sign-in of an attacker is the victim's own record with another address,
// device and outcome, so that whatever a record has besides (policies, token
// members) stays as the tenant writes it. One file per campaign or confuser;
// each is a function that plays its steps on a Stage. Start reading at Plan,
// then stage.go and a campaign such as fatigue.go; Folder does the same to what
// `wholelog simulate` wrote.
package attack

// Package travel finds impossible travel: two sign-ins of one user from places
// between which the user cannot have moved in the time.
//
// The one invariant: a pair is looked at only if the least distance that its
// two places can have, circles of error taken off, needs more time than passed.
// What is found names every reason for leaving it out with its verdict, so that
// a person can check the judgement.
//
// Three steps, each a pure function: Collapse makes one sign-in of the rows of
// one; Pairs finds what physics forbids; Judge weighs it by what is known of
// user and network. Start reading at Engine.Run, then pair.go.
package travel

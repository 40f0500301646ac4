// Package geo says how far two sign-ins are apart at least, given how little an
// address tells about a place.
//
// The one invariant: Between is a lower bound. Where the circles of error of
// two places overlap it is 0, so that no error of the place that stays within
// its circle can make a distance.
//
// Start reading at Between, then network.go, which says how wide a circle is.
package geo

// Package engines lists the detections that are code: what a query alone says
// badly. Each stands in a package of its own below this one.
//
// The one invariant: an engine is a pure function of its input. It keeps
// nothing between runs; history comes from the store by a query for just the
// users, networks or sessions that are suspects in the window. So a restart
// loses nothing and late records need no care.
//
// Start reading at travel, which is the longest; geo knows places and networks,
// row reads and writes tables.
package engines

// Package render turns a notification into what people read: text, HTML and
// the data of Alertmanager's templates.
//
// The one invariant: what comes from events (user agents, names, addresses) is
// data everywhere. It is escaped for where it goes, cannot break lines of
// headers, and what hides or reorders text is shown as a replacement character.
//
// Start reading at View.
package render

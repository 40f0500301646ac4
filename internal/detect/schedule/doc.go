// Package schedule decides when which rule is run over which window, and
// raises each alert once.
//
// The one invariant: a row is judged by every rule that reads its table, in a
// window that holds it, however late it came and whatever was down meanwhile.
// A rule keeps the ledger position up to which it has judged rows (ReadTo); that
// moves only when its windows have been run and recorded, so what a crash cuts
// off is done again, and alerts have keys that tell a repeat.
//
// Windows are of event time. What arrives makes the stretches of time that it
// falls into dirty; a rule is run over the windows that hold them, the newest of
// which ends at the newest event. A window that had been run before and holds
// rows that came later than rows are wont to is late, and so are its alerts. A
// rule whose rows wait is run as soon as its cost allows (nrt within seconds,
// others within half a minute), and one that waits for silence every Every.
//
// Start reading at Scheduler.Tick.
package schedule

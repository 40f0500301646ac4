// Package backtest says what a rule would have done: it runs it over past days
// in the windows in which it would have run, and raises each alert once.
//
// The one invariant: it changes nothing. What it finds is returned and neither
// recorded nor told.
package backtest

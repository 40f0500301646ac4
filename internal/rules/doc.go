// Package rules holds the tests that keep the project's own rules: which
// package may import which, that every package says what it is, and that no
// file grows past reading. It has no code of its own.
package rules

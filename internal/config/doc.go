// Package config reads the one YAML file that `wholelog serve` runs from.
//
// The one invariant: what the file says is either understood to the last key
// or refused with its line; nothing is guessed, and no secret stands in it.
// Secrets are names of files or of environment variables, read when they are
// needed.
//
// Start reading at Config and Load; template.go is what `wholelog init` writes.
package config

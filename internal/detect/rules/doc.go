// Package rules holds the detections of the binary: a YAML file each, in the
// format of docs/rules.md, named by its id.
//
// The one invariant: every rule compiles against the catalogue, names only
// columns that its query gives and carries a test that wants an alert and one
// that wants none, and all its tests pass.
//
//	go test ./internal/detect/rules -run 'TestRules/WL-CRED-001'
//
// runs those of one rule.
package rules

import (
	"embed"
	"io/fs"

	"github.com/wholelog/wholelog/internal/detect/rule"
)

//go:embed *.yaml
var files embed.FS

// Folder is where the rules of the binary are read from.
func Folder() rule.Folder { return rule.Folder{FS: fs.FS(files), Name: "builtin"} }

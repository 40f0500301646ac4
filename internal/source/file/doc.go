// Package file reads exports from disk: files, folders, globs and standard
// input, compressed with gzip or zstd or not.
//
// The one invariant: every byte that is not white space between values ends in
// exactly one record or in a rejected container with its reason. A broken line
// costs itself and not its neighbours.
//
// Containers are told apart by content: Event Hubs messages, Graph pages,
// JSON lines, arrays, Kubernetes event lists. CSV is not read yet and is
// rejected with that reason. Start reading at Read, then split.go.
package file

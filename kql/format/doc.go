// Package format lays out KQL source.
//
// The one invariant: only blanks change. The tokens of the result, their order
// and every comment are those of the source, so Format cannot lose what the
// syntax tree does not keep (spellings of strings, set statements, operator
// aliases). The tree only tells what the tokens are: which star is a wildcard,
// which parenthesis a call, where a list begins.
//
// Start reading at Format; mark.go reads the tree, comment.go ties comments to
// tokens, layout.go decides on lines.
package format

// Package segment is the file format of the ledger's segments: items, blocks,
// footer, side file and the digests over them.
//
// The one invariant: the digests of a segment (its leaves, chain and root)
// commit to items and never to the bytes of a file, so that an item can be
// erased, leaving its leaf, without breaking what was signed.
//
// A segment file is a row of blocks: one head (H), data (D), and when it is
// sealed one footer (F) and a trailer. A data block holds items, compressed
// together. The side file holds a random salt and the leaf of every item. The
// format is written down for others in docs/ledger-format.md.
//
// Start reading at Item, then Pack and Block.
package segment

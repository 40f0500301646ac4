package schema

// digests are the columns whose values are unique to one event or a few and
// that people look events up by. Their text is most of a scan's cost; four
// bytes of digest a row say which few rows to read.
var digests = []string{"CorrelationId"}

// DigestName is the stored column that holds the digest of a column.
func DigestName(column string) string { return "_wl_digest_" + column }

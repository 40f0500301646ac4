// Package blobsim is Azure Monitor as it writes to a storage account: JSON
// lines that are appended to a blob for each category and hour, in containers
// insights-logs-CATEGORY, as time passes.
//
// The one invariant: what is in a blob is never changed, and each record is
// appended once: an append states the length that it expects, so that one whose
// answer was lost is not done again. (Started anew on the same account, the
// records of the history come a second time, as the real service repeats some.)
//
// The hour of a blob's name is that of the record's envelope, so late records
// make closed hours grow. The account is any: Azurite, or a real one. Start
// reading at New.
package blobsim

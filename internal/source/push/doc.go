// Package push takes records that something else delivers: an Azure Function
// behind a hub, a forwarder, a script with curl.
//
//	POST /v1/ingest/{table}    JSON lines, a JSON array, {"records":[...]} or CSV;
//	                           gzip or zstd by Content-Encoding
//
// The one invariant is that of package intake, which does the work: a status
// of 200 means that every record of the body is durable.
//
// The table of the path is an Azure Monitor table ("SigninLogs"), a diagnostic
// category ("SignInLogs"), or "auto". It decides nothing where content tells:
// a record that is of another table is kept in that one, and the answer says so
// under "elsewhere". Only the rows of a portal's sign-in CSV, which look alike
// for two tables, follow the path.
//
// Start reading at New.
package push

package event

import (
	"strings"
	"time"
)

// Position is the place of a record in the ledger. Positions start at 1, are
// unique over all streams of one ledger and grow in the order in which records
// were made durable; 0 means "before the first record".
type Position uint64

// Hash is the first 16 bytes of a SHA-256. It names identities and contents
// where a full digest would only cost space; proofs never use it.
type Hash [16]byte

// Record is one event as received.
type Record struct {
	Table   string    // Azure Monitor table, e.g. "SigninLogs"; empty: unparsed
	ID      string    // identity, stable across redelivery and paths (see IDKind)
	IDKind  IDKind    // whether ID is the service's own or a fingerprint
	Time    time.Time // when it happened, UTC, to the tick (100 ns)
	TimeOf  TimeKind  // which field Time was taken from
	Seen    time.Time // when we received it, UTC
	Tenant  string    // Entra tenant id as the record states it; "" if it does not
	Source  string    // collection path, e.g. "file:signins.json", "graph:signIns"
	Format  Format    // wire format of Raw
	Raw     []byte    // the exact bytes received; owned by the receiver of the Record
	Context []byte    // bytes outside Raw that reading it needs; nil for most formats
	Content Hash      // digest of table and canonical content without the envelope time
	Problem string    // for unparsed records: what could not be read, with no content in it
	Line    int       // line (1-based) or element number in its container, for messages
}

// IDKind says how far an ID can be trusted to name the same event elsewhere.
type IDKind uint8

const (
	IDNone        IDKind = iota // unparsed
	IDNative                    // the service's own identity, complete
	IDFingerprint               // digest of the canonical content
	IDMatch                     // composed of fields (audit CSV: time, correlation, activity, target)
)

func (k IDKind) String() string {
	switch k {
	case IDNative:
		return "native"
	case IDFingerprint:
		return "fingerprint"
	case IDMatch:
		return "match"
	}
	return "none"
}

// TimeKind says which time a record's Time is.
type TimeKind uint8

const (
	TimeEvent    TimeKind = iota // the event's own time
	TimeStage                    // Kubernetes stageTimestamp
	TimeEnvelope                 // the delivery envelope's time
	TimeSeen                     // no time in the record: when it was received
)

func (k TimeKind) String() string {
	return [...]string{"event", "stage", "envelope", "seen"}[k&3]
}

// Format is the wire format of a record's Raw bytes. The values are written
// to the ledger: never renumber.
type Format uint8

const (
	FormatUnknown      Format = 0  // unparsed
	FormatDiagnostic   Format = 1  // Azure Monitor diagnostic record (Event Hubs, blob)
	FormatGraph        Format = 2  // Microsoft Graph v1.0 object
	FormatGraphBeta    Format = 3  // Microsoft Graph beta object
	FormatPortalJSON   Format = 4  // portal JSON download (Graph-style object)
	FormatPortalCSV    Format = 5  // portal CSV download row; Context is the header line
	FormatLogAnalytics Format = 6  // Log Analytics row as a JSON object
	FormatLARow        Format = 7  // row array of a Log Analytics answer; Context is its columns
	FormatLACSV        Format = 8  // portal CSV of Log Analytics; Context is the header line
	FormatKubeEvent    Format = 9  // audit.k8s.io/v1 Event
	FormatAKS          Format = 10 // diagnostic record whose properties.log is an Event as text
)

// Receipt counts one repeat of a record that the ledger already holds.
type Receipt struct {
	Table   string
	Tenant  string
	Content Hash      // of the record that was repeated; the ledger keeps Of instead
	Of      Position  // where the record lies that was repeated
	Time    time.Time // event time of the record; the ledger keeps its hour
	Seen    time.Time // when the repeat arrived
	Source  string    // the path it arrived on
	Count   uint32    // how many repeats this receipt stands for
}

// Imported reports whether a collection path is one of files that people or
// programs drop, or our own: of those nothing is claimed to be complete.
func Imported(source string) bool {
	return strings.HasPrefix(source, "file:") || strings.HasPrefix(source, "watch:") || Own(source)
}

// OwnPrefix begins the names of the paths on which what happens here comes in:
// alerts, incidents, rule runs. No source of a configuration may have it.
const OwnPrefix = "own:"

// Own reports whether a collection path is one of ours.
func Own(source string) bool { return strings.HasPrefix(source, OwnPrefix) }

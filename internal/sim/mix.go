package sim

// codeShare is a share of interactive sign-ins that end in a code. No public
// distribution per code was found; these are assumptions for a benign tenant.
// Codes of conditional access and of multifactor authentication come on top:
// they follow from policies.
type codeShare struct {
	code    int
	permill int
	reason  string
	again   float64 // share of people who then get in
}

var interactiveMix = []codeShare{
	{50126, 40, "Error validating credentials due to invalid username or password.", 0.8},
	{50140, 25, "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.", 1},
	{50058, 15, "Session information is not sufficient for single-sign-on.", 0.9},
	{500121, 5, "Authentication failed during strong authentication request.", 0.6},
	{65001, 4, "The user or administrator has not consented to use the application with ID '{identifier}'{namePhrase}. Send an interactive authorization request for this user and resource.", 0.1},
	{50055, 2, "The password is expired.", 0.9},
	{50053, 2, "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.", 0},
	{50057, 1, "The user account is disabled. The account has been disabled by an administrator.", 0},
}

// Refreshes fail too: sessions are revoked and devices fall out of compliance.
var silentMix = []codeShare{
	{70043, 6, "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.", 0},
	{50173, 2, "The provided grant has expired due to it being revoked, and a fresh auth token is needed.", 0},
	{700082, 1, "The refresh token has expired due to inactivity.", 0},
}

const (
	tripsPerMonth  = 0.35 // of people who travel; a fifth of all
	tripDays       = 3.0  // length of a trip, on average
	flightHours    = 5.0  // nobody signs in on the way
	homeRelease    = 0.01 // chance per day that the provider gives a new address
	mobileAstray   = 0.3  // share of carrier addresses placed in another city of the country
	vpnShare       = 0.15 // share of sessions outside the office that go through it
	mfaPeriod      = 60   // days for which a device remembers the second factor
	riskLate       = 0.5  // share of detections that are reported only later
	repeatedShare  = 0.03 // share of records in blobs that are delivered again
	guessesPerDay  = 0.02 // per person: somebody tries a password from abroad
	sessionsPerDay = 1.1  // interactive sign-ins per person and working day, on average
)

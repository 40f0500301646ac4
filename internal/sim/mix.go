package sim

// codeShare is a share of interactive sign-ins that end in a code. No public
// distribution per code was found; these are assumptions for a benign tenant.
type codeShare struct {
	code    int
	permill int
	reason  string
}

var interactiveMix = []codeShare{
	{50126, 40, "Error validating credentials due to invalid username or password."},
	{50074, 25, "Strong Authentication is required."},
	{50140, 25, "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in."},
	{50058, 15, "Session information is not sufficient for single-sign-on."},
	{500121, 5, "Authentication failed during strong authentication request."},
	{65001, 4, "The user or administrator has not consented to use the application."},
	{50053, 2, "The account is locked, you've tried to sign in too many times with an incorrect user ID or password."},
	{50057, 1, "The user account is disabled."},
}

const (
	travelPermill  = 6   // sign-ins made away from home
	refreshPerSign = 2   // non-interactive sign-ins per interactive one
	mfaReuse       = 0.7 // share of MFA demands met by a claim in the token
)

type place struct {
	city, state, country string
	lat, lon             float64
	asn                  int
	net                  string // first two octets of the addresses there
}

var places = []place{
	{"Seattle", "Washington", "US", 47.6062, -122.3321, 7922, "73.53"},
	{"Austin", "Texas", "US", 30.2672, -97.7431, 7018, "99.12"},
	{"London", "England", "GB", 51.5074, -0.1278, 2856, "81.140"},
	{"Manchester", "England", "GB", 53.4808, -2.2426, 5089, "82.3"},
	{"Berlin", "Berlin", "DE", 52.52, 13.405, 3320, "87.123"},
	{"Munich", "Bavaria", "DE", 48.1351, 11.582, 3320, "91.5"},
	{"Paris", "Ile-De-France", "FR", 48.8566, 2.3522, 3215, "90.8"},
	{"Dublin", "Dublin", "IE", 53.3498, -6.2603, 5466, "86.40"},
	{"Bengaluru", "Karnataka", "IN", 12.9716, 77.5946, 24560, "106.51"},
	{"Sydney", "New South Wales", "AU", -33.8688, 151.2093, 1221, "120.17"},
	{"Toronto", "Ontario", "CA", 43.6532, -79.3832, 577, "142.112"},
	{"Sao Paulo", "Sao Paulo", "BR", -23.5505, -46.6333, 28573, "177.9"},
}

// abroad are places from which nobody works but where guessing comes from.
var abroad = []place{
	{"Moscow", "Moskva", "RU", 55.7558, 37.6173, 12389, "95.24"},
	{"Lagos", "Lagos", "NG", 6.5244, 3.3792, 37148, "105.112"},
	{"Hanoi", "Ha Noi", "VN", 21.0278, 105.8342, 45899, "113.190"},
	{"Bucharest", "Bucuresti", "RO", 44.4268, 26.1025, 9009, "185.220"},
}

type app struct{ id, name, resource, resourceID string }

var apps = []app{
	{"00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online", "Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"},
	{"1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Teams", "Microsoft Teams Services", "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe"},
	{"d3590ed6-52b3-4102-aeff-aad2292ab01c", "Microsoft Office", "Microsoft Graph", "00000003-0000-0000-c000-000000000000"},
	{"c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "Azure Portal", "Windows Azure Service Management API", "797f4846-ba00-4fd7-ba43-dac1f8f63013"},
	{"00000003-0000-0ff1-ce00-000000000000", "Office 365 SharePoint Online", "Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000"},
	{"4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome", "OfficeHome", "4765445b-32c6-49b0-83e6-1d93765276ca"},
	{"80faf920-1908-4b52-b5ef-a8e7bedfc67a", "Azure Kubernetes Service AAD Client", "Azure Kubernetes Service AAD Server", "6dae42f8-4368-4678-94ff-3960e28e3630"},
}

var (
	givenNames  = []string{"Ada", "Ben", "Chiara", "David", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kavya", "Liam", "Mei", "Nora", "Omar", "Priya", "Quentin", "Rosa", "Sven", "Tara", "Uma", "Viktor", "Wendy", "Yusuf", "Zoe"}
	familyNames = []string{"Adams", "Bauer", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Huang", "Ito", "Jensen", "Khan", "Lopez", "Meyer", "Nguyen", "Okafor", "Patel", "Quinn", "Rossi", "Schmidt", "Tanaka", "Ueda", "Vargas", "Weber", "Young", "Zhang"}
	departments = []string{"Sales", "Engineering", "Finance", "Support", "Legal", "Operations"}
)

var userAgents = []struct{ ua, browser, os string }{
	{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0", "Edge 141.0.0", "Windows10"},
	{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "Chrome 142.0.0", "Windows10"},
	{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15", "Safari 18.6", "MacOs"},
	{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148", "Mobile Safari", "Ios 18.6"},
}

package sim

// place is a city with the networks that people there use.
type place struct {
	city, state, country string
	lat, lon             float64
	asn                  int
	net                  string // first two octets of the home addresses there
	net6                 string // IPv6 prefix of the home provider, "" if it gives none
	mobileASN            int
	mobile               string // first two octets of the carrier's addresses
}

// places are where people live and offices stand, by weight.
var places = []place{
	{"Seattle", "Washington", "US", 47.6062, -122.3321, 7922, "73.53", "2601:601", 21928, "172.58"},
	{"Austin", "Texas", "US", 30.2672, -97.7431, 7018, "99.12", "2600:1700", 21928, "172.59"},
	{"London", "England", "GB", 51.5074, -0.1278, 2856, "81.140", "2a00:23c8", 12576, "92.40"},
	{"Manchester", "England", "GB", 53.4808, -2.2426, 5089, "82.3", "", 12576, "92.41"},
	{"Berlin", "Berlin", "DE", 52.52, 13.405, 3320, "87.123", "2003:e7", 6805, "89.204"},
	{"Munich", "Bavaria", "DE", 48.1351, 11.582, 3320, "91.5", "2003:c1", 6805, "89.205"},
	{"Paris", "Ile-De-France", "FR", 48.8566, 2.3522, 3215, "90.8", "2a01:cb04", 51207, "37.169"},
	{"Dublin", "Dublin", "IE", 53.3498, -6.2603, 5466, "86.40", "", 15502, "89.19"},
	{"Bengaluru", "Karnataka", "IN", 12.9716, 77.5946, 24560, "106.51", "2401:4900", 55836, "157.50"},
	{"Sydney", "New South Wales", "AU", -33.8688, 151.2093, 1221, "120.17", "2001:8003", 4804, "49.195"},
	{"Toronto", "Ontario", "CA", 43.6532, -79.3832, 577, "142.112", "", 812, "99.224"},
	{"Sao Paulo", "Sao Paulo", "BR", -23.5505, -46.6333, 28573, "177.9", "2804:14c", 26599, "191.58"},
}

// abroad are places from which nobody works but where guessing comes from.
var abroad = []place{
	{city: "Moscow", state: "Moskva", country: "RU", lat: 55.7558, lon: 37.6173, asn: 12389, net: "95.24"},
	{city: "Lagos", state: "Lagos", country: "NG", lat: 6.5244, lon: 3.3792, asn: 37148, net: "105.112"},
	{city: "Hanoi", state: "Ha Noi", country: "VN", lat: 21.0278, lon: 105.8342, asn: 45899, net: "113.190"},
	{city: "Bucharest", state: "Bucuresti", country: "RO", lat: 44.4268, lon: 26.1025, asn: 9009, net: "185.220"},
}

// offices are the sites with an egress of their own; its address is that of
// the whole office, and of everybody who works through its VPN.
var offices = []struct {
	place int // index into places
	asn   int
	ip    string
}{{0, 8075, "198.51.100.10"}, {2, 5400, "198.51.100.74"}, {4, 3209, "203.0.113.18"}, {8, 9498, "203.0.113.130"}}

type app struct {
	id, name, resource, resourceID string
	client                         string // how people use it
	refreshes                      int    // silent token refreshes per session, on average
}

const (
	browser = "Browser"
	modern  = "Mobile Apps and Desktop clients"
	graphID = "00000003-0000-0000-c000-000000000000"
)

var apps = []app{
	{"5e3ce6c0-2b1f-4285-8d4b-75ee78787346", "Microsoft Teams Web Client", "Microsoft Teams Services", "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", browser, 7},
	{"d3590ed6-52b3-4102-aeff-aad2292ab01c", "Microsoft Office", "Microsoft Graph", graphID, modern, 9},
	{"00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online", "Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000", modern, 12},
	{"1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Teams", "Microsoft Teams Services", "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", modern, 14},
	{"00000003-0000-0ff1-ce00-000000000000", "Office 365 SharePoint Online", "Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000", browser, 5},
	{"4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome", "OfficeHome", "4765445b-32c6-49b0-83e6-1d93765276ca", browser, 4},
	{"89bee1f7-5e6e-4d8a-9f3d-ecd601259da7", "Office365 Shell WCSS-Client", "Microsoft Graph", graphID, browser, 6},
	{"27922004-5251-4030-b22d-91ecd9a37ea4", "Outlook Mobile", "Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000", modern, 10},
	{"ab9b8c07-8f02-4f72-87fa-80105867a763", "OneDrive SyncEngine", "Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000", modern, 8},
	{"2d7f3606-b07d-41d1-b9d2-0d0c9296a6e8", "Microsoft Bing Search for Microsoft Edge", "Microsoft Graph", graphID, browser, 5},
	{"6b1f0a3e-90a1-4f64-9e5b-2b0f3a5d7c01", "Contoso Travel", "Contoso Travel", "6b1f0a3e-90a1-4f64-9e5b-2b0f3a5d7c01", browser, 3},
	{"8c2b41d7-1b02-4e75-8a6c-3c1e4b6e8d02", "Contoso Expenses", "Contoso Expenses", "8c2b41d7-1b02-4e75-8a6c-3c1e4b6e8d02", browser, 3},
	{"9d3c52e8-2c13-4f86-9b7d-4d2f5c7f9e03", "Contoso CRM", "Contoso CRM", "9d3c52e8-2c13-4f86-9b7d-4d2f5c7f9e03", browser, 6},
	{"ae4d63f9-3d24-4097-ac8e-5e306d80af04", "Contoso Tickets", "Contoso Tickets", "ae4d63f9-3d24-4097-ac8e-5e306d80af04", browser, 5},
	{"bf5e740a-4e35-41a8-bd9f-6f417e91b005", "Contoso Wiki", "Contoso Wiki", "bf5e740a-4e35-41a8-bd9f-6f417e91b005", browser, 4},
	{"c06f851b-5f46-42b9-8ea0-70528fa2c106", "Contoso Payroll", "Contoso Payroll", "c06f851b-5f46-42b9-8ea0-70528fa2c106", browser, 3},
	{"d170962c-6057-43ca-9fb1-816390b3d207", "Contoso Builds", "Contoso Builds", "d170962c-6057-43ca-9fb1-816390b3d207", browser, 7},
	{"e281a73d-7168-44db-a0c2-927401c4e308", "Contoso Warehouse", "Contoso Warehouse", "e281a73d-7168-44db-a0c2-927401c4e308", browser, 4},
	{"f392b84e-8279-45ec-b1d3-038512d5f409", "Contoso Learning", "Contoso Learning", "f392b84e-8279-45ec-b1d3-038512d5f409", browser, 3},
	{"04a3c95f-938a-46fd-82e4-149623e6050a", "Contoso Contracts", "Contoso Contracts", "04a3c95f-938a-46fd-82e4-149623e6050a", browser, 3},
}

// adminApps are those of people who run the tenant and its cluster.
var adminApps = []app{
	{"c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "Azure Portal", "Windows Azure Service Management API", "797f4846-ba00-4fd7-ba43-dac1f8f63013", browser, 9},
	{"04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Microsoft Azure CLI", "Windows Azure Service Management API", "797f4846-ba00-4fd7-ba43-dac1f8f63013", modern, 6},
	{"80faf920-1908-4b52-b5ef-a8e7bedfc67a", "Azure Kubernetes Service AAD Client", "Azure Kubernetes Service AAD Server", "6dae42f8-4368-4678-94ff-3960e28e3630", modern, 6},
	{"14d82eec-204b-4c2f-b7e8-296a70dab67e", "Microsoft Graph Command Line Tools", "Microsoft Graph", graphID, modern, 3},
}

var (
	givenNames  = []string{"Ada", "Ben", "Chiara", "David", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kavya", "Liam", "Mei", "Nora", "Omar", "Priya", "Quentin", "Rosa", "Sven", "Tara", "Uma", "Viktor", "Wendy", "Yusuf", "Zoe"}
	familyNames = []string{"Adams", "Bauer", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Huang", "Ito", "Jensen", "Khan", "Lopez", "Meyer", "Nguyen", "Okafor", "Patel", "Quinn", "Rossi", "Schmidt", "Tanaka", "Ueda", "Vargas", "Weber", "Young", "Zhang"}
	departments = []string{"Sales", "Engineering", "Finance", "Support", "Legal", "Operations"}
)

type agent struct{ ua, browser, os string }

// agents are what devices say they are; the last ones are phones.
var agents = []agent{
	{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0", "Edge 141.0.0", "Windows10"},
	{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "Chrome 142.0.0", "Windows10"},
	{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15", "Safari 18.6", "MacOs"},
	{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148", "Mobile Safari", "Ios 18.6"},
	{"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome Mobile 142.0.0", "Android 15"},
}

const firstPhone = 3

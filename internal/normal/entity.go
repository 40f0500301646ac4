package normal

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/internal/event/rawjson"
)

// entity is one of the Entities of a SecurityAlert, by Microsoft Sentinel's
// "Entity types reference".
type entity map[string]any

// entitiesOf makes entities of an alert's evidence, and names the one that the
// alert is about: the first user, else the first machine.
func entitiesOf(evidence rawjson.Value) (list []entity, compromised string) {
	host := ""
	evidence.Elements(func(e rawjson.Value) bool {
		kind := strings.TrimPrefix(e.GetFold("@odata.type").Str(), "#microsoft.graph.security.")
		text := func(path ...string) string { return e.Path(path...).Text() }
		n := entity{"$id": strconv.Itoa(len(list) + 1)}
		put := func(name, value string) {
			if value != "" {
				n[name] = value
			}
		}
		switch kind {
		case "userEvidence", "mailboxEvidence":
			n["Type"] = "account"
			if kind == "mailboxEvidence" {
				n["Type"] = "mailbox"
				put("MailboxPrimaryAddress", text("primaryAddress"))
				put("DisplayName", text("displayName"))
			}
			upn := text("userAccount", "userPrincipalName")
			name, suffix, _ := strings.Cut(upn, "@")
			if name == "" {
				name = text("userAccount", "accountName")
			}
			put("Name", name)
			put("UPNSuffix", suffix)
			put("AadUserId", text("userAccount", "azureAdUserId"))
			put("Sid", text("userAccount", "userSid"))
			put("NTDomain", text("userAccount", "domainName"))
			put("DisplayName", text("userAccount", "displayName"))
			if compromised == "" {
				if compromised = upn; upn == "" {
					compromised = name
				}
			}
		case "ipEvidence":
			n["Type"] = "ip"
			put("Address", text("ipAddress"))
			if c := text("countryLetterCode"); c != "" {
				n["Location"] = entity{"CountryCode": c}
			}
		case "deviceEvidence":
			n["Type"] = "host"
			name := text("deviceDnsName")
			short, domain, _ := strings.Cut(name, ".")
			put("HostName", short)
			put("DnsDomain", domain)
			put("AadDeviceId", text("azureAdDeviceId"))
			put("MdatpDeviceId", text("mdeDeviceId"))
			put("OSFamily", text("osPlatform"))
			if host == "" {
				host = name
			}
		case "cloudApplicationEvidence", "oauthApplicationEvidence":
			n["Type"] = "cloud-application"
			put("AppId", text("appId"))
			put("Name", text("displayName"))
		case "urlEvidence":
			n["Type"] = "url"
			put("Url", text("url"))
		case "fileEvidence":
			n["Type"] = "file"
			put("Name", text("fileDetails", "fileName"))
			put("Directory", text("fileDetails", "filePath"))
		case "processEvidence":
			n["Type"] = "process"
			put("ProcessId", text("processId"))
			put("CommandLine", text("processCommandLine"))
		case "azureResourceEvidence":
			n["Type"] = "azure-resource"
			put("ResourceId", text("resourceId"))
		default: // kept as it is
			n["Type"] = strings.TrimSuffix(kind, "Evidence")
			n["Properties"] = json.RawMessage(e.JSON())
		}
		list = append(list, n)
		return true
	})
	if compromised == "" {
		compromised = host
	}
	return list, compromised
}

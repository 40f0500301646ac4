package doctor

import (
	"slices"
	"strings"

	"github.com/wholelog/wholelog/internal/schema"
)

// category is a diagnostic category of a tenant. The list is open: settings
// may name others, which are reported as they are.
type category struct {
	name  string
	needs string // beside the setting, before anything is written; "": not known
}

const (
	needsPremium  = "Microsoft Entra ID P1 or P2"
	needsRisk     = "Microsoft Entra ID P2 (P1 shows risk as hidden)"
	needsWorkload = "Microsoft Entra Workload ID Premium"
	needsAccess   = "Global Secure Access in use"
)

// categories are those of documentation and of settings seen, in the order of
// what is looked at first.
var categories = []category{
	{"SignInLogs", needsPremium},
	{"NonInteractiveUserSignInLogs", needsPremium},
	{"ServicePrincipalSignInLogs", needsPremium},
	{"ManagedIdentitySignInLogs", needsPremium},
	{"AuditLogs", needsPremium},
	{"ProvisioningLogs", needsPremium + " and provisioning in use"},
	{"RiskyUsers", needsRisk},
	{"UserRiskEvents", needsRisk},
	{"RiskyServicePrincipals", needsWorkload},
	{"ServicePrincipalRiskEvents", needsWorkload},
	{"MicrosoftGraphActivityLogs", needsPremium},
	{"ADFSSignInLogs", needsPremium + " and Microsoft Entra Connect Health for AD FS"},
	{"MicrosoftServicePrincipalSignInLogs", ""},
	{"AzureADGraphActivityLogs", ""},
	{"NetworkAccessTrafficLogs", needsAccess},
	{"NetworkAccessAlerts", needsAccess},
	{"NetworkAccessConnectionEvents", needsAccess},
	{"NetworkAccessGenerativeAIInsights", needsAccess},
	{"RemoteNetworkHealthLogs", needsAccess},
	{"EnrichedOffice365AuditLogs", needsAccess},
	{"GraphNotificationsActivityLogs", ""},
	{"B2CRequestLogs", "a B2C tenant"},
	{"RiskyAgents", ""},
	{"AgentRiskEvents", ""},
	{"MicrosoftGraphPolicyLogs", ""},
	{"PreAuthenticationDiscoveryLogs", ""},
}

// attributeCategory is of a provider of its own.
const attributeCategory = "CustomSecurityAttributeAuditLogs"

// aksCategories are those of a cluster.
var aksCategories = []string{"kube-audit", "kube-audit-admin", "guard", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "cluster-autoscaler",
	"cloud-controller-manager", "csi-azuredisk-controller", "csi-azurefile-controller", "csi-snapshot-controller"}

// known finds a category of a tenant by name, in any letter case.
func known(name string) *category {
	for i := range categories {
		if strings.EqualFold(categories[i].name, name) {
			return &categories[i]
		}
	}
	return nil
}

// ours reports whether the category has a table here.
func (c *category) ours() bool { return schema.ByCategory(c.name) != nil }

// enough says what must be there beside the setting.
func (c *category) enough() string {
	if c.needs == "" {
		return "what it needs beside the setting is not known"
	}
	return "beside the setting it needs " + c.needs
}

// collection is the one of Graph that holds the same records; nil if there is
// none.
func (c *category) collection() *collection {
	i := slices.IndexFunc(collections, func(k collection) bool { return k.category == c.name })
	if i < 0 {
		return nil
	}
	return &collections[i]
}

package rule

import (
	"maps"
	"slices"
)

// identifiers are the entity types and their identifiers as Microsoft documents
// them for Microsoft Sentinel's entity mapping
// (learn.microsoft.com/azure/sentinel/entities-reference).
var identifiers = map[string][]string{
	"Account":          {"FullName", "Name", "NTDomain", "DnsDomain", "UPNSuffix", "Sid", "AadTenantId", "AadUserId", "PUID", "IsDomainJoined", "DisplayName", "ObjectGuid", "CloudAppAccountId", "IsAnonymized"},
	"Host":             {"FullName", "DnsDomain", "NTDomain", "HostName", "NetBiosName", "AzureID", "OMSAgentID", "OSFamily", "OSVersion", "IsDomainJoined"},
	"IP":               {"Address", "AddressScope"},
	"URL":              {"Url"},
	"AzureResource":    {"ResourceId"},
	"CloudApplication": {"AppId", "Name", "InstanceName", "InstanceId", "Risk"},
	"DNS":              {"DomainName"},
	"File":             {"Directory", "Name"},
	"FileHash":         {"Algorithm", "Value"},
	"Malware":          {"Name", "Category"},
	"Process":          {"ProcessId", "CommandLine", "ElevationToken", "CreationTimeUtc"},
	"RegistryKey":      {"Hive", "Key"},
	"RegistryValue":    {"Name", "Value", "ValueType"},
	"SecurityGroup":    {"DistinguishedName", "SID", "ObjectGuid"},
	"MailCluster": {"NetworkMessageIds", "CountByDeliveryStatus", "CountByThreatType", "CountByProtectionStatus", "Threats", "Query", "QueryTime", "MailCount",
		"IsVolumeAnomaly", "Source", "ClusterSourceIdentifier", "ClusterSourceType", "ClusterQueryStartTime", "ClusterQueryEndTime", "ClusterGroup"},
	"MailMessage": {"Recipient", "Urls", "Threats", "Sender", "P1Sender", "P1SenderDisplayName", "P1SenderDomain", "SenderIP", "P2Sender", "P2SenderDisplayName",
		"P2SenderDomain", "ReceivedDate", "NetworkMessageId", "InternetMessageId", "Subject", "BodyFingerprintBin1", "BodyFingerprintBin2",
		"BodyFingerprintBin3", "BodyFingerprintBin4", "BodyFingerprintBin5", "AntispamDirection", "DeliveryAction", "DeliveryLocation", "Language", "ThreatDetectionMethods"},
	"Mailbox":        {"MailboxPrimaryAddress", "DisplayName", "Upn", "RiskLevel", "AadId", "ExternalDirectoryObjectId"},
	"SubmissionMail": {"SubmissionId", "SubmissionDate", "Submitter", "NetworkMessageId", "Timestamp", "Recipient", "Sender", "SenderIp", "Subject", "ReportType"},
}

// EntityTypes lists the types of entities.
func EntityTypes() []string { return slices.Sorted(maps.Keys(identifiers)) }

// Identifiers lists the identifiers of a type of entities, nil for none.
func Identifiers(entity string) []string { return slices.Clone(identifiers[entity]) }

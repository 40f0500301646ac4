package sentinel

import "github.com/goccy/go-yaml"

// file is an analytic rule as it stands in YAML. Members that are absent are
// zero. The known keys of the nested parts are those of the structs' tags.
type file struct {
	ID             string   `yaml:"id"`
	Name           string   `yaml:"name"`
	DisplayName    string   `yaml:"displayName"` // as the API's export calls it
	Description    string   `yaml:"description"`
	Severity       string   `yaml:"severity"`
	Kind           string   `yaml:"kind"`
	Enabled        *bool    `yaml:"enabled"`
	Status         string   `yaml:"status"`
	Version        any      `yaml:"version"`
	Template       any      `yaml:"templateVersion"`
	TemplateName   string   `yaml:"alertRuleTemplateName"`
	Query          string   `yaml:"query"`
	QueryFrequency string   `yaml:"queryFrequency"`
	QueryPeriod    string   `yaml:"queryPeriod"`
	Operator       string   `yaml:"triggerOperator"`
	Threshold      *int64   `yaml:"triggerThreshold"`
	Tactics        []string `yaml:"tactics"`
	Techniques     []string `yaml:"relevantTechniques"`
	TechniquesAPI  []string `yaml:"techniques"`
	SubTechniques  []string `yaml:"subTechniques"`
	Tags           []any    `yaml:"tags"`
	Connectors     []struct {
		ID    string   `yaml:"connectorId"`
		Types []string `yaml:"dataTypes"`
	} `yaml:"requiredDataConnectors"`
	Entities []struct {
		Type   string        `yaml:"entityType"`
		Fields fieldMappings `yaml:"fieldMappings"`
	} `yaml:"entityMappings"`
	Passed []struct {
		Column string `yaml:"columnName"`
	} `yaml:"sentinelEntitiesMappings"`
	Details  map[string]string `yaml:"customDetails"`
	Override struct {
		Title       string `yaml:"alertDisplayNameFormat"`
		Description string `yaml:"alertDescriptionFormat"`
		Severity    string `yaml:"alertSeverityColumnName"`
		Tactics     string `yaml:"alertTacticsColumnName"`
		Dynamic     []struct {
			Property string `yaml:"alertProperty"`
			Value    string `yaml:"value"`
		} `yaml:"alertDynamicProperties"`
	} `yaml:"alertDetailsOverride"`
	Grouping struct {
		Kind string `yaml:"aggregationKind"`
	} `yaml:"eventGroupingSettings"`
	SuppressionEnabled  bool   `yaml:"suppressionEnabled"`
	SuppressionDuration string `yaml:"suppressionDuration"`
	Incident            *struct {
		Create   *bool `yaml:"createIncident"`
		Grouping struct {
			Enabled  bool     `yaml:"enabled"`
			Reopen   bool     `yaml:"reopenClosedIncident"`
			Lookback string   `yaml:"lookbackDuration"`
			Method   string   `yaml:"matchingMethod"`
			Entities []string `yaml:"groupByEntities"`
			Alert    []string `yaml:"groupByAlertDetails"`
			Custom   []string `yaml:"groupByCustomDetails"`
		} `yaml:"groupingConfiguration"`
	} `yaml:"incidentConfiguration"`
	Metadata any `yaml:"metadata"`
}

type fieldMapping struct {
	Identifier string `yaml:"identifier"`
	Column     string `yaml:"columnName"`
}

// fieldMappings is a list; some files have a single one without its dash.
type fieldMappings []fieldMapping

// UnmarshalYAML reads both forms.
func (m *fieldMappings) UnmarshalYAML(b []byte) error {
	var list []fieldMapping
	if err := yaml.Unmarshal(b, &list); err == nil {
		*m = list
		return nil
	}
	var one fieldMapping
	if err := yaml.Unmarshal(b, &one); err != nil {
		return err
	}
	*m = fieldMappings{one}
	return nil
}

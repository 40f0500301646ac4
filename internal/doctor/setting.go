package doctor

import (
	"encoding/json"
	"fmt"
	"strings"
)

// setting is a diagnostic setting as Azure Resource Manager has it.
type setting struct {
	name       string
	properties map[string]json.RawMessage // as they came
	logs       []entry
}

// entry is one line of a setting's logs: a category, or a group of them.
type entry struct {
	Category string `json:"category"`
	Group    string `json:"categoryGroup"`
	Enabled  bool   `json:"enabled"`
}

// Kinds of destination.
const (
	toHub       = "eventhub"
	toStorage   = "storage"
	toWorkspace = "workspace"
)

// destination is one place that a setting writes to.
type destination struct {
	kind string
	id   string // resource id; of a hub its authorization rule
	hub  string // name; "": one hub per category, insights-logs-<category>
}

var property = map[string]string{toHub: "eventHubAuthorizationRuleId", toStorage: "storageAccountId", toWorkspace: "workspaceId"}

func (s *setting) text(name string) (v string) {
	_ = json.Unmarshal(s.properties[name], &v)
	return v
}

func (s *setting) destinations() (out []destination) {
	for _, kind := range []string{toHub, toStorage, toWorkspace} {
		if id := s.text(property[kind]); id != "" {
			d := destination{kind: kind, id: id}
			if kind == toHub {
				d.hub = s.text("eventHubName")
			}
			out = append(out, d)
		}
	}
	if id := s.text("marketplacePartnerId"); id != "" {
		out = append(out, destination{kind: "partner", id: id})
	}
	return out
}

// enables reports whether a category is written. The group allLogs holds every
// category; what is in other groups is not known here.
func (s *setting) enables(category string) bool {
	for _, e := range s.logs {
		if e.Enabled && (strings.EqualFold(e.Category, category) || strings.EqualFold(e.Group, "allLogs")) {
			return true
		}
	}
	return false
}

// resource is the name that follows a word in a resource id.
func resource(id, word string) string {
	parts := strings.Split(id, "/")
	for i, p := range parts[:len(parts)-1] {
		if strings.EqualFold(p, word) {
			return parts[i+1]
		}
	}
	return ""
}

// String names the destination for reading.
func (d destination) String() string {
	switch d.kind {
	case toHub:
		hub := d.hub
		if hub == "" {
			hub = "insights-logs-<category>"
		}
		return fmt.Sprintf("event hub %s/%s", resource(d.id, "namespaces"), hub)
	case toStorage:
		return "storage account " + resource(d.id, "storageAccounts")
	case toWorkspace:
		return "workspace " + resource(d.id, "workspaces")
	}
	return "partner " + d.id
}

// parseSettings reads a list of settings.
func parseSettings(body []byte) (out []setting, next string, ok bool) {
	var page struct {
		Value []json.RawMessage
		Next  string `json:"nextLink"`
	}
	if json.Unmarshal(body, &page) != nil || page.Value == nil {
		return nil, "", false
	}
	for _, v := range page.Value {
		s, ok := parseSetting(v)
		if !ok {
			return nil, "", false
		}
		out = append(out, s)
	}
	return out, page.Next, true
}

func parseSetting(body []byte) (s setting, ok bool) {
	var v struct {
		Name       string
		Properties map[string]json.RawMessage
	}
	if json.Unmarshal(body, &v) != nil || v.Name == "" || v.Properties == nil {
		return s, false
	}
	s = setting{name: v.Name, properties: v.Properties}
	if logs, there := v.Properties["logs"]; there && json.Unmarshal(logs, &s.logs) != nil {
		return s, false
	}
	return s, true
}

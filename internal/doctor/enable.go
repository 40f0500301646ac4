package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Enable is a wish: categories that one setting should write.
type Enable struct {
	Categories  []string
	To          string // eventhub, storage or workspace
	Setting     string // name; one that does not exist is made
	Destination string // resource id, needed for a new setting; of a hub its authorization rule
	Hub         string // event hub of a new setting; "": one per category
}

// Plan is a change that Apply can make, and what it changes.
type Plan struct {
	Setting     string          `json:"setting"`
	New         bool            `json:"new"`
	Unchanged   bool            `json:"unchanged"` // the categories are on already
	Categories  []string        `json:"categories"`
	Destination []string        `json:"destination"`
	Method      string          `json:"method"`
	URL         string          `json:"url"`
	Body        json.RawMessage `json:"body"`
	Diff        string          `json:"diff"`
	File        string          `json:"file"` // a name for the body
	Applied     bool            `json:"applied"`
	Verified    bool            `json:"verified"` // read back, and the same

	l      *look
	before []byte
}

var settingName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$`)

var destinationID = map[string]*regexp.Regexp{
	toHub:       regexp.MustCompile(`(?i)^/subscriptions/[^/\s]+/resourceGroups/[^/\s]+/providers/Microsoft\.EventHub/namespaces/[^/\s]+/authorizationRules/[^/\s]+$`),
	toStorage:   regexp.MustCompile(`(?i)^/subscriptions/[^/\s]+/resourceGroups/[^/\s]+/providers/Microsoft\.Storage/storageAccounts/[^/\s]+$`),
	toWorkspace: regexp.MustCompile(`(?i)^/subscriptions/[^/\s]+/resourceGroups/[^/\s]+/providers/Microsoft\.OperationalInsights/workspaces/[^/\s]+$`),
}

func settingPath(name string) string {
	return tenantSettings + "/" + url.PathEscape(name) + tenantVersion
}

// plan reads the settings and works out the change. It sends no PUT.
func (l *look) plan(ctx context.Context, e *Enable) (*Plan, error) {
	if property[e.To] == "" {
		return nil, fmt.Errorf("--to %q: write eventhub, storage or workspace", e.To)
	}
	if !settingName.MatchString(e.Setting) {
		return nil, fmt.Errorf("--setting %q: the name of a setting, letters, digits, dots, dashes and underlines", e.Setting)
	}
	if !l.credential() {
		return nil, nil // the finding says why
	}
	if err := l.readSettings(ctx); err != nil {
		return nil, err
	}
	if !l.known {
		l.say(Fail, "setting", e.Setting, "not-planned", "nothing was planned: what is not seen cannot be kept, and a PUT replaces the whole setting")
		return nil, nil
	}
	names, err := l.wanted(e.Categories)
	if err != nil {
		return nil, err
	}
	p := &Plan{Setting: e.Setting, Categories: names, Method: "PUT", l: l}
	var body []byte
	i := slices.IndexFunc(l.settings, func(s setting) bool { return strings.EqualFold(s.name, e.Setting) })
	if i < 0 {
		if p.New = true; !destinationID[e.To].MatchString(e.Destination) {
			return nil, fmt.Errorf("there is no setting %q yet: name its destination with --destination, the resource id of %s", e.Setting,
				map[string]string{toHub: "an authorization rule of the event hub namespace (.../authorizationRules/NAME)", toStorage: "the storage account", toWorkspace: "the Log Analytics workspace"}[e.To])
		}
		body, err = fresh(*e, names)
	} else {
		s := &l.settings[i]
		p.Setting = s.name
		if err := keeps(s, e); err != nil {
			return nil, err
		}
		if p.before, err = merged(s, nil); err == nil {
			body, err = merged(s, names)
		}
		p.Unchanged = !slices.ContainsFunc(names, func(n string) bool { return !s.enables(n) })
	}
	if err != nil {
		return nil, err
	}
	after, _ := parseSetting(append(append([]byte(`{"name":"x",`), bytes.TrimSpace(body)[1:]...), '\n'))
	for _, d := range after.destinations() {
		p.Destination = append(p.Destination, d.String())
	}
	p.Body = body
	p.URL = l.arm.base + settingPath(p.Setting)
	p.File = "wholelog-" + strings.ReplaceAll(printable(p.Setting), " ", "-") + ".json"
	p.Diff = diff("now", "then", string(p.before), string(body))
	return p, nil
}

// wanted checks the categories against those that are documented or seen.
func (l *look) wanted(asked []string) (out []string, err error) {
	all := []string{}
	for _, c := range categories {
		all = append(all, c.name)
	}
	for _, s := range l.settings {
		for _, e := range s.logs {
			if e.Category != "" && !slices.Contains(all, e.Category) {
				all = append(all, e.Category)
			}
		}
	}
	for _, a := range asked {
		a = strings.TrimSpace(a)
		i := slices.IndexFunc(all, func(n string) bool { return strings.EqualFold(n, a) })
		switch {
		case strings.EqualFold(a, attributeCategory):
			return nil, fmt.Errorf("--enable %s: it has a provider and roles of its own; `wholelog doctor` says where to switch it on", attributeCategory)
		case slices.Contains(aksCategories, strings.ToLower(a)):
			return nil, fmt.Errorf("--enable %s: it is a category of a cluster; `wholelog doctor --aks RESOURCE_ID` prints the command", a)
		case i < 0:
			return nil, fmt.Errorf("--enable %q: neither documented nor in a setting of the tenant; known are %s", a, list(all))
		case !slices.Contains(out, all[i]):
			out = append(out, all[i])
		}
	}
	if len(out) == 0 {
		return nil, errors.New("--enable names no category")
	}
	return out, nil
}

// keeps refuses to change where an existing setting writes to.
func keeps(s *setting, e *Enable) error {
	for _, d := range s.destinations() {
		if d.kind != e.To {
			continue
		}
		if e.Destination != "" && !strings.EqualFold(e.Destination, d.id) {
			return fmt.Errorf("the setting %q writes to another destination, %s, which is not changed: choose another --setting", printable(s.name), d)
		}
		if e.Hub != "" && !strings.EqualFold(e.Hub, d.hub) {
			return fmt.Errorf("the setting %q writes to another hub, %s, which is not changed: choose another --setting", printable(s.name), d)
		}
		return nil
	}
	var to []string
	for _, d := range s.destinations() {
		to = append(to, d.String())
	}
	return fmt.Errorf("the setting %q writes to %s only; adding a destination would send all its categories there: choose another --setting", printable(s.name), orNone(to))
}

// noRetention is what all entries get: the service no longer heeds it.
var noRetention = json.RawMessage(`{"enabled":false,"days":0}`)

// merged is the body that keeps a setting as it is, with categories switched
// on: PUT replaces the whole list.
func merged(s *setting, on []string) ([]byte, error) {
	var logs []map[string]json.RawMessage
	if raw := s.properties["logs"]; raw != nil {
		if err := json.Unmarshal(raw, &logs); err != nil {
			return nil, fmt.Errorf("setting %q: its logs cannot be read", printable(s.name))
		}
	}
	there := map[string]bool{}
	for i, e := range s.logs {
		m := logs[i]
		if len(on) > 0 || m["retentionPolicy"] != nil {
			m["retentionPolicy"] = noRetention
		}
		for _, n := range on {
			if strings.EqualFold(e.Category, n) {
				m["enabled"], there[n] = json.RawMessage("true"), true
			}
		}
		dropNull(m)
	}
	for _, n := range on {
		if !there[n] && !s.enables(n) {
			logs = append(logs, line(n))
		}
	}
	return render(s.properties, logs)
}

// fresh is the body of a new setting.
func fresh(e Enable, on []string) ([]byte, error) {
	var logs []map[string]json.RawMessage
	for _, n := range on {
		logs = append(logs, line(n))
	}
	return render(only(destination{kind: e.To, id: e.Destination, hub: e.Hub}), logs)
}

func line(category string) map[string]json.RawMessage {
	return map[string]json.RawMessage{"category": quoted(category), "enabled": json.RawMessage("true"), "retentionPolicy": noRetention}
}

func dropNull(m map[string]json.RawMessage) {
	for k, v := range m {
		if string(v) == "null" {
			delete(m, k)
		}
	}
}

// render writes a body: keys sorted, one category a line, so that differences
// can be read.
func render(properties map[string]json.RawMessage, logs []map[string]json.RawMessage) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("{\n  \"properties\": {\n")
	var names []string
	for k, v := range properties {
		if k != "logs" && string(v) != "null" {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	for _, k := range names {
		fmt.Fprintf(&b, "    %s: %s,\n", quoted(k), compact(properties[k]))
	}
	b.WriteString("    \"logs\": [")
	for i, m := range logs {
		text, err := json.Marshal(m)
		if err != nil {
			return nil, fmt.Errorf("logs of a setting: %w", err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n      %s", text)
	}
	b.WriteString("\n    ]\n  }\n}\n")
	if !json.Valid(b.Bytes()) {
		return nil, errors.New("setting: the body came out wrong")
	}
	return b.Bytes(), nil
}

func compact(text []byte) string {
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return ""
	}
	return b.String()
}

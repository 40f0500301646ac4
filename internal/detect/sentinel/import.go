package sentinel

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/wholelog/wholelog/internal/detect/rule"
)

// nrtWindow is what a run of a near-real-time rule looks at: what arrives late
// is still seen, and what was seen before has the same key.
const (
	nrtEvery  = rule.Duration(time.Minute)
	nrtWindow = rule.Duration(10 * time.Minute)
)

// ErrNoQuery says that a file is one of Microsoft Sentinel's, and none that can
// be run as a rule.
var ErrNoQuery = errors.New("not an analytic rule with a query")

// Import reads a rule. It gives nil, nil for a text that is none of Microsoft
// Sentinel's: rules of our own have a title, those have a name.
func Import(text []byte, source string) (*rule.Rule, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	var keys map[string]any
	if err := yaml.Unmarshal(text, &keys); err != nil {
		if ours.Match(text) {
			return nil, errors.New(strings.TrimRight(yaml.FormatError(err, false, true), "\n"))
		}
		return nil, nil // whoever reads other formats says what is wrong
	}
	if !mine(keys) {
		return nil, nil
	}
	f := &file{}
	if err := yaml.Unmarshal(text, f); err != nil {
		return nil, errors.New(strings.TrimRight(yaml.FormatError(err, false, true), "\n"))
	}
	c := &conversion{f: f, r: &rule.Rule{Source: source, Imported: "sentinel"}}
	unknown(keys, reflect.TypeFor[file](), "", func(key string) { c.warn("%s: is not known and left out", key) })
	if err := c.run(); err != nil {
		return nil, err
	}
	return c.r, nil
}

// ours tells a text that is no YAML for a rule that was meant to be one.
var ours = regexp.MustCompile(`(?m)^(queryFrequency|queryPeriod|triggerOperator|entityMappings|requiredDataConnectors|relevantTechniques):`)

// mine tells the format by its keys.
func mine(keys map[string]any) bool {
	if keys["title"] != nil || keys["id"] == nil && keys["kind"] == nil {
		return false
	}
	for _, k := range []string{"queryFrequency", "queryPeriod", "triggerOperator", "entityMappings", "requiredDataConnectors", "relevantTechniques", "eventGroupingSettings"} {
		if _, ok := keys[k]; ok {
			return true
		}
	}
	kind, _ := keys["kind"].(string)
	return keys["name"] != nil && (keys["query"] != nil || slices.Contains([]string{"Scheduled", "NRT", "Fusion", "MLBehaviorAnalytics", "MicrosoftSecurityIncidentCreation", "ThreatIntelligence"}, kind))
}

// unknown finds keys that a type has no member for.
func unknown(v any, t reflect.Type, at string, say func(string)) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Slice:
		list, _ := v.([]any)
		for i, e := range list {
			unknown(e, t.Elem(), fmt.Sprintf("%s[%d]", at, i), say)
		}
	case reflect.Struct:
		m, _ := v.(map[string]any)
		members := map[string]reflect.Type{}
		for i := range t.NumField() {
			members[t.Field(i).Tag.Get("yaml")] = t.Field(i).Type
		}
		for _, k := range slices.Sorted(maps.Keys(m)) {
			path := strings.TrimPrefix(at+"."+k, ".")
			if inner, ok := members[k]; ok {
				unknown(m[k], inner, path, say)
				continue
			}
			for name := range members {
				if strings.EqualFold(name, k) {
					path += " (its spelling is " + name + ")"
				}
			}
			say(path)
		}
	}
}

// conversion makes one rule.
type conversion struct {
	f *file
	r *rule.Rule
}

func (c *conversion) warn(format string, args ...any) {
	c.r.Warnings = append(c.r.Warnings, fmt.Sprintf(format, args...))
}

func (c *conversion) run() error {
	f, r := c.f, c.r
	if strings.TrimSpace(f.Query) == "" {
		return fmt.Errorf("%w: kind %q", ErrNoQuery, f.Kind)
	}
	if f.Severity == "" && f.QueryFrequency == "" && f.Kind == "" {
		return fmt.Errorf("%w: it has neither a severity nor a frequency, as hunting queries have; save it as a query", ErrNoQuery)
	}
	r.Title, r.Description, r.Query = first(f.Name, f.DisplayName), unquote(f.Description), strings.TrimRight(f.Query, " \t\r\n")+"\n"
	if r.ID = strings.ToLower(strings.TrimSpace(f.ID)); r.ID == "" {
		r.ID = slug(r.Title)
		c.warn("id: is missing; made from the name")
	}
	r.Enabled, r.Version = f.Enabled, version(f.Version, f.Template)
	r.Severity = rule.Severity(strings.ToLower(f.Severity))
	if r.Severity == "" {
		r.Severity = rule.Medium
		c.warn("severity: is missing; medium")
	}
	if err := c.schedule(); err != nil {
		return err
	}
	c.attack()
	c.entities()
	c.alert()
	if err := c.incident(); err != nil {
		return err
	}
	for _, t := range f.Tags {
		r.Tags = append(r.Tags, tag(t)...)
	}
	r.Defaults()
	return r.Check()
}

// schedule reads when the query runs, over what, and what makes an alert.
func (c *conversion) schedule() (err error) {
	f, r := c.f, c.r
	switch strings.ToLower(f.Kind) {
	case "nrt":
		r.Kind, r.Every, r.Window = rule.NRT, nrtEvery, nrtWindow
		if f.QueryFrequency != "" || f.QueryPeriod != "" {
			c.warn("queryFrequency, queryPeriod: a near-real-time rule has none; left out")
		}
	case "scheduled", "":
		if f.Kind == "" {
			c.warn("kind: is missing; scheduled")
		}
		r.Kind = rule.Scheduled
		if f.QueryFrequency == "" || f.QueryPeriod == "" {
			c.warn("queryFrequency, queryPeriod: one is missing; 5h, as in new rules of Microsoft Sentinel")
		}
		if r.Every, err = duration(first(f.QueryFrequency, "5h")); err != nil {
			return fmt.Errorf("queryFrequency: %w", err)
		}
		if r.Window, err = duration(first(f.QueryPeriod, "5h")); err != nil {
			return fmt.Errorf("queryPeriod: %w", err)
		}
		if r.Window < r.Every {
			c.warn("queryPeriod: %s is shorter than the frequency; %s, or events between two runs are never looked at", r.Window, r.Every)
			r.Window = r.Every
		}
	default:
		return fmt.Errorf("%w: kind %q", ErrNoQuery, f.Kind)
	}
	op, ok := map[string]string{"": "gt", "gt": "gt", "greaterthan": "gt", "lt": "lt", "lessthan": "lt", "eq": "eq", "equal": "eq", "equals": "eq", "ne": "ne", "notequal": "ne", "notequals": "ne"}[strings.ToLower(f.Operator)]
	if !ok {
		return fmt.Errorf("triggerOperator: %q: gt, lt, eq and ne are known", f.Operator)
	}
	r.Trigger.Op = op
	if f.Threshold != nil {
		r.Trigger.Threshold = *f.Threshold
	}
	switch strings.ToLower(f.Grouping.Kind) {
	case "alertperresult":
		r.Alerts = rule.PerResult
	case "singlealert", "":
		r.Alerts = rule.Single
	default:
		return fmt.Errorf("eventGroupingSettings.aggregationKind: %q: SingleAlert and AlertPerResult are known", f.Grouping.Kind)
	}
	if f.SuppressionEnabled {
		if r.Suppress.For, err = duration(f.SuppressionDuration); err != nil {
			return fmt.Errorf("suppressionDuration: %w", err)
		}
		c.warn("suppressionEnabled: Microsoft Sentinel does not run the rule for %s after an alert; here it runs, and the same entities raise no second alert in that time", r.Suppress.For)
	}
	return nil
}

var (
	techniqueID = regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)
	blanks      = regexp.MustCompile(`[\s_-]+`)
)

func (c *conversion) attack() {
	for _, t := range c.f.Tactics {
		t = blanks.ReplaceAllString(strings.TrimSpace(t), "")
		if t != "" && !slices.Contains(c.r.Attack.Tactics, t) {
			c.r.Attack.Tactics = append(c.r.Attack.Tactics, t)
		}
	}
	for _, list := range [][]string{c.f.Techniques, c.f.TechniquesAPI, c.f.SubTechniques} {
		for _, t := range list {
			t = strings.ToUpper(strings.TrimSpace(t))
			switch {
			case !techniqueID.MatchString(t):
				if t != "" {
					c.warn("relevantTechniques: %q is no id; left out", t)
				}
			case !slices.Contains(c.r.Attack.Techniques, t):
				c.r.Attack.Techniques = append(c.r.Attack.Techniques, t)
			}
		}
	}
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// unquote takes the quotes away in which many descriptions stand.
func unquote(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 1 && s[0] == '\'' {
		s = strings.TrimSuffix(s[1:], "'")
	}
	return strings.TrimSpace(s)
}

// version is the first number of 1.2.3, which Microsoft raises when a rule finds
// something else.
func version(list ...any) int {
	for _, v := range list {
		if v == nil {
			continue
		}
		head, _, _ := strings.Cut(fmt.Sprint(v), ".")
		if n, err := strconv.Atoi(strings.TrimSpace(head)); err == nil && n > 0 {
			return n
		}
	}
	return 1
}

var noSlug = regexp.MustCompile(`[^a-z0-9]+`)

func slug(s string) string {
	s = strings.Trim(noSlug.ReplaceAllString(strings.ToLower(s), "-"), "-")
	return "sentinel-" + s[:min(len(s), 80)]
}

func tag(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case map[string]any:
		var out []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, fmt.Sprintf("%s: %v", k, v[k]))
		}
		return out
	}
	return []string{fmt.Sprint(v)}
}

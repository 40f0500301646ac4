package detect

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/kql"
)

// maxRows is how many of its rows an alert carries, maxValues how many values
// a placeholder or a detail lists.
const (
	maxRows   = 100
	maxValues = 20
)

// Alert is what a rule found.
type Alert struct {
	// Key names the alert's entities: see the package's comment.
	Key         string            `json:"key"`
	Rule        string            `json:"rule"`
	Version     int               `json:"version"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Severity    rule.Severity     `json:"severity"`
	Tactics     []string          `json:"tactics,omitempty"`
	Techniques  []string          `json:"techniques,omitempty"`
	Attack      int               `json:"attackVersion,omitempty"` // of ATT&CK, whose names those are
	Entities    []Entity          `json:"entities,omitempty"`
	Details     map[string]string `json:"details,omitempty"`
	From        time.Time         `json:"from"` // when the evidence began
	To          time.Time         `json:"to"`   // and ended; inclusive
	Rows        []json.RawMessage `json:"rows"` // the first 100, an object each
	RowCount    int64             `json:"rowCount"`
	Query       string            `json:"query"` // KQL as run
}

// Entity is who or what an alert is about. Fields are Microsoft Sentinel's
// identifiers; none is empty.
type Entity struct {
	Type   string            `json:"type"`
	Fields map[string]string `json:"fields"`
}

// raise makes alerts of rows, if they are as many as the rule waits for.
func (res *Result) raise(ru *rule.Rule, t *Table) error {
	if !ru.Trigger.Met(int64(len(t.Rows))) {
		return nil
	}
	if ru.Alerts == rule.Single || len(t.Rows) == 0 { // lt and eq 0 wait for silence
		return res.add(ru, t, t.Rows)
	}
	var order []string
	groups := map[string][]query.Row{}
	for _, row := range t.Rows {
		k := key(ru, t, row)
		if _, ok := groups[k]; !ok {
			order = append(order, k)
		}
		groups[k] = append(groups[k], row)
	}
	for i, k := range order {
		if i == MaxAlerts-1 && len(order) > MaxAlerts {
			var rest []query.Row
			for _, k := range order[i:] {
				rest = append(rest, groups[k]...)
			}
			res.Limited = true
			res.Notices = append(res.Notices, "more alerts than one run raises: the last alert stands for all the others; narrow the rule or raise its thresholds")
			return res.add(ru, t, rest)
		}
		if err := res.add(ru, t, groups[k]); err != nil {
			return err
		}
	}
	return nil
}

// add makes one alert of rows.
func (res *Result) add(ru *rule.Rule, t *Table, rows []query.Row) error {
	a := Alert{Rule: ru.ID, Version: ru.Version, Severity: ru.Severity, Tactics: ru.Attack.Tactics, Techniques: ru.Attack.Techniques, Attack: ru.Attack.Version,
		RowCount: int64(len(rows)), Query: res.Query, Rows: []json.RawMessage{}}
	a.Title, a.Description = fill(ru.Alert.Title, ru.Title, t, rows), fill(ru.Alert.Description, ru.Description, t, rows)
	a.Entities = entities(ru, t, rows)
	if len(ru.Details) > 0 {
		a.Details = make(map[string]string, len(ru.Details))
		for label, column := range ru.Details {
			a.Details[label] = strings.Join(values(t, rows, column), ", ")
		}
	}
	if c := ru.Alert.Severity; c != "" {
		worst := -1
		for _, row := range rows {
			s := rule.Severity(strings.ToLower(t.Text(row, c)))
			if s.Rank() > worst {
				a.Severity, worst = s, s.Rank()
			}
		}
	}
	if c := ru.Alert.Tactics; c != "" {
		if list := values(t, rows, c); len(list) > 0 {
			a.Tactics = list
		}
	}
	a.From, a.To = span(t, rows, res.From, res.To)
	a.Key = key(ru, t, first(rows))
	if ru.Alerts == rule.Single {
		a.Key = digest(ru.ID)
	}
	for _, row := range rows[:min(len(rows), maxRows)] {
		a.Rows = append(a.Rows, object(t, row))
	}
	res.Alerts = append(res.Alerts, a)
	return nil
}

func first(rows []query.Row) query.Row {
	if len(rows) == 0 {
		return nil
	}
	return rows[0]
}

// key names a row by the columns that the rule suppresses by, else by its
// entities, else by all columns of text. Columns of lists are left out: they
// grow from window to window.
func key(ru *rule.Rule, t *Table, row query.Row) string {
	parts := []string{ru.ID}
	if row == nil {
		return digest(parts...)
	}
	add := func(c string) {
		if i := t.Index(c); i >= 0 && (t.Columns[i].Type != kql.Dynamic || !strings.HasPrefix(query.Text(kql.String, row[i]), "[")) {
			parts = append(parts, c, strings.ToLower(query.Text(t.Columns[i].Type, row[i])))
		}
	}
	switch {
	case len(ru.Suppress.By) > 0:
		for _, c := range ru.Suppress.By {
			add(c)
		}
	case len(ru.Entities) > 0:
		for _, m := range ru.Entities {
			for _, f := range rule.Identifiers(m.Type) {
				if c := m.Fields[f]; c != "" {
					add(c)
				}
			}
		}
	default:
		for _, c := range t.Columns {
			if c.Type == kql.String || c.Type == kql.Guid {
				add(c.Name)
			}
		}
	}
	return digest(parts...)
}

// digest joins parts so that no two lists of parts look alike.
func digest(parts ...string) string {
	b, _ := json.Marshal(parts) // texts always encode
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

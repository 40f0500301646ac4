package incident

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/schedule"
	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/source/own"
)

// remembered is how far back alerts are read to tell a repeat.
const remembered = 31 * 24 * time.Hour

// LoadState reads how far rules have come, and what they raised lately.
func LoadState(ctx context.Context, e *query.Engine, now time.Time) (schedule.State, error) {
	st := schedule.State{Rules: map[string]schedule.RuleState{}}
	err := each(ctx, e, fmt.Sprintf(`WholelogRuleRun | where RecordSource == %q and Status != "failed" | summarize max(Watermark), max(ReadTo) by RuleId`, own.Name), func(r query.Row) {
		id, _ := r[0].(string)
		mark, _ := r[1].(int64)
		pos, _ := r[2].(int64)
		s := schedule.RuleState{ReadTo: event.Position(pos)}
		if mark > 0 {
			s.Watermark = schema.Time(mark)
		}
		st.Rules[id] = s
	})
	if err != nil {
		return st, fmt.Errorf("read how far rules have come: %w", err)
	}
	text := fmt.Sprintf(`SecurityAlert | where RecordSource == %q and TimeGenerated > datetime(%s) | project TimeGenerated, ExtendedProperties | sort by TimeGenerated asc`, own.Name, now.Add(-remembered).UTC().Format(time.RFC3339))
	err = each(ctx, e, text, func(r query.Row) {
		var k kept
		s, _ := r[1].(string)
		if json.Unmarshal([]byte(s), &k) != nil {
			return
		}
		from, err1 := time.Parse(time.RFC3339, k.From)
		to, err2 := time.Parse(time.RFC3339, k.To)
		if err1 == nil && err2 == nil {
			st.Raised = append(st.Raised, schedule.Past{Key: k.Key, From: from, To: to, Severity: rule.Severity(k.Severity)})
		}
	})
	if err != nil {
		return st, fmt.Errorf("read the alerts of late: %w", err)
	}
	return st, nil
}

// loadIncidents reads the present state of every incident that may still
// change or be asked for: those that are open, and the others of a year.
func loadIncidents(ctx context.Context, e *query.Engine, now time.Time) ([]*Incident, error) {
	var out []*Incident
	text := fmt.Sprintf(`SecurityIncident | where RecordSource == %q
| summarize arg_max(LastModifiedTime, Status, AdditionalData) by IncidentName
| where Status != "Closed" or LastModifiedTime > datetime(%s)
| project tostring(AdditionalData.state)`, own.Name, now.Add(-366*24*time.Hour).UTC().Format(time.RFC3339))
	var bad error
	err := each(ctx, e, text, func(r query.Row) {
		s, _ := r[0].(string)
		i := &Incident{}
		if err := json.Unmarshal([]byte(s), i); err != nil {
			bad = fmt.Errorf("an incident's state cannot be read: %w", err)
			return
		}
		out = append(out, i)
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	return out, nil
}

func each(ctx context.Context, e *query.Engine, text string, fn func(query.Row)) error {
	_, err := e.Run(ctx, query.Request{Text: text, Limits: query.Limits{Rows: -1, Bytes: -1}}, func(*query.Result) error { return nil }, func(r query.Row) error {
		fn(r)
		return nil
	})
	return err
}

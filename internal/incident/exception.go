package incident

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/source/own"
)

// Exception leaves result rows of a rule out until it expires: what somebody
// learned from an incident. It is a row of WholelogException for each state, so
// that the ledger tells who decided that something is not looked at.
type Exception struct {
	ID       string            `json:"id"`
	Rule     string            `json:"rule"`
	Columns  map[string]string `json:"columns"` // result columns and their values, all of which must hold
	Made     time.Time         `json:"made"`
	Expires  time.Time         `json:"expires"`
	Reason   string            `json:"reason"`
	Incident int               `json:"incident,omitempty"`
	By       string            `json:"by"`
	Revoked  bool              `json:"revoked,omitempty"`
}

// MaxException is the longest that an exception may hold: what is for ever
// belongs into the rule's overlay, where it is seen.
const MaxException = 366 * 24 * time.Hour

func (x *Exception) row(now time.Time) own.Row {
	return own.Row{"Type": "WholelogException", "TimeGenerated": own.Time(now), "ExceptionId": x.ID, "RuleId": x.Rule, "Columns": x.Columns, "Expires": own.Time(x.Expires),
		"Reason": x.Reason, "IncidentNumber": x.Incident, "ModifiedBy": x.By, "Revoked": x.Revoked}
}

// Except makes an exception.
func (b *Book) Except(ctx context.Context, x Exception, life time.Duration) (Exception, error) {
	switch {
	case x.By == "":
		return x, refuse("nobody is named who makes the exception")
	case x.Rule == "" || len(x.Columns) == 0:
		return x, refuse("an exception names a rule and at least one column with its value")
	case strings.TrimSpace(x.Reason) == "":
		return x, refuse("an exception needs a reason")
	case life <= 0 || life > MaxException:
		return x, refuse("an exception ends after at most %d days; what is for ever belongs into an overlay of the rule (docs/rules.md)", int(MaxException.Hours()/24))
	}
	for c, v := range x.Columns {
		if v == "" || len(v) > 4096 {
			return x, refuse("column %s: an empty value, or one of more than 4096 bytes", c)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	x.ID, x.Made, x.Revoked = newID(), b.now(), false
	x.Expires = x.Made.Add(life)
	if err := b.opt.Write(ctx, x.row(x.Made)); err != nil {
		return x, err
	}
	b.exceptions[x.ID] = &x
	return x, nil
}

// Revoke ends an exception.
func (b *Book) Revoke(ctx context.Context, id, by string) (Exception, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old := b.exceptions[id]
	if old == nil {
		return Exception{}, fmt.Errorf("%w: no exception %s", ErrUnknown, id)
	}
	if by == "" {
		return Exception{}, refuse("nobody is named who revokes the exception")
	}
	x := *old
	x.Revoked, x.By = true, by
	now := b.now()
	if !now.After(old.Made) {
		now = old.Made.Add(100 * time.Nanosecond)
	}
	if err := b.opt.Write(ctx, x.row(now)); err != nil {
		return x, err
	}
	delete(b.exceptions, id)
	return x, nil
}

// Exceptions lists those that hold, the next to expire first.
func (b *Book) Exceptions() []Exception {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	var out []Exception
	for _, x := range b.exceptions {
		if x.Expires.After(now) {
			c := *x
			c.Columns = maps.Clone(x.Columns)
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, c Exception) int { return a.Expires.Compare(c.Expires) })
	return out
}

// Excluded is schedule.Options.Exceptions.
func (b *Book) Excluded(id string) []rule.Exclusion {
	var out []rule.Exclusion
	for _, x := range b.Exceptions() {
		if x.Rule == id {
			e := rule.Exclusion{}
			for c, v := range x.Columns {
				e[c] = rule.Strings{v}
			}
			out = append(out, e)
		}
	}
	return out
}

// Columns says by which columns of a rule's result an incident's entity of a
// type is told: what an exception of it names. value "" is the first entity.
func (i *Incident) Columns(r *rule.Rule, kind, value string) (map[string]string, error) {
	for _, m := range r.Entities {
		if !strings.EqualFold(m.Type, kind) {
			continue
		}
		for _, e := range i.Entities {
			if e.Type != m.Type || value != "" && !strings.EqualFold(Name(e), value) {
				continue
			}
			for _, f := range rule.Identifiers(m.Type) {
				if c, v := m.Fields[f], e.Fields[f]; c != "" && v != "" {
					return map[string]string{c: v}, nil
				}
			}
		}
		return nil, refuse("the incident has no %s %s of rule %s", kind, value, r.ID)
	}
	return nil, refuse("rule %s maps no entity of type %s", r.ID, kind)
}

func loadExceptions(ctx context.Context, e *query.Engine, now time.Time) (map[string]*Exception, error) {
	out := map[string]*Exception{}
	text := fmt.Sprintf(`WholelogException | where RecordSource == %q
| summarize Made = min(TimeGenerated), arg_max(TimeGenerated, RuleId, Columns, Expires, Reason, IncidentNumber, ModifiedBy, Revoked) by ExceptionId
| where not(Revoked) and Expires > datetime(%s)
| project ExceptionId, RuleId, tostring(Columns), Made, Expires, Reason, IncidentNumber, ModifiedBy`, own.Name, now.UTC().Format(time.RFC3339))
	var bad error
	err := each(ctx, e, text, func(r query.Row) {
		x := &Exception{}
		x.ID, _ = r[0].(string)
		x.Rule, _ = r[1].(string)
		cols, _ := r[2].(string)
		if err := json.Unmarshal([]byte(cols), &x.Columns); err != nil {
			bad = fmt.Errorf("exception %s cannot be read: %w", x.ID, err)
			return
		}
		made, _ := r[3].(int64)
		until, _ := r[4].(int64)
		x.Made, x.Expires = schema.Time(made), schema.Time(until)
		x.Reason, _ = r[5].(string)
		n, _ := r[6].(int64)
		x.Incident = int(n)
		x.By, _ = r[7].(string)
		out[x.ID] = x
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return nil, fmt.Errorf("read exceptions: %w", err)
	}
	return out, nil
}

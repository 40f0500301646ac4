package render

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	amalert "github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/common/model"

	"github.com/wholelog/wholelog/internal/alert/message"
)

// Alert is a notification as an alert of Alertmanager. Escape is applied to
// every label and annotation, for channels whose texts have a markup that
// templates do not know of. A closed incident is a resolved alert; nothing
// else ends.
func Alert(n *message.Notification, c Context, now time.Time, escape func(string) string) *amalert.Alert {
	v := Of(n, c)
	a := &amalert.Alert{}
	a.Labels, a.Annotations = model.LabelSet{}, model.LabelSet{}
	for k, s := range n.Labels {
		a.Labels[model.LabelName(k)] = model.LabelValue(escape(Plain(s)))
	}
	note := func(k, s string) {
		if s != "" {
			a.Annotations[model.LabelName(k)] = model.LabelValue(escape(s))
		}
	}
	note("title", v.Title)
	note("headline", v.Headline)
	note("summary", v.Summary)
	note("description", v.Summary)
	note("incident", v.Name)
	note("severity", v.Severity)
	note("status", Plain(n.Status))
	note("revision", strconv.Itoa(n.Revision))
	note("query", v.Query)
	note("delivery", c.Delivery)
	note("url", v.URL)
	var entities []string
	for _, e := range v.Entities {
		entities = append(entities, e.Name+" "+e.Value)
	}
	note("entities", strings.Join(entities, ", "))
	if len(v.Rows) > 0 {
		note("evidence", fmt.Sprintf("%s\n%s", v.Shown, Table(v)))
	}
	for _, f := range v.Facts {
		if f.Name == "Tactics" || f.Name == "Techniques" {
			note(strings.ToLower(f.Name), f.Value)
		}
	}
	a.StartsAt = n.First
	if a.StartsAt.IsZero() {
		a.StartsAt = now
	}
	if n.Kind == message.Closed {
		a.EndsAt = now
	}
	a.UpdatedAt = now
	a.GeneratorURL = v.URL
	return a
}

// Verbatim escapes nothing.
func Verbatim(s string) string { return s }

// Data is what templates see.
func Data(t *template.Template, a *amalert.Alert, receiver string, group, route map[string]string) *template.Data {
	set := func(m map[string]string) model.LabelSet {
		s := model.LabelSet{}
		for k, v := range m {
			s[model.LabelName(k)] = model.LabelValue(v)
		}
		return s
	}
	return t.Data(receiver, set(group), set(route), "", a)
}

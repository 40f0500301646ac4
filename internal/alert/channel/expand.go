package channel

import (
	"fmt"
	"strings"

	"github.com/prometheus/alertmanager/template"

	"github.com/wholelog/wholelog/internal/alert/render"
)

// expander runs templates of the configuration over a delivery. The first
// error stays.
type expander struct {
	tmpl *template.Template
	data *template.Data
	err  error
}

// expand prepares templates whose values are escaped for a markup.
func (d *Delivery) expand(t *template.Template, escape func(string) string) *expander {
	a := render.Alert(d.Notification, d.context(), d.Now, escape)
	return &expander{tmpl: t, data: render.Data(t, a, d.Target.Receiver, d.Group, d.Route)}
}

func (x *expander) text(s string) string {
	if !strings.Contains(s, "{{") || x.err != nil {
		return s
	}
	out, err := x.tmpl.ExecuteTextString(s, x.data)
	if err != nil {
		x.err = fmt.Errorf("template: %w", err)
	}
	return out
}

func (x *expander) html(s string) string {
	if x.err != nil {
		return ""
	}
	out, err := x.tmpl.ExecuteHTMLString(s, x.data)
	if err != nil {
		x.err = fmt.Errorf("template: %w", err)
	}
	return out
}

// own is a text of the configuration, or nothing where it is Alertmanager's
// own default, which our layout stands in for.
func (x *expander) own(s, standard string) string {
	if s == standard || s == "" {
		return ""
	}
	return x.text(s)
}

package render

import (
	"strings"
	"unicode/utf8"
)

// Text is the plain layout.
func Text(v View) string {
	var b strings.Builder
	line := func(s ...string) { b.WriteString(strings.Join(s, "") + "\n") }
	line(v.Headline, ": ", v.Name)
	line(v.Title)
	if v.Summary != "" {
		line()
		line(v.Summary)
	}
	line()
	facts(&b, v.Facts)
	if len(v.Entities) > 0 {
		line()
		facts(&b, v.Entities)
	}
	if len(v.Rows) > 0 {
		line()
		line("Evidence, ", v.Shown)
		b.WriteString(Table(v))
	}
	if v.URL != "" {
		line()
		line("Open: ", v.URL)
	}
	if v.Query != "" {
		line()
		line("Query:")
		line(v.Query)
	}
	line()
	line("Delivery ", v.Delivery)
	return b.String()
}

func facts(b *strings.Builder, list []Fact) {
	wide := 0
	for _, f := range list {
		wide = max(wide, utf8.RuneCountInString(f.Name))
	}
	for _, f := range list {
		b.WriteString(f.Name + ":" + strings.Repeat(" ", wide-utf8.RuneCountInString(f.Name)+1) + f.Value + "\n")
	}
}

// Table is the evidence in columns of equal width.
func Table(v View) string {
	wide := make([]int, len(v.Columns))
	for _, r := range append([][]string{v.Columns}, v.Rows...) {
		for i, c := range r {
			wide[i] = min(max(wide[i], utf8.RuneCountInString(c)), 40)
		}
	}
	var b strings.Builder
	for _, r := range append([][]string{v.Columns}, v.Rows...) {
		for i, c := range r {
			if n := utf8.RuneCountInString(c); i < len(r)-1 {
				c += strings.Repeat(" ", max(wide[i]-n, 0)+2)
			}
			b.WriteString(c)
		}
		b.WriteString("\n")
	}
	return b.String()
}

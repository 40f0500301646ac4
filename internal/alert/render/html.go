package render

import (
	_ "embed"
	"html/template"
	"strings"
)

//go:embed mail.html
var mailLayout string

// HTML is the layout of mail. It loads nothing from anywhere: no image, font
// or style sheet, so opening it tells nobody.
func HTML(v View) (string, error) {
	t, err := template.New("mail").Parse(mailLayout)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, struct {
		View
		Colour template.CSS
	}{v, colour(v.Severity)})
	return b.String(), err
}

// colour goes with the word, never instead of it.
func colour(severity string) template.CSS {
	switch strings.ToLower(severity) {
	case "critical", "high":
		return "#b3261e"
	case "medium":
		return "#9a6700"
	}
	return "#3b5b7a"
}

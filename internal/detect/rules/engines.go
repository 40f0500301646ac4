package rules

import (
	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/engines"
)

// Engines are those that the rules of the binary name.
func Engines() []detect.Engine { return engines.All() }

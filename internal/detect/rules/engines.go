package rules

import "github.com/wholelog/wholelog/internal/detect"

// Engines are those that the rules of the binary name.
func Engines() []detect.Engine { return nil }

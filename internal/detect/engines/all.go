package engines

import (
	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/engines/fatigue"
	"github.com/wholelog/wholelog/internal/detect/engines/replay"
	"github.com/wholelog/wholelog/internal/detect/engines/spray"
	"github.com/wholelog/wholelog/internal/detect/engines/travel"
)

// All are the engines of this folder, ready to use and safe for concurrent use.
func All() []detect.Engine {
	return []detect.Engine{travel.Engine{}, spray.Source{}, spray.Fingerprint{}, spray.Slow{}, fatigue.Engine{}, replay.Engine{}}
}

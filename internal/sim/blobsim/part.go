package blobsim

import (
	"fmt"
	"strings"

	"github.com/wholelog/wholelog/internal/sim"
)

// part is what one append brings to one blob.
type part struct {
	container, name string
	lines           []byte
}

// place is the container and the blob of an event. Note the two parts named
// m=, for month and minute.
func place(e *sim.Event) (container, name string) {
	at := e.Emitted().UTC()
	return "insights-logs-" + strings.ToLower(e.Category), e.Resource() + at.Format("/y=2006/m=01/d=02/") + fmt.Sprintf("h=%02d/m=00/PT1H.json", at.Hour())
}

// parts are events as lines, those of a blob together as far as an append can
// take them.
func parts(events []sim.Event) []part {
	var out []part
	last := map[string]int{} // blob to its last part in out
	for i := range events {
		container, name := place(&events[i])
		line := append(events[i].Diagnostic(), "\r\n"...)
		id := container + "/" + name
		n, ok := last[id]
		if !ok || len(out[n].lines)+len(line) > maxAppend {
			n = len(out)
			last[id] = n
			out = append(out, part{container: container, name: name})
		}
		out[n].lines = append(out[n].lines, line...)
	}
	return out
}

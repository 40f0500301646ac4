package hubsim

import "github.com/wholelog/wholelog/internal/sim"

// Bounds of a message. A hub of the Standard tier takes 1 MiB.
const (
	maxRecords = 50
	maxBytes   = 900 << 10
)

type message struct {
	category string
	value    []byte
}

// messages packs events as Azure Monitor does: those of a category together,
// {"records":[...]}, in the order in which they come.
func messages(events []sim.Event) []message {
	var out []message
	open := map[string]int{}  // category to its last message in out
	count := map[string]int{} // records in it
	for i := range events {
		e := &events[i]
		raw := e.Diagnostic()
		at, ok := open[e.Category]
		if !ok || count[e.Category] == maxRecords || len(out[at].value)+len(raw) > maxBytes {
			at = len(out)
			out = append(out, message{e.Category, []byte(`{"records":[`)})
			open[e.Category], count[e.Category] = at, 0
		}
		m := &out[at]
		if count[e.Category] > 0 {
			m.value = append(m.value, ',')
		}
		m.value = append(m.value, raw...)
		count[e.Category]++
	}
	for i := range out {
		out[i].value = append(out[i].value, "]}"...)
	}
	return out
}

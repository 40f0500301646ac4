package attack

import (
	"encoding/json"

	"github.com/wholelog/wholelog/internal/sim"
)

// Label says of one record what only its maker knows.
type Label struct {
	Format    string `json:"label"` // sim.LabelFormat
	ID        string `json:"id"`    // of the record; "" where records are missing
	Campaign  string `json:"campaign"`
	Kind      string `json:"kind"`
	Level     string `json:"level,omitempty"` // "" for confusers
	Step      int    `json:"step"`            // from 1
	Technique string `json:"technique"`       // of ATT&CK 18; "" for confusers
	Actor     string `json:"actor"`           // address or account that acts
	Victim    string `json:"victim"`          // account, object or table that is acted on
	Time      string `json:"time"`            // of the event
	Benign    bool   `json:"benign"`
}

// line is the label as labels.jsonl holds it.
func (l Label) line() []byte {
	l.Format = sim.LabelFormat
	b, _ := json.Marshal(l) // texts always encode
	return append(b, '\n')
}

// Level is how much a campaign hides.
type Level int

// The levels. A campaign of level Easy makes no effort; Realistic does what
// public reports describe; Evasive knows the usual thresholds and stays below
// those that it can.
const (
	Easy Level = iota
	Realistic
	Evasive
)

// Levels lists them.
func Levels() []Level { return []Level{Easy, Realistic, Evasive} }

func (l Level) String() string { return [...]string{"easy", "realistic", "evasive"}[l] }

// ParseLevel reads a level's name.
func ParseLevel(s string) (Level, bool) {
	for _, l := range Levels() {
		if l.String() == s {
			return l, true
		}
	}
	return 0, false
}

// by picks what a level has.
func by[T any](l Level, easy, realistic, evasive T) T { return []T{easy, realistic, evasive}[l] }

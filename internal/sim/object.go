package sim

import (
	"bytes"
	"encoding/json"
)

// object is a JSON object whose members keep their order, as the services'
// own output does.
type object []member

type member struct {
	name  string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		k, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		b.Write(k)
		b.WriteByte(':')
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(m.value); err != nil {
			return nil, err
		}
		b.Truncate(b.Len() - 1) // the encoder's line end
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

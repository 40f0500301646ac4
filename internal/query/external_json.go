package query

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wholelog/wholelog/kql/types"
)

// jsonRows reads objects, one after the other or in arrays, and takes the
// members that have the columns' names.
func jsonRows(text string, cols []types.Column) ([][]string, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	var out [][]string
	for {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", len(out)+1, err)
		}
		list := []json.RawMessage{raw}
		if raw[0] == '[' {
			if err := json.Unmarshal(raw, &list); err != nil {
				return nil, fmt.Errorf("record %d: %w", len(out)+1, err)
			}
		}
		for _, r := range list {
			var object map[string]json.RawMessage
			if err := json.Unmarshal(r, &object); err != nil {
				return nil, fmt.Errorf("record %d is no object", len(out)+1)
			}
			row := make([]string, len(cols))
			for i, c := range cols {
				row[i] = jsonCell(object[c.Name])
			}
			out = append(out, row)
		}
	}
}

// jsonCell is a value as text: a string without its quotes, "" for null.
func jsonCell(v json.RawMessage) string {
	var s string
	if len(v) == 0 || string(v) == "null" || json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

// Record is a record with where it came from and what proves it.
type Record struct {
	Table      string                     `json:"table"`
	Row        map[string]json.RawMessage `json:"row"`
	Enrichment map[string]json.RawMessage `json:"enrichment"` // columns that were added here
	Raw        string                     `json:"raw"`        // the bytes as received; "": they were erased
	Versions   []RecordVersion            `json:"versions"`
	Proof      *Proof                     `json:"proof"` // null: the segment is not sealed yet
}

// RecordVersion is a record that the row was made of.
type RecordVersion struct {
	Received *time.Time `json:"received,omitempty"`
	Source   string     `json:"source"`
	Position string     `json:"position"`
}

// idColumns are where tables have the identity of their rows, by preference.
var idColumns = []string{"Id", "RequestId", "AuditId", "SystemAlertId", "IncidentName", "RunId", "ReceiptId", "ExceptionId"}

// record answers for /v1/records/{table}/{id}, where id is what the table's
// identity column holds or a position, and for /v1/records?position=N.
func (s *Server) record(w http.ResponseWriter, r *http.Request) {
	if s.folderOff(w) {
		return
	}
	table, id := r.PathValue("table"), r.PathValue("id")
	e := s.entry(r, "record.view")
	e.Target = table + "/" + id
	if table == "" {
		id = r.URL.Query().Get("position")
		e.Target = id
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil || n < 0 {
			problem(w, http.StatusBadRequest, "position is no number", "ask for /v1/records?position=12, or /v1/records/{table}/{id}")
			return
		}
		if table, err = s.tableAt(r, event.Position(n)); err != nil {
			s.broken(w, r, err)
			return
		}
	}
	t := schema.Lookup(table)
	if t == nil {
		problem(w, http.StatusNotFound, "there is no such record", "GET /v1/schema lists the tables")
		return
	}
	out, at, err := s.rowOf(r, t, id)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if out == nil {
		problem(w, http.StatusNotFound, t.Name+" has no record "+id, "")
		return
	}
	v := RecordVersion{Position: strconv.FormatUint(uint64(at), 10)}
	err = s.opt.Folder.Ledger.Get(r.Context(), []event.Position{at}, func(_ event.Position, rec *event.Record) error {
		out.Raw = string(rec.Raw)
		if !utf8.Valid(rec.Raw) {
			out.Raw = fmt.Sprintf("%q", rec.Raw)
		}
		seen := rec.Seen.UTC()
		v.Source, v.Received = rec.Source, &seen
		return nil
	})
	if err == nil {
		out.Versions = []RecordVersion{v}
		out.Proof, err = s.proofOf(at)
	}
	if err != nil {
		s.broken(w, r, err)
		return
	}
	e.Rows = 1
	if name, ok := out.Row["UserPrincipalName"]; ok {
		e.Details = map[string]any{"person": name}
	}
	if err := s.audit.note(detached(r.Context()), e); err != nil {
		problem(w, http.StatusServiceUnavailable, err.Error(), "try again")
		return
	}
	s.json(w, out)
}

// tableAt is the table of the record at a position; "" if there is none.
func (s *Server) tableAt(r *http.Request, p event.Position) (table string, err error) {
	return table, s.opt.Folder.Ledger.Get(r.Context(), []event.Position{p}, func(_ event.Position, rec *event.Record) error {
		table = rec.Table
		return nil
	})
}

// rowOf finds a row by its id or position; nil if there is none.
func (s *Server) rowOf(r *http.Request, t *schema.Table, id string) (*Record, event.Position, error) {
	where := ""
	for _, c := range idColumns {
		if i := t.Index(c); i >= 0 && t.Columns[i].Type == kql.String {
			where = fmt.Sprintf("%s == %s", c, literal(id))
			break
		}
	}
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && n >= 0 {
		where = fmt.Sprintf("Position == %d", n)
	}
	if where == "" {
		return nil, 0, nil
	}
	text := t.Name + " | where " + where + " | take 1 | project "
	for i, c := range t.Columns {
		if i > 0 {
			text += ", "
		}
		text += "['" + c.Name + "']"
	}
	var out *Record
	var at int64
	var cols []kql.Column
	_, err := s.opt.Engine.Run(r.Context(), query.Request{Text: text, Now: s.opt.Now()}, func(res *query.Result) error {
		cols = res.Columns
		return nil
	}, func(row query.Row) error {
		out = &Record{Table: t.Name, Row: map[string]json.RawMessage{}, Enrichment: map[string]json.RawMessage{}}
		for i, v := range row {
			name, to := t.Columns[i].Name, out.Row
			if t.Columns[i].Hidden {
				to = out.Enrichment
			}
			if name == "Position" {
				at, _ = v.(int64)
			}
			if v != nil && v != "" {
				to[name] = query.AppendJSON(nil, cols[i].Type, v)
			}
		}
		return nil
	})
	return out, event.Position(at), err
}

// literal writes a text as a KQL constant.
func literal(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}

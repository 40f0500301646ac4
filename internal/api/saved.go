package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/wholelog/wholelog/internal/query"
)

// Saved is a saved query.
type Saved struct {
	Name        string       `json:"name"`
	Title       string       `json:"title"`
	Description string       `json:"description"`
	Category    string       `json:"category"`
	Parameters  []SavedParam `json:"parameters"`
	Query       string       `json:"query"` // runs as it is, with the parameters' defaults
	Own         bool         `json:"own"`
}

// SavedParam is a parameter of one.
type SavedParam struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Default     string `json:"default"`
	Description string `json:"description,omitempty"`
}

// Save is the body of PUT /v1/saved/{name}.
type Save struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Query       string `json:"query"`
}

var savedName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

const mostSaved = 256 << 10

// categories by what a query reads.
var categories = []struct{ word, name string }{
	{"AKSAudit", "Kubernetes"}, {"AADServicePrincipal", "Service principals"}, {"AADManagedIdentity", "Service principals"}, {"AADRisky", "Risk"}, {"AADUserRisk", "Risk"},
	{"ConditionalAccess", "Conditional access"}, {"SigninLogs", "Sign-ins"}, {"AuditLogs", "Directory changes"}, {"MicrosoftGraphActivityLogs", "Graph activity"}, {"Wholelog", "Wholelog"},
}

func (s *Server) savedOf(q query.Saved) Saved {
	out := Saved{Name: q.Name, Title: q.Title, Description: q.Description, Category: "Other", Parameters: []SavedParam{}}
	for _, c := range categories {
		if strings.Contains(q.Text, c.word) {
			out.Category = c.name
			break
		}
	}
	for _, p := range q.Params {
		out.Parameters = append(out.Parameters, SavedParam{p.Name, p.Type.String(), p.Default, p.Description})
	}
	text, err := q.Query(nil)
	if err != nil {
		text = q.Body()
	}
	out.Query = text
	if s.opt.Library != "" {
		_, err = os.Stat(filepath.Join(s.opt.Library, q.Name+".kql"))
		out.Own = err == nil
	}
	return out
}

func (s *Server) saved(w http.ResponseWriter, r *http.Request) {
	list, err := query.Library(s.opt.Library)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	var out []Saved
	for _, q := range list {
		out = append(out, s.savedOf(q))
	}
	listed(s, w, r, out)
}

func (s *Server) save(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	note(r).Target = name
	var b Save
	if !s.body(w, r, mostSaved, &b, `send {"title": "...", "query": "SigninLogs | count"}`) {
		return
	}
	oneLine := func(t string) string { return strings.Join(strings.Fields(t), " ") }
	switch {
	case !savedName.MatchString(name):
		problem(w, http.StatusBadRequest, "the name is none", "use small letters, digits and dashes, 63 at most")
		return
	case s.opt.Library == "":
		problem(w, http.StatusNotFound, "there is no folder of saved queries", "")
		return
	case oneLine(b.Title) == "" || strings.TrimSpace(b.Query) == "":
		problem(w, http.StatusBadRequest, "a saved query has a title and a query", "")
		return
	case strings.HasPrefix(oneLine(b.Title), "@param"):
		problem(w, http.StatusBadRequest, "a title does not begin with @param", "")
		return
	}
	text := "// " + oneLine(b.Title) + "\n"
	if d := oneLine(b.Description); d != "" {
		text += "// " + strings.TrimPrefix(d, "@param") + "\n"
	}
	text += strings.TrimSpace(b.Query) + "\n"
	note(r).Query = b.Query
	if err := replace(filepath.Join(s.opt.Library, name+".kql"), []byte(text)); err != nil {
		s.broken(w, r, err)
		return
	}
	list, err := query.Library(s.opt.Library)
	if err == nil {
		var q query.Saved
		if q, err = query.Find(list, name); err == nil {
			s.json(w, s.savedOf(q))
			return
		}
	}
	s.broken(w, r, err)
}

func (s *Server) unsave(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	note(r).Target = name
	if !savedName.MatchString(name) || s.opt.Library == "" {
		problem(w, http.StatusNotFound, "there is no saved query "+name, "")
		return
	}
	err := os.Remove(filepath.Join(s.opt.Library, name+".kql"))
	switch {
	case errors.Is(err, os.ErrNotExist):
		problem(w, http.StatusNotFound, "there is no saved query "+name+" of your own", "those of the program cannot be removed")
	case err != nil:
		s.broken(w, r, err)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// replace writes a file beside its place and renames it, so that nobody reads
// half of it.
func replace(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", filepath.Base(path), err), os.Remove(tmp.Name()))
	}
	return nil
}

// body reads a JSON body; false: it was answered.
func (s *Server) body(w http.ResponseWriter, r *http.Request, most int64, v any, hint string) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		problem(w, http.StatusBadRequest, "the body cannot be read: "+err.Error(), hint)
		return false
	}
	return true
}

// Past is a query that somebody ran.
type Past struct {
	Time     string  `json:"time"`
	Query    string  `json:"query"`
	From     *string `json:"from,omitempty"`
	To       *string `json:"to,omitempty"`
	Result   string  `json:"result"`
	Reason   string  `json:"reason,omitempty"`
	Rows     int64   `json:"rows"`
	Duration int64   `json:"durationMs"`
}

// history gives one's own queries, from the audit.
func (s *Server) history(w http.ResponseWriter, r *http.Request) {
	who := whoOf(r)
	text := fmt.Sprintf(`WholelogAudit | where TimeGenerated > ago(90d) and Action == "query.run" and ActorKind == %s and ActorId == %s
| top 1000 by TimeGenerated | project TimeGenerated, Query, RangeStart, RangeEnd, Result, Reason, RowCount, DurationMs`, literal(who.Kind), literal(who.ID))
	res, err := collectRows(r.Context(), s.opt.Engine, query.Request{Text: text, Now: s.opt.Now()})
	if err != nil {
		s.broken(w, r, err)
		return
	}
	out := []Past{}
	for _, row := range res.Rows {
		var p Past
		var rows, took *int64
		if err := json.Unmarshal(row, &[]any{&p.Time, &p.Query, &p.From, &p.To, &p.Result, &p.Reason, &rows, &took}); err != nil {
			s.broken(w, r, err)
			return
		}
		if rows != nil {
			p.Rows = *rows
		}
		if took != nil {
			p.Duration = *took
		}
		out = append(out, p)
	}
	listed(s, w, r, out)
}

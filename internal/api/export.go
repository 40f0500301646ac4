package api

import (
	"errors"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"encoding/json"

	"github.com/wholelog/wholelog/internal/auth"
	"github.com/wholelog/wholelog/internal/completeness"
	"github.com/wholelog/wholelog/internal/export"
	"github.com/wholelog/wholelog/internal/ledger/entry"
	"github.com/wholelog/wholelog/internal/query"
)

// AskExport is the body of POST /v1/export.
type AskExport struct {
	Query  string `json:"query"`
	Now    string `json:"now,omitempty"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Tenant string `json:"tenant,omitempty"`
	Format string `json:"format"` // csv, ndjson, xlsx or parquet
}

// Exported names the files of an export, to be had at
// /v1/exports/{id}/{name} for a week.
type Exported struct {
	ID    string        `json:"id"`
	Rows  int64         `json:"rows"`
	Files []export.File `json:"files"`
}

func (s *Server) exportsDir() string { return filepath.Join(s.opt.Data, "exports") }

func (s *Server) export(w http.ResponseWriter, r *http.Request) {
	var b AskExport
	if !s.body(w, r, maxAsk, &b, `send {"query": "SigninLogs | take 10", "format": "csv"}`) {
		return
	}
	patient(w)
	e := note(r)
	e.Query, e.Target = b.Query, b.Format
	if s.opt.Data == "" || s.opt.Folder == nil || !slices.Contains(export.Formats, b.Format) {
		problem(w, http.StatusBadRequest, "there is no format "+b.Format, "use "+strings.Join(export.Formats, ", "))
		return
	}
	a := Ask{Query: b.Query, Now: b.Now, From: b.From, To: b.To, Tenant: b.Tenant}
	req, err := a.request()
	if err == nil {
		req.Text, a.lines, err = s.within(a.Tenant, a.Query)
	}
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error(), "")
		return
	}
	req.Limits, e.From, e.To = s.opt.Limits, req.From, req.To
	free, ok := s.slot(r.Context())
	if !ok {
		full(w)
		return
	}
	defer free()
	if err := export.Sweep(s.exportsDir(), s.opt.Now().Add(-export.Life)); err != nil {
		s.opt.Log.Warn("old exports", "error", err)
	}
	who := whoOf(r)
	m := &export.Manifest{ID: export.NewID(), Made: s.opt.Now().UTC(), By: who.Name, ByID: who.ID, Query: b.Query, Now: req.Now.UTC(), Tenant: b.Tenant, Format: b.Format,
		Position: uint64(s.opt.Folder.Store.Applied()), Program: "wholelog " + s.opt.Version}
	if !req.From.IsZero() {
		m.From = &req.From
	}
	if !req.To.IsZero() {
		m.To = &req.To
	}
	files, err := export.Make(r.Context(), s.opt.Engine, req, s.exportsDir(), m, func(m *export.Manifest, res *query.Result) error {
		if err := s.weigh(r, m, res, req); err != nil {
			return err
		}
		// A checkpoint that commits to every row that was seen.
		c, err := s.opt.Folder.Ledger.Commit(r.Context())
		if err != nil {
			return err
		}
		m.Checkpoint, m.VerifierKey = c.Text, s.opt.Folder.Ledger.VerifierKey()
		text, err := json.Marshal(m)
		if err != nil {
			return err
		}
		return s.opt.Folder.Ledger.Note(r.Context(), entry.Export, text)
	})
	if err != nil {
		err = above(err, a)
		e.Reason = err.Error()
		p := problemOf(err)
		if p.Status == http.StatusInternalServerError && r.Context().Err() == nil {
			s.opt.Log.Error("export failed", "error", err)
		}
		writeProblem(w, p)
		return
	}
	e.Rows = m.Rows
	e.Details = map[string]any{"id": m.ID, "files": files}
	s.json(w, Exported{m.ID, m.Rows, files})
}

// weigh says in a manifest how complete the rows of the tables are that were
// read.
func (s *Server) weigh(r *http.Request, m *export.Manifest, res *query.Result, req query.Request) error {
	tables := map[string]bool{}
	for _, x := range res.Stats.Scans {
		tables[x.Table] = true
	}
	if len(tables) == 0 {
		return nil
	}
	rep, err := completeness.Of(r.Context(), s.opt.Folder.Ledger, s.opt.Folder.Store, completeness.Options{From: req.From, To: req.To, Now: s.opt.Now()})
	if err != nil {
		return err
	}
	for i := range rep.Hours {
		h := &rep.Hours[i]
		if !tables[h.Table] {
			continue
		}
		at := slices.IndexFunc(m.Completeness, func(c export.Completeness) bool { return c.Table == h.Table && c.Tenant == h.Tenant })
		if at < 0 {
			at = len(m.Completeness)
			m.Completeness = append(m.Completeness, export.Completeness{Tenant: h.Tenant, Table: h.Table, Hours: map[string]int{}})
		}
		m.Completeness[at].Hours[string(h.Verdict)]++
	}
	return nil
}

func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	id, name := r.PathValue("id"), r.PathValue("file")
	gone := func() {
		problem(w, http.StatusNotFound, "there is no such export", "files of exports are kept for a week; make it again")
	}
	if !export.ValidID(id) || filepath.Base(name) != name || !strings.HasPrefix(name, "wholelog-") {
		gone()
		return
	}
	dir := filepath.Join(s.exportsDir(), id)
	list, err := filepath.Glob(filepath.Join(dir, "*.manifest.json"))
	if err != nil || len(list) != 1 {
		gone()
		return
	}
	m, err := export.Read(list[0])
	if err != nil {
		gone()
		return
	}
	// An export is its maker's; others make their own, which is recorded.
	if who := whoOf(r); m.ByID != who.ID && !who.Allows(auth.Admin) {
		gone()
		return
	}
	f, err := os.Open(filepath.Join(dir, name))
	if errors.Is(err, os.ErrNotExist) {
		gone()
		return
	}
	if err != nil {
		s.broken(w, r, err)
		return
	}
	defer f.Close()
	e := s.entry(r, "export.download")
	e.Target, e.Rows = id+"/"+name, m.Rows
	if err := s.audit.keep(r.Context(), e); err != nil {
		problem(w, http.StatusServiceUnavailable, "the download could not be recorded: "+err.Error(), "try again")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	http.ServeContent(w, r, name, time.Time{}, f)
}

package api

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/completeness"
	"github.com/wholelog/wholelog/internal/config"
	"github.com/wholelog/wholelog/internal/doctor"
	"github.com/wholelog/wholelog/internal/ops"
)

// SourceAnswer is the state of a source.
type SourceAnswer struct {
	Name        string         `json:"name"`
	Kind        string         `json:"kind"`
	State       string         `json:"state"`
	LagSeconds  *float64       `json:"lagSeconds,omitempty"` // since the newest event that it delivered
	Cursor      *time.Time     `json:"cursor,omitempty"`     // up to where it has read for good
	Throttled   bool           `json:"throttled"`
	LastError   string         `json:"lastError,omitempty"`
	LastSuccess *time.Time     `json:"lastSuccess,omitempty"`
	Received    int64          `json:"received"`
	Tables      []string       `json:"tables"`
	Notices     []ops.NoticeAt `json:"notices"`
	Failures    int64          `json:"failures"`
}

func (s *Server) sources(w http.ResponseWriter, r *http.Request) {
	st, err := s.opt.Status(r.Context(), s.opt.Now())
	if err != nil {
		s.broken(w, r, err)
		return
	}
	now := s.opt.Now()
	tables := map[string][]string{}
	for _, l := range st.Lateness {
		tables[l.Path] = append(tables[l.Path], l.Table)
	}
	var out []SourceAnswer
	for _, v := range st.Sources {
		kind, _, _ := strings.Cut(v.Name, ":")
		kind, _, _ = strings.Cut(kind, "/")
		a := SourceAnswer{Name: v.Name, Kind: kind, State: v.State, Cursor: v.ReadTo, LastSuccess: v.LastPage, Received: int64(v.Taken.Read),
			Notices: append([]ops.NoticeAt{}, v.Notices...), Failures: v.Failures, Tables: append([]string{}, tables[v.Name]...)}
		if v.Newest != nil {
			lag := max(now.Sub(*v.Newest).Seconds(), 0)
			lag = float64(int64(lag))
			a.LagSeconds = &lag
		}
		for _, n := range v.Notices {
			if strings.Contains(n.Code, "throttl") && now.Sub(n.At) < 5*time.Minute {
				a.Throttled = true
			}
			if n.Level == "failure" && a.LastError == "" && v.State != "following" {
				a.LastError = n.Text
			}
		}
		out = append(out, a)
	}
	listed(s, w, r, out)
}

// Completeness is the answer of GET /v1/completeness.
type Completeness struct {
	Hours []CompleteHour `json:"hours"`
}

// CompleteHour is the verdict on an hour. Proven is by two paths; single path
// is told apart in reason and in single.
type CompleteHour struct {
	Tenant      string              `json:"tenant"`
	Table       string              `json:"table"`
	Hour        time.Time           `json:"hour"`
	Verdict     string              `json:"verdict"` // proven, single path, open, gap or imported
	Reason      string              `json:"reason"`
	Polled      int64               `json:"polled"`
	Received    int64               `json:"received"`
	Unique      int64               `json:"unique"`
	Duplicate   int64               `json:"duplicate"`
	Late        int64               `json:"late"`
	Missing     *int64              `json:"missing,omitempty"`
	Differences []completeness.Path `json:"differences"`
}

func (s *Server) completeness(w http.ResponseWriter, r *http.Request) {
	if s.opt.Folder == nil {
		problem(w, http.StatusNotFound, "nothing is collected here", "")
		return
	}
	q := r.URL.Query()
	span, err := s.rangeOf(q)
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error(), "")
		return
	}
	if q.Get("from") == "" {
		span.From = span.To.Add(-7 * 24 * time.Hour)
	}
	rep, err := completeness.Of(r.Context(), s.opt.Folder.Ledger, s.opt.Folder.Store, completeness.Options{From: span.From.Truncate(time.Hour), To: span.To.Add(time.Hour - 1).Truncate(time.Hour), Now: s.opt.Now()})
	if err != nil {
		s.broken(w, r, err)
		return
	}
	out := Completeness{Hours: []CompleteHour{}}
	for i := range rep.Hours {
		h := &rep.Hours[i]
		if t := q.Get("tenant"); t != "" && !strings.EqualFold(t, h.Tenant) {
			continue
		}
		out.Hours = append(out.Hours, CompleteHour{h.Tenant, h.Table, h.Hour, string(h.Verdict), h.Reason, h.Polled, h.Received, h.Unique, h.Duplicate, h.Late, h.Missing, append([]completeness.Path{}, h.Paths...)})
	}
	s.json(w, out)
}

// DoctorAnswer is what the doctor found last.
type DoctorAnswer struct {
	Time    *time.Time     `json:"time,omitempty"` // null: it has not looked yet
	Running bool           `json:"running"`
	Error   string         `json:"error,omitempty"`
	Items   []DoctorItem   `json:"items"`
	Open    []ops.Finding  `json:"open"` // findings of the running server
	Report  *doctor.Report `json:"report,omitempty"`
}

// DoctorItem is a finding.
type DoctorItem struct {
	Check    string `json:"check"`
	Severity string `json:"severity"` // ok, warn or fail
	Title    string `json:"title"`
	Detail   string `json:"detail"`
	Fix      string `json:"fix,omitempty"`
	Tenant   string `json:"tenant,omitempty"`
}

// looked is what the doctor found last.
type looked struct {
	mu      sync.Mutex
	at      *time.Time
	running bool
	err     error
	report  *doctor.Report
}

func (s *Server) doctorAnswer(r *http.Request) DoctorAnswer {
	l := &s.looks
	l.mu.Lock()
	defer l.mu.Unlock()
	a := DoctorAnswer{Time: l.at, Running: l.running, Items: []DoctorItem{}, Report: l.report, Open: []ops.Finding{}}
	if l.err != nil {
		a.Error = l.err.Error()
	}
	if l.report != nil {
		for _, t := range l.report.Tenants {
			for _, f := range t.Findings {
				var fix []string
				for _, x := range f.Fix {
					fix = append(fix, x.Text)
				}
				a.Items = append(a.Items, DoctorItem{f.Area + "/" + f.Code, string(f.Level), f.Name, f.What, strings.Join(fix, "\n"), t.Name})
			}
		}
	}
	if st, err := s.opt.Status(r.Context(), s.opt.Now()); err == nil {
		a.Open = append(a.Open, st.Findings...)
	}
	return a
}

func (s *Server) doctor(w http.ResponseWriter, r *http.Request) { s.json(w, s.doctorAnswer(r)) }

func (s *Server) runDoctor(w http.ResponseWriter, r *http.Request) {
	if s.opt.Doctor == nil {
		problem(w, http.StatusNotFound, "there is no doctor here", "")
		return
	}
	patient(w)
	l := &s.looks
	l.mu.Lock()
	busy := l.running
	l.running = true
	l.mu.Unlock()
	if !busy {
		rep, err := s.opt.Doctor(r.Context())
		now := s.opt.Now().UTC()
		l.mu.Lock()
		l.running, l.err, l.at = false, err, &now
		if err == nil {
			l.report = rep
		}
		l.mu.Unlock()
	}
	s.json(w, s.doctorAnswer(r))
}

// ConfigAnswer is the configuration in force.
type ConfigAnswer struct {
	File     string   `json:"file"`
	Warnings []string `json:"warnings"`
	Config   any      `json:"config"`
}

func (s *Server) config(w http.ResponseWriter, _ *http.Request) {
	if s.opt.Config == nil {
		problem(w, http.StatusNotFound, "there is no configuration here", "")
		return
	}
	c := s.opt.Config()
	s.json(w, ConfigAnswer{c.Path(), append([]string{}, c.Warnings()...), shown(reflect.ValueOf(c))})
}

var secretType = reflect.TypeFor[config.Secret]()

// shown makes of a configuration what may be seen: keys as in the file, of
// secrets only that they are set.
func shown(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return shown(v.Elem())
	case reflect.Struct:
		if v.Type() == secretType {
			return "(set)"
		}
		out := map[string]any{}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if !f.IsExported() || name == "" || name == "-" || v.Field(i).IsZero() {
				continue
			}
			out[name] = shown(v.Field(i))
		}
		return out
	case reflect.Slice:
		out := []any{}
		for i := range v.Len() {
			out = append(out, shown(v.Index(i)))
		}
		return out
	}
	if d, ok := v.Interface().(config.Duration); ok {
		return time.Duration(d).String()
	}
	return v.Interface()
}

func missing(err error) bool { return errors.Is(err, os.ErrNotExist) }

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

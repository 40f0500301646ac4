package api

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/ledger/segment"
	"github.com/wholelog/wholelog/internal/ledger/verify"
)

// Integrity is what the ledger proves.
type Integrity struct {
	Checkpoint  *CheckpointAnswer `json:"checkpoint,omitempty"` // null: nothing is signed yet
	VerifierKey string            `json:"verifierKey,omitempty"`
	Segments    []SegmentAnswer   `json:"segments"` // sealed ones, the newest first, 500 at most
	Sealed      int               `json:"sealed"`
	Open        int               `json:"open"`
	Records     int64             `json:"records"`
	Last        *Verification     `json:"lastVerification,omitempty"` // since the start
}

// CheckpointAnswer is the newest checkpoint.
type CheckpointAnswer struct {
	Text string    `json:"text"`
	Size uint64    `json:"size"`
	Root string    `json:"root"`
	Time time.Time `json:"time"`
}

// SegmentAnswer is a sealed segment.
type SegmentAnswer struct {
	Stream  string     `json:"stream"`
	Segment uint64     `json:"segment"`
	Tenant  string     `json:"tenant"`
	Records int        `json:"records"`
	Bytes   int64      `json:"bytes"` // of the file
	Root    string     `json:"root"`
	Sealed  time.Time  `json:"sealed"`
	First   *time.Time `json:"first,omitempty"` // of events
	To      *time.Time `json:"last,omitempty"`
}

// Verification is a run of the verifier.
type Verification struct {
	Started  time.Time  `json:"started"`
	Time     *time.Time `json:"time,omitempty"` // of its end
	Running  bool       `json:"running"`
	Done     int64      `json:"done"` // bytes of files
	All      int64      `json:"all"`
	OK       bool       `json:"ok"`
	Problems []string   `json:"problems"`
	Records  uint64     `json:"records"`
}

// verification is the one that runs, or ran last; and the footers that were
// read, which never change.
type verification struct {
	mu      sync.Mutex
	last    *Verification
	footers map[string]*sealed
}

type sealed struct {
	segment.Footer
	path  string
	bytes int64
}

const mostSegments = 500

// sealedSegments reads the footers of sealed segments, the newest first.
func (s *Server) sealedSegments() ([]*sealed, error) {
	paths, err := filepath.Glob(filepath.Join(ingest.LedgerDir(s.opt.Data), "*", "*.seg"))
	if err != nil {
		return nil, err
	}
	v := &s.checks
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.footers == nil {
		v.footers = map[string]*sealed{}
	}
	var out []*sealed
	for _, p := range paths {
		f := v.footers[p]
		if f == nil {
			if f, err = readFooter(p); missing(err) {
				continue // it expired meanwhile
			} else if err != nil {
				return nil, err
			}
			v.footers[p] = f
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b *sealed) int { return b.Sealed.Compare(a.Sealed) })
	return out, nil
}

func readFooter(path string) (*sealed, error) {
	foot, _, size, err := segment.ReadFooterFile(path)
	if err != nil {
		return nil, err
	}
	return &sealed{foot, path, size}, nil
}

func (s *Server) folderOff(w http.ResponseWriter) bool {
	if s.opt.Folder == nil {
		problem(w, http.StatusNotFound, "there is no ledger here", "")
	}
	return s.opt.Folder == nil
}

func (s *Server) integrity(w http.ResponseWriter, r *http.Request) {
	if s.folderOff(w) {
		return
	}
	l := s.opt.Folder.Ledger
	c, err := l.Checkpoint()
	if err != nil {
		s.broken(w, r, err)
		return
	}
	st := l.Stats()
	out := Integrity{VerifierKey: l.VerifierKey(), Sealed: st.Segments, Open: st.Open, Records: st.Records, Segments: []SegmentAnswer{}}
	if c.Text != "" {
		out.Checkpoint = &CheckpointAnswer{Text: c.Text, Size: c.Size, Root: c.Root}
		if info, err := os.Stat(filepath.Join(ingest.LedgerDir(s.opt.Data), "log", "checkpoint")); err == nil {
			out.Checkpoint.Time = info.ModTime().UTC()
		}
	}
	list, err := s.sealedSegments()
	if err != nil {
		s.broken(w, r, err)
		return
	}
	for _, f := range list[:min(len(list), mostSegments)] {
		out.Segments = append(out.Segments, SegmentAnswer{f.Stream, f.Sequence, f.Tenant, f.Records, f.bytes, f.Root.String(), f.Sealed, f.From, f.To})
	}
	s.checks.mu.Lock()
	if s.checks.last != nil {
		last := *s.checks.last
		out.Last = &last
	}
	s.checks.mu.Unlock()
	s.json(w, out)
}

// verify begins a verification, or joins the one that runs.
func (s *Server) verify(w http.ResponseWriter, _ *http.Request) {
	if s.folderOff(w) {
		return
	}
	v := &s.checks
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.last == nil || !v.last.Running {
		v.last = &Verification{Started: s.opt.Now().UTC(), Running: true, Problems: []string{}}
		go s.runVerification()
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	s.json(w, *v.last)
}

func (s *Server) runVerification() {
	v := &s.checks
	r, err := verify.Run(verify.Options{Dir: ingest.LedgerDir(s.opt.Data), Progress: func(done, all int64) {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.last.Done, v.last.All = done, all
	}})
	v.mu.Lock()
	defer v.mu.Unlock()
	now := s.opt.Now().UTC()
	v.last.Running, v.last.Time = false, &now
	if err != nil {
		v.last.Problems = append(v.last.Problems, "it could not be looked at: "+err.Error())
		return
	}
	v.last.OK, v.last.Records = r.OK, r.Records
	for _, f := range r.Findings[:min(len(r.Findings), 100)] {
		v.last.Problems = append(v.last.Problems, strings.TrimSpace(f.String()))
	}
}

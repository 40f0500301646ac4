package silences

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/matcher/compat"
	"github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/alertmanager/silence"
	pb "github.com/prometheus/alertmanager/silence/silencepb"
	"github.com/prometheus/common/model"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Bounds of what is kept.
const (
	MaxSilences = 1000
	MaxBytes    = 16 << 10
	MaxDuration = 90 * 24 * time.Hour
	Retention   = 120 * time.Hour // after its end, so that people see what was
)

// Silences is the store over a file. Methods are safe for concurrent use.
type Silences struct {
	path string
	now  func() time.Time

	mu    sync.Mutex
	store *silence.Silences
	seen  fs.FileInfo
}

// Silence is one, in plain types.
type Silence struct {
	ID       string    `json:"id"`
	Matchers []string  `json:"matchers"` // such as rule="R1" or account=~"svc-.*"
	Starts   time.Time `json:"starts"`
	Ends     time.Time `json:"ends"`
	Author   string    `json:"author"`
	Comment  string    `json:"comment"`
	Approver string    `json:"approver,omitempty"`
	State    string    `json:"state"` // pending, active or expired
}

// Open reads the file; one that does not exist has no silences. An empty path
// keeps them in memory.
func Open(path string, now func() time.Time) (*Silences, error) {
	s := &Silences{path: path, now: now}
	if err := s.reload(); err != nil {
		return nil, err
	}
	return s, nil
}

// Add keeps a silence and returns its ID. Approver is a second person, needed
// where urgent="true" is named.
func (s *Silences) Add(ctx context.Context, x Silence) (string, error) {
	now := s.now()
	if x.Starts.IsZero() {
		x.Starts = now
	}
	switch author := strings.TrimSpace(x.Author); {
	case author == "" || strings.TrimSpace(x.Comment) == "":
		return "", errors.New("a silence needs an author and a comment: who, and why")
	case !x.Ends.After(x.Starts) || !x.Ends.After(now):
		return "", errors.New("a silence needs an end in the future")
	case x.Ends.Sub(x.Starts) > MaxDuration:
		return "", fmt.Errorf("a silence lasts at most %d days", int(MaxDuration.Hours()/24))
	case strings.EqualFold(author, strings.TrimSpace(x.Approver)):
		return "", errors.New("the approver of a silence is another person than its author")
	}
	p := &pb.Silence{StartsAt: timestamppb.New(x.Starts), EndsAt: timestamppb.New(x.Ends), CreatedBy: x.Author, Comment: x.Comment}
	if x.Approver != "" {
		p.Annotations = map[string]string{"approver": x.Approver}
	}
	set := &pb.MatcherSet{}
	for _, text := range x.Matchers {
		ms, err := compat.Matchers(text, "silence")
		if err != nil {
			return "", fmt.Errorf("matcher %q: %w", text, err)
		}
		for _, m := range ms {
			set.Matchers = append(set.Matchers, &pb.Matcher{Name: m.Name, Pattern: m.Value, Type: kinds()[m.Type]})
		}
	}
	p.MatcherSets = []*pb.MatcherSet{set}
	if urgent(p) && x.Approver == "" {
		return "", errors.New(`a silence of urgent="true" needs a second person as approver`)
	}
	err := s.change(func() error { return s.store.Set(ctx, p) })
	return p.Id, err
}

func kinds() map[labels.MatchType]pb.Matcher_Type {
	return map[labels.MatchType]pb.Matcher_Type{labels.MatchEqual: pb.Matcher_EQUAL, labels.MatchNotEqual: pb.Matcher_NOT_EQUAL,
		labels.MatchRegexp: pb.Matcher_REGEXP, labels.MatchNotRegexp: pb.Matcher_NOT_REGEXP}
}

// urgent says whether the silence names urgent="true", equal and in full.
func urgent(p *pb.Silence) bool {
	for _, set := range p.MatcherSets {
		for _, m := range set.Matchers {
			if m.Name == "urgent" && m.Type == pb.Matcher_EQUAL && m.Pattern == "true" {
				return true
			}
		}
	}
	return false
}

// Expire ends a silence now.
func (s *Silences) Expire(ctx context.Context, id string) error {
	return s.change(func() error {
		if err := s.store.Expire(ctx, id); err != nil {
			return fmt.Errorf("silence %s: %w", id, err)
		}
		return nil
	})
}

// List returns all silences that are kept, the one that ends first first.
func (s *Silences) List(ctx context.Context) ([]Silence, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reload(); err != nil {
		return nil, err
	}
	list, _, err := s.store.Query(ctx)
	if err != nil {
		return nil, fmt.Errorf("silences: %w", err)
	}
	now := s.now()
	var out []Silence
	for _, p := range list {
		x := Silence{ID: p.Id, Starts: p.StartsAt.AsTime(), Ends: p.EndsAt.AsTime(), Author: p.CreatedBy, Comment: p.Comment, Approver: p.Annotations["approver"], State: state(p, now)}
		for _, set := range p.MatcherSets {
			for _, m := range set.Matchers {
				op := map[pb.Matcher_Type]string{pb.Matcher_EQUAL: "=", pb.Matcher_NOT_EQUAL: "!=", pb.Matcher_REGEXP: "=~", pb.Matcher_NOT_REGEXP: "!~"}[m.Type]
				x.Matchers = append(x.Matchers, fmt.Sprintf("%s%s%q", m.Name, op, m.Pattern))
			}
		}
		out = append(out, x)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Ends.Before(out[j].Ends) })
	return out, nil
}

func state(p *pb.Silence, now time.Time) string {
	switch {
	case now.Before(p.StartsAt.AsTime()):
		return "pending"
	case now.Before(p.EndsAt.AsTime()):
		return "active"
	}
	return "expired"
}

// Match returns the silence that silences the labels now, and until when.
func (s *Silences) Match(ctx context.Context, lset map[string]string, isUrgent bool) (id string, until time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reload(); err != nil {
		return "", time.Time{}, err
	}
	set := model.LabelSet{}
	for k, v := range lset {
		set[model.LabelName(k)] = model.LabelValue(v)
	}
	list, _, err := s.store.Query(ctx, silence.QMatches(set))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("silences: %w", err)
	}
	now := s.now()
	for _, p := range list {
		if state(p, now) != "active" {
			continue
		}
		a := p.Annotations["approver"]
		if isUrgent && (!urgent(p) || a == "" || strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(p.CreatedBy))) {
			continue
		}
		if end := p.EndsAt.AsTime(); end.After(until) {
			id, until = p.Id, end
		}
	}
	return id, until, nil
}

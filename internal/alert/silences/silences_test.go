package silences_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/alert/silences"
)

func TestAddIsBounded(t *testing.T) {
	s, err := silences.Open("", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ok := silences.Silence{Matchers: []string{`rule="a"`}, Ends: time.Now().Add(time.Hour), Author: "ada", Comment: "why"}
	f := func(change func(*silences.Silence), want string) {
		t.Helper()
		x := ok
		change(&x)
		_, err := s.Add(context.Background(), x)
		if want == "" {
			if err != nil {
				t.Error(err)
			}
			return
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that says %q", err, want)
		}
	}
	f(func(x *silences.Silence) {}, "")
	f(func(x *silences.Silence) { x.Author = " " }, "author")
	f(func(x *silences.Silence) { x.Comment = "" }, "comment")
	f(func(x *silences.Silence) { x.Ends = time.Now().Add(-time.Hour) }, "future")
	f(func(x *silences.Silence) { x.Ends = time.Time{} }, "future")
	f(func(x *silences.Silence) { x.Ends = time.Now().AddDate(1, 0, 0) }, "90 days")
	f(func(x *silences.Silence) { x.Matchers = nil }, "matcher")
	f(func(x *silences.Silence) { x.Matchers = []string{`rule=""`} }, "empty")
	f(func(x *silences.Silence) { x.Matchers = []string{`rule=~".*"`} }, "empty")
	f(func(x *silences.Silence) { x.Matchers = []string{`rule=~"("`} }, "rule")
	f(func(x *silences.Silence) { x.Matchers = []string{`nonsense`} }, "nonsense")
	f(func(x *silences.Silence) { x.Comment = strings.Repeat("x", silences.MaxBytes) }, "maximum size")
	f(func(x *silences.Silence) { x.Approver = "ADA" }, "another person")
	f(func(x *silences.Silence) { x.Matchers = []string{`urgent="true"`} }, "second person")
	f(func(x *silences.Silence) { x.Matchers, x.Approver = []string{`urgent="true"`}, "grace" }, "")
}

func TestUrgentNeedsItsName(t *testing.T) {
	s, err := silences.Open("", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	labels := map[string]string{"rule": "a", "urgent": "true"}
	f := func(want bool, approver string, matchers ...string) {
		t.Helper()
		id, err := s.Add(ctx, silences.Silence{Matchers: matchers, Ends: time.Now().Add(time.Hour), Author: "ada", Comment: "why", Approver: approver})
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := s.Match(ctx, labels, true)
		if err != nil || (got != "") != want {
			t.Errorf("%q approved by %q: silenced by %q, %v", matchers, approver, got, err)
		}
		if err := s.Expire(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	f(false, "", `rule="a"`)
	f(false, "grace", `rule="a"`)
	f(false, "grace", `urgent=~"true"`, `rule="a"`)
	f(false, "grace", `urgent!="false"`, `rule="a"`)
	f(true, "grace", `urgent="true"`)
}

func TestTimes(t *testing.T) {
	now := time.Now()
	s, err := silences.Open("", func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if _, err := s.Add(ctx, silences.Silence{Matchers: []string{`rule="a"`}, Starts: now.Add(time.Hour), Ends: now.Add(2 * time.Hour), Author: "ada", Comment: "why"}); err != nil {
		t.Fatal(err)
	}
	f := func(after time.Duration, want bool, state string) {
		t.Helper()
		start := now
		now = now.Add(after)
		defer func() { now = start }()
		id, _, err := s.Match(ctx, map[string]string{"rule": "a"}, false)
		list, lerr := s.List(ctx)
		if err != nil || lerr != nil || (id != "") != want || list[0].State != state {
			t.Errorf("after %s: silenced %v, %v, %v", after, id != "", list, err)
		}
	}
	f(0, false, "pending")
	f(61*time.Minute, true, "active")
	f(121*time.Minute, false, "expired")
}

// Several processes add to one file at the same time.
func TestShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "silences")
	ctx := context.Background()
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			s, err := silences.Open(path, time.Now)
			if err != nil {
				t.Error(err)
				return
			}
			for j := range 5 {
				if _, err := s.Add(ctx, silences.Silence{Matchers: []string{fmt.Sprintf(`rule="%d-%d"`, i, j)}, Ends: time.Now().Add(time.Hour), Author: "ada", Comment: "why"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	s, err := silences.Open(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := s.List(ctx); err != nil || len(list) != 20 {
		t.Errorf("%d silences, %v", len(list), err)
	}
	if err := os.WriteFile(path, []byte("\xff\xff\xff nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Match(ctx, nil, false); err == nil {
		t.Error("a file that cannot be read is taken as no silence")
	}
}

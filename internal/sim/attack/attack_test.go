package attack

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/sim"
)

func simulate(t *testing.T, format string) (dir string, history []Record) {
	t.Helper()
	dir = t.TempDir()
	if _, err := sim.Run(context.Background(), sim.Options{Users: 40, Days: 6, Seed: 7, Out: dir, Format: format}); err != nil {
		t.Fatal(err)
	}
	files, err := ReadFolder(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		history = append(history, f.Records...)
	}
	return dir, history
}

// TestPlan looks at every campaign: each record is one that we know, in its
// table, with its label, and inside the history.
func TestPlan(t *testing.T) {
	_, history := simulate(t, "eventhub")
	o := Options{Seed: 1, Levels: Levels(), Confusers: true}
	in, err := Plan(history, o)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, r := range in.Records {
		rec := event.Record{Raw: r.Raw, Source: "test"}
		identify.Record(&rec)
		if rec.Table == "" {
			t.Errorf("a record without a table (%s): %.300s", rec.Problem, r.Raw)
		}
		if !rec.Time.Equal(r.Time) {
			t.Errorf("%s is at %s, planned for %s", rec.ID, rec.Time, r.Time)
		}
		if ids[rec.ID] != "" {
			t.Errorf("two records have the identity %s", rec.ID)
		}
		ids[rec.ID] = rec.Table
	}
	steps, labelled := map[string]int{}, 0
	for _, l := range in.Labels {
		if steps[l.Campaign]++; l.Step != steps[l.Campaign] {
			t.Errorf("%s: step %d comes as number %d", l.Campaign, l.Step, steps[l.Campaign])
		}
		if l.ID != "" {
			labelled++
			if ids[l.ID] == "" {
				t.Errorf("%s: there is no record %s", l.Campaign, l.ID)
			}
		}
		if l.Victim == "" || l.Benign == (l.Technique != "") || l.Benign == (l.Level != "") {
			t.Errorf("label %+v", l)
		}
	}
	want := 0
	for _, c := range Campaigns() {
		names := []string{c.Kind}
		if !c.Benign {
			names = []string{c.Kind + "-easy", c.Kind + "-realistic", c.Kind + "-evasive"}
		}
		want += len(names)
		for _, n := range names {
			if steps[n] == 0 {
				t.Errorf("%s has no label", n)
			}
		}
	}
	if len(steps) != want {
		t.Errorf("%d campaigns, want %d", len(steps), want)
	}
	again, err := Plan(history, o)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(in.Labels, again.Labels); d != "" {
		t.Errorf("the same options give other labels:\n%s", d)
	}
	o.Only, o.Levels, o.Confusers = []string{"fatigue"}, []Level{Easy}, false
	few, err := Plan(history, o)
	if err != nil {
		t.Fatal(err)
	}
	var same []Label
	for _, l := range in.Labels {
		if l.Campaign == "fatigue-easy" {
			same = append(same, l)
		}
	}
	if d := cmp.Diff(same, few.Labels); d != "" || len(same) == 0 {
		t.Errorf("a campaign depends on others:\n%s", d)
	}
}

func TestMissing(t *testing.T) {
	_, history := simulate(t, "eventhub")
	in, err := Plan(history, Options{Seed: 1, Levels: []Level{Easy}, Only: []string{"log_silence"}})
	if err != nil {
		t.Fatal(err)
	}
	from, err1 := time.Parse(time.RFC3339, in.Labels[0].Time)
	to, err2 := time.Parse(time.RFC3339, in.Labels[len(in.Labels)-1].Time)
	if err1 != nil || err2 != nil || !to.After(from) {
		t.Fatalf("silence from %v to %v", from, to)
	}
	missing := 0
	for _, r := range history {
		within := !r.Time.Before(from) && r.Time.Before(to)
		if in.Missing(r) {
			missing++
			if !within {
				t.Fatalf("a record of %s is missing, outside the silence", r.Time)
			}
		} else if within && is(r.Raw, "AuditLogs") {
			t.Fatalf("an audit event of %s is there", r.Time)
		}
	}
	if missing == 0 {
		t.Error("nothing is missing")
	}
}

// TestFolder puts campaigns into both forms of a history and reads them back.
func TestFolder(t *testing.T) {
	for _, format := range []string{"eventhub", "blob"} {
		t.Run(format, func(t *testing.T) {
			dir, before := simulate(t, format)
			added, err := Folder(context.Background(), dir, Options{Seed: 3, Levels: []Level{Realistic}, Confusers: true})
			if err != nil {
				t.Fatal(err)
			}
			files, err := ReadFolder(context.Background(), dir)
			if err != nil {
				t.Fatal(err)
			}
			after := 0
			for _, f := range files {
				after += len(f.Records)
			}
			if want := len(before) + added.Records - added.Missing; after != want || added.Missing == 0 || added.Campaigns != len(Campaigns()) {
				t.Errorf("%d records, want %d; added %+v", after, want, added)
			}
			b, err := os.ReadFile(filepath.Join(dir, labelsFile))
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for line := range bytes.Lines(b) {
				var l Label
				if err := json.Unmarshal(line, &l); err != nil || l.Format != sim.LabelFormat {
					t.Fatalf("label %s: %v", line, err)
				}
				if l.Kind != "" {
					n++
				}
			}
			if n != added.Labels {
				t.Errorf("%d labels in the file, want %d", n, added.Labels)
			}
		})
	}
}

func TestSmallHistory(t *testing.T) {
	if _, err := Plan(nil, Options{}); err == nil {
		t.Error("a history without people takes attacks")
	}
}

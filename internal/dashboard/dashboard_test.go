package dashboard

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

func TestBuiltInPanelsCompile(t *testing.T) {
	list, problems := Load("")
	for _, p := range problems {
		t.Error(p)
	}
	if len(list) != 9 {
		t.Errorf("%d dashboards", len(list))
	}
	to := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	for _, b := range list {
		for i := range b.Panels {
			p := &b.Panels[i]
			text, reads := p.Expand(Range{to.Add(-24 * time.Hour), to})
			q, diags := kql.Compile(text, schema.Catalog(), kql.Options{Now: to, From: reads.From, To: reads.To})
			for _, d := range diags {
				t.Errorf("%s/%s: %d:%d: %s %s", b.ID, p.ID, d.Line, d.Column, d.Severity, d.Message)
			}
			if q == nil {
				continue
			}
			if p.Kind == "tile" && q.Columns[0].Name != "Value" {
				t.Errorf("%s/%s: a tile's first column is Value, not %s", b.ID, p.ID, q.Columns[0].Name)
			}
			if p.Drill != "" && !strings.Contains(p.Drill, "{{") {
				t.Errorf("%s/%s: drill names nothing of the row", b.ID, p.ID)
			}
			if p.Compare != strings.Contains(p.KQL, "Previous") {
				t.Errorf("%s/%s: compare without Previous, or the other way round", b.ID, p.ID)
			}
		}
	}
}

func TestParseIsStrict(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	const ok = "id: a\ntitle: A\npanels:\n  - {id: p, title: P, kind: tile, kql: 'print Value=1'}\n"
	if b, err := Parse([]byte(ok)); err != nil || b.Panels[0].Width != 2 {
		t.Errorf("%+v %v", b, err)
	}
	f(ok+"colour: red\n", "colour")
	f(strings.Replace(ok, "tile", "cloud", 1), "timechart")
	f(strings.Replace(ok, "id: a", "id: ../a", 1), "small letters")
	f("id: a\ntitle: A\n", "1 to 60 panels")
	f("", "title is missing")
}

func TestAFolderTakesPrecedence(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("mine.yaml", "id: overview\ntitle: Mine\npanels:\n  - {id: p, title: P, kind: table, kql: 'print 1'}\n")
	write("bad.yaml", "id: bad\n")
	list, problems := Load(dir)
	if len(list) != 9 || len(problems) != 1 || !strings.Contains(problems[0].Error(), "bad.yaml") {
		t.Errorf("%d %v", len(list), problems)
	}
	for _, b := range list {
		if b.ID == "overview" && (!b.Own || b.Title != "Mine") {
			t.Errorf("%+v", b)
		}
	}
}

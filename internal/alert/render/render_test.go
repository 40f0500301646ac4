package render_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/render"
)

func TestPlain(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := render.Plain(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	f(" a\r\nBcc: b ", "a  Bcc: b")
	f("a\x00\x1b[31mb", "a  [31mb")
	f("exe.\u202efdp", "exe.\uFFFDfdp")
	f("pay\u200bpal", "pay\uFFFDpal")
	f("a\u2028b\u0085c", "a b c")
	f("\U000E0041", "\uFFFD")
	f("\xff", "\uFFFD")
	f("Zoë 日本 👍", "Zoë 日本 👍")
}

func TestSafeURL(t *testing.T) {
	f := func(in string, ok bool) {
		t.Helper()
		if got := render.SafeURL(in); (got != "") != ok {
			t.Errorf("%q gives %q", in, got)
		}
	}
	f("https://wholelog.example/incidents/7?x=1&y=2#z", true)
	f("http://[::1]:8420/", true)
	f("javascript:alert(1)", false)
	f("https://x.example/|y>", false)
	f("https://x.example/ y", false)
	f("//x.example/", false)
	f("data:text/html,x", false)
	f("", false)
}

func TestView(t *testing.T) {
	n := message.Notification{Incident: "i", Revision: 3, Kind: message.Updated, Title: "T", Severity: "low", Techniques: []message.Technique{{ID: "T1562", V18: "Impair Defenses", V19: "Defense Impairment"}},
		Evidence: &message.Evidence{Columns: []string{"a", "b"}, Total: 1000}}
	for range 40 {
		n.Evidence.Rows = append(n.Evidence.Rows, []string{strings.Repeat("x", 1000)}) // a cell too few
		n.Entities = append(n.Entities, message.Entity{Kind: "ip", Name: "192.0.2.1"})
	}
	v := render.Of(&n, render.Context{Changes: 3, First: true})
	if v.Headline != "New incident (3 changes)" || v.Shown != "10 of 1000 rows" || len(v.Rows) != 10 || len(v.Rows[0]) != 2 || len(v.Rows[0][0]) > 200 || v.Entities[20].Value != "20 more" {
		t.Errorf("%+v", v)
	}
	if text := render.Text(v); !strings.Contains(text, "T1562 Impair Defenses (v19: Defense Impairment)") {
		t.Error(text)
	}
	if v := render.Of(&n, render.Context{Repeat: true}); v.Headline != "Incident changed (may be a repeat)" {
		t.Error(v.Headline)
	}
}

// FuzzHTML: whatever events hold, the HTML of a mail has the tags of its
// layout and no other, loads nothing, and shows no character that hides.
func FuzzHTML(f *testing.F) {
	f.Add("</td><script>alert(1)</script>", "https://x.example/")
	f.Add("\u202e\" onmouseover=\"x", "javascript:alert(1)")
	f.Add("]]><img src=x>", "https://x.example/\"><img src=x>")
	f.Add("{{.}}", "\x00")
	f.Fuzz(func(t *testing.T, s, u string) {
		n := message.Notification{Incident: "i" + s, Revision: 1, Kind: message.Created, Title: s, Summary: s, Severity: s, Status: s, Tenant: s, Query: s, URL: u, First: time.Unix(0, 0),
			Labels: map[string]string{"rule": s}, Entities: []message.Entity{{Kind: s, Name: s, Extra: s}}, Evidence: &message.Evidence{Columns: []string{s}, Rows: [][]string{{s}}}}
		n, err := n.Complete()
		if err != nil {
			return
		}
		out, err := render.HTML(render.Of(&n, render.Context{Delivery: "d"}))
		if err != nil {
			t.Fatal(err)
		}
		allowed := map[string]bool{"html": true, "head": true, "meta": true, "title": true, "body": true, "div": true, "p": true, "h1": true, "h2": true, "table": true, "tr": true, "th": true, "td": true, "a": true, "pre": true}
		d := xml.NewDecoder(strings.NewReader(out))
		d.Strict, d.AutoClose, d.Entity = false, []string{"meta"}, xml.HTMLEntity
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			e, ok := tok.(xml.StartElement)
			if !ok {
				continue
			}
			if !allowed[e.Name.Local] {
				t.Fatalf("tag %s in\n%s", e.Name.Local, out)
			}
			for _, a := range e.Attr {
				switch a.Name.Local {
				case "style", "charset", "name", "content", "lang", "rel":
				case "href":
					if !strings.HasPrefix(a.Value, "http") {
						t.Fatalf("link to %q", a.Value)
					}
				default:
					t.Fatalf("attribute %s in\n%s", a.Name.Local, out)
				}
			}
		}
		for _, r := range out {
			if unicode.Is(unicode.Bidi_Control, r) || r == 0 {
				t.Fatalf("%U in\n%q", r, out)
			}
		}
	})
}

package row

import (
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
)

func TestTable(t *testing.T) {
	at := time.Date(2026, 6, 17, 12, 0, 0, 0, time.UTC)
	tab := Table("When:datetime", "N:long", "R:real", "Who", "Yes:bool", "Names:dynamic")
	if err := Add(tab, at, 7, 1.5, "ben", true, []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	if err := Add(tab, at); err == nil {
		t.Error("a short row was taken")
	}
	r, err := Read(tab, "When", "Names")
	if err != nil {
		t.Fatal(err)
	}
	x := tab.Rows[0]
	if f, ok := r.Float(x, "R"); !r.Time(x, "When").Equal(at) || r.Int(x, "N") != 7 || !ok || f != 1.5 || r.Text(x, "Who") != "ben" || !r.Bool(x, "Yes") || len(r.List(x, "Names")) != 2 {
		t.Errorf("%v", x)
	}
	if _, ok := r.Float(x, "Who"); ok || r.Int(x, "None") != 0 || r.Text(x, "None") != "" {
		t.Error("a cell that is not there has a value")
	}
	if _, err := Read(&detect.Table{}, "When"); err == nil {
		t.Error("a missing column is no error")
	}
}

func TestList(t *testing.T) {
	l := NewList("Ben@contoso.example", " 203.0.113.0/24 ", "198.51.100.7", "2003:e7::/32", "")
	for v, want := range map[string]bool{"ben@CONTOSO.example": true, "203.0.113.9": true, "203.0.114.9": false, "198.51.100.7": true, "2003:e7:1::9": true, "": false, "x": false} {
		if got := l.Has(v); got != want {
			t.Errorf("Has(%q) = %v", v, got)
		}
	}
}

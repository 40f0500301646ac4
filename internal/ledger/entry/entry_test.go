package entry

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func examples() []Entry {
	at := time.Date(2026, 11, 1, 2, 3, 4, 0, time.UTC)
	out := []Entry{
		{Kind: Segment, Stream: "s", Sequence: 2, Previous: "p", Root: "r", Footer: "f", Items: 3, First: 4, Last: 9},
		{Kind: Tail, Stream: "s", Sequence: 2, Previous: "p", Items: 3, Chain: "c", First: 4, Last: 9},
		{Kind: Deletion, Stream: "s", Sequence: 2, State: "erased", Erased: "1,3-5", Time: at},
	}
	for _, k := range []Kind{Import, Configuration, Gap, RuleRun, SignOff, Export} {
		out = append(out, Entry{Kind: k, Stream: "s", Position: 7, Leaf: "l", Time: at})
	}
	return out
}

func TestEntriesComeBackAsTheyWere(t *testing.T) {
	for _, want := range examples() {
		got, err := Parse(want.Marshal())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
}

func TestOnlyOneFormIsRead(t *testing.T) {
	good := string(examples()[0].Marshal())
	for _, bad := range []string{"", "wholelog entry 2 segment\n", strings.TrimSuffix(good, "\n"), good + "\n", strings.Replace(good, "sequence 2", "sequence 02", 1),
		strings.Replace(good, "items 3", "items  3", 1), strings.Replace(good, "segment\n", "nothing\n", 1), strings.Replace(good, "root", "Root", 1)} {
		if _, err := Parse([]byte(bad)); err == nil {
			t.Errorf("read as an entry: %q", bad)
		}
	}
}

func TestRanges(t *testing.T) {
	f := func(list []int, want string) {
		t.Helper()
		got := Ranges(list)
		if got != want {
			t.Errorf("%v is written %q, want %q", list, got, want)
		}
		back, err := ParseRanges(got, 100)
		if err != nil || len(back) != len(list) {
			t.Errorf("%q is read as %v: %v", got, back, err)
		}
	}
	f([]int{3}, "3")
	f([]int{0, 1, 2}, "0-2")
	f([]int{1, 3, 4, 5, 99}, "1,3-5,99")
	for _, bad := range []string{"", "x", "5-3", "3,2", "100", "-1", "1-"} {
		if _, err := ParseRanges(bad, 100); err == nil {
			t.Errorf("read as a list: %q", bad)
		}
	}
}

// FuzzParse: what is read as an entry is written as the same bytes.
func FuzzParse(f *testing.F) {
	for _, e := range examples() {
		f.Add(e.Marshal())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Parse(b)
		if err == nil && !bytes.Equal(e.Marshal(), b) {
			t.Fatalf("%q is written as %q", b, e.Marshal())
		}
	})
}

// FuzzParseRanges: a list that is read holds only indexes of the segment.
func FuzzParseRanges(f *testing.F) {
	f.Add("1,3-5")
	f.Fuzz(func(t *testing.T, s string) {
		list, err := ParseRanges(s, 1000)
		if err != nil {
			return
		}
		for i := range list {
			if i < 0 || i >= 1000 {
				t.Fatalf("%q holds %d", s, i)
			}
		}
	})
}

package query

import (
	"fmt"
	"testing"
)

// TestBagsWithAwkwardKeys expands and reads keys that mean something in a path.
func TestBagsWithAwkwardKeys(t *testing.T) {
	e := engine(t)
	const bag = `dynamic({"a\"b": 1, "c\\d": 2, "e.f": 3, "*": 4, "g/h~i": 5, "": 6, "0": 7})`
	_, got, err := rows(t, e, "print d = "+bag+" | mv-expand kind=array d | project k = tostring(d[0]), v = tolong(d[1]) | sort by v asc")
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprint([][]any{{`a"b`, int64(1)}, {`c\d`, int64(2)}, {"e.f", int64(3)}, {"*", int64(4)}, {"g/h~i", int64(5)}, {"", int64(6)}, {"0", int64(7)}}); fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
	_, got, err = rows(t, e, "print d = "+bag+` | mv-expand d | extend k = tostring(bag_keys(d)[0]) | summarize n = count(), s = sum(tolong(d[k]))`)
	if err != nil || fmt.Sprint(got) != "[[7 28]]" {
		t.Errorf("got %v, %v", got, err)
	}
	_, got, err = rows(t, e, "print d = "+bag+` | project d["a\"b"], d["c\\d"], d["e.f"], d["*"], d["g/h~i"], d["0"], d[""]`)
	if err != nil || fmt.Sprint(got) != "[[1 2 3 4 5 7 6]]" {
		t.Errorf("got %v, %v", got, err)
	}
}

package blob

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func spanOf(late int64, items ...item) (s span) {
	for _, it := range items {
		s.add(it.rest, it.size, it.mod, late)
	}
	return s
}

func states(list []verdict) string {
	out := ""
	for _, v := range list {
		out += string("=!+"[v.state])
	}
	return out
}

func TestJudge(t *testing.T) {
	a, b, c, d := item{rest: "a", size: 100, mod: 10}, item{rest: "b", size: 200, mod: 20}, item{rest: "c", size: 300, mod: 30}, item{rest: "d", size: 400, mod: 40}
	was := spanOf(50, a, b, c, d)
	f := func(what, want string, now ...item) {
		t.Helper()
		if got := states(was.judge(now)); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	grow := func(it item, size, mod int64) item {
		it.size, it.mod = size, mod
		return it
	}
	f("as it was", "====", a, b, c, d)
	f("one grew", "=+==", a, grow(b, 250, 60), c, d)
	f("one grew in the second of the pass", "=+==", a, grow(b, 250, 50), c, d)
	f("one was written anew", "+===", grow(a, 100, 70), b, c, d)
	f("one came", "==!==", a, b, item{rest: "bb", size: 1, mod: 60}, c, d)
	f("one came, one grew", "!==+=", item{rest: "0", size: 1, mod: 60}, a, b, grow(c, 301, 55), d)
	f("two grew", "!=!=", grow(a, 101, 60), b, grow(c, 301, 70), d)
	f("one was deleted", "===", a, b, d)
	f("one was deleted, one grew", "=!=", a, grow(b, 201, 60), d)
	f("an old one is back that was never read", "!!!!!", a, b, item{rest: "bb", size: 1, mod: 5}, c, d)
	f("an old one instead of another", "!!!!", a, b, item{rest: "bb", size: 1, mod: 5}, d)
	f("a clock went back", "!!!!", a, grow(b, 250, 15), c, d)
	f("all are gone", "")
	if v := was.judge([]item{a, grow(b, 250, 60), c, d})[1]; v.size != 200 || v.mod != 20 {
		t.Errorf("it was %d bytes at %d, want 200 at 20", v.size, v.mod)
	}
	was = span{}
	f("a first time", "!!", a, b)
}

// TestJudgeNeverPassesAChangeOver is the property that settling rests on.
func TestJudgeNeverPassesAChangeOver(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var old, now []item
		touched := map[string]int64{} // what was read of those that changed
		for i := range r.IntN(12) {
			it := item{rest: fmt.Sprintf("%02d", i), size: 1 + r.Int64N(5), mod: r.Int64N(1000)}
			old = append(old, it)
			switch r.IntN(8) {
			case 0:
				touched[it.rest] = it.size
				it.size, it.mod = it.size+r.Int64N(3), 1000+r.Int64N(10)
				now = append(now, it)
			case 1: // deleted
			default:
				now = append(now, it)
			}
		}
		for i := range r.IntN(3) {
			it := item{rest: fmt.Sprintf("x%d", i), size: 1, mod: 1000 + r.Int64N(10)}
			touched[it.rest] = 0
			now = append(now, it)
		}
		s := spanOf(1000, old...)
		for i, v := range s.judge(now) {
			read, ok := touched[now[i].rest]
			if ok && (v.state == same || v.state == grown && v.size != read) {
				t.Fatalf("%+v became %+v: %s is %+v, and %d bytes of it were read", old, now, now[i].rest, v, read)
			}
		}
	}
}

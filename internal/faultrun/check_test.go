package faultrun

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/completeness"
	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ingest"
	"github.com/wholelog/wholelog/internal/ledger/verify"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/store/duck"
)

// judge compares what there is at the end of a run with what the world knows.
func (s *site) judge() (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	in, err := s.open()
	if err != nil {
		return []string{fmt.Sprintf("open at the end: %v", err)}
	}
	problems = append(problems, s.stored(in)...)
	problems = append(problems, s.kept(in)...)
	problems = append(problems, s.verdicts(in)...)
	want, err := index(in)
	if err != nil {
		say("%v", err)
	}
	if err := in.Close(context.Background()); err != nil {
		say("close at the end: %v", err)
	}
	if r, err := verify.Run(verify.Options{Dir: ingest.LedgerDir(s.data())}); err != nil || !r.OK {
		say("the ledger does not verify: %v %v", err, r.Findings)
	}
	if err := ingest.Rebuild(context.Background(), s.data()); err != nil {
		say("rebuild: %v", err)
		return problems
	}
	if in, err = s.open(); err != nil {
		say("open after the rebuild: %v", err)
		return problems
	}
	got, err := index(in)
	if err != nil {
		say("%v", err)
	}
	if d := cmp.Diff(want, got); d != "" {
		say("a rebuild differs: %s", d)
	}
	if err := in.Close(context.Background()); err != nil {
		say("close after the rebuild: %v", err)
	}
	return problems
}

// stored compares the rows with the history: each event once.
func (s *site) stored(in *ingest.Ingest) (problems []string) {
	rows := map[string]int{}
	for _, table := range schema.Tables() {
		for _, p := range in.Store.Parts(table, 0, 0) {
			column := "''"
			for _, name := range tableNames {
				if table.Name == name {
					column = `"Id"`
				}
			}
			list, err := in.Store.DB().Query("SELECT " + column + " FROM " + p.SQL)
			if err != nil {
				return []string{err.Error()}
			}
			for list.Next() {
				var id string
				if err := list.Scan(&id); err != nil {
					return []string{err.Error()}
				}
				rows[table.Name+" "+id]++
			}
			if err := list.Err(); err != nil {
				return []string{err.Error()}
			}
		}
	}
	for _, f := range s.w.facts {
		key := f.table + " " + f.Key
		if n := rows[key]; n != 1 && (!f.lost[onStream] || !f.lost[onGraph]) {
			problems = append(problems, fmt.Sprintf("%s of %v is in the store %d times (withheld on the stream: %v, on Graph: %v)", key, f.Time, n, f.lost[onStream], f.lost[onGraph]))
		}
		delete(rows, key)
	}
	for key, n := range rows {
		problems = append(problems, fmt.Sprintf("%s is in the store %d times and never happened", key, n))
	}
	sort.Strings(problems)
	return problems
}

// kept compares the ledger with what the paths delivered: each content once.
func (s *site) kept(in *ingest.Ingest) (problems []string) {
	type where struct {
		content content
		path    string
	}
	got := map[where]int{}
	if err := in.Ledger.Read(context.Background(), 0, func(_ event.Position, r *event.Record) error {
		got[where{r.Content, r.Source}]++
		return nil
	}); err != nil {
		return []string{fmt.Sprintf("read the ledger: %v", err)}
	}
	for _, f := range s.w.facts {
		for side, path := range []string{streamPath, graphPath[f.table]} {
			k, want := where{f.contents[side], path}, 1
			if f.lost[side] {
				want = 0
			}
			if n := got[k]; n != want {
				problems = append(problems, fmt.Sprintf("the ledger has %s %s by %s %d times, want %d", f.table, f.Key, path, n, want))
			}
			delete(got, k)
		}
	}
	for k, n := range got {
		problems = append(problems, fmt.Sprintf("the ledger has a record by %s %d times that is nobody's", k.path, n))
	}
	return problems
}

// tally is what an hour of a table had.
type tally struct{ events, stream, graph, either int64 }

// verdicts compares what completeness says of each hour with what was planted.
func (s *site) verdicts(in *ingest.Ingest) (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	rep, err := completeness.Of(context.Background(), in.Ledger, in.Store, completeness.Options{Now: s.w.clock.Now()})
	if err != nil {
		return []string{fmt.Sprintf("completeness: %v", err)}
	}
	want := map[cell]*tally{}
	for _, f := range s.w.facts {
		c := cell{f.table, f.hour}
		t := want[c]
		if t == nil {
			t = &tally{}
			want[c] = t
		}
		t.events++
		if f.lost[onStream] {
			t.stream++
		}
		if f.lost[onGraph] {
			t.graph++
		}
		if f.lost[onStream] || f.lost[onGraph] {
			t.either++
		}
	}
	got := map[cell]completeness.Hour{}
	for _, h := range rep.Hours {
		c := cell{h.Table, h.Hour.Unix() / 3600}
		if _, twice := got[c]; twice || h.Tenant != s.w.live.Tenant() || graphPath[h.Table] == "" {
			say("an hour that cannot be: %s of tenant %s", c, h.Tenant)
		}
		got[c] = h
	}
	for _, table := range tableNames {
		// Every hour up to the end is closed by now; some of those after it are.
		for hour := s.w.floor[table] + 1; hour < s.w.over.Unix()/3600; hour++ {
			c := cell{table, hour}
			t := want[c]
			if t == nil {
				t = &tally{}
			}
			h, ok := got[c]
			switch closed := hour < s.w.end.Unix()/3600; {
			case !ok && closed:
				say("%s: no verdict", c)
			case !closed && (!ok || h.Verdict == completeness.Open || !bothExpected(&h)):
				// The collector was stopped before it could tell.
			default:
				problems = append(problems, compare(c, &h, t)...)
			}
			delete(want, c)
		}
		// Before that the stream is not expected, and Graph is.
		for c, t := range want {
			h := got[c]
			if c.table == table && h.Text() != string(completeness.Proven) && h.Text() != string(completeness.SinglePath) {
				say("%s, from when the stream began, is %s with %+v: %s", c, h.Text(), *t, h.Reason)
			}
		}
	}
	return problems
}

func bothExpected(h *completeness.Hour) bool {
	n := 0
	for _, p := range h.Paths {
		if p.Expected {
			n++
		}
	}
	return n == 2
}

func compare(c cell, h *completeness.Hour, t *tally) (problems []string) {
	say := func(format string, args ...any) {
		problems = append(problems, c.String()+": "+fmt.Sprintf(format, args...)+fmt.Sprintf(" (%d events, the stream lost %d, Graph %d; %s: %s %+v)", t.events, t.stream, t.graph, h.Text(), h.Reason, h.Paths))
	}
	verdict := string(completeness.Proven)
	if t.either > 0 {
		verdict = fmt.Sprintf("gap(%d)", t.either)
	}
	if h.Text() != verdict {
		say("the verdict is %s, want %s", h.Text(), verdict)
	}
	lost := map[string]int64{streamPath: t.stream, graphPath[c.table]: t.graph}
	for _, p := range h.Paths {
		n, known := lost[p.Name]
		if !known || !p.Expected || p.Lacks != n || p.Events != t.events-n {
			say("path %s has %d, lacks %d, expected %v; want %d and %d", p.Name, p.Events, p.Lacks, p.Expected, t.events-n, n)
		}
		delete(lost, p.Name)
	}
	for name := range lost {
		say("nothing is said of path %s", name)
	}
	if unique := 2*t.events - t.stream - t.graph; h.Unique != unique {
		say("the ledger counts %d contents, want %d", h.Unique, unique)
	}
	return problems
}

// index is everything that the store holds: a digest of each table's cells, and
// which paths delivered what.
func index(in *ingest.Ingest) (map[string]string, error) {
	out := map[string]string{}
	for _, table := range schema.Tables() {
		for _, p := range in.Store.Parts(table, 0, 0) {
			var n int64
			var digest string
			if err := in.Store.DB().QueryRow("SELECT count(*), coalesce(bit_xor(hash(t))::VARCHAR, '') FROM "+p.SQL+" t").Scan(&n, &digest); err != nil {
				return nil, fmt.Errorf("digest of %s: %w", table.Name, err)
			}
			if n > 0 {
				out[p.SQL] = fmt.Sprint(n, " ", digest)
			}
		}
	}
	from, to := start.AddDate(-1, 0, 0), start.AddDate(1, 0, 0)
	err := in.Store.PathSets(context.Background(), from, to, func(p duck.PathSet) {
		out[fmt.Sprint(p.Table, p.Tenant, time.Unix(p.Hour*3600, 0).UTC(), p.Paths)] = fmt.Sprint(p.Events)
	})
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	err = in.Store.Spans(context.Background(), from, to, func(v duck.Span) { counts[fmt.Sprint(v)]++ })
	for text, n := range counts {
		out[text] = fmt.Sprint(n)
	}
	return out, err
}

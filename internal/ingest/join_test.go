package ingest

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/schema"
)

// audit is an audit event as it comes by several paths.
type audit struct {
	id, when, activity, target, reason string
}

const corr = "aaaaaaaa-2222-3333-4444-555555555555"

func raw(text string) event.Record {
	rec := event.Record{Raw: []byte(text), Source: "file:x", Seen: time.Unix(1e9, 0)}
	identify.Record(&rec)
	return rec
}

func (a audit) hub() event.Record {
	return raw(fmt.Sprintf(`{"category":"AuditLogs","operationName":%q,"properties":{"id":%q,"category":"UserManagement","correlationId":%q,"activityDisplayName":%q,"activityDateTime":%q,"result":"success","targetResources":[{"id":%q}]}}`,
		a.activity, a.id, corr, a.activity, a.when, a.target))
}

func (a audit) graph() event.Record {
	return raw(fmt.Sprintf(`{"id":%q,"category":"UserManagement","correlationId":%q,"activityDisplayName":%q,"activityDateTime":%q,"loggedByService":"Core Directory","initiatedBy":{},"targetResources":[{"id":%q}]}`,
		a.id, corr, a.activity, a.when, a.target))
}

// csv is the portal's row, with the time cut to that many characters.
func (a audit) csv(chars int) event.Record {
	rec := event.Record{Raw: []byte(strings.Join([]string{a.when[:chars] + "Z", strings.ToUpper(corr), "Core Directory", "UserManagement", a.activity, "failure", a.reason, a.target}, ",")),
		Context: []byte("Date (UTC),CorrelationId,Service,Category,Activity,Result,ResultReason,Target1ObjectId"), Source: "file:x.csv", Seen: time.Unix(1e9, 0)}
	identify.Record(&rec)
	return rec
}

const exact, seconds = len("2026-07-16T15:34:08.1234567"), len("2026-07-16T15:34:08")

var bob = audit{"Directory_" + corr + "_AB_1", "2026-07-16T15:34:08.1234567Z", "Update user", "t-1", "because"}

// shown are the audit rows as a person sees them, without what depends on the
// order in which their versions came.
func shown(t *testing.T, in *Ingest) []string {
	t.Helper()
	out := []string{}
	for _, p := range in.Store.Parts(schema.Lookup("AuditLogs"), 0, 0) {
		rows, err := in.Store.DB().Query(`SELECT concat_ws(' ', "IdKind", "Id", "Result", "ResultReason", "LoggedByService", "TimeGenerated") FROM ` + p.SQL)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			out = append(out, s)
		}
		rows.Close()
	}
	sort.Strings(out)
	return out
}

// give delivers batches of records.
func give(t *testing.T, in *Ingest, batches ...[]event.Record) {
	t.Helper()
	for _, b := range batches {
		for _, r := range b {
			if err := in.Add(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		if err := in.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if c := in.Counts; c.Read != c.Accepted+c.Versions+c.Duplicates+c.Unparsed {
		t.Errorf("counts do not add up: %+v", c)
	}
}

// TestAuditOfEveryPathIsOneRow: a row of the portal's CSV, which has no id, is
// a version of the event that came by another path, whichever came first.
func TestAuditOfEveryPathIsOneRow(t *testing.T) {
	rebuild := true
	f := func(want int, accepted, versions int64, batches ...[]event.Record) []string {
		t.Helper()
		dir := t.TempDir()
		in := open(t, dir)
		give(t, in, batches...)
		got := shown(t, in)
		if len(got) != want || in.Counts.Accepted != accepted || in.Counts.Versions != versions {
			t.Errorf("%d rows, want %d: %+v\n%s", len(got), want, in.Counts, strings.Join(got, "\n"))
		}
		// All of it again, in one delivery, is nothing new.
		before, all := in.Counts, []event.Record{}
		for _, b := range batches {
			all = append(all, b...)
		}
		give(t, in, all)
		if n := in.Counts.Duplicates - before.Duplicates; n != int64(len(all)) {
			t.Errorf("again: %d duplicates of %d: %+v", n, len(all), in.Counts)
		}
		if rebuild {
			rebuilt(t, dir, Options{}, in)
		} else if err := in.Close(ctx); err != nil {
			t.Fatal(err)
		}
		return got
	}
	one := func(r ...event.Record) []event.Record { return r }
	for _, chars := range []int{seconds, exact} {
		rebuild = chars == exact // once is enough of what takes time
		for _, got := range [][]string{
			f(1, 1, 1, one(bob.hub(), bob.csv(chars))),
			f(1, 1, 1, one(bob.csv(chars), bob.hub())),
			f(1, 1, 1, one(bob.hub()), one(bob.csv(chars))),
			f(1, 1, 1, one(bob.csv(chars)), one(bob.hub())),
			f(1, 1, 2, one(bob.csv(chars)), one(bob.hub()), one(bob.graph())),
			f(1, 1, 2, one(bob.graph()), one(bob.csv(chars)), one(bob.hub())),
			f(1, 1, 2, one(bob.hub(), bob.graph()), one(bob.csv(chars))),
			f(1, 1, 2, one(bob.hub()), one(bob.csv(chars), bob.graph())),
		} {
			// The diagnostic record wins, what it lacks comes from the row.
			if !strings.HasPrefix(got[0], "native "+bob.id+" success because Core Directory") {
				t.Errorf("the row is %q", got[0])
			}
		}
	}
	// Two events that the row fits: nothing is lost or merged.
	twin := bob
	twin.id = "Directory_" + corr + "_AB_2"
	f(3, 3, 0, one(bob.hub(), twin.hub(), bob.csv(exact)))
	f(3, 2, 1, one(bob.csv(exact)), one(bob.hub()), one(twin.hub()))
	f(3, 2, 1, one(bob.hub()), one(bob.csv(seconds)), one(twin.hub()))
	f(3, 3, 0, one(bob.hub(), twin.hub()), one(bob.csv(exact)))
	f(3, 2, 2, one(bob.hub()), one(bob.csv(seconds)), one(twin.hub()), one(bob.graph()))
	// Two rows that fit one event: which is its own cannot be told.
	other := bob
	other.reason = "otherwise"
	f(3, 2, 1, one(bob.hub(), bob.csv(seconds)), one(other.csv(seconds)))
	f(2, 2, 0, one(bob.csv(seconds), other.csv(seconds)))
	// With exact times both are downloads of one event.
	f(1, 1, 2, one(bob.csv(exact)), one(other.csv(exact)), one(bob.hub()))
	// Exact times tell events of one second apart.
	later := twin
	later.when = "2026-07-16T15:34:08.7654321Z"
	f(2, 2, 2, one(bob.csv(exact), later.csv(exact)), one(later.hub(), bob.hub()))
	// A version without what is matched by changes nothing.
	bare := raw(fmt.Sprintf(`{"category":"AuditLogs","properties":{"id":%q,"activityDateTime":%q}}`, bob.id, bob.when))
	f(1, 1, 2, one(bob.csv(exact)), one(bob.hub()), one(bare))
	f(1, 1, 2, one(bare), one(bob.csv(exact), bob.hub()))
}

// TestJoinDoesNotDependOnOrder delivers one set of records in many orders and
// divisions: the rows are the same each time, and equal to a rebuild.
func TestJoinDoesNotDependOnOrder(t *testing.T) {
	var all []event.Record
	r := rand.New(rand.NewPCG(5, 6))
	for n := range 40 {
		a := audit{fmt.Sprint("Directory_", corr, "_", n), fmt.Sprintf("2026-07-31T23:59:5%d.%07dZ", n%3+7, n%2), "Update user", fmt.Sprint("t-", n/4%6), ""}
		if n%2 == 0 {
			a.when = strings.Replace(a.when, ".0000000", fmt.Sprintf(".%07d", 1000*n), 1)
		}
		all = append(all, a.hub())
		if n%3 == 0 {
			all = append(all, a.graph())
		}
		if n%4 < 2 {
			all = append(all, a.csv([]int{exact, seconds}[n%4]))
		}
	}
	var want []string
	for run := range 4 {
		dir := t.TempDir()
		in := open(t, dir)
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for rest := all; len(rest) > 0; {
			n := min(len(rest), 1+r.IntN(1+30*(run%3)))
			give(t, in, rest[:n])
			rest = rest[n:]
		}
		got := shown(t, in)
		if want == nil {
			want = got
			joined := 0
			for _, s := range want {
				if strings.HasPrefix(s, "match") {
					joined--
				}
			}
			for _, rec := range all {
				if rec.IDKind == event.IDMatch {
					joined++
				}
			}
			if joined < 5 || len(want) <= 40 {
				t.Errorf("the records are too simple: %d rows joined, %d rows", joined, len(want))
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("run %d: %s", run, d)
		}
		rebuilt(t, dir, Options{}, in)
	}
}

// TestJoinSurvivesACrash ends the work between the file of a month and the
// store's own, where a join took a row away.
func TestJoinSurvivesACrash(t *testing.T) {
	twin := bob
	twin.id = "Directory_" + corr + "_AB_2"
	for _, second := range []event.Record{bob.hub(), twin.hub()} {
		for _, point := range []string{"store.rows", "store.commit", "store.applied"} {
			dir := t.TempDir()
			armed := false
			opt := Options{}
			opt.Store.Fail = func(p string) error {
				if armed && p == point {
					return fmt.Errorf("stopped at %s", p)
				}
				return nil
			}
			in, err := OpenWith(ctx, dir, opt)
			if err != nil {
				t.Fatal(err)
			}
			give(t, in, []event.Record{bob.csv(exact)}, []event.Record{bob.graph()})
			armed = true
			if err := in.Add(ctx, second); err != nil {
				t.Fatal(err)
			}
			if err := in.Flush(ctx); err == nil {
				t.Fatalf("%s was not passed", point)
			}
			in.abandon()
			in = open(t, dir)
			want := 1
			if second.ID == twin.id {
				want = 3
			}
			if got := shown(t, in); len(got) != want {
				t.Errorf("%s: %d rows, want %d: %v", point, len(got), want, got)
			}
			rebuilt(t, dir, Options{}, in)
		}
	}
}

// TestACrowdIsNotJoined: where too many agree nothing is joined, in whatever
// order they came, and what was joined before is taken apart.
func TestACrowdIsNotJoined(t *testing.T) {
	dir := t.TempDir()
	in := open(t, dir)
	give(t, in, []event.Record{bob.csv(exact)}, []event.Record{bob.hub()})
	if got := shown(t, in); len(got) != 1 {
		t.Errorf("%d rows before the crowd", len(got))
	}
	var many []event.Record
	for n := range crowd {
		a := bob
		a.id, a.when = fmt.Sprint(bob.id, n), fmt.Sprintf("2026-07-16T15:34:08.%07dZ", 2000000+n)
		many = append(many, a.hub())
	}
	give(t, in, many[:crowd/2], many[crowd/2:])
	if got := shown(t, in); len(got) != crowd+2 {
		t.Errorf("%d rows, want %d", len(got), crowd+2)
	}
	rebuilt(t, dir, Options{}, in)
}

// TestReprocessedRecordsAreJoined reads records that an older version could
// not, once with a crash before the store says that they are parsed.
func TestReprocessedRecordsAreJoined(t *testing.T) {
	for _, order := range [][]event.Record{{bob.csv(exact), bob.hub()}, {bob.hub(), bob.csv(exact)}} {
		dir := t.TempDir()
		stop := false
		opt := Options{}
		opt.Store.Fail = func(p string) error {
			if stop && p == "store.commit" {
				return fmt.Errorf("stopped at %s", p)
			}
			return nil
		}
		in, err := OpenWith(ctx, dir, opt)
		if err != nil {
			t.Fatal(err)
		}
		old := order[1]
		old = event.Record{Raw: old.Raw, Context: old.Context, Seen: old.Seen, Source: old.Source, Content: old.Content, Time: old.Seen, TimeOf: event.TimeSeen, Problem: "not known yet"}
		give(t, in, []event.Record{order[0]}, []event.Record{old})
		stop = true
		if _, err := in.Reprocess(ctx); err == nil {
			t.Fatal("the point was not passed")
		}
		stop = false
		in.abandon()
		in = open(t, dir)
		if _, err := in.Reprocess(ctx); err != nil {
			t.Fatal(err)
		}
		if got := shown(t, in); len(got) != 1 || !strings.HasPrefix(got[0], "native "+bob.id+" success because") {
			t.Errorf("rows %q", got)
		}
		n := 0
		if err := in.Store.TraitPositions(ctx, func(event.Position) { n++ }); err != nil || n != 2 {
			t.Errorf("%d traits, %v", n, err)
		}
		rebuilt(t, dir, Options{}, in)
	}
}

// TestARowInTheMonthOfItsEnvelopeIsFound: a version without a time of its own
// puts the row into another month than the one that other versions state.
func TestARowInTheMonthOfItsEnvelopeIsFound(t *testing.T) {
	late := bob
	late.when = "2026-07-31T23:59:58.1234567Z"
	bare := raw(fmt.Sprintf(`{"time":"2026-08-01T00:03:00Z","category":"AuditLogs","properties":{"id":%q}}`, late.id))
	f := func(reopen bool, records ...event.Record) {
		t.Helper()
		dir := t.TempDir()
		in := open(t, dir)
		for _, r := range records {
			give(t, in, []event.Record{r})
			if !reopen {
				continue
			}
			if err := in.Close(ctx); err != nil {
				t.Fatal(err)
			}
			in = open(t, dir)
		}
		if got := shown(t, in); len(got) != 1 {
			t.Errorf("%d rows, want 1:\n%s", len(got), strings.Join(got, "\n"))
		}
		rebuilt(t, dir, Options{}, in)
	}
	f(false, bare, late.graph())
	f(true, bare, late.graph())
	f(false, late.graph(), bare)
	f(false, late.graph(), bare, late.csv(exact))
	f(true, bare, late.csv(exact), late.graph())
}

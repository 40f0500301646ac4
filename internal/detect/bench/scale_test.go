package bench

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/detect/rules"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/store/duck"
	"github.com/wholelog/wholelog/kql/builtin"
)

// seedDays is how many days of history are simulated; what is made of them
// repeats these days into the past.
const seedDays = 4

// grownDays is the time that the grown sign-ins lie in.
const grownDays = 28

// grow makes many users of each simulated one and many weeks of the days there
// are, until there are that many interactive sign-ins. A copy keeps the order
// and the distances in time of its user's own sign-ins, with addresses,
// sessions and ids of its own; rows lie in the store in the order of time, as
// they would have come.
func (s *store) grow(ctx context.Context, end time.Time, rows int) error {
	t := schema.Lookup("SigninLogs")
	db := s.duck.DB()
	parts := s.duck.Parts(t, 0, 0)
	into := parts[len(parts)-1].SQL
	for _, q := range []string{"CREATE TEMP TABLE _seed AS SELECT * FROM " + into, "DELETE FROM " + into} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("rows to copy: %w", err)
		}
	}
	var n int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM _seed").Scan(&n); err != nil {
		return fmt.Errorf("rows to copy: %w", err)
	}
	spans := grownDays / seedDays
	copies := max(1, rows/max(1, n)/spans)
	digest := schema.DigestName("CorrelationId")
	first := builtin.Ticks(end) - seedDays*24*hourTicks
	for span := spans - 1; span >= 0; span-- {
		back := int64(span) * seedDays * 24 * hourTicks
		for h := range int64(seedDays * 24) {
			q := fmt.Sprintf(`INSERT INTO %s SELECT * EXCLUDE (i, tag) REPLACE ("TimeGenerated" - %d - (hash(i) %% 3000000000)::BIGINT AS "TimeGenerated",
md5("Id" || tag || '%d') AS "Id", md5("CorrelationId" || tag) AS "CorrelationId", ('0x' || left(sha256(md5("CorrelationId" || tag)), 8))::UINTEGER AS %q, md5("OriginalRequestId" || tag) AS "OriginalRequestId",
md5("SessionId" || tag) AS "SessionId", md5("UniqueTokenIdentifier" || tag) AS "UniqueTokenIdentifier", md5("UserId" || i) AS "UserId", i || '.' || "UserPrincipalName" AS "UserPrincipalName",
CASE WHEN "IPAddress" LIKE '%%.%%' THEN split_part("IPAddress", '.', 1) || '.' || (i // 256 %% 256) || '.' || (i %% 256) || '.' || split_part("IPAddress", '.', 4) ELSE "IPAddress" || to_hex(i) END AS "IPAddress")
FROM (SELECT *, unnest(range(%d)) AS i, i || '-%d' AS tag FROM _seed WHERE "TimeGenerated" >= %d AND "TimeGenerated" < %d)`, into, back, span, digest, copies, span, first+h*hourTicks, first+(h+1)*hourTicks)
			if _, err := db.ExecContext(ctx, q); err != nil {
				return fmt.Errorf("copies: %w", err)
			}
		}
	}
	return nil
}

const hourTicks = int64(time.Hour / 100)

// grown is a store of that many interactive sign-ins, made in dir or kept there.
func grown(b *testing.B, dir string, rows int) (*query.Engine, time.Time) {
	b.Helper()
	ctx := context.Background()
	end := time.Date(2026, 10, 30, 0, 0, 0, 0, time.UTC) // and so all of it in one month's file
	if _, err := os.Stat(filepath.Join(dir, "rows")); err != nil {
		h, err := simulate(ctx, Options{Users: 100, Days: seedDays, Judged: 1, NoConfusers: true, end: end}, 7, filepath.Join(dir, "history"))
		if err != nil {
			b.Fatal(err)
		}
		s, err := open(ctx, dir, nil)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.load(ctx, h.records, false, 0); err != nil {
			b.Fatal(err)
		}
		if err := s.grow(ctx, end, rows); err != nil {
			b.Fatal(err)
		}
		if err := s.close(ctx); err != nil {
			b.Fatal(err)
		}
	}
	return look(b, filepath.Join(dir, "rows"), filepath.Join(dir, "watchlists")), end.Add(-10 * time.Hour) // in working hours
}

// look opens a store for reading alone.
func look(b *testing.B, dir, lists string) *query.Engine {
	b.Helper()
	ctx := context.Background()
	d, err := duck.Open(ctx, dir, duck.Options{ReadOnly: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close(ctx) })
	e, err := query.New(ctx, d, query.Options{Watchlists: lists})
	if err != nil {
		b.Fatal(err)
	}
	return e
}

// newest is the time behind the newest interactive sign-in.
func newest(b *testing.B, e *query.Engine) (end time.Time) {
	b.Helper()
	_, err := e.Run(context.Background(), query.Request{Text: "SigninLogs | summarize max(TimeGenerated)"}, func(*query.Result) error { return nil }, func(r query.Row) error {
		ticks, _ := r[0].(int64)
		end = builtin.Time(ticks).Add(time.Minute)
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return end
}

// BenchmarkRules runs every rule of the binary once over the last hour of a
// store of WHOLELOG_ROWS interactive sign-ins (20,000 where it is not set; the
// figure wanted is for 10 million) and prints how long all took and which took
// longest. With WHOLELOG_KEPT_RULES=FOLDER the store is kept there. With
// WHOLELOG_STORE=FOLDER the store of a data folder is read as it is.
func BenchmarkRules(b *testing.B) {
	rows := 20_000
	if s := os.Getenv("WHOLELOG_ROWS"); s != "" {
		var err error
		if rows, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	dir := os.Getenv("WHOLELOG_KEPT_RULES")
	if dir == "" {
		dir = b.TempDir()
	}
	var e *query.Engine
	var end time.Time
	if kept := os.Getenv("WHOLELOG_STORE"); kept != "" {
		e = look(b, filepath.Join(kept, "store"), b.TempDir())
		end = newest(b, e)
	} else {
		e, end = grown(b, dir, rows)
	}
	r := &detect.Runner{Query: e, Engines: rules.Engines()}
	set := rule.Load([]rule.Folder{rules.Folder()})
	only := os.Getenv("WHOLELOG_BENCH_RULES")
	type took struct {
		id  string
		per time.Duration
	}
	var list []took
	for b.Loop() {
		list = list[:0]
		for _, ru := range set.Rules {
			if !ru.IsEnabled() || only != "" && !strings.Contains(","+only+",", ","+ru.ID+",") {
				continue
			}
			hour := *ru
			if hour.Window.Std() < time.Hour {
				hour.Lookback = max(hour.Lookback, hour.Reach()+rule.Duration(time.Hour)-hour.Window)
				if ru.Lookback == 0 {
					hour.Lookback = 0
				}
				hour.Window = rule.Duration(time.Hour)
			}
			start := time.Now()
			if _, err := r.Run(context.Background(), &hour, end); err != nil {
				b.Error(err)
			}
			list = append(list, took{ru.ID, time.Since(start)})
		}
	}
	var sum time.Duration
	for _, t := range list {
		sum += t.per
	}
	slices.SortFunc(list, func(a, b took) int { return cmp.Compare(b.per, a.per) })
	var slow []string
	for _, t := range list[:min(10, len(list))] {
		slow = append(slow, fmt.Sprintf("%s %d ms", t.id, t.per.Milliseconds()))
	}
	b.ReportMetric(sum.Seconds(), "s/all-rules")
	b.ReportMetric(sum.Seconds()*150/float64(max(1, len(list))), "s/150-rules")
	b.Logf("%d rules over the last hour of %d sign-ins: %.2f s; slowest: %s", len(list), rows, sum.Seconds(), strings.Join(slow, ", "))
}

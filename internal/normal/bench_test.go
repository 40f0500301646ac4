package normal_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/enrich"
	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
	"github.com/wholelog/wholelog/internal/normal"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/internal/sim"
	"github.com/wholelog/wholelog/internal/source/file"
)

// signIns are sign-ins of a simulated tenant, of six to seven kilobytes each.
func signIns(b *testing.B) []event.Record {
	b.Helper()
	dir := b.TempDir()
	if _, err := sim.Run(context.Background(), sim.Options{Users: 150, Days: 3, Seed: 4, Out: dir}); err != nil {
		b.Fatal(err)
	}
	paths, err := file.Paths([]string{dir})
	if err != nil {
		b.Fatal(err)
	}
	var out []event.Record
	for _, p := range paths {
		_, err := file.Read(context.Background(), p, nil, time.Now, func(r event.Record) error {
			if r.Table == "SigninLogs" || r.Table == "AADNonInteractiveUserSignInLogs" {
				out = append(out, r)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return out
}

var sink any

// BenchmarkEvents measures the way from bytes to an enriched row on one core,
// with encoding/json reading the same bytes as the yardstick.
func BenchmarkEvents(b *testing.B) {
	recs := signIns(b)
	per := map[string]float64{}
	run := func(name string, do func(r event.Record)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				r := recs[n%len(recs)]
				b.SetBytes(int64(len(r.Raw)))
				do(r)
				n++
			}
			per[name] = float64(b.Elapsed()) / float64(n)
			b.ReportMetric(1e9/per[name], "events/s")
			if valid := per["yardstick-json-valid"]; valid > 0 {
				b.ReportMetric(valid/per[name], "of-json-valid")
			}
		})
	}
	run("yardstick-json-valid", func(r event.Record) { sink = json.Valid(r.Raw) })
	run("yardstick-json-unmarshal", func(r event.Record) {
		var v map[string]any
		if err := json.Unmarshal(r.Raw, &v); err != nil {
			b.Fatal(err)
		}
		sink = v
	})
	run("identify", func(r event.Record) { identify.Record(&r); sink = r.ID })
	row := func(r event.Record) *schema.Row {
		row, err := normal.Row(&r, 1)
		if err != nil {
			b.Fatal(err)
		}
		return row
	}
	run("normal", func(r event.Record) { sink = row(r) })
	run("all", func(r event.Record) {
		identify.Record(&r)
		x := row(r)
		enrich.Row(x)
		sink = x
	})
}

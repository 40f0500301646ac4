package graph

import (
	"fmt"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/event/rawjson"
	"github.com/wholelog/wholelog/internal/sim"
)

// BenchmarkPage cuts and identifies a page of 1,000 sign-ins.
func BenchmarkPage(b *testing.B) {
	live := sim.NewLive(sim.LiveOptions{Users: 200, Seed: 1, Start: start})
	body := []byte(`{"value":[`)
	n := 0
	for _, e := range live.Events(start, start.Add(48*time.Hour)) {
		if e.SignIn == "nonInteractiveUser" && n < 1000 {
			if n++; n > 1 {
				body = append(body, ',')
			}
			body = append(body, e.Beta()...)
		}
	}
	body = append(body, "]}"...)
	app, err := New(Options{Tenant: live.Tenant(), Credential: fakeCredential{}})
	if err != nil {
		b.Fatal(err)
	}
	s, err := app.Source("nonInteractiveUser")
	if err != nil {
		b.Fatal(err)
	}
	var doc rawjson.Doc
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		items, _, err := s.cut(&doc, body, start)
		if err != nil || len(items) != n {
			b.Fatal(fmt.Sprint(len(items), err))
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

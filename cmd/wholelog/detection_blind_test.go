package main

import (
	"context"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/detect"
	"github.com/wholelog/wholelog/internal/detect/rule"
	"github.com/wholelog/wholelog/internal/ops"
	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/store/duck"
)

func TestRulesGoBlindWithTheirColumns(t *testing.T) {
	ctx := context.Background()
	store, err := duck.Open(ctx, "", duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close(ctx)
	e, err := query.New(ctx, store, query.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := rule.Read([]byte(ownRule), "mine")
	if err != nil {
		t.Fatal(err)
	}
	got := blind(ctx, &detect.Runner{Query: e}, []*rule.Rule{r}, []ops.Finding{{Kind: "unfilled", Subject: "SigninLogs.IPAddress"}, {Kind: "unfilled", Subject: "SigninLogs.RiskState"},
		{Kind: "unfilled", Subject: "AuditLogs.IPAddress"}, {Kind: "silent", Subject: "SigninLogs.ResultType"}}, time.Now())
	if len(got) != 1 || len(got["MY-1"]) != 1 || got["MY-1"][0] != "SigninLogs.IPAddress" {
		t.Errorf("%v", got)
	}
}

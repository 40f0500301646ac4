# Two commands matter: `make demo` and `make test`. Both set up what they need.
SHELL := /bin/bash
GO ?= go
export WHOLELOG_SHARED ?= $(abspath ../shared)

all: build

# The main job on a simulated tenant, and an auditor's first look.
demo: build
	@bash scripts/demo.sh

# The page, embedded by the binary; without Node a page stands in.
web:
	@bash scripts/web.sh

.PHONY: demo web build test lint bench bench-detect long fuzz setup clean

build: web
	$(GO) build -trimpath -o bin/ ./cmd/... 

setup:
	@bash scripts/setup.sh

test: setup web lint
	@bash scripts/web.sh test
	$(GO) test $(TESTFLAGS) -count=1 -timeout 18m ./...

lint:
	@test -z "$$(gofmt -l cmd internal kql web/*.go)" || { echo "not gofmt'ed:"; gofmt -l cmd internal kql web/*.go; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

bench:
	$(GO) test -run '^$$' -bench . -benchtime 3x ./...

# Longer runs of the tests of reliability: 200 kills, every bit of a ledger.
long:
	WHOLELOG_KILLS=200 $(GO) test -count=1 -timeout 60m ./internal/ingest -run TestKill
	WHOLELOG_LONG=1 $(GO) test -count=1 -timeout 60m ./internal/ledger/verify ./internal/ingest/storecheck
	WHOLELOG_SEEDS=1000 $(GO) test -count=1 -timeout 180m ./internal/faultrun -run TestFaults

# How well rules find simulated attacks, and how often they cry wolf; hours on two
# cores. BENCH_RULES=WL-CRED-001,WL-MFA-001 measures some rules.
BENCH_SEEDS ?= 20
BENCH_RULES ?=
bench-detect:
	WHOLELOG_BENCH_SEEDS=$(BENCH_SEEDS) WHOLELOG_BENCH_RULES=$(BENCH_RULES) $(GO) test -count=1 -timeout 24h -v ./internal/detect/bench -run TestRules

# Each fuzz target for a while; FUZZTIME=10m for a long run.
FUZZTIME ?= 30s
fuzz:
	@bash scripts/fuzz.sh $(FUZZTIME)

clean:
	rm -rf bin demo

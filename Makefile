# What a newcomer types. Each target installs what it needs and is missing; `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test check conformance bench bench-large fuzz chaos soak

# Where Core listens in `make run`.
LISTEN ?= 127.0.0.1:7382
# Options of `make bench`; bench/README.md explains them.
CELLS ?= quick
ROUNDS ?= 3
# How many events `make bench-large` writes; ten million need 5 GiB.
EVENTS ?= 10000000
# Seconds for each target of `make fuzz`.
FUZZ_SECONDS ?= 60
# Minutes of `make soak`.
MINUTES ?= 60

help: ## lists these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

run: ## builds Peta, starts it on ./.peta with two real servers, and prints a first call to paste
	@LISTEN=$(LISTEN) examples/quickstart/run.sh

test: ## all tests: units, documentation examples, end to end against real peers, conformance
	@scripts/test.sh

check: ## formatting, clippy, tidy (the architecture), deny (bans, licenses, sources)
	@scripts/check.sh

conformance: ## only the official MCP conformance suite, through the gateway
	@scripts/test.sh conformance

bench: ## direct, bare proxy and Peta side by side, as ratios; writes target/bench.md
	@CELLS=$(CELLS) ROUNDS=$(ROUNDS) bench/run.sh

bench-large: ## a record of EVENTS events (ten million): writing, searching, checking; writes target/bench-record.md
	@EVENTS=$(EVENTS) bench/record.sh

fuzz: ## every fuzz target for FUZZ_SECONDS seconds (default 60)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz.sh

chaos: ## a thousand kills at random points of a load; SEED=N draws the same ones again
	@scripts/chaos.sh

soak: ## fifty agents, twenty servers, kills and cuts for MINUTES (60): memory, descriptors, tasks, processes stay flat
	@MINUTES=$(MINUTES) scripts/soak.sh

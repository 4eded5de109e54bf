# Two commands on a bare Debian machine with Go and Node: `make demo`, `make test`. Everything that they build or run lives in var/.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL: # setup comes first
.PHONY: help setup setup-build setup-run demo test journeys screens lint gen gen-check bench soak clean build posagent

setup_script := cmd/internal/setup/setup.sh
go_trees := api billing cmd migrations tenants
# Folders too, so that a removed file counts as a change.
web_sources := $(shell find web/src web/public web/scripts -not -name '*.test.*' 2>/dev/null) $(wildcard web/*.json web/*.ts web/*.html)
# The name and content of every file that git keeps or would keep.
fingerprint = git ls-files -coz --exclude-standard | xargs -0 sha256sum 2>/dev/null | sort

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what is missing, as root: PostgreSQL, Redis, Chromium, poppler-utils, gcc
	@$(setup_script) run test

demo: setup-run build ## clear a demo vehicle through the public API, step by step, and stay up (ONCE=1: then stop)
	@var/bin/mofasa demo $(if $(ONCE),--once)

test: setup build ## run every test of Go and the portal, journeys in a browser included; the last line counts them
	@var/bin/testreport

journeys: setup build ## run the journeys through the portal in a real browser alone, then the measurements (ARGS=... for playwright)
	@npm --prefix web run --silent journeys -- $(ARGS)

screens: setup build ## take pictures of every page (fa and en, light and dark, desktop and phone) into var/screens
	@rm -rf var/screens
	@npm --prefix web run --silent screens

lint: setup-build web/dist/index.html ## check format, go vet, the portal's types, generated code and go.mod
	@unformatted=$$(gofmt -l $(go_trees) $(wildcard web/*.go)); test -z "$$unformatted" || { echo "gofmt -w" $$unformatted; exit 1; }
	go vet ./...
	npm --prefix web run --silent lint
	@$(MAKE) --no-print-directory gen-check
	go mod tidy -diff

gen: setup-build web/node_modules/.installed ## rebuild the server and the portal's client from openapi.yaml
	go generate ./api/gen
	npm --prefix web run --silent gen

gen-check:
	@mkdir -p var
	@$(fingerprint) >var/before-gen || true # a deleted file has no sum
	@$(MAKE) --no-print-directory gen
	@$(fingerprint) >var/after-gen || true
	@stale=$$(comm -3 var/before-gen var/after-gen | awk '{print $$2}' | sort -u); test -z "$$stale" || { echo "stale, now made anew:" $$stale; exit 1; }

bench: setup-run build ## measure the hot paths beside their limits (ARGS=... for mofasa bench)
	@var/bin/mofasa bench $(ARGS)

soak: setup ## simulate and crash payments for about an hour (SEEDS=, FROM=, ROUNDS=, ORDERS=); make test runs the same tests for less long
	go test ./billing/payments/simulation -timeout 24h -v -run 'TestSimulation$$|TestCashiers' -seeds $(or $(SEEDS),20000) -from $(or $(FROM),2000) -orders $(or $(ORDERS),1000)
	go test ./cmd/mofasa -timeout 24h -v -run TestCrashRounds -rounds $(or $(ROUNDS),20)

posagent: ## build the card terminal's agent for Linux and Windows, one file each, into var/bin
	@for system in linux windows; do \
	  name=var/bin/posagent-$$system-amd64; [ $$system != windows ] || name=$$name.exe; \
	  CGO_ENABLED=0 GOOS=$$system GOARCH=amd64 go build -buildvcs=false -trimpath -ldflags=-s -o $$name ./cmd/posagent; echo $$name; \
	done

clean: ## stop what runs from var/ and remove it
	@cmd/internal/setup/clean.sh

setup-build:
	@$(setup_script)

setup-run:
	@$(setup_script) run

build: web/dist/index.html
	@go build -buildvcs=false -o var/bin/ ./cmd/...

web/node_modules/.installed: web/package.json web/package-lock.json
	npm --prefix web ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.installed $(web_sources)
	npm --prefix web run --silent build
	@touch $@ # also where the build keeps an unchanged file as it is

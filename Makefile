# Everything is a target here; `make help` lists them.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help

FUNCTIONS := $(notdir $(patsubst %/,%,$(wildcard functions/*/)))
VENV      := .tools/venv
# In the environment of every recipe: the pinned cargo-lambda and SAM before any other.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
# Tests and scripts look for binaries here, whatever the caller's environment says.
export CARGO_TARGET_DIR := $(CURDIR)/target
# The system's compiler, for the machine at hand; `make build COMPILER=cargo-zigbuild` cross-compiles.
COMPILER ?= cargo
BUILD_FLAGS ?=

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: run
run: .tools/run .tools/sdk .tools/emulator ## Run everything on this machine: Auth emulator and all functions
	@node scripts/run.mjs

.PHONY: check
check: ## Format, lints, unit tests, docs: before every commit
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
	cargo test --workspace --exclude tests --all-features --locked
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --all-features --locked

.PHONY: test
test: ## The whole suite
	@$(MAKE) .tools/run .tools/test .tools/sdk .tools/emulator .tools/parity .tools/browser .tools/clerk
	@$(MAKE) check
	for function in $(FUNCTIONS); do cargo build --release --locked -p "$$function"; done
	cargo test -p tests --locked
	@$(MAKE) deploy-dry
	node --test tests/parity/*.test.mjs
	node --test --test-concurrency=1 tests/sdk/*.test.mjs tests/clerk/*.test.mjs tests/browser/*.test.mjs

# One function at a time: built together, each would get the features of all, and link the AWS SDK.
.PHONY: build
build: .tools/run ## Build every function for Lambda, into target/lambda/
	for function in $(FUNCTIONS); do \
	  cargo lambda build --release --locked --compiler $(COMPILER) --package "$$function" $(BUILD_FLAGS); done
	@ls -l $(FUNCTIONS:%=target/lambda/%/bootstrap) | awk '{printf "%9d bytes  %s\n", $$5, $$9}'

.PHONY: deploy-dry
deploy-dry: build .tools/test ## Check that everything can be deployed, without an account
	sam validate --lint
	for function in $(FUNCTIONS); do cargo lambda deploy --dry "$$function"; done

.PHONY: deploy
deploy: .tools/run .tools/test ## Deploy with SAM: asks what it needs the first time
	sam build
	sam deploy $(if $(wildcard samconfig.toml),,--guided)

# Tools, pinned, inside the checkout. Each stamp is older than its list until it is installed.

PIP := $(VENV)/bin/pip install --quiet --disable-pip-version-check

$(VENV):
	@echo 'Making a Python environment in $(VENV) …'
	@python3 -m venv $(VENV)

.tools/run: scripts/requirements.txt | $(VENV)
	@echo 'Installing cargo-lambda (35 MB) …'
	@$(PIP) -r $<
	@touch $@

.tools/test: tests/requirements.txt | $(VENV)
	@echo 'Installing the AWS SAM CLI and a local Secrets Manager …'
	@$(PIP) -r $<
	@touch $@

NPM := npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

.tools/sdk: tests/sdk/package-lock.json
	@echo 'Installing the Firebase SDK …'
	@mkdir -p .tools && cd tests/sdk && $(NPM)
	@touch $@

# Chromium is used where it is installed; as root on Debian it is installed.
.tools/browser: tests/browser/package-lock.json
	@echo 'Installing the browser driver …'
	@mkdir -p .tools && cd tests/browser && $(NPM)
	@if ! command -v chromium >/dev/null && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo 'Installing Chromium …'; apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; fi
	@touch $@

.tools/clerk: tests/clerk/package-lock.json
	@echo "Installing Clerk's library …"
	@mkdir -p .tools && cd tests/clerk && $(NPM)
	@touch $@

.tools/parity: tests/parity/package-lock.json
	@echo 'Installing the reference server …'
	@mkdir -p .tools && cd tests/parity && $(NPM)
	@touch $@

.tools/emulator: tests/emulator/package-lock.json
	@echo 'Installing the Firebase Auth emulator (240 MB) …'
	@mkdir -p .tools && cd tests/emulator && $(NPM)
	@touch $@

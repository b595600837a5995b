# Every task of the project is a target; `make help` lists them.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help

VENV      := .tools/venv
# For every recipe: the pinned cargo-lambda and SAM come first in the PATH.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
# Set here, because tests and scripts look for binaries in this folder whatever the caller's environment has.
export CARGO_TARGET_DIR := $(CURDIR)/target
# The tool of this checkout, for the workspace of the current folder.
TOOL := cargo run --quiet --locked --package cargo-callable --manifest-path '$(CURDIR)/Cargo.toml' --
# The processor of `make build`: this machine's, so that tests can run the programs.
ARCHITECTURE ?= host
BUILD_FLAGS ?=
DEPLOY_FLAGS ?=
FLAGS ?=
NAME ?=
SAM_FLAGS ?=
BENCH_FLAGS ?=
DATA_FLAGS ?=
FUZZ_FLAGS ?=
# The workspace that `make run` runs.
export DIR ?=

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: run
run: .tools/run .tools/demo .tools/emulator ## Run everything on this machine: demo page, Auth emulator, all functions (DIR=… for another workspace)
	@cd '$(or $(DIR),.)' && exec $(TOOL) run

.PHONY: doctor
doctor: ## List the tools, and the line that installs each missing one
	@$(TOOL) doctor --tests

.PHONY: check
check: ## Format, lints, unit tests, docs: before every commit
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
	cargo test --workspace --exclude tests --all-features --locked
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --all-features --locked

.PHONY: test
test: ## The whole suite
	@$(MAKE) .tools/run .tools/test .tools/demo .tools/sdk .tools/emulator .tools/firestore .tools/parity .tools/conformance .tools/browser .tools/clerk .tools/engine .tools/counters .tools/emulated-arm64 .tools/proxy .tools/types .tools/web-function
	@$(MAKE) check
	@$(MAKE) deploy-dry alone cross data
	cargo test -p tests --locked
	node --test tests/parity/*.test.mjs tests/conformance/*.test.mjs
	node --test tests/docs/*.test.mjs tests/arm64/*.test.mjs
	node --test --test-concurrency=1 tests/tool/*.test.mjs tests/readme/*.test.mjs
	@$(MAKE) test-notes test-types test-web-function
	cargo build -p firebase-callable-google --features emulator,firestore --example firestore --locked
	node --test tests/firestore/*.test.mjs
	node --test --test-concurrency=1 tests/sdk/*.test.mjs tests/clerk/*.test.mjs tests/template/*.test.mjs tests/sam-local/*.test.mjs tests/browser/*.test.mjs

.PHONY: test-notes
test-notes: .tools/run .tools/test .tools/sdk .tools/emulator ## The tests of the example app
	cd examples/notes && cargo fmt --all --check
	cd examples/notes && cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
	cd examples/notes && cargo test --workspace --locked
	cargo build --quiet --locked --package cargo-callable
	node --test tests/notes/*.test.mjs

.PHONY: test-types
test-types: .tools/types .tools/emulator .tools/sdk ## The tests of the generated clients
	cd tests/types && cargo fmt --all --check
	cd tests/types && cargo clippy --workspace --all-targets --locked -- -D warnings
	cd tests/types && cargo test --workspace --locked
	cargo build --quiet --locked --package cargo-callable
	node --test tests/types/*.test.mjs

.PHONY: test-web-function
test-web-function: .tools/web-function .tools/sdk .tools/emulator ## The tests of Lambda Web Functions, on Node 24 (needs make build)
	node --test tests/web-function/*.test.mjs

.PHONY: compatibility
compatibility: .tools/parity .tools/conformance .tools/conformance-sdks ## Check docs/compatibility.md: servers and versions of the SDK (FLAGS=--write: write it)
	cargo build --quiet --locked -p tests --example conforming
	node tests/conformance/compatibility.mjs $(FLAGS)

# Stable Rust and a C++ compiler are enough; a seed and the failing input are printed. FUZZ_FLAGS names targets.
.PHONY: fuzz
fuzz: ## Fuzz every parser of untrusted input, ten minutes each (FUZZ_SECONDS=…, FUZZ_SEED=…, FUZZ_FLAGS='jwt event')
	@FUZZ_KEEP=1 bash tests/fuzz/run.sh $(FUZZ_FLAGS)

.PHONY: fuzz-short
fuzz-short: ## The same for CI: 30 seconds each, from the committed inputs only
	@cd tests/fuzz && cargo fmt --check
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-30} bash tests/fuzz/run.sh $(FUZZ_FLAGS)

.PHONY: costs
costs: ## Print what a million calls cost on each front, for docs/deploy.md
	@node tests/bench/costs.mjs

# Other programs that run at the same time distort the figures: run this target alone.
.PHONY: bench
bench: .tools/run ## Compare speed and size with the alternatives (20 minutes the first time)
	@$(MAKE) build data .tools/bench/node/callable/index.mjs .tools/bench/certificates/leaf.der .tools/counters
	cd tests/bench/peers && CARGO_TARGET_DIR='$(CURDIR)/.tools/bench/target' cargo build --release --locked
	cd tests/bench/ours && CARGO_TARGET_DIR='$(CURDIR)/.tools/bench/ours' \
	  BENCH_CERTIFICATES='$(CURDIR)/.tools/bench/certificates' cargo build --release --locked
	@$(MAKE) data DATA_FLAGS='--features firestore --bin firestore'
	cargo run --release --locked --package bench --example bench -- $(BENCH_FLAGS)

.PHONY: bench-web-function
bench-web-function: build .tools/web-function ## Compare with firebase-functions as Lambda Web Functions (5 minutes the first time)
	cd tests/bench/web-function && CARGO_TARGET_DIR='$(CURDIR)/.tools/bench/web-function' cargo build --release --locked
	node tests/bench/web-function/bench.mjs $(BENCH_FLAGS)

# How long `make soak` takes, in seconds. `make test` lets the same test run for three minutes.
SOAK_SECONDS ?= 3600
.PHONY: soak
soak: build ## Both hosts for an hour under calls, with keys that rotate (SOAK_SECONDS=…)
	SOAK_SECONDS=$(SOAK_SECONDS) cargo test -p tests --test it --locked -- --nocapture soak::

.PHONY: scale
scale: .tools/run ## Measure the build of thirty functions of a made project (10 minutes)
	@cargo build --quiet --locked --package cargo-callable
	@bash tests/bench/scale.sh

# Callables with data, which are no functions of this project. The one with the crate `firestore` is built for
# `make bench` only.
.PHONY: data
data: ## Build the measured callables with data
	cd tests/bench/data && CARGO_TARGET_DIR='$(CURDIR)/.tools/data' cargo build --release --locked $(DATA_FLAGS)

.PHONY: bench-accept
bench-accept: build data .tools/counters ## Record the figures that the guards in make test compare with
	BENCH_ACCEPT=1 cargo test -p tests --test it --locked -- guards

.tools/bench/certificates/leaf.der:
	cargo run --release --locked --package bench --example bench -- --certificates .tools/bench/certificates

.tools/bench/node/callable/index.mjs: tests/bench/peers/node/package-lock.json $(wildcard tests/bench/peers/node/*.mjs)
	@echo 'Installing the Node peers …'
	@mkdir -p .tools && cd tests/bench/peers/node && $(NPM) && node build.mjs '$(CURDIR)/.tools/bench/node'

.PHONY: new
new: ## Add a function: make new NAME=send-invoice FLAGS=--stream, or FLAGS='--with dynamodb'
	@$(TOOL) add $(NAME) $(FLAGS)

.PHONY: remove
remove: ## Remove a function: make remove NAME=send-invoice
	@$(TOOL) remove $(NAME) $(FLAGS)

.PHONY: build
build: .tools/run ## Build every function for Lambda, into target/lambda/
	@$(TOOL) build --architecture $(ARCHITECTURE) -- --locked $(BUILD_FLAGS)

.PHONY: template
template: ## Write template.yaml anew, after a change of a function or of the tool's base
	@mkdir -p target && $(TOOL) template --without-own > target/template.yaml && mv target/template.yaml template.yaml

# exchange-clerk-token does not start without these two; in a local run, the double of Clerk gives them.
.PHONY: types
types: ## Write callables.json and the types of the demo page (FLAGS=--check: only look)
	@CLERK_ISSUER=https://clerk.example.com CLERK_AUTHORIZED_PARTIES=https://app.example.com $(TOOL) types $(FLAGS)

.PHONY: deploy-dry
deploy-dry: build .tools/test ## Check templates and packages without an account
	for template in template.yaml docs/templates/*.yaml; do sam validate --lint --template "$$template"; done
	cd examples/notes && $(TOOL) template > '$(CURDIR)/target/notes.yaml' && sam validate --lint --template '$(CURDIR)/target/notes.yaml'

# One function, built alone: a test compares it with the function that `make build` makes.
.PHONY: alone
alone: .tools/run
	cargo lambda build --release --locked --compiler cargo --package return-authenticated-message --lambda-dir .tools/alone $(BUILD_FLAGS)

# Builds one function for the default processor, as a user's `cargo callable build` does, for tests/arm64; without the
# Rust target it prints SKIPPED. rust-toolchain.toml names the target; if rustup does not install it automatically, this
# recipe does.
.PHONY: cross
cross: .tools/run
	@cargo build --quiet --locked --package cargo-callable
	@if rustc --print target-libdir --target aarch64-unknown-linux-gnu | xargs test -d || rustup target add aarch64-unknown-linux-gnu; then \
	  CARGO_TARGET_DIR='$(CURDIR)/.tools/cross' target/debug/cargo-callable build return-authenticated-message -- --locked; \
	else rm -rf .tools/cross; echo 'SKIPPED: nothing was built for arm64: rustup target add aarch64-unknown-linux-gnu'; fi

.PHONY: deny
deny: .tools/cargo/bin/cargo-deny ## Licences, bans and sources of deny.toml, and known vulnerabilities (needs the network)
	@PATH='$(CURDIR)/.tools/cargo/bin:'"$$PATH" cargo deny --locked check $(FLAGS)

# Hours for all; MUTANTS_FLAGS='--in-diff change.diff' takes only the lines of a change, '--shard 1/50' a sample.
MUTANTS_FLAGS ?=
.PHONY: mutants
mutants: .tools/cargo/bin/cargo-mutants ## Change one expression at a time, and list the changes that no unit test notices (MUTANTS_FLAGS=…)
	PATH='$(CURDIR)/.tools/cargo/bin:'"$$PATH" cargo mutants --output target/mutants --no-shuffle --baseline skip --timeout 300 $(MUTANTS_FLAGS)

.PHONY: semver
semver: ## Compare the API with the newest release, the newest tag v*
	@tag=$$(git tag --list 'v*' --sort=-version:refname | head -n 1); \
	if [ -z "$$tag" ]; then echo 'Nothing was compared: there is no tag v* yet (in a shallow clone: git fetch --tags).'; exit 0; fi; \
	$(MAKE) .tools/cargo/bin/cargo-semver-checks && \
	.tools/cargo/bin/cargo-semver-checks semver-checks --baseline-rev "$$tag" --package firebase-callable \
	  --package firebase-callable-aws --package firebase-callable-clerk --package firebase-callable-google --package firebase-callable-guards

# For the processor that is deployed. The time in the bills of materials is the commit's, so that they can be made again.
.PHONY: release-files
release-files: .tools/run .tools/cargo/bin/cargo-cyclonedx ## Make the files of a release: SHA-256 sums and a bill of materials of each function
	@$(TOOL) build -- --locked
	@rm -rf target/release-files && mkdir -p target/release-files
	@cd target/lambda && sha256sum $(patsubst functions/%,%/bootstrap,$(wildcard functions/*)) > ../release-files/SHA256SUMS
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) .tools/cargo/bin/cargo-cyclonedx cyclonedx --quiet --format json --spec-version 1.5 --target aarch64-unknown-linux-gnu
	@mv functions/*/*.cdx.json target/release-files/ # it writes one for each package; those of the others go
	@git clean --quiet --force -- '*.cdx.json'
	@ls target/release-files

.tools/cargo/bin/cargo-semver-checks: ; cargo install --quiet --locked --root .tools/cargo --target-dir .tools/cargo/target cargo-semver-checks@0.51.0

.tools/cargo/bin/cargo-mutants: ; cargo install --quiet --locked --root .tools/cargo --target-dir .tools/cargo/target cargo-mutants@27.1.0

.tools/cargo/bin/cargo-deny: ; cargo install --quiet --locked --root .tools/cargo --target-dir .tools/cargo/target cargo-deny@0.20.2

.tools/cargo/bin/cargo-cyclonedx: ; cargo install --quiet --locked --root .tools/cargo --target-dir .tools/cargo/target cargo-cyclonedx@0.5.9

.PHONY: local-api
local-api: build .tools/test ## The API in containers, as SAM simulates it (needs Docker or another engine)
	sam local start-api $(SAM_FLAGS)

.PHONY: deploy
deploy: ## Deploy with SAM, which asks for parameters the first time
	@$(TOOL) deploy $(DEPLOY_FLAGS)

# Tools, pinned, inside the checkout. A tool is installed again when its stamp under .tools/ is older than its lock file.

PIP := $(VENV)/bin/pip install --quiet --disable-pip-version-check

$(VENV):
	@echo 'Making a Python environment in $(VENV) …'
	@python3 -m venv $(VENV)

.tools/run: crates/cargo-callable/tools/cargo-lambda.txt | $(VENV)
	@echo 'Installing cargo-lambda (35 MB) …'
	@$(PIP) -r $<
	@touch $@

.tools/aws: crates/cargo-callable/tools/local-aws.txt | $(VENV)
	@echo 'Installing a local AWS …'
	@$(PIP) -r $<
	@touch $@

.tools/test: crates/cargo-callable/tools/sam.txt | $(VENV)
	@echo 'Installing the AWS SAM CLI and a local Secrets Manager …'
	@$(PIP) -r $<
	@touch $@

NPM := npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

.tools/sdk: tests/sdk/package-lock.json
	@echo 'Installing the Firebase SDK …'
	@mkdir -p .tools && cd tests/sdk && $(NPM)
	@touch $@

.tools/demo: demo/package-lock.json
	@echo 'Installing the libraries of the demo page …'
	@mkdir -p .tools && cd demo && $(NPM)
	@touch $@

# On Debian, Chromium is installed if it is missing and the user is root; otherwise the installed one is used.
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

# valgrind and strace count instructions and system calls for the guards; libfaketime sets the clock of a program. Installed as
# root on Debian.
.tools/counters:
	@mkdir -p .tools
	@if ! { command -v valgrind && command -v strace && test -e /usr/lib/*/faketime/libfaketimeMT.so.1; } >/dev/null && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo 'Installing valgrind, strace and libfaketime …'; apt-get update -qq && apt-get install -y -qq --no-install-recommends valgrind strace libfaketime >/dev/null; fi
	@touch $@

# qemu runs an arm64 program on another processor, for tests/arm64; installed as root on Debian.
.tools/emulated-arm64:
	@mkdir -p .tools
	@if ! { command -v qemu-aarch64 && test -e /usr/aarch64-linux-gnu/lib/libc.so.6; } >/dev/null && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo 'Installing an emulator for arm64 …'; apt-get update -qq && apt-get install -y -qq --no-install-recommends qemu-user libc6-arm64-cross >/dev/null; fi
	@touch $@

# nginx, a reverse proxy through which streams are tested; installed as root on Debian.
.tools/proxy:
	@mkdir -p .tools
	@if ! { command -v nginx || test -x /usr/sbin/nginx; } >/dev/null && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo 'Installing nginx …'; apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx-light >/dev/null; fi
	@touch $@

# A container engine for `sam local`: the installed one, or Docker, installed as root on Debian.
.tools/engine:
	@mkdir -p .tools
	@if ! { docker info && test -x /bin/busybox; } >/dev/null 2>&1 && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo 'Installing a container engine …'; apt-get update -qq && apt-get install -y -qq --no-install-recommends docker.io busybox-static >/dev/null; fi
	@touch $@

# The Firebase SDK, TypeScript and Kotlin's compiler; Java, which the last needs, is installed as root on Debian.
.tools/types: tests/types/package-lock.json tests/types/kotlin/requirements.txt | $(VENV)
	@echo 'Installing compilers for the generated clients …'
	@mkdir -p .tools && cd tests/types && $(NPM)
	@$(PIP) --no-deps --upgrade --target .tools/kotlin -r tests/types/kotlin/requirements.txt
	@if ! command -v java >/dev/null && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo 'Installing Java …'; apt-get update -qq && apt-get install -y -qq --no-install-recommends default-jre-headless >/dev/null; fi
	@touch $@

.tools/parity: tests/parity/package-lock.json
	@echo 'Installing the reference server …'
	@mkdir -p .tools && cd tests/parity && $(NPM)
	@touch $@

.tools/conformance: tests/conformance/servers/python/requirements.txt | $(VENV)
	@echo 'Installing the reference server in Python …'
	@$(PIP) --no-deps --upgrade --target .tools/python-callables -r $<
	@touch $@

.tools/conformance-sdks: tests/conformance/sdks/package-lock.json
	@echo 'Installing five versions of the Firebase SDK (860 MB) …'
	@mkdir -p .tools && cd tests/conformance/sdks && $(NPM)
	@touch $@

# Node 24 is a package of the registry, too.
.tools/web-function: tests/web-function/package-lock.json
	@echo 'Installing Node 24 and the reference server …'
	@mkdir -p .tools && cd tests/web-function && $(NPM)
	@touch $@

.tools/firestore: tests/firestore/package-lock.json
	@echo 'Installing a Firestore emulator …'
	@mkdir -p .tools && cd tests/firestore && $(NPM)
	@touch $@

.tools/emulator: crates/cargo-callable/tools/auth-emulator/package-lock.json
	@echo 'Installing the Firebase Auth emulator (240 MB) …'
	@mkdir -p .tools && cd crates/cargo-callable/tools/auth-emulator && $(NPM)
	@touch $@

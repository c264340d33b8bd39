# Entry points. The extension's own build is in extension/, the front end's in frontend/.
# all, install, installcheck and uninstall serve who has a PostgreSQL already: make PG_CONFIG=/path/to/pg_config install
.DEFAULT_GOAL := all
EXTENSION_TARGETS := all install uninstall installcheck
CHECK_PARTS := check-regress check-pgtap check-unit check-pytest check-bench

DEMO_TAILORS ?= 100000
PORT ?= 8080
export DEMO_TAILORS PORT

.PHONY: $(EXTENSION_TARGETS) $(CHECK_PARTS) help demo demo-clean cluster cluster-clean bench bench-quick bench-smoke check check-long check-sanitize packages dist lint format setup stage frontend clean

help: ## this list
	@echo 'make TARGET [PG_CONFIG=…] [PORT=8080] [DEMO_TAILORS=100000]'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '  %-15s %s\n' '$(firstword $(CHECK_PARTS)) …' 'one part of check: $(CHECK_PARTS)'

demo: ## everything on synthetic tailors: sets up, builds, loads, shows a search, serves on 127.0.0.1:$PORT until Ctrl-C
	@scripts/demo

demo-clean: ## stop the demo and delete its database
	@scripts/demo clean

cluster: ## three PostgreSQL servers under Patroni, PgBouncers, Redis, three front ends and nginx on this machine: docs/cluster.md
	@scripts/demo-cluster

cluster-clean: ## stop the cluster and delete its databases
	@scripts/demo-cluster clean

check: ## all tests, in a private PostgreSQL; installs the packages that they need
	@scripts/check

check-long: ## the same with far more of what is random: 1,000,000 requests to both engines, half an hour
	@TAILOR_LONG=1 scripts/check

check-sanitize: ## tests under gcc's sanitizers and Valgrind: scripts/check-sanitize --help
	@scripts/check-sanitize

$(CHECK_PARTS): check-%:
	@scripts/check $*

bench: ## measure us against what else there is, in half an hour, and write docs/benchmarks.md
	@bench/run full

bench-quick: ## the same with less of everything, in five minutes
	@bench/run quick

bench-smoke: ## the benchmark's own test, a minute: its timings decide nothing
	@bench/run smoke

lint: ## formatting, static analysis, the boundary between C++ and PostgreSQL
	@scripts/lint

format: ## put the C++ in the project's format
	@scripts/lint format

packages: ## Debian packages for bookworm and trixie (RELEASES=…), as root, in build/packages/: docs/install.md
	@scripts/packages $(RELEASES)

dist: ## the archive for PGXN, of what is committed, in build/dist/
	@scripts/dist

setup: ## install the Debian packages that are missing (as root, or through sudo)
	@scripts/setup

stage: ## build the extension and install it below build/stage
	@scripts/build extension

frontend: ## build the front end, build/frontend/tailor-frontend
	@scripts/build frontend

all: ## build the extension
install: ## install the extension into the PostgreSQL of PG_CONFIG
uninstall: ## remove it from there
installcheck: ## run its regression tests against a running server
$(EXTENSION_TARGETS):
	$(MAKE) -C extension $@

clean: ## remove all that was built
	-@for cluster in build/check/cluster* build/bench/cluster build/sanitize/tree/build/check/cluster build/sanitize/frontend/check/cluster; do ! test -d $$cluster || scripts/cluster.sh remove $$cluster; done
	$(MAKE) -C extension clean
	rm -rf build

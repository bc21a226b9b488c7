# Every command that people and CI run. A machine needs Python 3.11+ and make, nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ROUNDS ?= 1000
N ?= 300
PERCENT ?= 100
PAIRS ?= 2000
SHOTS ?= .test-home/screenshots
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check style types fix lock reference parts races kills faults timing bench screenshots clean

help: ## Say what can be made (this text)
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(VENV)/.runtime ## Install, then start the server, a demo shop and a mailbox
	@$(BIN)/ciam demo

test: parts style ## Set up what tests need, then run the checks and all tests
	@echo "== Tests, on every core, and types beside them; the order is random, its seed is printed"
	@$(MAKE) --no-print-directory types & types=$$!; \
	$(BIN)/pytest -n auto --dist worksteal $(PYTEST_ARGS); tests=$$?; \
	wait $$types || { echo "The types are not right: make types says where"; exit 1; }; \
	exit $$tests

check: style types ## Lint, formatting, layers, types

style: $(VENV)/.test
	@echo "== ruff check"
	@$(BIN)/ruff check
	@echo "== ruff format"
	@$(BIN)/ruff format --check
	@echo "== layers"
	@$(BIN)/lint-imports --no-logo

types: $(VENV)/.test
	@echo "== mypy"
	@$(BIN)/mypy

fix: $(VENV)/.test ## Mend what can be mended by itself
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

lock: $(VENV)/.test ## Pin every dependency anew, with hashes
	@PATH="$(CURDIR)/$(BIN):$$PATH" .ci/scripts/lock

reference: $(VENV)/.test ## Write the pages and contracts of docs/ that come from the code
	@$(BIN)/python -m ciam.administration.reference docs
	@$(BIN)/python -m ciam.web.api > docs/openapi.json
	@$(BIN)/python -m ciam.web.admin.api > docs/admin-openapi.json

parts: $(VENV)/.test
	@tests/parts/install

races: parts ## Races, twins first; ROUNDS=1000
	@$(BIN)/python -m tests.races --rounds $(ROUNDS)

kills: parts ## Kill servers under load; N=300
	@$(BIN)/python -m tests.faults --kills $(N)

faults: parts ## Databases, disks, nodes, keys and Redis go away; PERCENT=100
	@$(BIN)/python -m tests.faults.shown --percent $(PERCENT)

timing: parts ## Whether times tell who has an account; PAIRS=2000
	@$(BIN)/python -m tests.timing --pairs $(PAIRS)

bench: parts ## Measure beside oidc-provider in the same run
	@$(BIN)/python -m bench

screenshots: parts ## Every page, two widths, two languages, light and dark
	@$(BIN)/python -m tests.browser.gallery.photograph $(SHOTS)

clean: ## Remove what these commands made, the demo's data not
	rm -rf $(VENV) dist tests/parts/node/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .test-home

$(VENV)/.runtime: requirements.lock pyproject.toml
	@PYTHON="$(PYTHON)" .ci/scripts/environment requirements.lock
	@touch $@

$(VENV)/.test: requirements-dev.lock pyproject.toml
	@PYTHON="$(PYTHON)" .ci/scripts/environment requirements-dev.lock
	@touch $(VENV)/.runtime $@

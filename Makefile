# `make demo` and `make test` work from a fresh clone: each prepares what it needs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup demo test check format lint types imports bench faults simulate fuzz sbom soak reference lock clean

help: ## What can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## A .venv in this clone with everything, versions and hashes locked

$(STAMP): pyproject.toml requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make setup PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv module is missing. On Debian: apt install python3-venv" >&2; exit 1; }
	@echo "Installing into $(VENV) (about a minute the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## The demo; `make demo ARGS="--check"` plays every scenario headless
	@$(BIN)/gateway demo $(ARGS)

test: setup ## All tests
	@$(BIN)/python -m pytest -n auto $(ARGS)

format: setup ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only --quiet .

lint: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: setup
	@$(BIN)/mypy

imports: setup
	@$(BIN)/lint-imports

check: lint types imports test ## Format, lint, types, import contracts, tests

bench: setup ## Benchmarks: a table and .bench/results.json
	@$(BIN)/python -m pytest -m benchmark tests/benchmarks $(ARGS)

faults: setup ## Rehearse thousands of deaths and lost answers; takes most of an hour
	@$(BIN)/python -m pytest -n auto -m slow tests/faults tests/acceptance tests/services $(ARGS)

reference: setup ## Renew what is written from the code: examples, schemas, reference pages
	@$(BIN)/gateway config example > config/gateway.example.toml
	@$(BIN)/gateway config schema > config/schema/gateway.schema.json
	@$(BIN)/gateway config schema routes > config/schema/routes.schema.json
	@$(BIN)/python -m gateway.settings.page > docs/reference/settings.md
	@$(BIN)/python -m gateway.cli.page > docs/reference/commands.md
	@$(BIN)/python -m gateway.web.metrics > docs/reference/metrics.md
	@$(BIN)/python -m gateway.bootstrap.errors_page > docs/reference/errors.md

soak: setup ## Traffic with a fault a minute; ARGS="--minutes 45"
	@$(BIN)/python -m pytest -m soak tests/benchmarks $(ARGS)

simulate: setup ## Play 100 000 seeds in moved time; `make simulate ARGS="--replay 4711"` shows one
	@$(BIN)/python -m tests.simulation $(ARGS)

fuzz: setup ## Try odd input fifty times longer than the tests do
	@FUZZ=50 $(BIN)/python -m pytest tests/unit tests/adapters tests/web $(ARGS)

sbom: setup ## What the program is made of, as CycloneDX
	@$(BIN)/python -m tests.architecture.supply_chain

lock: ## Renew the locked versions and hashes (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --all-extras --group dev pyproject.toml -o requirements/dev.txt
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --all-extras pyproject.toml -o requirements/runtime.txt

clean: ## Remove what was made
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist

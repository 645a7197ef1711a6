# lab-tui: `make run` opens the kiosk on a demo lab, `make test` runs the tests.
# Both make their own .venv first; nothing but Python 3.11 with venv, and make, is needed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests run on as many processes as there are cores.
WORKERS ?= auto

# Programs are compiled once, not at each of the many times that tests start them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check format lint types contracts catalogues tests bench long example clean

help:  ## say what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

run: $(VENV)/.runs  ## open the kiosk on a demo lab: a copy of lab.db.example, moved to today
	@$(BIN)/lab-tui --lab . demo

test: $(VENV)/.tests tests  ## run the tests (on PostgreSQL too where LAB_TUI_TEST_POSTGRES names a server)

check: $(VENV)/.tests format lint types contracts catalogues tests  ## everything that a change must pass

format:
	$(BIN)/ruff format --check .

lint:
	$(BIN)/ruff check .

types:
	$(BIN)/mypy

contracts:
	$(BIN)/lint-imports --no-logo

catalogues:
	$(BIN)/python .ci/catalogues.py check

tests:
	$(BIN)/pytest -n $(WORKERS)

bench: $(VENV)/.tests  ## measure the promises, as ratios (PostgreSQL too where a server is named)
	$(BIN)/python -m tests.benchmarks

long: $(VENV)/.tests  ## the long proofs: races, walks of the models, scans among typing, bad codes, rates of reading
	LAB_TUI_LONG=1 $(BIN)/pytest -m long -n 0

example: $(VENV)/.tests  ## build lab.db.example anew
	$(BIN)/python -m lab_tui.demo.build

clean:  ## take away what was made here, the data in lab.db too
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -f lab.db lab.db-wal lab.db-shm

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runs: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.tests: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.runs

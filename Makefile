# Every target sets up what it needs by itself: python3 (3.11 or newer), make, git and a network are enough.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
TOOLS := .tools
READY := $(VENV)/.ready
# A uv that is here already is used; else one is put into a folder of its own.
UV := $(shell command -v uv 2>/dev/null || echo $(TOOLS)/bin/uv)
RUN := $(UV) run --no-sync

.PHONY: help
help: ## Say what there is to do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  make \1|/' | column -t -s '|'

.PHONY: demo
demo: $(READY) ## The whole story on this machine: a good release, a bad one, one that never gets ready (ARGS=--no-browser)
	@$(RUN) strandline demo $(ARGS)

.PHONY: test
test: check browser ## All checks and all tests
	@$(RUN) pytest --numprocesses 3 --dist loadgroup $(ARGS)

.PHONY: nightly
nightly: $(READY) ## What is too long for every change: error rates over many more runs, and examples that nobody chose
	@STRANDLINE_RUNS=6000 $(RUN) pytest --numprocesses 2 tests/analysis tests/kpi tests/intake tests/ledger --hypothesis-profile=search $(ARGS)

.PHONY: coverage
coverage: browser ## All tests, and which lines and branches they leave out (a third slower)
	@$(RUN) coverage erase
	@$(RUN) coverage run -m pytest --numprocesses 3 --dist loadgroup $(ARGS)
	@$(RUN) coverage combine --quiet
	@$(RUN) coverage report --skip-covered --sort=cover | tail -n 25

.PHONY: check
check: $(READY) ## Style, types, and the rule between the rooms
	@$(RUN) ruff format --check --quiet . || { echo 'Run: make format'; exit 1; }
	@$(RUN) ruff check --quiet .
	@$(RUN) mypy --no-error-summary
	@$(RUN) lint-imports --no-cache > .lint-imports.log 2>&1 || { cat .lint-imports.log; exit 1; }

.PHONY: format
format: $(READY) ## Put the files into the form that check asks for
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

.PHONY: bench
bench: $(READY) ## Measure; writes tables to benchmarks/results/ (takes minutes)
	@for benchmark in ledger engine rollouts verdicts figures intake assessment assessment_load; do PYTHONPATH=. $(RUN) python benchmarks/$$benchmark.py $(ARGS); done

.PHONY: reference
reference: $(READY) ## Write the generated pages of docs/reference/ anew
	@$(RUN) python -m strandline.rollout.events_reference > docs/reference/events.md
	@$(RUN) python -m strandline.cli.reference > docs/reference/commands.md
	@$(RUN) python -m strandline.rollout.catalogue_reference > docs/reference/strandline-yaml.md
	@$(RUN) python -m strandline.performance.figures_reference > docs/reference/figures.md
	@$(RUN) python -m strandline.assessment.model_reference > docs/reference/maturity-model.md

.PHONY: browser
browser: $(READY) ## A browser for the browser tests, where there is none
	@$(RUN) python tests/house/browser.py

.PHONY: clean
clean: ## Remove what these targets made
	rm -rf $(VENV) $(TOOLS) .mypy_cache .ruff_cache .pytest_cache .coverage* .lint-imports.log

$(READY): pyproject.toml uv.lock | $(UV)
	@$(UV) sync --locked --quiet --python '>=3.11'
	@touch $@

$(TOOLS)/bin/uv:
	@python3 -c 'import sys; sys.exit("Strandline needs Python 3.11 or newer; this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@python3 -m venv $(TOOLS)
	@$(TOOLS)/bin/pip install --quiet --disable-pip-version-check uv

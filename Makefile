# The three commands: `make demo`, `make check` and `make test`. Each sets up all it needs in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

SUITES := conformance acceptance mocks unit integration clients service rate browser
TESTS_OF_acceptance := tests/acceptance --ignore-glob='*/test_mock*.py'
TESTS_OF_mocks := $(sort $(wildcard tests/acceptance/test_mock*.py))
TESTS_OF_conformance := tests/conformance --ignore=tests/conformance/rate
TESTS_OF_clients := tests/clients
TESTS_OF_unit := tests/unit
TESTS_OF_integration := tests/integration tests/unit --databases
TESTS_OF_service := tests/service
TESTS_OF_rate := tests/conformance/rate
TESTS_OF_browser := tests/browser
# Settings of whoever runs the tests are none of theirs.
CLEAN_ENVIRONMENT = env -i PATH="$(CURDIR)/$(BIN):$$PATH" $${LANG:+LANG="$$LANG"} $${TERM:+TERM="$$TERM"} \
	$${TMPDIR:+TMPDIR="$$TMPDIR"} $${ONEINVOICE_SOAK:+ONEINVOICE_SOAK="$$ONEINVOICE_SOAK"}

.DEFAULT_GOAL := help
.PHONY: help demo check lint types test soak bench defects reference pictures packages clean apart $(SUITES)

help:
	@echo "make demo      start the mock, judge it, show the verdict"
	@echo "make check     lint, types and unit tests, in two minutes: while you work"
	@echo "make test      lint, types and all tests, as CI runs them"
	@echo "make bench     measure the mock's start, requests, pages, memory, seeding, webhooks, dashboard and sandboxes, the proxy,"
	@echo "               whole verdicts, workers that deliver, a whole service under load, and the suite beside stock"
	@echo "               Schemathesis; prints JSON and takes an hour and a quarter"
	@echo "make soak      the long forms of the tests"
	@echo "make defects   judge every defect of the mock and the miniature, and write docs/defects.md; takes ten minutes"
	@echo "               (ONLY=NAME,NAME judges these alone, in seconds)"
	@echo "make pictures  make the pictures of the README anew"
	@echo "make reference write docs/reference anew, from the code"
	@echo "make clean     remove what these commands made"

demo: $(VENV)/.installed
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/demo

# Side by side; each shows its output as it ends.
check: $(VENV)/.installed-dev
	@$(MAKE) --no-print-directory --jobs 3 --output-sync=target unit types lint PYTEST_OPTIONS="--quiet --numprocesses 2"

# Two more at once than there are cores, since tests of limits, services and stock frameworks wait for most of their minutes.
test: $(VENV)/.installed-dev $(BIN)/tox packages
	@$(MAKE) --no-print-directory --keep-going --jobs $$(($$(nproc) + 2)) --output-sync=target $(firstword $(SUITES)) apart $(SUITES) types lint

soak: $(VENV)/.installed-dev packages
	ONEINVOICE_SOAK=1 $(MAKE) --keep-going $(filter-out rate browser,$(SUITES))

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/oneinvoice-spec check
	$(BIN)/oneinvoice-spec diff
	$(BIN)/oneinvoice-spec policy

types: $(VENV)/.installed-dev
	$(BIN)/mypy

# Each is a folder of tests, or a half of one; the longest first, so that none is left running alone at the end.
$(SUITES): $(VENV)/.installed-dev
	$(CLEAN_ENVIRONMENT) $(BIN)/python -m pytest $(TESTS_OF_$@) $(PYTEST_OPTIONS)

# What needs packages of its own, as tox.ini has it: stock frameworks, generators of clients, and the wheel.
apart: $(BIN)/tox
	$(BIN)/tox run --colored no

bench: $(VENV)/.installed-dev packages
	@$(BIN)/python bench/start.py
	@$(BIN)/python bench/request_path.py
	@$(BIN)/python bench/paging.py
	@$(BIN)/python bench/rivals.py
	@$(BIN)/python bench/memory.py
	@$(BIN)/python bench/seeding.py
	@$(BIN)/python bench/webhooks.py
	@$(BIN)/python bench/dashboard.py
	@$(BIN)/python bench/sandboxes.py
	@$(BIN)/python bench/proxy.py
	@$(BIN)/python bench/verdict.py
	@$(BIN)/python bench/delivery_workers.py
	@$(BIN)/python bench/service_load.py
	@$(BIN)/python bench/stock.py

defects: $(VENV)/.installed-dev
	@$(BIN)/python -W "ignore:Using" -m tests.conformance.matrix $(if $(ONLY),--only "$(ONLY)")

pictures: $(VENV)/.installed-dev packages
	$(BIN)/python -m docs.pictures

reference: $(VENV)/.installed-dev
	@$(BIN)/python -W "ignore:Using" -m docs.generator

packages:
	@scripts/packages postgresql redis-server chromium nginx
	@command -v npm >/dev/null || scripts/packages nodejs npm

clean:
	rm -rf $(VENV) .tox build dist report .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || scripts/packages python3-venv
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

$(BIN)/tox: | $(BIN)/python
	@$(BIN)/python -m pip install --quiet 'tox>=4.30,<5'

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) …" >&2
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	@echo "Installing with the tools for tests into $(VENV) …" >&2
	@$(BIN)/python -m pip install --quiet --editable '.[observability]' --group dev
	@touch $@ $(VENV)/.installed

# The two commands: `make demo` and `make test`. Both set up all they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test soak bench pictures packages clean

help:
	@echo "make demo      start the mock, judge it, show the verdict"
	@echo "make test      lint, types and all tests, as CI runs them"
	@echo "make bench     measure the mock's start and memory beside a bare server, and its webhooks; prints JSON"
	@echo "make soak      the long forms of the tests"
	@echo "make pictures  make the pictures of the README anew"
	@echo "make clean     remove what these commands made"

demo: $(VENV)/.installed
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/demo

test: $(BIN)/tox packages
	$(BIN)/tox run --colored no

soak: $(BIN)/tox packages
	ONEINVOICE_SOAK=1 $(BIN)/tox run --colored no -e unit,acceptance,conformance

bench: $(VENV)/.installed-dev
	@$(BIN)/python bench/start.py
	@$(BIN)/python bench/memory.py
	@$(BIN)/python bench/webhooks.py

pictures: $(VENV)/.installed-dev
	$(BIN)/python -m docs.pictures

packages:
	@scripts/packages postgresql redis-server

clean:
	rm -rf $(VENV) .tox build dist report .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || scripts/packages python3-venv
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

$(BIN)/tox: | $(BIN)/python
	@$(BIN)/python -m pip install --quiet 'tox>=4.30,<5'

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	@echo "Installing with the tools for tests into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@ $(VENV)/.installed

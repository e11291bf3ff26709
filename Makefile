# A fresh machine needs Python 3.11 or newer, a C compiler and a package index; the rest is made in .venv.
# `make` lists the targets.

PYTHON ?= $(shell for python in python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
READY := .venv/ready
INSTALL := $(BIN)/uv pip install --python $(BIN)/python
LOCK_FROM := pyproject.toml --extra train --extra captions --extra dev --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help demo test check check-all rules bench lock clean

help:  ## list these targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: $(READY)  ## the whole way once, on the sample: demo/index.html
	$(BIN)/mmfundus demo

test: $(READY)  ## the tests, without the slow ones
	$(BIN)/pytest

check: rules test  ## style, types, import contracts and the tests

check-all: rules  ## the same with the slow tests
	$(BIN)/pytest -m ''

rules: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(READY)  ## how long a cold start and one prediction take
	$(BIN)/python benchmarks/start.py

lock: $(BIN)/uv  ## resolve pyproject.toml anew into requirements.lock
	$(BIN)/uv pip compile $(LOCK_FROM) --universal --upgrade --generate-hashes --no-header --quiet -o requirements.lock

clean:  ## remove caches and the demo's pages; .venv and runs/ stay
	rm -rf demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests recipes benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is the last thing written, so an install that was cut off is done again.
$(READY): requirements.lock pyproject.toml | $(BIN)/uv
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --quiet --no-deps --editable .
	touch $@

$(BIN)/uv:
	@test -n "$(PYTHON)" || { echo "mmfundus needs Python 3.11 or newer, and neither python3.11 nor python3 is." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet 'uv>=0.7'

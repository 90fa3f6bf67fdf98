# Two commands on a fresh machine: `make demo` and `make test`. They need Python 3.11+ and fetch everything else,
# a Java included where there is none.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
TESTS  ?= tests
# Each has a JVM of 2 GB; one for every core is too many on a large machine. A file stays with one, whose lakes it shares.
WORKERS ?= 2

.PHONY: help install dev demo test slow lint chaos bench docs clean

help:
	@echo "make demo    a made-up company from its dirty files to segments, in about a minute"
	@echo "make test    lint, types, import rules, tests and coverage; without the slow tests"
	@echo "make slow    the tests that start clusters, servers and many processes, or match for minutes"
	@echo "make chaos   kill a run at every boundary and compare the lakes (long)"
	@echo "make bench   measure; results go to docs/benchmarks.md (long)"
	@echo "make clean   remove the demo and everything that was built"

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "lakehouse needs Python 3.11 or newer; say which: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@$(BIN)/python -c 'from lakehouse.environment.java import find_java; find_java()' 2>/dev/null || \
	  { echo "no Java 17+ found: adding the extra lakehouse[java]"; \
	    $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[java]'; }
	@touch $@

$(VENV)/.dev: $(READY)
	@echo "installing the tools for development ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@$(BIN)/python -m lakehouse.fast_start || echo "(no fast start)"
	@touch $@

install: $(READY)

dev: $(VENV)/.dev

demo: $(READY)
	@$(BIN)/lakehouse demo demo
	@echo
	@LAKEHOUSE_SPARK_PROFILE=test $(BIN)/lakehouse run --as-of 2026-02-01

lint: $(VENV)/.dev
	$(BIN)/ruff check lakehouse jobs tests
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: lint
	$(BIN)/pytest $(TESTS) -m "not slow and not chaos and not bench" -n $(WORKERS) --dist loadfile --cov --cov-report=term:skip-covered --durations=15

slow: $(VENV)/.dev
	$(BIN)/pytest $(TESTS) -m "slow and not chaos and not bench" -n $(WORKERS) --dist loadfile --durations=15

chaos: $(VENV)/.dev
	$(BIN)/pytest tests/faults -m chaos -n $(WORKERS) --dist worksteal --durations=15

bench: $(VENV)/.dev
	$(BIN)/python tests/benchmarks/front_door.py
	$(BIN)/python tests/benchmarks/cleanse.py --rows 1000000 4000000 5000000

clean:
	rm -rf demo lake landing dist build spark-warehouse metastore_db derby.log .coverage .pytest_cache .mypy_cache .ruff_cache

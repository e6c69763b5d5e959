# The one task vocabulary of people, pre-commit and CI. A fresh machine needs Python 3.11 to 3.13, pip and make.
VENV ?= .venv
PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(shell command -v $(p))))
BIN := $(VENV)/bin
WORKERS ?= 2
EXTRAS ?=
SOURCES := run.py commands pipelines steps materializers stacks tagstack
export ZENML_ANALYTICS_OPT_IN ?= false
export MLFLOW_DISABLE_TELEMETRY ?= true
export DO_NOT_TRACK ?= true

.DEFAULT_GOAL := help
.PHONY: help install install-dev train deploy test check lab lab-packages lab-up lab-down dashboard pictures lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(VENV)/.runtime $(EXTRAS:%=$(VENV)/.extra-%) ## Make the environment that runs Tagstack; EXTRAS="s3 ssh" adds to it
install-dev: $(VENV)/.dev ## Add what tests and checks need

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# The locks are complete, so nothing is resolved: --no-deps also keeps the larger `tensorflow` wheel out.
$(VENV)/.runtime: requirements/runtime.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --compile -r $<
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --compile -r $<
	@touch $@

$(VENV)/.extra-%: requirements/%.txt $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --compile -r $<
	@touch $@

$(VENV)/.lab: requirements/lab.txt $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --compile -r $<
	@touch $@

train: install ## Train on the embedded default and register the model
	$(BIN)/python run.py --pipeline training

deploy: install ## Bring the version in staging into production and serve it
	$(BIN)/python run.py --pipeline deployment

check: install-dev ## Format, lint, types, floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# In the order of the files: slices, which take longest, before units, so that no worker is left with one at the end.
test: check ## All checks, doctests and tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore tests/lab

lab-packages: $(VENV)/.lab ## Install the Debian packages that the lab needs and that are missing (as root)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$($(BIN)/python -m lab packages) \
	  >/dev/null

lab: $(VENV)/.lab ## Real servers and containers, the pipelines on every stack, faults; writes docs/lab.md
	$(BIN)/python -m pytest tests/lab --timeout 1800

lab-up: $(VENV)/.lab ## Start the lab's servers
	$(BIN)/python -m lab up

lab-down: $(VENV)/.lab ## End the lab's servers
	$(BIN)/python -m lab down

dashboard: install ## ZenML's dashboard on this machine
	$(BIN)/python run.py dashboard

pictures: install-dev ## Take the documentation's screenshots of the newest run (needs Chromium and its driver)
	$(BIN)/python docs/pictures.py
	$(BIN)/python docs/monitoring_pictures.py

lock: install-dev ## Compile the locks anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --override requirements/overrides.txt \
	  --generate-hashes --no-emit-index-url --no-header --quiet -o requirements/runtime.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --extra s3 --extra postgresql --universal --python-version 3.11 \
	  --override requirements/overrides.txt -c requirements/runtime.txt --generate-hashes --no-emit-index-url \
	  --no-header --quiet -o requirements/dev.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --group lab --extra s3 --extra postgresql --extra ssh \
	  --extra kubernetes --universal --python-version 3.11 --override requirements/overrides.txt \
	  -c requirements/dev.txt --generate-hashes --no-emit-index-url --no-header --quiet -o requirements/lab.txt
	for extra in aws azure gcp kubernetes postgresql s3 ssh; do \
	  UV=$(BIN)/uv requirements/lock_extra.sh $$extra || exit 1; \
	done

clean: ## Remove the environment and what is generated on first use; ZenML's store stays
	rm -rf $(VENV) .tagstack .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# Needs Python 3.11 or newer and make; everything else is put into .venv.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11 python,\
	$(if $(shell $(name) -c 'import sys; print(sys.version_info >= (3, 11))' 2>/dev/null | grep True),$(name))))
UV_VERSION := 0.13.9
PORT ?= 8000
JOBS ?= 2
EXAMPLE ?= knowledge/patients/us-saddle-numbness.request.json

# Of the image: its name and its base, and the network of the build's own downloads (host, where the
# engine's networks have no way out). EXTRAS: otel, where it shall write traces.
IMAGE ?= backflag
BASE ?= python:3.11-slim-bookworm
BUILD_NETWORK ?= default
SOURCE ?=
EXTRAS ?=

# What the image is made of, as a list, and the two environments that it is made with.
BILL := .cache/sbom/backflag.cdx.json
BILL_OF := .cache/sbom/image
BILL_TOOL := .cache/sbom/tool

VENV := .venv
BIN := $(VENV)/bin
UV_HERE := env -u VIRTUAL_ENV UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=true $(BIN)/uv
UV := env UV_PROJECT_ENVIRONMENT=$(VENV) $(UV_HERE)
INSTALLED := $(VENV)/.installed

.PHONY: help install compiled run test lint lint-code lint-knowledge bench image sbom
.DEFAULT_GOAL := help

help:
	@echo 'make install  the environment, in .venv'
	@echo 'make run      the service on 127.0.0.1:$(PORT)'
	@echo 'make test     all tests'
	@echo 'make lint     style, types, import contracts, YAML, knowledge'
	@echo 'make image    the container image, $(IMAGE)'
	@echo 'make sbom     what the image is made of, as CycloneDX: $(BILL)'
	@echo 'make bench    how fast it is, on this machine'

install: $(INSTALLED)

$(BIN)/uv:
	@test -n '$(PYTHON)' || { echo 'backflag needs Python 3.11 or newer' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { echo 'python -m venv failed; on Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(INSTALLED): $(BIN)/uv pyproject.toml uv.lock
	@$(UV) sync --locked --quiet --compile-bytecode
	@touch $@

# A start reads what was compiled, also where Python may not write it itself (as in many CIs).
compiled: $(INSTALLED)
	@$(BIN)/python -m compileall -q knowledge cards service tests

run: compiled
	@echo 'backflag starts on http://127.0.0.1:$(PORT). Try, in another terminal:'
	@echo
	@echo "  curl -s http://127.0.0.1:$(PORT)/cds-services/back-numbness-patient-view -H 'Content-Type: application/json' --data-binary @$(CURDIR)/$(EXAMPLE)"
	@echo
	@echo 'or, without a server:'
	@echo
	@echo '  $(BIN)/backflag check $(EXAMPLE)'
	@echo
	@exec $(BIN)/backflag serve --host 127.0.0.1 --port $(PORT)

# Two at a time; what measures time comes after, alone.
test: compiled
	@$(BIN)/pytest -m 'not alone' --numprocesses=$(JOBS) --dist=loadfile
	@$(BIN)/pytest -m alone

lint: lint-code lint-knowledge

lint-code: compiled
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/yamllint --strict .
	@$(UV) lock --check --quiet

lint-knowledge: compiled
	@$(BIN)/backflag knowledge lint
	@$(BIN)/backflag knowledge test
	@$(BIN)/backflag knowledge coverage

bench: compiled
	@$(BIN)/python -m tests.bench

image:
	@docker build --network $(BUILD_NETWORK) --tag $(IMAGE) --build-arg BASE=$(BASE) --build-arg EXTRAS=$(EXTRAS) \
		--build-arg VERSION=$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml) \
		--build-arg REVISION=$$(git rev-parse HEAD 2>/dev/null || echo unknown) \
		--build-arg CREATED=$$(date -u +%Y-%m-%dT%H:%M:%SZ) \
		--build-arg SOURCE=$(SOURCE) .

sbom: $(BIN)/uv
	@UV_PROJECT_ENVIRONMENT=$(BILL_OF) $(UV_HERE) sync --locked --no-default-groups --no-editable --quiet
	@UV_PROJECT_ENVIRONMENT=$(BILL_TOOL) $(UV_HERE) sync --locked --only-group sbom --quiet
	@$(BILL_TOOL)/bin/cyclonedx-py environment $(BILL_OF)/bin/python --pyproject pyproject.toml \
		--output-reproducible --output-file $(BILL)
	@echo '$(BILL)'

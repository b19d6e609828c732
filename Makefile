# `make` alone lists the targets. Two variables:
#   PYTHON=python3.12   the Python that makes .venv; by default the first of these that is 3.11 or newer
#   EXTRAS=dev          what `make test` installs; without cnn there is no torch and its tests skip
# torch takes 5 GB, and as much again while pip fetches it: a disk with less room gets none.
TORCH_GB := 12
FREE_GB := $(shell df -Pk . | awk 'NR == 2 { print int($$4 / 1048576) }')
ROOMY := $(shell { [ -e .venv/.installed-dev,cnn ] || [ "$(FREE_GB)" -ge $(TORCH_GB) ]; } 2>/dev/null && echo yes)
EXTRAS ?= dev$(if $(ROOMY),$(COMMA)cnn)
COMMA := ,
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)
endif

BIN := .venv/bin
CORE := .venv/.installed
DEV := .venv/.installed-$(EXTRAS)
APT := env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=3
WORKBOOK := workbooks/Backpropagation.xlsx

.PHONY: help demo test lint bench clean system python
.NOTPARALLEL:  # `system` comes before `.venv`, which may need what it installs

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

demo: $(CORE) ## build the classic workbook and prove it right
	$(BIN)/xlbackprop build -o $(WORKBOOK)
	$(BIN)/xlbackprop verify $(WORKBOOK)

# Three at a time on two cores: tests often wait for another program.
test: system lint ## install all that the tests need, then run every check
	$(BIN)/python -m pytest -n 3 --dist worksteal

lint: $(DEV) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(DEV) ## run every benchmark in benchmarks/
	@set -e; for b in benchmarks/[!_]*.py; do echo "== $$b"; $(BIN)/python $$b; done

clean: ## remove .venv, caches and builds
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The spreadsheet programs that vouch for ours. Where they cannot be installed, their tests skip.
system: python
	@missing=; need() { missing="$$missing $$1"; }; \
	command -v soffice >/dev/null || need libreoffice-calc-nogui; \
	command -v ssconvert >/dev/null || need gnumeric; \
	command -v pdftoppm >/dev/null || need poppler-utils; \
	fc-list 2>/dev/null | grep -qi carlito || need fonts-crosextra-carlito; \
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		need "$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; \
	[ -n "$$missing" ] || exit 0; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo='sudo -n'; \
	if command -v apt-get >/dev/null && $$sudo true 2>/dev/null; then \
		echo "Installing:$$missing"; \
		$$sudo $(APT) update; $$sudo $(APT) install -y --no-install-recommends $$missing; \
	else false; fi || echo "Not installed, so some tests may skip:$$missing" >&2

# Editable, so that `demo` and `test` share one .venv and never run an old copy.
$(CORE): pyproject.toml $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(DEV): pyproject.toml $(BIN)/python
	@[ -n "$(ROOMY)" ] || echo "Without torch its tests skip: it wants $(TORCH_GB) GB of disk, $(FREE_GB) are free." >&2
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS)]'
	@touch $@

$(BIN)/python: | python
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Error: $(PYTHON) lacks ensurepip, so it cannot make .venv." \
		"Install it: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv

python:
	@[ -n "$(PYTHON)" ] && $(PYTHON) -c '$(NEW_ENOUGH)' 2>/dev/null || { \
		echo "Error: xlbackprop needs Python 3.11 or newer, not $$($(or $(PYTHON),python3) --version 2>&1)." \
		"Install one and name it: make PYTHON=python3.12" >&2; exit 1; }

# Two commands do everything: `make demo` and `make test`. The rest is `make help`.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes

.PHONY: help demo test check soak lock migration peers
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

demo: .venv/.run ## the main job on an embedded database (ARGS=--no-serve and others are passed on)
	@$(BIN)/seloste demo $(ARGS)

test: .venv/.develop peers ## all tests, with every real peer they need (ARGS=tests/unit and others are passed on)
	@$(BIN)/python -m pytest -n auto --dist loadscope $(ARGS)

check: .venv/.develop ## lint, types and import contracts
	@$(BIN)/ruff check src tests
	@$(BIN)/ruff format --check -q src tests || { echo "mend it with: $(BIN)/ruff format src tests"; exit 1; }
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mypy

soak: .venv/.develop peers ## the long campaigns, with fixed seeds
	@SELOSTE_SOAK=1 $(BIN)/python -m pytest $(ARGS)

lock: .venv/.develop ## the hashed requirements, made anew; kept versions stay, UPGRADE=--upgrade moves them
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv
	@cd requirements && for f in run develop; do ../$(BIN)/uv pip compile -q $(UPGRADE) --universal \
	  --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" \
	  $$f.in -o $$f.txt || exit 1; done

migration: .venv/.develop ## a migration for models that have changed
	@$(BIN)/python -c "from seloste.project.declared import declared_tables as set_up; set_up(); \
	  from django.core.management import call_command; call_command('makemigrations', 'register')"

# PostgreSQL 15 or newer of the distribution: installed where we are root, else its tests are skipped
# and say what to install.
peers:
	@found=$$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | cut -d/ -f5 | sort -n | tail -n 1); \
	if [ "$${found:-0}" -lt 15 ] && [ -z "$$DATABASE_URL" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing PostgreSQL, which the tests run on beside the embedded one"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql; } \
	    >/dev/null || echo "it could not be installed; its tests say so"; fi

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Seloste needs Python 3.11 or newer; name one with PYTHON=")'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# The package is used from where it lies: a path file and a starter, so that nothing is built. The
# starter is a shell script because a shebang in a deep folder would be too long for the kernel.
.venv/.run: .venv/bin/python requirements/run.txt
	@echo "installing what it needs into .venv (once)"
	@$(PIP) -r requirements/run.txt
	@$(BIN)/python -c "import pathlib, sysconfig; pathlib.Path(sysconfig.get_path('purelib'), 'seloste.pth').write_text(str(pathlib.Path('src').resolve()) + '\n')"
	@printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m seloste "$$@"\n' > $(BIN)/seloste && chmod +x $(BIN)/seloste
	@touch $@

.venv/.develop: .venv/.run requirements/develop.txt
	@echo "installing what the tests need into .venv (once)"
	@$(PIP) -r requirements/develop.txt
	@touch $@

# Two commands do everything: `make demo` and `make test`. The rest is `make help`.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: help demo test check soak lock peers
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

demo: .venv/.run ## the main job on an embedded database (ARGS=--no-serve and others are passed on)
	@$(BIN)/seloste demo $(ARGS)

test: .venv/.develop peers ## all tests, with every real peer they need
	@$(BIN)/python -m pytest $(ARGS)

check: .venv/.develop ## lint, types and import contracts
	@$(BIN)/ruff check src tests
	@$(BIN)/ruff format --check -q src tests || echo "formatting differs: $(BIN)/ruff format src tests"
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mypy

soak: .venv/.develop peers ## the long campaigns, with fixed seeds
	@SELOSTE_SOAK=1 $(BIN)/python -m pytest $(ARGS)

lock: .venv/.develop ## the hashed requirements, made anew
	@$(BIN)/python -m pip install -q uv
	@for f in run develop; do (cd requirements && ../$(BIN)/uv pip compile -q --universal --generate-hashes \
	  --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" $$f.in -o $$f.txt); done

peers:
	@if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing PostgreSQL, which the tests run on beside the embedded one"; \
	  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null; fi

.venv/bin/python:
	@$(PYTHON) -m venv .venv

# The package is used from where it lies: a path file and a starter, so that nothing is built. The
# starter is a shell script because a shebang in a deep folder would be too long for the kernel.
.venv/.run: .venv/bin/python requirements/run.txt
	@echo "installing what it needs into .venv (once)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -c "import pathlib, sysconfig; pathlib.Path(sysconfig.get_path('purelib'), 'seloste.pth').write_text(str(pathlib.Path('src').resolve()) + '\n')"
	@printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m seloste "$$@"\n' > $(BIN)/seloste && chmod +x $(BIN)/seloste
	@touch $@

.venv/.develop: .venv/.run requirements/develop.txt
	@echo "installing what the tests need into .venv (once)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/develop.txt
	@touch $@

# Two commands matter: `make demo` shows what payproof does, `make test` runs every test.
# Both build their environment in .venv with the first Python 3.10 or newer found; `make PYTHON=python3.12 test` names another.

VENV := .venv
BIN := $(VENV)/bin
PYTHON :=
INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check --editable

.PHONY: help demo test check docs clean

help:
	@echo 'make demo    scan, test and report on a small leaky shop'
	@echo 'make test    run every test'
	@echo 'make check   lint, type check, import contracts'
	@echo 'make docs    rewrite what the documentation takes from rules and code'
	@echo 'make clean   remove the environment and every cache'

demo: $(VENV)/ready-demo
	@$(BIN)/payproof demo

# Options for pytest go into PYTEST, as in: make test PYTEST='-k masking'
test: $(VENV)/ready-dev
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(PYTEST)

check: $(VENV)/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_walls.py

docs: $(VENV)/ready-dev
	$(BIN)/python docs/build.py

clean:
	rm -rf $(VENV) build dist .coverage .hypothesis .import_linter_cache .mypy_cache .payproof .payproof_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is current while it is newer than pyproject.toml.
$(VENV)/ready-demo: pyproject.toml | $(BIN)/python
	@echo 'payproof: installing what the demonstration needs into $(VENV)'
	@$(INSTALL) '.[demo]'
	@touch $@

$(VENV)/ready-dev: pyproject.toml | $(BIN)/python
	@echo 'payproof: installing what the tests need into $(VENV)'
	@$(INSTALL) '.[dev]'
	@touch $@

$(BIN)/python:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python3.10 python; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then \
			echo "payproof: building $(VENV) with $$python"; \
			"$$python" -m venv $(VENV) && exit 0; \
			rm -rf $(VENV); exit 1; \
		fi; \
	done; \
	echo 'payproof: needs Python 3.10 or newer; name one with: make PYTHON=/path/to/python3 ...' >&2; exit 1

# Two commands do all the set-up: `make run` to see it, `make test` to prove it.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 4

# What Python compiles is kept, whatever the shell says: without it each hub that a test starts takes twice as long to start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run install install-dev test check format faults bench bench-long talk screens listener-score lock clean

run: .venv/for-rehearsing
	$(BIN)/python -m tests.rehearsal

install: .venv/for-running

install-dev: .venv/for-testing

.venv/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Budbok needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	touch $@

.venv/for-running: requirements.txt pyproject.toml | .venv/uv
	test -e .venv/for-testing || $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.txt requirements-uv.txt
	test ! -e .venv/for-testing || $(MAKE) --no-print-directory .venv/for-testing
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

.venv/for-rehearsing: .venv/for-running requirements-gate.txt
	test -e .venv/for-testing || $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-gate.txt
	touch $@

.venv/for-testing: requirements-dev.txt pyproject.toml | .venv/uv
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.txt requirements-uv.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@ .venv/for-running

test: .venv/for-testing
	$(BIN)/python -m tests.browser_here
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not sweep" $(TESTS)

check: .venv/for-testing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.capabilities --check
	$(BIN)/python -m tests.words_page --check
	$(MAKE) --no-print-directory test

format: .venv/for-testing
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

faults: .venv/for-testing
	$(BIN)/python -m pytest -m sweep
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not sweep" --store each tests/admin_web

bench: .venv/for-testing
	$(BIN)/python -m bench

bench-long: .venv/for-testing
	$(BIN)/python -m bench --long

talk: .venv/for-running
	$(BIN)/budbok talk

screens: .venv/for-testing
	$(BIN)/python -m tests.screens

listener-score: .venv/for-testing
	$(BIN)/python -m bots.hearing.score $(CORPUS)

lock: .venv/uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --all-extras pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --all-extras --group dev pyproject.toml -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --constraint requirements-dev.txt --group gate -o requirements-gate.txt

clean:
	rm -rf .venv var

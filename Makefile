# Everything a newcomer needs: `make run`, `make test`. All installs go into .venv, pinned by constraints.txt.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --constraint constraints.txt
DEMO := out/demo-person
TABLES := pharmacogene-tables pharmcat-definitions pharmcat-phenotypes pharmcat-cyp2d6 pharmcat-dpwg pharmcat-guidelines \
	hallmark-gene-sets aisnp-panel methylation-clocks-biolearn

.PHONY: run test check serve bench validate clean

run: .venv/.run
	$(BIN)/gennet synth $(DEMO) --replace
	for table in $(TABLES); do $(BIN)/gennet resources pull $$table || true; done  # the report names what is missing
	$(BIN)/gennet analyze $(DEMO) --as-of 2026-01-15 --out out/demo

test: .venv/.dev
	$(BIN)/python -m pytest -n 2 --dist loadfile --cov --cov-report=term:skip-covered

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -c pyproject.toml -r src
	$(BIN)/vulture
	$(BIN)/python -m pytest -q tests/docs

serve: .venv/.run
	$(BIN)/gennet serve

bench: .venv/.dev
	$(BIN)/python -m benchmarks

validate: .venv/.dev
	$(BIN)/python -m validation

clean:
	rm -rf .venv out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.*
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.run: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable '.[all]'
	touch $@

.venv/.dev: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable '.[all,dev]'
	touch $@ .venv/.run

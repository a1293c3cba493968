# `make run` sets up everything and learns the colour organ; `make lab` opens the laboratory; `make test` sets up everything and runs the tests.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run lab test lint format benchmark clean

run: .venv/installed
	$(BIN)/thalweg run organ --out out/organ

lab: .venv/lab
	$(BIN)/thalweg lab

test: .venv/tested
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n auto --dist loadfile

lint: .venv/tested
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/ty check --error-on-warning
	$(BIN)/python tests/count_lines.py

format: .venv/tested
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

benchmark: .venv/tested
	$(BIN)/python benchmarks/organ.py
	$(BIN)/python benchmarks/linear.py
	$(BIN)/python benchmarks/relu.py
	$(BIN)/python benchmarks/scratch.py
	$(BIN)/python benchmarks/claims.py
	$(BIN)/python benchmarks/lab.py

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("thalweg needs Python 3.11 or newer; set PYTHON=..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/lab: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[lab]"
	touch $@

.venv/tested: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test,lint]"
	touch $@

clean:
	rm -rf .venv out

# Two commands do everything, set-up included: `make book` and `make test`.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
PY := $(BIN)/python
ENV := .venv/.installed
PEERS := .venv/.installed-peers
EDITIONS := .venv/.installed-editions
LAB := .venv/.installed-lab
PIPS := .venv/pips/.fetched
PORT ?= 8000

# Nothing that runs here may depend on the machine's own settings.
export MPLCONFIGDIR := $(CURDIR)/.cache/matplotlib
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export IPYTHONDIR := $(CURDIR)/.venv/ipython
export JUPYTER_PREFER_ENV_PATH := 1
export PYDEVD_DISABLE_FILE_VALIDATION := 1
export PYTHONHASHSEED := 0
# Some machines forbid Python to keep what it has compiled; every kernel would then spend seconds on it again.
export PYTHONDONTWRITEBYTECODE :=
# PyBaMM would ask whether it may report its use.
export PYBAMM_DISABLE_TELEMETRY := true

.PHONY: help book test notebooks lab report bench peers lint lock wheelhouse serve handouts crate pdf lite canary clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(ENV): requirements.lock pyproject.toml tools/set_up.py
	@$(PYTHON) tools/set_up.py requirements.lock

$(PEERS): $(ENV) requirements-peers.lock
	@$(PYTHON) tools/set_up.py requirements-peers.lock

$(EDITIONS): $(ENV) requirements-editions.lock
	@$(PYTHON) tools/set_up.py requirements-editions.lock

$(LAB): $(ENV) requirements-lab.lock
	@$(PYTHON) tools/set_up.py requirements-lab.lock

# Two releases of pip, for the test of the set-up; without a network that test is skipped.
$(PIPS): $(ENV) requirements-pip-oldest.lock requirements-pip-newest.lock
	@$(PYTHON) tools/set_up.py pips

book: $(ENV) ## Build the executed book: _build/html/index.html
	@$(PY) tools/build_book.py

test: book $(PIPS) ## Run every test: library, data, notebooks, built book
	@$(PY) tools/run_tests.py $(ARGS)

notebooks: $(ENV) ## Re-execute the chapters and bring them to canonical form
	@$(PY) tools/notebooks.py execute $(FILES)

# The whole checkout can be reached, so that a chapter finds one's own files; the settings ask nothing of the network.
lab: export JUPYTER_CONFIG_PATH := $(CURDIR)/tools/jupyter
lab: $(LAB) ## Open the chapters in JupyterLab (installs it first; ARGS=--no-browser)
	@$(BIN)/jupyter lab $(ARGS)

# By the environment and as they were typed: neither make nor the shell may act on quotes, dollars or parentheses.
report: export REPORT_NOTEBOOK := $(value NOTEBOOK)
report: export REPORT_PARAMETERS := $(value PARAMETERS)
report: export REPORT_CALLED_FROM := $(PWD)
report: $(ENV) ## Run a chapter on your own file (NOTEBOOK=… PARAMETERS="file=my.mpt") and write it as HTML
	@$(PY) tools/report.py

bench: $(PEERS) ## Measure speed and success beside the peers
	@$(PY) benchmarks/run.py $(ARGS)

peers: $(PEERS) ## Run the tests that compare with the peers
	@$(PY) -m pytest -m peer -p no:cacheprovider $(ARGS)

lint: $(ENV) ## Check style, spelling and the form of the notebooks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/codespell
	@$(PY) tools/notebooks.py check

lock: $(ENV) ## Resolve the dependencies again and write the lock files (ARGS=--upgrade)
	@$(PY) tools/lock.py $(ARGS)

wheelhouse: $(ENV) ## Fetch all wheels into wheelhouse, to install where there is no network
	@$(PYTHON) tools/set_up.py wheelhouse

serve: book ## Serve the built book on localhost (PORT=8000)
	@$(PY) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

handouts: $(ENV) ## Pack student notebooks and those with solutions into _build/handouts, and run the former
	@$(PY) tools/notebooks.py handouts

crate: $(ENV) ## Lay data, chapters and evidence as a research object into _build/crate
	@$(PY) tools/metadata.py crate

pdf: book $(EDITIONS) ## Print the book as one PDF: _build/pdf/book.pdf (needs Chromium)
	@$(PY) tools/pdf.py

lite: book $(EDITIONS) ## Build the book with chapters that run in a browser: _build/lite (needs npm, once)
	@$(PY) tools/lite.py

canary: $(ENV) ## Build the book with the newest Sphinx, theme and MyST
	@$(PY) tools/canary.py

clean: ## Remove everything that was built, but not the environment
	@rm -rf _build dist htmlcov
	@find . \( -path ./.venv -o -path ./.git \) -prune -o \( -name .cache -o -name __pycache__ -o -name .coverage \
		-o -name '.coverage.*' -o -name '*.egg-info' -o -name .ipynb_checkpoints -o -name .pytest_cache -o -name .ruff_cache \
		-o -name .hypothesis -o -name .jupyter_cache -o -name .DS_Store \) -prune -exec rm -rf {} +

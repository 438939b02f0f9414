# make chat   install, index the sample letters, open the chat        make test   install, run the tests
# make check  lint and types     make slow  browser and whole-cohort tests     make eval  the figures of the README

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 7860
VENV := .venv
BIN := $(VENV)/bin

.PHONY: chat test slow check format eval readme lock clean

chat: $(VENV)/.chat
	$(BIN)/dossier ingest --sample
	$(BIN)/dossier ui --cohort sample --host $(HOST) --port $(PORT)

test: $(VENV)/.test
	$(BIN)/python -m pytest -m "not slow"

slow: $(VENV)/.test
	$(BIN)/python -m pytest -m slow

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

eval: $(VENV)/.chat
	$(BIN)/dossier eval dev --against stock --report reports/dev
	$(BIN)/dossier eval marine --against stock --report reports/marine

# what the README shows: its example, figures and picture
readme: $(VENV)/.test
	$(BIN)/python -m tests.readme
	$(BIN)/python -m tests.screenshot docs

# torch first, by itself: the version that is pinned, before anything that depends on it can choose another
$(VENV)/.venv:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.chat: $(VENV)/.venv requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

$(VENV)/.test: $(VENV)/.chat requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	touch $@

# after a change of dependencies: the versions that pip finds today, pinned
lock:
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet -e .
	$(BIN)/python -m pip freeze --exclude-editable --exclude dossier | sed 's/+cpu$$//' > requirements.lock
	$(BIN)/python -m pip install --quiet -e .[dev]
	$(BIN)/python -m pip freeze --exclude-editable --exclude dossier | sed 's/+cpu$$//' | grep -vxFf requirements.lock > requirements-dev.lock

clean:
	rm -rf $(VENV) build reports *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

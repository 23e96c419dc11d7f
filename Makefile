# distress-agent: `make` lists what can be made; each target says in one line what it did or what is missing.
# On a fresh machine git, make, python3 and python3-venv are enough: `make run` and `make test` bring the rest.
PYTHON ?= python3
PREFIX ?= /opt/distress-agent
BIN := .venv/bin
PIP := -m pip --disable-pip-version-check --no-input --quiet
LOCKED := --require-hashes --only-binary :all:

.DEFAULT_GOAL := help
.PHONY: help setup run test check test-wheel test-export bench pictures install uninstall lock

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile | expand -t 20

setup: .venv/.ready ## the environment .venv, the locked dependencies
	@echo "setup: .venv is ready ($$($(BIN)/python -V))."

# Once until the lock or the project file changes, so that a second run starts at once.
.venv/.ready: requirements-dev.lock pyproject.toml scripts/python-ready scripts/debian-packages
	@scripts/debian-packages python3-venv libportaudio2
	@scripts/python-ready $(PYTHON) .venv
	@echo "setup: installing the locked packages into .venv (once, some 200 MB) ..."
	@$(BIN)/python $(PIP) install $(LOCKED) -r requirements-dev.lock
	@$(BIN)/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

run: setup ## the demo: a scream in a made walk reaches a caregiver
	@$(BIN)/distress-agent demo

# Real services for the tests; who only runs the demo gets no server.
.venv/.test-packages: .venv/.ready
	@scripts/debian-packages mosquitto mosquitto-clients gpsd gpsd-clients dbus pulseaudio pulseaudio-utils libasound2-plugins systemd
	@touch $@

test: setup .venv/.test-packages ## every test that this machine can run
	@$(BIN)/python -m pytest

check: setup ## format, lint, types, arrows
	@$(BIN)/ruff format --check --quiet . || { echo "check: not formatted; $(BIN)/ruff format . cures it."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/python -m pytest -q tests/test_arrows.py
	@echo "check: format, lint, types and arrows are right."

test-wheel: setup ## the demo from the wheel, in an empty environment
	@scripts/test-wheel $(PYTHON)

# torch comes first and pinned: otherwise the converter would draw in another build of it.
.venv-export/.ready: export/requirements.txt
	@scripts/python-ready $(PYTHON) .venv-export
	@echo "test-export: installing the training packages into .venv-export (once, 2 GB and more) ..."
	@.venv-export/bin/python $(PIP) install "$$(grep '^torch==' export/requirements.txt)"
	@.venv-export/bin/python $(PIP) install -r export/requirements.txt
	@touch $@

test-export: .venv-export/.ready ## the training chain's tests, in an environment of their own
	@.venv-export/bin/python -m pytest tests/export

bench: setup ## what it costs to run
	@$(BIN)/python -m bench

# What the documentation shows comes from here; tests/test_docs.py says when it is out of date.
pictures: setup ## the documentation's pictures and tables anew
	@$(BIN)/python -m scripts.house_picture docs/img/house.svg
	@mkdir -p build && $(BIN)/python -m scripts.walk_recording build/walk.wav
	@cd build && ../$(BIN)/distress-agent score walk.wav --plot ../docs/img/score.svg
	@$(BIN)/distress-agent demo --fast --record docs/img/demo.svg > build/demo.txt
	@$(BIN)/python -m scripts.made_parts
	@echo "pictures: docs/img and the made parts of the pages are new."

install: setup ## as root: the daemon in /opt/distress-agent (PREFIX), its unit, its configuration
	@scripts/system-install $(PYTHON) $(PREFIX)

uninstall: ## as root: takes the daemon away, leaves configuration and incidents
	@scripts/system-uninstall $(PREFIX)

lock: ## for maintainers (needs uv): the locks anew
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --extra demo --extra gpio --extra media pyproject.toml -o requirements.lock
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --extra demo --extra gpio --extra media --group dev pyproject.toml -c requirements.lock \
	  --no-annotate -o requirements-dev.lock
	@echo "lock: requirements.lock (to run) and requirements-dev.lock (to work on it) are written."

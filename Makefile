# make play    everything it takes to play: installs into .venv, then opens "GPT In" and "GPT Out"
# make test    the same set-up, then the whole test suite, on Python 3.11 and 3.12 where both are at hand
# make suite   the test suite on the one Python of .venv
# make setup   .venv alone      make lint   style and types      make bench   the measurements
# make robust  kills, floods and rubbish on real MIDI ports

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PLAY_STAMP := $(VENV)/.installed-play
DEV_STAMP := $(VENV)/.installed-dev
INPUTS := pyproject.toml constraints.txt tools/make_venv
PYTEST_FLAGS ?= -q

.PHONY: help setup play demo test suite lint bench robust clean

help:
	@sed -n 's/^# //p' Makefile

setup: $(PLAY_STAMP)

$(PLAY_STAMP): $(INPUTS)
	@tools/make_venv $(VENV) . $@

$(DEV_STAMP): $(INPUTS)
	@tools/make_venv $(VENV) '.[dev]' $@
	@touch $(PLAY_STAMP)

# The exit code 2 alone could also mean a taken OSC port: only a machine without any MIDI goes on to the demo.
play: setup
	@echo '--- melody-bridge --port "GPT In"   (Ctrl-C ends it)'
	@code=0; $(BIN)/melody-bridge --port "GPT In" || code=$$?; \
	if [ $$code -eq 2 ] && ! $(BIN)/melody-bridge ports --check >/dev/null; then \
	  echo '--- no MIDI here, so: melody-bridge demo'; \
	  $(BIN)/melody-bridge demo; \
	else \
	  exit $$code; \
	fi

demo: setup
	@$(BIN)/melody-bridge demo

test: suite
	@tools/test_on_other_pythons $(BIN)/python $(PYTEST_FLAGS)

suite: $(DEV_STAMP)
	@tools/install_test_servers
	@echo "--- pytest"
	@$(BIN)/python -m pytest $(PYTEST_FLAGS)

lint: $(DEV_STAMP)
	@echo "--- ruff"
	@$(BIN)/python -m ruff check .
	@echo "--- mypy --strict"
	@$(BIN)/python -m mypy

bench: $(DEV_STAMP)
	@$(BIN)/python -m bench

# Kills, floods, rubbish and a MIDI server that dies, on real ports.
robust: $(DEV_STAMP)
	@tools/install_test_servers
	@$(BIN)/python -m pytest -v tests/test_real_ports.py
	@MELODY_TEST_JACK=ordinary $(BIN)/python -m pytest -v tests/test_real_ports.py

clean:
	rm -rf $(VENV) .venv-3.* build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Bare `make` prints the targets. Each does its own set-up, from pip alone, and only what it needs.

PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet install
GLUECHIP := $(VENV)/bin/python -m gluechip

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test test-long formal bench fmax bitstream docs doctor lint clean

help: ## print this help
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

# One line that names what is missing and its remedy.
need = @command -v $(1) >/dev/null || { echo "$(1) not found: install it with \`apt install $(1)\`"; exit 1; }

need-version = @$(1) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { echo \
	  "$(1) must be Python 3.11 to 3.13: set another with \`make PYTHON=python3.12\`"; exit 1; }

$(VENV)/created:
	$(call need,$(PYTHON))
	$(call need-version,$(PYTHON))
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
	  "python3-venv not found: install it with \`apt install python3-venv\`"; exit 1; }
	@echo "Creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# What each target needs of the optional packages; a stamp is renewed when the pins change.
$(VENV)/packages-%: $(VENV)/created pyproject.toml
	@echo "Installing the packages for \`make $(MAKECMDGOALS)\` (some hundred MB the first time)"
	@$(PIP) -e '.$(if $(filter-out base,$*),[$*])'
	@touch $@

.PHONY: tools
tools:
	$(call need,git)
	$(call need,perl)
	$(call need,g++)

run: tools $(VENV)/packages-base ## build firmware and simulator, run the digits demo and check its answers
	@$(GLUECHIP) demo

test: tools $(VENV)/packages-test ## run the test suite (20 minutes or less on 2 cores)
	$(VENV)/bin/python -m pytest -n 2 -m "not long"

test-long: tools $(VENV)/packages-test ## run the tests that `make test` leaves out
	$(VENV)/bin/python -m pytest -n 2 -m long

formal: $(VENV)/packages-formal ## prove properties, and find mutants that break them; writes build/formal.json
	@$(VENV)/bin/python -m tests.formal $(PROOF)

bench: tools $(VENV)/packages-bench ## measure cycles of core and coprocessors; writes build/bench.json
	@$(GLUECHIP) bench

.PHONY: board
board:
	@$(if $(BOARD),:,echo "BOARD must be set, such as \`make bitstream BOARD=ulx3s-85f\`"; exit 1)

bitstream: board tools $(VENV)/packages-bitstream ## build/BOARD/gluechip.bit and report.json, with BOARD=ulx3s-85f
	@$(GLUECHIP) bitstream $(BOARD)

fmax: tools $(VENV)/packages-bitstream ## area and clock of the core with its memories, 8 seeds; writes build/fmax.json
	@$(GLUECHIP) fmax $(BLOCK)

docs: $(VENV)/packages-base ## write the manual to build/docs
	@$(GLUECHIP) docs

DOCTOR := $(if $(wildcard $(VENV)/created),$(VENV)/bin/python,$(PYTHON))
doctor: ## list every tool and package, and the remedy for what is missing; installs nothing
	$(call need,$(DOCTOR))
	$(call need-version,$(DOCTOR))
	@$(DOCTOR) -m gluechip doctor

lint: $(VENV)/packages-test ## check the style of the sources
	$(VENV)/bin/python -m ruff check .

clean: ## delete everything that was built or installed
	rm -rf build $(VENV) *.egg-info

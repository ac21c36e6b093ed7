# uv is fetched into .tools where the machine has none; nothing is installed outside this folder.
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
export UV_COMPILE_BYTECODE = 1
.DEFAULT_GOAL := help

.PHONY: help setup demo test test-long check bench picture
help:
	@echo "make setup   install into .venv   make demo    train, serve, roll out and back, on this machine"
	@echo "make test    run the tests        make check   lint, types, arrows, docs     make bench   the figures"
	@echo "make test-long  faults, killed commands, 32 at once, other people's readers: minutes each"
	@echo "make picture draw docs/up.svg from a real run"

.tools/bin/uv:
	python3 -m venv .tools && .tools/bin/pip install --quiet uv

setup: $(if $(filter .tools/bin/uv,$(UV)),.tools/bin/uv)
	@$(UV) sync --quiet --locked

demo: $(if $(filter .tools/bin/uv,$(UV)),.tools/bin/uv)
	@$(UV) sync --quiet --locked --inexact --no-group ground
	@$(UV) run --no-sync python -m examples.demo

test: setup
	@$(UV) run --no-sync pytest -n auto --dist worksteal -q -m "not long"

test-long: setup
	@$(UV) run --no-sync pytest -n auto --dist worksteal -q -m long

check: setup
	@$(UV) run --no-sync ruff check .
	@$(UV) run --no-sync ruff format --check .
	@$(UV) run --no-sync mypy
	@$(UV) run --no-sync lint-imports

bench: setup
	@$(UV) run --no-sync python -m benchmarks

picture: setup
	@$(UV) run --no-sync python -m docs.picture

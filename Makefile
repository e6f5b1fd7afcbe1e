# What a user needs is `make run` and `make test`; the rest are their parts.
PYTHON ?= python3
VENV ?= .venv
WORKERS ?= auto
BENCH ?=
SOAK ?=
SECONDS ?= 600
# Random tests of both languages take this seed; a new one for each command unless one is given.
ifndef TEST_SEED
TEST_SEED := $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
endif
export TEST_SEED
export PROPTEST_RNG_SEED := $(TEST_SEED)

BIN := $(VENV)/bin
MODULE := tokstats_parallel/_native.abi3.so
# The folders too: their times change when a file below them is removed or moved, which keeps its own time.
SOURCES := pyproject.toml scripts/constraints.txt native/Cargo.toml native/Cargo.lock $(sort $(shell find native/src))
export PIP_CONSTRAINT := $(CURDIR)/scripts/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export MATURIN_PEP517_ARGS := --locked

.PHONY: run build dev test cases lint graph wheel bench soak picture fuzz clean

run: build demo/.made ## collect 1,000 batches of real code
	$(BIN)/tokstats collect configs/demo.json --num-batches 1000 --workers $(WORKERS)

build: $(VENV)/.built ## virtual environment with the program
	@# A module that is missing, or older than the last build, was not made by it.
	@test -e $(MODULE) -a ! $(VENV)/.built -nt $(MODULE) || { $(BIN)/pip install --quiet --editable . && touch $(MODULE); }

dev: build $(VENV)/.dev ## the same, with the packages of the tests and the linters

test: dev ## every test, Rust and Python
	@trap 'test $$? = 0 || echo "repeat with: make test TEST_SEED=$(TEST_SEED)" >&2' EXIT; set -ex; \
	(cd native && cargo test --locked); \
	$(BIN)/python -m pytest --numprocesses auto

cases: dev ## small inputs that once failed, on the installed program: tests/cases/NN-name.sh
	TS=$(CURDIR)/$(BIN)/tokstats PY=$(CURDIR)/$(BIN)/python tests/cases/run

lint: $(VENV)/.dev ## formatters, linters, types and the order of the rooms; warnings are errors
	cd native && cargo fmt --check
	cd native && cargo clippy --locked --all-targets --all-features -- -D warnings
	cd native/fuzz && RUSTFLAGS='--cfg fuzzing' cargo check --locked # the fuzz targets compile, also without nightly Rust
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/python scripts/import_graph.py --check

graph: ## the import graph of both languages: rooms, arrows, circles, imports that run upward
	$(PYTHON) scripts/import_graph.py

wheel: $(VENV)/.dev ## build the wheel and try it from an empty folder
	PYTHON=$(PYTHON) MATURIN=$(CURDIR)/$(BIN)/maturin sh scripts/try_wheel.sh

bench: build demo/.made ## time and memory of every part, on this machine, against the targets
	$(BIN)/python scripts/bench.py $(BENCH)

soak: build ## kill runs 200 times at random; each must end with the bytes of an undisturbed one
	$(BIN)/python scripts/soak.py $(SOAK)

picture: build demo/.made ## docs/report.png: the first screen of a report about the demo; needs Chromium
	folder=$$(mktemp -d) && trap 'rm -r "$$folder"' EXIT && \
	$(BIN)/tokstats collect configs/demo.json --num-batches 1000 --output-file "$$folder/demo.json" && \
	$(BIN)/python scripts/picture_of_report.py "$$folder/demo.json"

fuzz: ## SECONDS of each fuzz target, one after the other; needs nightly Rust and `cargo install cargo-fuzz --locked`
	cd native && for target in $$(cargo +nightly fuzz list); do \
		cargo +nightly fuzz run $$target -- -max_total_time=$(SECONDS) -rss_limit_mb=2048 -max_len=1024 || exit; \
	done

clean: ## remove everything that was made
	rm -rf $(VENV) .slurm .parallel .chromium demo dist native/target native/fuzz/target tokstats_parallel/*.so token_frequencies.*

$(VENV)/.built: $(SOURCES)
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed")'
	@command -v cargo >/dev/null || { echo "A Rust toolchain is needed: see https://rustup.rs" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable .
	touch $@ $(MODULE)

$(VENV)/.dev: $(VENV)/.built
	$(BIN)/pip install --quiet --editable '.[dev,hub]'
	touch $@ $(MODULE)

demo/.made: | $(VENV)/.built
	$(BIN)/python scripts/make_demo_corpus.py --out demo/train
	touch $@

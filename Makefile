# Every command a person or CI needs. A bare clone and a Python are enough; .venv is made here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
READY := $(VENV)/.ready
# Pinned versions; another file, or nothing for the newest ones: make setup CONSTRAINTS=
CONSTRAINTS ?= constraints.txt

.PHONY: setup bench bench-speed bench-scaling bench-adaptive board check-board \
  site screenshots browser audit validate schema checksums test fuzz test-faults regression coverage check check-wheel release-check format \
  build clean docs submission-comment

setup: $(READY)

INSTALL = $(BIN)/python -m pip install --quiet --no-compile $(addprefix --constraint ,$(CONSTRAINTS))

# What a run needs.
$(INSTALLED): pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --editable .
	touch $(INSTALLED)

# What tests, checks and the site need besides.
$(READY): $(INSTALLED)
	$(INSTALL) --editable ".[dev,docs]"
	touch $(READY)

bench: $(INSTALLED)
	$(BIN)/synact-bench run --suite bench

bench-speed: $(READY)
	$(BIN)/pytest benchmarks/test_throughput.py benchmarks/test_work_once.py \
	  benchmarks/test_bootstrap.py benchmarks/test_board.py --benchmark-only

bench-scaling: $(READY)
	$(BIN)/pytest benchmarks/test_scaling.py --benchmark-only

bench-adaptive: $(READY)
	$(BIN)/pytest benchmarks/test_adaptive.py --benchmark-only

# The published boards, from the records and submissions in the repository; nothing is run: that of
# the suite, with a column a testbed, and that of the paper's layer.
RECORDS := leaderboard/records
SUBMISSIONS := leaderboard/submissions
SUITE := smollm2-135m-layer10 smollm2-135m-layer15 smollm2-135m-layer20 \
  gemma3-270m-layer5 gemma3-270m-layer12
PAPER := smollm2-135m
published = $(wildcard $(1:%=$(RECORDS)/%.parquet)) \
  $(addprefix --submissions ,$(wildcard $(1:%=$(SUBMISSIONS)/%)))
BOARD = $(BIN)/synact-bench board $(call published,$(SUITE)) --out leaderboard
PAPERS = $(BIN)/synact-bench board $(call published,$(PAPER)) --out leaderboard/$(PAPER)

# The paper's findings on all of them.
FINDINGS = $(BIN)/synact-bench reproduce paper $(addprefix --from ,\
  $(wildcard $(patsubst %,$(RECORDS)/%.parquet,$(PAPER) $(SUITE)))) --out leaderboard

# Whether realism predicts what else is reported.
CONVENTIONAL = $(BIN)/synact-bench conventional $(wildcard $(SUITE:%=$(RECORDS)/%.parquet)) --out leaderboard

board: $(READY)
	$(BOARD)
	$(PAPERS)
	$(FINDINGS)
	$(CONVENTIONAL)

# The committed boards are what they give: numbers nearly, all else to the byte.
check-board: $(READY)
	$(BOARD) --check
	$(PAPERS) --check

# All testbeds as pages to look at, from the same records; nothing is run.
# Without npm, or the plotting library in the cache, it says what to do: `make browser` on Debian.
SITE := build/board
site: $(READY)
	$(BIN)/synact-bench site $(call published,$(SUITE) $(PAPER)) --out $(SITE)

# Pictures of it for the page of the documentation that tells about it, in headless Chromium.
screenshots: site
	$(BIN)/python -m tests.screenshots $(SITE) --out docs/images

# What the site is made and tested with beside Python, on Debian, where it is missing: npm, which
# fetches the plotting library, and a browser with its driver, without which tests are skipped.
AS_ROOT = $(if $(filter 0,$(shell id -u)),,$(call found,sudo))
BROWSERS := chromium chromium-browser google-chrome
found = $(strip $(foreach each,$(1),$(shell command -v $(each) 2>/dev/null)))
LACKING = $(if $(call found,npm),,npm) $(if $(call found,$(BROWSERS)),,chromium) \
  $(if $(call found,chromedriver),,chromium-driver)
browser:
	$(if $(strip $(LACKING)),$(AS_ROOT) apt-get update && \
	  $(AS_ROOT) apt-get install --yes --no-install-recommends $(LACKING),@echo nothing is missing)

# What speaks for it: split halves, real against real, ladder, robustness, trivial explanation.
audit: $(READY)
	$(BIN)/synact-bench audit $(call published,$(PAPER)) --out leaderboard/$(PAPER)

# Submissions, those of all testbeds or those in FILES, are what they say; nothing lies beside them.
FILES ?= $(wildcard leaderboard/submissions)
TAKEN := $(addprefix --records ,$(wildcard $(RECORDS)/*.parquet))
validate: $(READY)
	$(if $(FILES),$(BIN)/synact-bench validate $(FILES) $(TAKEN),@echo no submissions)

schema: $(READY)
	$(BIN)/synact-bench schema --out leaderboard/schema

test: $(READY)
	$(BIN)/pytest -n auto --dist loadfile

# A hundred thousand hostile inputs to all that is read from outside or shown; minutes to an hour.
fuzz: $(READY)
	$(BIN)/python -m tests.fuzz

# What goes wrong, made to happen: kills, full disks, flipped bits, plugins. The end says how often.
test-faults: $(READY)
	$(BIN)/pytest tests/faults tests/attacks/test_misbehaviours.py tests/isolation tests/run/executors -m ""

# Every cell of the smoke preset on the real model, measured again and compared with the baseline;
# then the optional baselines, except the one whose training ends elsewhere on another processor.
COMPARED := $(BIN)/pytest benchmarks/test_sensitivity.py benchmarks/test_plateau.py -q --synact-preset smoke
regression: $(READY)
	rm -rf build/regression build/regression-optional
	$(COMPARED) --synact-compare baselines/smollm2-135m/smoke.json --synact-runs build/regression
	$(COMPARED) --synact-compare baselines/smollm2-135m/smoke-optional.json \
	  --synact-runs build/regression-optional --synact-generator cooccurring-latents \
	  --synact-generator cluster-gaussian --synact-generator neighbour-interpolation

# What a run reads beside the weights, which are pinned: a changed bit is refused.
LISTED := fingerprint.json sae/cfg.json prior/card.json
checksums:
	cd baselines && sha256sum $(sort $(foreach each,$(LISTED),$(patsubst baselines/%,%,$(wildcard baselines/*/$(each))))) > SHA256SUMS

# What numbers are made of must be tested branch by branch.
coverage: $(READY)
	$(BIN)/pytest -q tests/metrics tests/scoring tests/similarity tests/paths \
	  --cov=synact_bench.metrics --cov=synact_bench.scoring --cov=synact_bench.similarity \
	  --cov=synact_bench.paths --cov-branch --cov-fail-under=95

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

build: $(READY)
	rm -rf dist
	$(BIN)/python -m build --outdir dist

# The wheel, installed elsewhere, has the data files it needs.
check-wheel: build
	rm -rf build/installed
	$(BIN)/python -m pip install --quiet --no-deps --target build/installed dist/*.whl
	cd build && PYTHONPATH=installed ../$(BIN)/python -c "$$WHEEL_HAS_ITS_FILES"
	cd $$(mktemp -d) && PYTHONPATH=$(CURDIR)/build/installed $(CURDIR)/$(BIN)/python -m pytest \
	  --pyargs synact_bench.suite --collect-only -qq -p no:cacheprovider

define WHEEL_HAS_ITS_FILES
import synact_bench
from synact_bench.results import published
from synact_bench.testbeds import spec
assert "installed" in synact_bench.__file__, synact_bench.__file__
assert "installed" in str(published.home()) and "smollm2-135m" in published.testbeds()
assert set(spec.catalog()) >= {"smollm2-135m", "gpt2-small"}
from importlib import resources
site = resources.files("synact_bench.site")
assert all((site / each).is_file() for each in ("templates/index.html.jinja", "static/site.css"))
assert (spec.baselines() / "smollm2-135m/sae/sae_weights.safetensors").is_file()
import tempfile
from pathlib import Path
from synact_bench import scaffold
with tempfile.TemporaryDirectory() as folder:
    assert (scaffold.write(scaffold.PluginName("my-method"), out=Path(folder)) / "README.md").is_file()
print("wheel: complete")
endef
export WHEEL_HAS_ITS_FILES

# pyproject.toml, CHANGELOG.md and CITATION.cff name one version; so does the tag VERSION=v0.2.0, if
# given, and SOURCE is the repository they name. The notes of the release: build/release-notes.md
release-check: $(INSTALLED)
	$(BIN)/python .ci/release.py --version "$$VERSION" --source "$$SOURCE" \
	  --notes build/release-notes.md

# The site, in build/site; a warning is an error.
docs: $(READY)
	$(BIN)/mkdocs build --strict

# `validate`, and the board that follows, as a comment for a pull request: also where it is refused.
submission-comment: $(READY)
	.ci/submission-comment

clean:
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache

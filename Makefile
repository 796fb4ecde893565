# Everything happens in .venv, which is made here. Other Python: make PYTHON=python3.12 run
PYTHON ?= python3
ARGS ?=

INSTALL_HELP = Could not install the packages: pip says why above. Is there a network? Without one it speaks of conflicts.
VENV_HELP = $(PYTHON) cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv
AGE_CHECK = import sys; sys.version_info < (3, 11) and sys.exit( \
	f"Tocsin needs Python 3.11 or newer, $(PYTHON) is {sys.version.split()[0]}. Try: make PYTHON=python3.12")
INSTALL = $(PYTHON) -m venv .venv && PIP_CONSTRAINT=constraints.txt .venv/bin/pip install --disable-pip-version-check

PIP_AUDIT = pip-audit==2.10.1
ATHERIS = atheris==3.0.0
RELEASE_TOOLS = build==1.6.1 cyclonedx-bom==7.5.0 hatchling
SITE_TOOLS = mkdocs==1.6.1 mkdocs-material==9.8.2
SECONDS ?= 600

# Tests without a broker share all cores. Those on a broker mostly wait: two files of them run beside each other.
PURE = -n logical --maxprocesses 8 -m 'not broker and not slow'
REST = -n 2 --dist loadfile -m 'broker or slow'

.PHONY: help run quick test proof busy simulate chaos bench lint reference release site audit fuzz pictures clean

help:
	@echo "make run       a real Kafka, a worker and a simulated shift, live in this terminal (ARGS='--speed 120')"
	@echo "make quick     lint, types and the tests without a broker, the laws tried less often; some minutes"
	@echo "make test      all tests, against a real Kafka, and the coverage of the pure folders (ARGS='tests/unit -k clock')"
	@echo "make proof     before a release: all faults, 1,000 seeds, planted bugs, laws tried deeply; results are kept; hours"
	@echo "make busy      make test while other processes take all cores (ARGS='tests/kafka -k takeover')"
	@echo "make simulate  whole SOC days with faults, drawn from seeds, on all cores (SEEDS=1-200, ARGS=--help)"
	@echo "make chaos     eleven faults on real brokers, written to tests/chaos/RESULTS.md (ARGS='--share 0.1 --only zombies')"
	@echo "make bench     Tocsin and its peers on one job, to tests/benchmarks/RESULTS.md (ARGS='--rounds 1 --events 6000')"
	@echo "make lint      ruff and mypy"
	@echo "make reference pages, schemas and resources that follow from the code, made anew"
	@echo "make release   wheel, sdist, list of parts (CycloneDX), checksums and provenance; to dist"
	@echo "make site      the documents as a site that needs no network, to .tocsin/site; a broken link fails"
	@echo "make audit     known vulnerabilities of what is installed, by pip-audit"
	@echo "make fuzz      intake with whatever bytes, guided by coverage, for ten minutes (SECONDS=60)"
	@echo "make pictures  the wallboard in a real browser, and the picture of the README"
	@echo "make clean     remove what the others made"

run: .venv/installed-dev
	@.venv/bin/tocsin dev $(ARGS)

quick: lint
	@.venv/bin/pytest -q $(PURE) --hypothesis-profile quick $(ARGS)

ifeq ($(ARGS),)
test: .venv/installed-test
	@.venv/bin/pytest $(PURE) --cov
	@.venv/bin/pytest $(REST)
else
test: .venv/installed-test
	@.venv/bin/pytest $(ARGS)
endif

proof: .venv/installed-test
	@.ci/proof

busy: .venv/installed-test
	@.venv/bin/python tools/busy.py $(MAKE) test  # which gets ARGS by itself

simulate: .venv/installed-test
	@.venv/bin/python -m tests.simulation $(if $(SEEDS),--seeds '$(SEEDS)') $(ARGS)

chaos: .venv/installed-test
	@.venv/bin/python tests/chaos/run.py $(ARGS)

bench: .venv/installed-test .tocsin/peers/librdkafka/installed .tocsin/peers/quixstreams/installed
	@.venv/bin/python tests/benchmarks/contest.py $(ARGS)

lint: .venv/installed-test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy --num-workers auto

reference: .venv/installed-test
	@.venv/bin/tocsin schemas schemas
	@.venv/bin/python tools/metrics.py
	@.venv/bin/python -m tools.dashboards
	@.venv/bin/python -m tools.resources
	@.venv/bin/python -m tools.reference
	@.venv/bin/python -m tools.sizing
	@.venv/bin/python tools/links.py

release: .tocsin/release/installed
	@.tocsin/release/bin/python tools/release.py $(ARGS)

site: .tocsin/mkdocs/installed
	@NO_MKDOCS_2_WARNING=1 .tocsin/mkdocs/bin/mkdocs build --quiet $(ARGS)

audit: .tocsin/audit/installed
	@.tocsin/audit/bin/python tools/audit.py $(ARGS)

fuzz: .tocsin/fuzz/installed
	@PYTHONPATH=src .tocsin/fuzz/bin/python tools/fuzz.py --seconds $(SECONDS) $(ARGS)

pictures: .venv/installed-test
	@.venv/bin/python -m tests.board.screenshots --readme $(ARGS)
	@.venv/bin/python -m tools.reports --picture docs/report.png

.venv/installed-dev: EXTRAS = dev
.venv/installed-test: EXTRAS = dev,test
.venv/installed-dev .venv/installed-test: pyproject.toml constraints.txt
	@$(PYTHON) -c '$(AGE_CHECK)'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(VENV_HELP)" >&2; exit 1; }
	@$(INSTALL) --editable '.[$(EXTRAS)]' || { echo "$(INSTALL_HELP)" >&2; exit 1; }
	@touch $@

.tocsin/audit/installed:
	@$(PYTHON) -m venv .tocsin/audit && .tocsin/audit/bin/pip install --quiet --disable-pip-version-check $(PIP_AUDIT)
	@touch $@

.tocsin/release/installed: constraints.txt
	@$(PYTHON) -m venv .tocsin/release
	@PIP_CONSTRAINT=constraints.txt .tocsin/release/bin/pip install --quiet --disable-pip-version-check $(RELEASE_TOOLS)
	@touch $@

.tocsin/mkdocs/installed: constraints.txt
	@$(PYTHON) -m venv .tocsin/mkdocs
	@PIP_CONSTRAINT=constraints.txt .tocsin/mkdocs/bin/pip install --quiet --disable-pip-version-check $(SITE_TOOLS)
	@touch $@

.tocsin/peers/%/installed: tests/benchmarks/peers/%.txt
	@$(PYTHON) -m venv .tocsin/peers/$*
	@.tocsin/peers/$*/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.tocsin/fuzz/installed: pyproject.toml constraints.txt
	@$(PYTHON) -m venv .tocsin/fuzz
	@PIP_CONSTRAINT=constraints.txt .tocsin/fuzz/bin/pip install --quiet --disable-pip-version-check . $(ATHERIS)
	@touch $@

clean:
	rm -rf .venv .tocsin .hypothesis .mypy_cache .pytest_cache .ruff_cache dist

# One way to run each thing, the same for a person and for CI. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

UV     := .tools/bin/uv
PYTHON := .venv/bin/python
RASA   := .venv-rasa/bin/rasa
MODEL  := models/harbour.tar.gz
PAGE   := bot/widget/static/.built

export PYTHONPATH := $(CURDIR)
export RASA_TELEMETRY_ENABLED := false
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
export TF_CPP_MIN_LOG_LEVEL := 3
export UV_NO_PROGRESS := 1
comma := ,
quiet := -W ignore::DeprecationWarning

say = @printf '\n== %s\n' "$(1)"
again = || { echo "That step did not finish. Mend what it says above, then run the same make command again." >&2; exit 1; }

.PHONY: help run test check format train evaluate bench soak content assets migrate lock clean

help: ## List these commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: .venv/.bot $(PAGE) $(MODEL) ## Set up what is missing, train when needed, start everything
	@exec $(PYTHON) -m bot up

test: .venv/.dev $(PAGE) $(MODEL) ## Set up what is missing, run every test
	$(call say,Running every test in seven groups$(comma) two at a time (about ten minutes))
	@$(MAKE) --no-print-directory --jobs 2 --keep-going $(groups)

# Each group is a process of its own: Playwright keeps an event loop in the main thread,
# in which asynchronous tests cannot run. What is in no other group is in the fast one.
# The longest comes first, and the browsers when it has ended: the tests of faults hold Harbour to
# a second, with a busy browser beside them on two cores it is the machine that is measured.
groups := test-brain test-telegram test-conversations test-fast test-page test-embedding test-console
.PHONY: $(groups)
group_brain := tests/brain tests/faults
group_telegram := tests/telegram
group_conversations := tests/conversations
group_embedding := tests/browser/test_embed.py tests/browser/test_come_back.py tests/browser/test_first_view.py
group_page := tests/browser $(foreach file,$(group_embedding),--ignore $(file))
group_console := tests/console_browser
others := $(group_brain) $(group_telegram) $(group_conversations) tests/browser $(group_console)
group_fast := tests $(foreach folder,$(others),--ignore $(folder))

$(groups): test-%:
	@$(PYTHON) -m pytest $(group_$*) 2>&1 | sed -u 's/^/$* | /'

check: .venv/.dev .venv-rasa/.rasa node_modules/.installed ## Style and types
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -m mypy --config-file mypy-rasa.ini --python-executable .venv-rasa/bin/python bot/nlu actions
	scripts/npm run --silent check

format: .venv/.dev ## Put the code in the project's style
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

train: $(MODEL) ## Train the brain, when its data changed

evaluate: .venv/.dev $(MODEL) ## Measure understanding on the sets that nothing was trained on
	$(PYTHON) -m bot evaluate intents tests/evaluation/intents.jsonl
	$(PYTHON) -m bot evaluate crisis tests/evaluation/crisis_gate.jsonl

soak: .venv/.dev $(PAGE) $(MODEL) ## The long fault tests: kill -9 at 60 points of conversations, 100 of handoffs
	@$(PYTHON) -m pytest tests/faults/test_kill.py --kill-points 60
	@$(PYTHON) -m pytest tests/faults/test_handoff.py --kill-points 100

bench: .venv/.dev $(MODEL) ## Measure how long a turn takes
	$(PYTHON) -m tests.bench

content: .venv/.dev ## Write everything Harbour can say to one page, for review
	$(PYTHON) -m bot content

assets: $(PAGE) ## Build the page

migrate: .venv/.bot ## Bring both databases to the newest schema
	$(PYTHON) -m bot migrate

lock: .tools/.installed ## Work out the locked requirements again, at the newest versions
	$(UV) pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/tools.in -o requirements/tools.txt
	$(UV) pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/bot.in --override requirements/bot-overrides.txt -o requirements/bot.txt
	$(UV) pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/dev.in --override requirements/bot-overrides.txt -c requirements/bot.txt -o requirements/dev.txt
	$(UV) pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/train.in --override requirements/bot-overrides.txt -c requirements/bot.txt -o requirements/train.txt
	$(UV) pip compile -q --upgrade --python-version 3.10 --generate-hashes --no-emit-index-url --no-header requirements/rasa.in --override requirements/rasa-overrides.txt -o requirements/rasa.txt

clean: ## Remove what was built, but not the conversations in var/
	rm -rf .venv .venv-rasa .tools .rasa build models node_modules bot/widget/static bot/console/static

# --- the environments

.tools/.installed: requirements/tools.txt
	$(call say,Fetching the installer)
	@python3 -m venv .tools $(again)
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< $(again)
	@touch $@

.venv/.bot: requirements/bot.txt .tools/.installed
	$(call say,Setting up the bot (about 300 MB))
	@[ -x $(PYTHON) ] || $(UV) venv --quiet --python '>=3.11,<3.14' .venv $(again)
	@$(UV) pip install --quiet --no-deps --require-hashes --python $(PYTHON) -r $< $(again)
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.bot
	$(call say,Setting up the tests)
	@$(UV) pip install --quiet --no-deps --require-hashes --python $(PYTHON) -r $< $(again)
	@touch $@

.venv-rasa/.rasa: requirements/rasa.txt .tools/.installed
	$(call say,Setting up the brain: Rasa on Python 3.10 (about 2 GB on disk))
	@[ -x .venv-rasa/bin/python ] || $(UV) venv --quiet --python "$$(scripts/find-python310)" .venv-rasa $(again)
	@$(UV) pip install --quiet --no-deps --require-hashes --python .venv-rasa/bin/python -r $< $(again)
	@touch $@

node_modules/.installed: package-lock.json
	$(call say,Fetching the page's libraries)
	@scripts/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error $(again)
	@touch $@

# --- what is built

$(PAGE): node_modules/.installed bot/widget/build.mjs bot/console/build.mjs $(wildcard bot/widget/src/* bot/widget/src/*/* bot/widget/words/* bot/console/src/*)
	$(call say,Building the page)
	@scripts/npm run --silent build $(again)
	@touch $@

build/signals/meta.json: .venv-rasa/.rasa data/signals.yml bot/nlu/signals.py
	@mkdir -p build
	@.venv-rasa/bin/python $(quiet) -m bot.nlu.signals data/signals.yml build/signals $(again)
	@touch $@

$(MODEL): build/signals/meta.json config.yml domain.yml $(wildcard data/nlu/*.yml data/stories/*.yml bot/nlu/*.py bot/encoder.py)
	$(call say,Training the brain (about two minutes))
	@$(RASA) train --fixed-model-name harbour --out models > build/train.log 2>&1 || { tail -20 build/train.log >&2; echo "Training failed; the whole of it is in build/train.log." >&2; exit 1; }
	@touch $@

PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help run test test-fast test-faults bench load mutants lint audit lock format clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\): ## /  make \1\t/p' Makefile | expand -t 20

run: ## set everything up and serve the product with demo data (PORT=8123 make run)
	@$(PYTHON) -m posture.launch run

test: ## set everything up and run all tests
	@$(PYTHON) -m posture.launch test

test-fast: ## the tests that take little time, on SQLite: at most a minute on two cores
	@$(PYTHON) -m posture.launch test-fast

test-faults: ## break things at any size (make test-faults KILLS=500 SAVES=20000 DATABASE=postgres SEED=1)
	@KILLS="$(KILLS)" SAVES="$(SAVES)" DATABASE="$(DATABASE)" SEED="$(SEED)" $(PYTHON) -m posture.launch test-faults

bench: ## race the product against other engines (make bench N=100000 ONLY=explorer_cut)
	@$(PYTHON) -m posture.launch bench

load: ## 300 respondents, 5 analysts and an export at once (make load DURATION=60 DATABASE=postgres SEED=1)
	@DURATION="$(DURATION)" DATABASE="$(DATABASE)" SEED="$(SEED)" $(PYTHON) -m posture.launch load

mutants: ## change what guards something, bit by bit: is each change noticed? (make mutants FILE=surveys/rate_limits/limits.py)
	@FILE="$(FILE)" $(PYTHON) -m posture.launch mutants

lint: ## style, types, import direction, migrations, lock files
	@$(PYTHON) -m posture.launch lint

audit: ## known weaknesses of the pinned versions, where advisories can be reached
	@$(PYTHON) -m posture.launch audit

lock: ## make requirements*.txt from requirements*.in
	@$(PYTHON) -m posture.launch lock

format: ## format the code
	@$(PYTHON) -m posture.launch format

clean: ## remove the environment, the demo data and the caches
	@$(PYTHON) -m posture.launch clean

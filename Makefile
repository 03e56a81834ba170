# DeAI: `make help` lists what there is. Needs Node >= 20, npm and make; everything else comes from npm.
.DEFAULT_GOAL := help
DASHBOARD := apps/dashboard/dist/index.html
.PHONY: help demo up dashboard test check bench e2e torture contracts format generate clean

INSTALLED := node_modules/.installed

$(INSTALLED): package.json package-lock.json $(wildcard */*/package.json)
	@echo "Installing dependencies (once)…"
	@# Not `npm ci`: it fails where a registry lacks the optional packages of other platforms. Versions are those of the lock file.
	@npm install --no-save --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

$(DASHBOARD): $(INSTALLED) $(shell find apps/dashboard/src apps/dashboard/scripts apps/dashboard/index.html apps/dashboard/vite.config.ts sdks/js/src packages/protocol/src -type f -not -name '*.test.ts')
	@echo "Building the dashboard…"
	@npm run --silent dashboard

help: ## this list
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

demo: $(INSTALLED) $(DASHBOARD) ## the whole network, three nodes and real tasks; KEEP=1 leaves it running
	@npm run --silent demo

up: $(INSTALLED) $(DASHBOARD) ## the network on port 8080, its data kept in ./.deai
	@npm run --silent deai -- up

dashboard: $(INSTALLED) $(DASHBOARD) ## build the web page that the gateway serves at /; `make up` and `make demo` do it too

test: $(INSTALLED) $(DASHBOARD) ## every test, from nothing; TESTS='…' for the runner's own arguments
	@npm run --silent test -- $(TESTS)

e2e: $(INSTALLED) $(DASHBOARD) ## the tests of the whole stack alone
	@npm run --silent test -- tests/e2e tests/browser

torture: $(INSTALLED) ## kill server, node and database under load; ROUNDS=500 MINUTES=600 SEED=…
	@DEAI_TORTURE_ROUNDS=$(or $(ROUNDS),500) DEAI_TORTURE_MINUTES=$(MINUTES) DEAI_TORTURE_SEED=$(SEED) npm run --silent torture

contracts: ## build the NEAR contracts; CHECK=1 compares with the committed files
	@contracts/build $(if $(CHECK),--check)

check: $(INSTALLED) ## types, lint, imports, unused exports, generated files
	@npm run --silent typecheck
	@npm run --silent lint
	@npm run --silent imports
	@npm run --silent unused
	@npm run --silent generated

bench: $(INSTALLED) ## measure the network beside its peers, half an hour; writes bench/results/dispatch.json
	@npm run --silent bench

format: $(INSTALLED) ## format and fix what can be fixed
	@npm run --silent format

generate: $(INSTALLED) ## write docs/errors.md, docs/licences.md, docs/openapi.json and .env.example anew
	@npm run --silent generate

clean: ## remove what installing and running left behind
	rm -rf node_modules .deai apps/dashboard/dist

# Kumulus. `make help` lists the targets; every one sets up what it needs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
.DEFAULT_GOAL := help
INSTALLED := node_modules/.installed
# npm's packages and Debian's are fetched side by side.
MAKEFLAGS += --jobs=2

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Node itself comes from npm (the `node` package), so one install brings everything the project runs on.
$(INSTALLED): package-lock.json package.json .npmrc
	@command -v npm >/dev/null || { echo "Kumulus needs npm (Debian: apt-get install npm) and found none." >&2; exit 1; }
	@echo "Installing the packages of package-lock.json into node_modules (about a minute, once)…"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: demo
demo: $(INSTALLED) ## Start the cloud, launch a Linux VM in it and show it (ONESHOT=1: end after the proof)
	@node e2e/demo.ts

.PHONY: test
test: $(INSTALLED) ## Check types and generated files, run the tests of code, scenarios, failures, fields and attacks
	@node e2e/run-tests.ts

.PHONY: test-integration
test-integration: $(INSTALLED) network ## Run the tests of real processes, guests and packets on the sandbox, of chart, images and GitOps (FILES='…')
	@node e2e/integration/main.ts $(FILES)

.PHONY: test-network
test-network: $(INSTALLED) network ## Send 20,000 packets through random networks on a real OVN and compare each with EC2's rules (NETWORK_PROBES, NETWORK_SEED)
	@NETWORK_PROBES=$${NETWORK_PROBES:-20000} NETWORK_SEED=$${NETWORK_SEED:-1} ava --timeout=60m e2e/network/packets.test.ts

.PHONY: test-data
test-data: $(INSTALLED) guests ## Kill the operator at each write of what is done with disks that real guests write to (half an hour; DATA_DEATHS=every)
	@DATA_DEATHS=$${DATA_DEATHS:-each} ava --timeout=12h e2e/integration/guest-data.test.ts

.PHONY: test-all
test-all: test test-integration ## Run both, one after the other

.PHONY: test-kubernetes
test-kubernetes: $(INSTALLED) ## Run the integration tests on a real Kubernetes control plane (built once; FILES='…'; or E2E_EXISTING=1, KUBEBUILDER_ASSETS)
	@node e2e/kubernetes/main.ts $(FILES)

.PHONY: test-kubevirt
test-kubevirt: $(INSTALLED) ## Run them where KubeVirt's own virt-api and virt-controller run (KUBECONFIG of such a cluster; only nodes are played; FILES='…')
	@node e2e/kubevirt/main.ts $(FILES)

.PHONY: test-kube-ovn
test-kube-ovn: $(INSTALLED) network ## Send packets through what Kube-OVN's own controller makes of random worlds (KUBECONFIG of its cluster; OVN_NB_DB, OVN_SB_DB)
	@node e2e/kube-ovn/main.ts

.PHONY: control-plane
control-plane: $(INSTALLED) ## Build that control plane (six minutes on two cores, once) and say where it is
	@node e2e/kubernetes/build.ts

.PHONY: guests
guests:
	@sandbox/tools/debian.sh || echo "Tests with real guests will be skipped: QEMU and its tools could not be installed."

# After the guests', since only one at a time can install.
.PHONY: network
network: guests
	@sandbox/tools/debian.sh network || echo "Tests with real packets will be skipped: Open vSwitch, OVN and their tools could not be installed."

.PHONY: sandbox
sandbox: $(INSTALLED) ## Start the sandbox alone and print its kubeconfig (SANDBOX_HYPERVISOR=simulated|qemu)
	@node sandbox/main.ts $(ARGS)

.PHONY: generate
generate: $(INSTALLED) ## Write the CRDs, the API reference and the chart's share from the schemas
	@node crds/generate.ts
	@node charts/generate.ts

.PHONY: lint
lint: $(INSTALLED) ## ESLint, import directions, unused code
	@eslint --max-warnings 0 .
	@knip

.PHONY: coverage
coverage: $(INSTALLED) ## Run every test and say which lines none of them ran
	@npm run --silent coverage

.PHONY: explore
explore: $(INSTALLED) ## Explore histories of failure (SEEDS=100, SCENARIO=…, FAMILY=…, EVERY=1, PLAN='…'; ARGS=--help)
	@node e2e/simulation/explorer/main.ts $(if $(SEEDS),--seeds '$(SEEDS)') $(if $(SCENARIO),--scenario '$(SCENARIO)') \
	  $(if $(FAMILY),--family '$(FAMILY)') $(if $(EVERY),--every) $(if $(PLAN),--plan '$(PLAN)') $(ARGS)

.PHONY: churn
churn: $(INSTALLED) ## Make and give up CHURN=1000 disks and snapshots while everything fails (CHURN_SEED=1)
	@CHURN=$(or $(CHURN),1000) CHURN_SEED=$(or $(CHURN_SEED),1) node_modules/.bin/ava --timeout=60m e2e/simulation/churn/churn.test.ts

.PHONY: bench
bench: $(INSTALLED) ## Measure the operator on the sandbox; one JSON line a figure
	@node bench/main.ts

.PHONY: bench-check
bench-check: $(INSTALLED) ## Fail if a launch costs the operator a fifth more than the kept figure (two minutes)
	@node bench/check.ts

.PHONY: bundle
bundle: $(INSTALLED) ## Bundle the operator and the admission server into dist/, as the image holds them
	@SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || echo 0)} npm run --silent bundle

.PHONY: images
images: ## Build the container image (needs Docker; IMAGE=name:tag, PUSH=1 to a registry)
	@images/build.sh $(ARGS)

.PHONY: e2e
e2e: $(INSTALLED) ## Run the integration tests with real guests on kind (needs Docker; E2E_EXISTING=1: on KUBECONFIG's cluster)
	@node e2e/kind/main.ts $(ARGS)

.PHONY: e2e-down
e2e-down: ## Delete the cluster that `make e2e` made
	@e2e/kind/up.sh --down

.PHONY: clean
clean: ## Remove what the targets made (packages, caches, a stopped sandbox's data)
	@rm -rf node_modules .cache .sandbox coverage dist

# The menu. Each line calls xtask, which says what it does and what is missing: `make help`.

# Toolchains are found in their usual places even where no login shell has put them on PATH.
export PATH := $(HOME)/.cargo/bin:/usr/local/go/bin:$(PATH)
# Builds stay outside the checkout, in a folder of its own: cargo takes what another clone compiled there for its own.
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/pgo/target$(subst /,-,$(CURDIR))

XTASK = @sh xtask/prepare && cargo xtask
ARGS =

help: ## Show this list (the default)
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | sed 's/\$$\$$/$$/g' | expand -t 16

up: ## Bring up Kubernetes (or use the one KUBECONFIG names), images, operator and API server
	$(XTASK) up

env: ## Print the export lines that reach it: eval "$$(make env)"
	$(XTASK) env

down: ## Take all of it away again
	$(XTASK) down

demo: ## Show a cluster that survives the loss of its primary
	$(XTASK) demo

test: ## Run every test, the end-to-end ones included (ARGS="a-test": only some of those)
	$(XTASK) test $(ARGS)

check: ## Run everything that needs no Kubernetes: minutes
	$(XTASK) check

bench: ## Print the project's figures, each beside its floor (ARGS="--only birth")
	$(XTASK) bench $(ARGS)

fuzz: ## Feed the parsers for an hour with input that nobody thought of (ARGS=600: minutes)
	$(XTASK) fuzz $(ARGS)

# For .ci/run, after a failure: what the bed and the operator say last.
diagnose:
	$(XTASK) diagnose

.PHONY: diagnose help up env down demo test check bench fuzz

# The front door: each target is a line or two over scripts/ and the CMake presets.
PREFIX ?= /usr/local
DESTDIR ?=
ARGS ?=
RELEASE := build/release
GENERATE := cmake --preset release -DCMAKE_INSTALL_PREFIX="$(PREFIX)" $(CMAKE_ARGS)

.DEFAULT_GOAL := build
.PHONY: help deps build run test bench lint format install clean

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

deps: ## install the Debian packages that building and running need, if any is missing
	@scripts/deps build

build: deps ## build libkzg, kzgd and kzg for release in build/release
	@test -f $(RELEASE)/build.ninja || $(GENERATE) -DKZG_TESTS=OFF
	@cmake --build $(RELEASE)

run: build ## start kzgd with the embedded mainnet setup; ARGS="--listen ..." for its flags
	@exec $(RELEASE)/src/service/kzgd $(ARGS)

test: ## run every test; RUNS="dev asan" for some of them (docs/testing.md)
	@scripts/test $(RUNS)

bench: ## measure every operation beside other implementations; writes a table and CSV
	@scripts/deps build test load
	@bench/run $(ARGS)

lint: ## layout, static analysis and house rules
	@scripts/deps build test lint
	@scripts/lint

format: ## lay out the code as .clang-format says
	@scripts/lint --fix-format

install: deps ## install below $(DESTDIR)$(PREFIX), /usr/local by default
	@$(GENERATE) $(if $(wildcard $(RELEASE)/build.ninja),,-DKZG_TESTS=OFF)
	@cmake --build $(RELEASE)
	@DESTDIR="$(DESTDIR)" cmake --install $(RELEASE)

clean: ## remove build/
	rm -rf build

# streamgauge: one flat file. `make help` lists what it can do.
# Variants never mix: build/ is the ordinary one, build/asan/ the one of `make check-asan`.

VERSION = 0.1.0
DATE = November 26, 2026
PREFIX ?= /usr/local
B ?= build
ifeq ($(origin CC),default)
CC = gcc
endif

SOURCES := $(wildcard schema/*.c runner/*.c store/*.c analyze/*.c report/*.c)
OBJECTS := $(SOURCES:%.c=$(B)/%.o)
TESTS := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/test_*.c))
FUZZERS := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/fuzz_*.c))
FUZZ_SECONDS ?= 10
EMBEDDED := $(wildcard schema/sql/*.sql schema/scenarios/*.json schema/json/*.json report/page.*)

# `make V=1` shows the commands whole.
ifneq ($(V),1)
Q = @
SAY = @printf '  %-4s %s\n'
else
SAY = @:
endif

# Asked for once, when first needed: `make deps` may have to come before it.
LIBRARIES = libwebsockets libcjson sqlite3 openssl zlib
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(LIBRARIES)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $$(shell pkg-config --libs $(LIBRARIES)))$(PKG_LIBS)

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla -Wformat=2 -Wundef $(if $(CI),-Werror)
# Contraction would let the same statistics differ between machines.
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DSTREAMGAUGE_VERSION='"$(VERSION)"' \
	-DSTREAMGAUGE_DATE='"$(DATE)"' -DSQLITE_CORE -I. -fPIC \
	-ffp-contract=off -fno-math-errno $(WARNINGS) $(PKG_CFLAGS) $(CFLAGS) $(SANITIZE)
ALL_LDFLAGS = $(LDFLAGS) $(SANITIZE)
LIBS = $(PKG_LIBS) -lev -lm

DEPS = gcc make pkg-config libsqlite3-dev libwebsockets-dev libev-dev libssl-dev libcjson-dev \
	zlib1g-dev gnuplot-nox fonts-inter sqlite3 git
DEPS_TEST = chromium perl python3 python3-websockets cmark-gfm python3-jsonschema prometheus libxml2-utils mandoc zsh fish jq \
	openssl python3-fastapi python3-uvicorn python3-prometheus-client python3-jwt nginx-light libnginx-mod-nchan \
	openjdk-17-jdk-headless libhdrhistogram-java

.PHONY: all deps deps-test demo test test-long check-asan fuzz fuzzers bench bench-analysis golden fmt tidy install clean help
.DELETE_ON_ERROR:

all: $(B)/streamgauge $(B)/streamgauge.so ## build the program and the extension for SQLite

$(B)/streamgauge: $(B)/main.o $(B)/libstreamgauge.a
	$(SAY) LD $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/libstreamgauge.a: $(OBJECTS)
	$(SAY) AR $@
	@rm -f $@
	$(Q)ar rcs $@ $(OBJECTS)

$(B)/%.o: %.c
	$(SAY) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The extension: the program's own SQL functions, compiled once more to call the SQLite of its host.
# --no-undefined: it needs nothing but these libraries. Only its entry can be seen from outside.
EXTENSION := $(patsubst %.c,$(B)/extension/%.o,$(wildcard store/sqlfunc*.c) store/cmd_extension.c)

$(B)/streamgauge.so: $(EXTENSION) $(B)/libstreamgauge.a
	$(SAY) LD $@
	$(Q)$(CC) -shared $(ALL_LDFLAGS) -Wl,--exclude-libs,ALL -Wl,--no-undefined -o $@ $^ -lz -lm

$(B)/extension/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -USQLITE_CORE -fvisibility=hidden -MMD -MP -c -o $@ $<

# .incbin is not seen by -MMD.
$(B)/schema/embed.o: $(EMBEDDED)

$(B)/tests/%: tests/%.c $(B)/libstreamgauge.a
	$(SAY) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP $(ALL_LDFLAGS) -o $@ $< $(B)/libstreamgauge.a $(LIBS)

# One program of several files, one a topic.
BENCH_ANALYSIS := $(wildcard tests/bench_analysis*.c)
$(B)/tests/bench_analysis: $(BENCH_ANALYSIS) $(wildcard tests/*.h) $(B)/libstreamgauge.a
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(BENCH_ANALYSIS) $(B)/libstreamgauge.a $(LIBS)

$(B)/tests/fuzz_%: tests/fuzz_%.c $(B)/libstreamgauge.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer $(ALL_LDFLAGS) -o $@ $< $(B)/libstreamgauge.a $(LIBS)

deps: ## install what the build needs (as root; else says what to run)
	@.ci/deps $(DEPS)

deps-test: ## install what the tests need beyond that
	@.ci/deps $(DEPS_TEST)
	@.ci/deps-npm $(B)/npm

demo: deps ## see it at work: a run, a regression, a report (about a minute)
	@$(MAKE) --no-print-directory all
	@tests/demo

test: deps deps-test ## build and run all tests
	@$(MAKE) --no-print-directory all $(TESTS)
	@BUILD=$(abspath $(B)) prove -j2 --exec '' $(TESTS) $(wildcard tests/*.t)

check-asan: ## the same tests with the address and undefined-behaviour sanitizers
	@$(MAKE) --no-print-directory test B=build/asan CFLAGS='-O1 -g' \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined'

# Each part takes a folder to work in and says what each figure must be.
BENCHES = $(B)/tests/bench_store $(B)/tests/bench_report $(B)/tests/bench_sse tests/bench_engine
bench: deps deps-test ## measure the program against the figures it has to reach
	@$(MAKE) --no-print-directory all $(BENCHES) $(B)/tests/bench_raw
	@status=0; for b in $(BENCHES); do $$b $(B) || status=1; done; exit $$status

# For hours, not for every change: what is random gets hundreds of rounds.
test-long: deps deps-test ## the loops of hundreds
	@$(MAKE) --no-print-directory all $(TESTS)
	@ROUNDS=200 BUILD=$(abspath $(B)) prove --exec '' $(B)/tests/test_durable

# Made by the programs of this moment, or stale output would be accepted.
golden: all $(B)/tests/test_doc $(B)/tests/test_chart $(B)/tests/test_questions ## accept what the golden tests print now (look at the difference)
	$(B)/tests/test_doc accept >/dev/null
	$(B)/tests/test_chart accept >/dev/null
	BUILD=$(abspath $(B)) tests/dictionary.t accept >/dev/null
	git diff --stat tests/golden schema/DICTIONARY.md

fuzz: deps ## feed noise to the parsers, FUZZ_SECONDS=10 to each (clang)
	@.ci/deps clang libclang-rt-dev
	@$(MAKE) --no-print-directory fuzzers B=build/fuzz CC=clang CFLAGS='-O1 -g' \
		SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined'

fuzzers: $(FUZZERS)
	@for f in $^; do mkdir -p $$f.corpus; \
		$$f -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$$f- $$f.corpus \
			schema/scenarios >$$f.log 2>&1 || { cat $$f.log; exit 1; }; \
		echo "$$f: $$(tail -1 $$f.log)"; done

bench-analysis: $(B)/tests/bench_analysis ## figures of the statistics, by simulation (minutes)
	@$<

fmt: ## lay out the sources
	clang-format -i main.c $(wildcard */*.c */*.h)

tidy: ## what clang-tidy and cppcheck see
	clang-tidy --quiet $(SOURCES) main.c -- $(ALL_CFLAGS)
	cppcheck --quiet --enable=warning,performance,portability --error-exitcode=1 \
		--suppress=missingIncludeSystem --suppress=internalAstError --suppress=ctuuninitvar \
		--suppress=uninitvar:schema/hist_blob.c --suppress=nullPointerRedundantCheck \
		--suppress=shiftTooManyBitsSigned -I. main.c $(SOURCES)

install: all ## install below $(DESTDIR)$(PREFIX)
	install -D $(B)/streamgauge $(DESTDIR)$(PREFIX)/bin/streamgauge
	install -D -m 644 $(B)/streamgauge.so $(DESTDIR)$(PREFIX)/lib/streamgauge.so
	@mkdir -p $(B)/share
	$(B)/streamgauge help man >$(B)/share/streamgauge.1
	for s in bash zsh fish; do $(B)/streamgauge help $$s >$(B)/share/$$s || exit; done
	install -D -m 644 $(B)/share/streamgauge.1 $(DESTDIR)$(PREFIX)/share/man/man1/streamgauge.1
	install -D -m 644 $(B)/share/bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/streamgauge
	install -D -m 644 $(B)/share/zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_streamgauge
	install -D -m 644 $(B)/share/fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/streamgauge.fish

clean: ## remove everything that was built
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

-include $(OBJECTS:.o=.d) $(EXTENSION:.o=.d) $(B)/main.d $(TESTS:=.d)

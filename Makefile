# SPDX-License-Identifier: GPL-2.0-or-later
#
# kab: kernel A/B
#
#	make nightly	set-up, build, and the nightly plan: kernels, boots, database, report;
#			interrupted, it continues
#	make check	set-up, build, and all tests: unit, sanitized, lint, fuzz, end to end
#	make		build only
#	make unit e2e lint fuzz		one kind of test each
#	make site	the plan of the seeds (its kernels, 5 minutes of boots), and its site with 30 nights
#			in a browser and on servers; make check does that with a stored session
#	make bench	the project's own figures, as ratios in one run
#	make bench-search	of these: git repositories, ladders and bisections, with their proof in full
#	make bench-truth	simulations: how often verdicts, intervals and change points are right
#	make bench-aa	false alarms on real boots of one kernel: hours (BOOTS=150 a side)
#	make bench-injected	effects of a known size on a wall clock: half an hour
#	make setup	install the Debian packages that are missing (configs/packages.txt)
#	make npm	install what the tests take from the npm registry (tests/package.json)
#	make install	PREFIX=/usr/local DESTDIR=
#
# Knobs:
#	V=1				show the commands
#	BUILD=DIR			where objects go (build)
#	SANITIZE=address,undefined	instrument the program and the unit tests
#	CC, CFLAGS, LDFLAGS		as usual
#	SETUP=no			do not look for missing packages
#	CLEAN=yes			make bench also builds a commit from nothing, and compares the images

BUILD   ?= $(if $(SANITIZE),build/sanitize,build)
PREFIX  ?= /usr/local
CC      ?= gcc
CFLAGS  ?= -O2 -g

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

PKGS     := json-c sqlite3 libcurl nettle libarchive libkmod zlib
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	    -Wformat=2 -Wpointer-arith -Wwrite-strings -Wundef
SANFLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
KAB_CFLAGS := -std=gnu17 -D_GNU_SOURCE -I. $(WARNINGS) $(SANFLAGS) \
	      $(shell pkg-config --cflags $(PKGS) 2>/dev/null) $(CFLAGS)
KAB_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm

LIB := alloc cpus decimal elf fd file hash json json-read json-text json-write log nearest opt paths \
       proc progress random record secret strbuf strvec transcript transfer

# What a kernel is made from; the kernel, made and kept; the machine that boots it; what is measured.
SOURCE  := apt base cache commits deb download git gitname gittree gitwork lore mail mailbox operands \
	   overlay package patch release series source spec tarball thread tree
KERNEL  := benchmod build configdiff ground headers image inventory kallsyms kbuild kconfig kernel \
	   kmodule recipe symbols variant
MACHINE := beside boot console cpio devices fingerprint hierarchy host initramfs layout noise \
	   outcome passthrough probe provision qemu rootfs rundir standin stream supervise target \
	   target-det target-kvm target-tcg
SESSION := device looks manifest matrix night nightconfig plan profile retention session \
	   sessiondir workload

# The emulated SAS host adapter.
HBA := bytes device disk doorbell facts ioc memory msix pages pciconfig proxy qtest queues \
       refusals registers report scsi serve sgl task topology

COMMANDS := bisection cmd-bisect cmd-bisect-step cmd-collect cmd-compare cmd-doctor cmd-explain \
	  cmd-hba cmd-history cmd-kernels cmd-ladder cmd-list cmd-nightly cmd-noise cmd-notify \
	  cmd-profile cmd-prune cmd-publish cmd-report cmd-run main profiled pruning publishing \
	  results telling

COLLECTORS := calltree clean collect cycles dmesg environment fio hba jsontext observations outcome \
	  profile results sweep symbols vmstat

DB := carry content open query query-findings query-history query-metrics query-profile query-runs \
      rows statement store

REPORTS := badge benchstat changes comparable console csv destination explain explain-text \
	  explain-words feed flame folder format frame gnuplot groups growth history html json \
	  judge junit ktap ladder ladder-data ladder-text mail news notice notify page-bisection \
	  page-causes page-compare page-context page-explain page-front page-kernel page-ladder \
	  page-nights page-overview page-published page-run page-runs page-style page-trend \
	  paragraph patches pictures plot plot-differences plot-growth plot-ladder \
	  plot-latencies plot-rates plot-search plot-trend position profile-forms proof publish \
	  publish-dir publish-plan publish-s3 publish-sftp publish-webdav published quantiles \
	  reason search selfcheck sentence sheet site site-causes site-session site-trends spark \
	  stats steps table text units webhook

# The guest's agent: static, no dependency on anything but libc, json-c and zlib.
GUEST     := agent bpf child device dmcrypt driver facts file fio kmsg link module modules \
	     mpt3sas nfs packet results send trouble xdp
GUEST_LIB := alloc record strbuf
# The same bytes wherever it is built, as they are a part of what det counts: nobody's own flags, and
# no debug information, which would name this folder.
GUEST_CFLAGS  := -std=gnu17 -O2
GUEST_LDFLAGS := -static -Wl,--strip-debug

# The plugin that counts inside QEMU: a shared object that needs nothing but libc.
PLUGIN     := accesses blocks cache calls l1 lru misses plugin streams strings tlb
PLUGIN_LIB := alloc
PLUGIN_LTO := -flto=1 # its functions are called billions of times

KAB_SRC := $(LIB:%=lib/%.c) $(SOURCE:%=runner/source/%.c) $(KERNEL:%=runner/kernel/%.c) \
	   $(MACHINE:%=runner/machine/%.c) $(SESSION:%=runner/session/%.c) $(HBA:%=runner/hba/%.c) \
	   $(COMMANDS:%=runner/%.c) \
	   $(COLLECTORS:%=collectors/%.c) $(DB:%=db/%.c) $(REPORTS:%=reports/%.c)
KAB_OBJ := $(KAB_SRC:%.c=$(BUILD)/%.o)
GUEST_SRC := $(GUEST:%=runner/guest/%.c) $(GUEST_LIB:%=lib/%.c)
GUEST_OBJ := $(GUEST_SRC:%.c=$(BUILD)/guest/%.o)

PLUGIN_SRC := $(PLUGIN:%=collectors/plugin/%.c) $(PLUGIN_LIB:%=lib/%.c)
PLUGIN_OBJ := $(PLUGIN_SRC:%.c=$(BUILD)/plugin/%.o)

UNIT      := $(basename $(notdir $(wildcard tests/unit/test-*.c)))
UNIT_BIN  := $(UNIT:%=$(BUILD)/tests/%)
# What unit tests link: everything but the commands.
UNIT_OBJ  := $(filter-out $(COMMANDS:%=$(BUILD)/runner/%.o),$(KAB_OBJ))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all nightly check unit e2e lint fuzz bench bench-aa bench-injected bench-search bench-truth setup npm site man install clean

all: $(BUILD)/kab $(BUILD)/kab-agent $(BUILD)/kab-plugin.so

$(BUILD)/kab: $(KAB_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(KAB_CFLAGS) $(LDFLAGS) -o $@ $^ $(KAB_LIBS)

$(BUILD)/kab-agent: $(GUEST_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(GUEST_CFLAGS) $(GUEST_LDFLAGS) -o $@ $^ -ljson-c -lz

$(BUILD)/kab-plugin.so: $(PLUGIN_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) -shared -std=gnu17 $(CFLAGS) $(PLUGIN_LTO) -o $@ $^

$(BUILD)/plugin/%.o: %.c
	$(call say,CC,plugin $<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE -I. $(WARNINGS) $(CFLAGS) -fPIC -fvisibility=hidden $(PLUGIN_LTO) -MMD -MP -c -o $@ $<

$(BUILD)/guest/%.o: %.c
	$(call say,CC,guest $<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) -D_GNU_SOURCE -I. $(WARNINGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KAB_CFLAGS) -MMD -MP -c -o $@ $<

# The schema is files of its own, one per version, and becomes an array of strings.
SCHEMA := db/schema.sql db/schema-2.sql db/schema-3.sql db/schema-4.sql db/schema-5.sql \
	  db/schema-6.sql

$(BUILD)/db/open.o: $(BUILD)/db/schema.h
$(BUILD)/db/open.o: KAB_CFLAGS += -I$(BUILD)/db
$(BUILD)/db/schema.h: $(SCHEMA)
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)for f in $(SCHEMA); do \
		sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$$/\\n"/' $$f && echo ,; done >$@

$(BUILD)/tests/%: tests/unit/%.c $(UNIT_OBJ)
	$(call say,TEST,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KAB_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $(filter %.c %.o,$^) $(KAB_LIBS) -lcmocka

# Parts of the plugin that do not need QEMU.
$(BUILD)/tests/test-lru: $(BUILD)/collectors/plugin/lru.o $(BUILD)/collectors/plugin/tlb.o
$(BUILD)/tests/test-accesses: $(patsubst %,$(BUILD)/collectors/plugin/%.o,accesses l1 lru misses streams strings tlb)

-include $(KAB_OBJ:.o=.d) $(GUEST_OBJ:.o=.d) $(PLUGIN_OBJ:.o=.d) $(UNIT_BIN:%=%.d) \
	 $(PLUGIN:%=$(BUILD)/collectors/plugin/%.d)


# Each line runs make anew, as the set-up changes what pkg-config finds.
PARALLEL = $(MAKE) --no-print-directory -j$(shell nproc)

nightly:
	$(Q)$(MAKE) --no-print-directory setup
	$(Q)$(PARALLEL) all
	$(Q)$(BUILD)/kab nightly --again configs/nightly/local.json

check:
	$(Q)$(MAKE) --no-print-directory setup SETUP_FOR='build check'
	$(Q)$(MAKE) --no-print-directory npm || test -z "$$CI"
	$(Q)$(PARALLEL) all
	$(Q)$(PARALLEL) unit
	$(Q)$(PARALLEL) unit SANITIZE=address,undefined
	$(Q)$(MAKE) --no-print-directory lint
	$(Q)$(PARALLEL) fuzz
	$(Q)$(MAKE) --no-print-directory e2e

# --- set-up ------------------------------------------------------------------------------------

SETUP_FOR ?= build

setup:
ifneq ($(SETUP),no)
	$(Q)configs/setup.sh $(SETUP_FOR)
endif

# What the tests take from the npm registry, in the versions of the lock file; only here is anything
# downloaded.
NPM := build/npm

npm: $(NPM)/installed

$(NPM)/installed: tests/package.json tests/package-lock.json
	$(call say,NPM,$(NPM))
	$(Q)mkdir -p $(NPM) && cp $^ $(NPM)/
	$(Q)cd $(NPM) && npm ci --ignore-scripts --no-audit --no-fund --silent
	$(Q)touch $@

# --- tests -------------------------------------------------------------------------------------

unit: $(UNIT_BIN) $(BUILD)/kab-agent
	$(Q)CMOCKA_MESSAGE_OUTPUT=TAP prove --comments --exec '' $(UNIT_BIN)

# KAB_BUILD tells the scripts which program to test.
e2e: all
	$(Q)KAB_BUILD=$(abspath $(BUILD)) KAB_NPM=$(abspath $(NPM)) prove $(if $(V),-v) tests/e2e/*.t

# The data stays, so that a second call continues or adds a night.
site: all npm
	$(Q)KAB_DATA=$(abspath $(BUILD))/site $(BUILD)/kab run configs/plans/seeds.json
	$(Q)KAB_BUILD=$(abspath $(BUILD)) KAB_NPM=$(abspath $(NPM)) CI=yes \
		KAB_TEST_SESSIONS=$(abspath $(BUILD))/site/sessions prove $(if $(V),-v) tests/e2e/site.t

FUZZ         := $(basename $(notdir $(wildcard tests/fuzz/fuzz-*.c)))
FUZZ_BIN     := $(FUZZ:%=$(BUILD)/fuzz/%)
FUZZ_OBJ     := $(UNIT_OBJ:$(BUILD)/%=$(BUILD)/fuzz/%)
FUZZ_CFLAGS  := -std=gnu17 -D_GNU_SOURCE -I. -g -O1 -w -fno-sanitize-recover=all
FUZZ_SECONDS ?= 5

$(BUILD)/fuzz/fuzz-%: tests/fuzz/fuzz-%.c $(FUZZ_OBJ)
	$(call say,FUZZ,$@)
	$(Q)clang $(FUZZ_CFLAGS) -fsanitize=fuzzer,address,undefined -o $@ $< $(FUZZ_OBJ) $(KAB_LIBS)

$(BUILD)/fuzz/db/open.o: $(BUILD)/db/schema.h
$(BUILD)/fuzz/%.o: %.c
	$(call say,CC,fuzz $<)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(FUZZ_CFLAGS) -I$(BUILD)/db -fsanitize=fuzzer-no-link,address,undefined -MMD -MP -c -o $@ $<

fuzz: $(FUZZ_BIN)
	$(Q)set -e; for f in $(FUZZ_BIN); do \
		echo "  RUN     $$f for $(FUZZ_SECONDS) s"; \
		$$f -max_total_time=$(FUZZ_SECONDS) -close_fd_mask=3 -artifact_prefix=$(BUILD)/fuzz/ \
			>$(BUILD)/fuzz/log 2>&1 || { tail -n 40 $(BUILD)/fuzz/log; exit 1; }; done

# One program of several files, and those of one file each.
TRUTH := bisection nights noise truth
BENCH := decade pairs takeout

ALL_C := $(KAB_SRC) $(GUEST:%=runner/guest/%.c) $(TRUTH:%=bench/%.c) $(BENCH:%=bench/%.c) \
	 $(PLUGIN:%=collectors/plugin/%.c) $(wildcard tests/unit/*.c tests/fuzz/*.c)
ALL_H := $(wildcard bench/*.h lib/*.h runner/*.h runner/*/*.h collectors/*.h collectors/plugin/*.h \
		   db/*.h reports/*.h)

# varFuncNullUB: POSIX has NULL as a pointer, which is what the rule is about.
lint: $(BUILD)/db/schema.h
	$(call say,FORMAT,)
	$(Q)clang-format --dry-run -Werror $(ALL_C) $(ALL_H)
	$(call say,CPPCHECK,)
	$(Q)cppcheck -q -j2 --std=c11 -D_GNU_SOURCE -I. -I$(BUILD)/db --error-exitcode=1 --inline-suppr \
		--enable=warning,performance,portability --suppress=missingIncludeSystem \
		--suppress=varFuncNullUB '-Djson_object_object_foreach(o,k,v)=while (next(o, k, v))' \
		$(filter-out tests/%,$(ALL_C))
	$(call say,TIDY,)
	$(Q)printf '%s\n' $(filter-out tests/%,$(ALL_C)) | xargs -P2 -I{} \
		clang-tidy --quiet {} -- -std=gnu17 -D_GNU_SOURCE -I. -I$(BUILD)/db 2>$(BUILD)/tidy.log

# --- figures -----------------------------------------------------------------------------------

$(BUILD)/bench/truth: $(TRUTH:%=$(BUILD)/bench/%.o) $(UNIT_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(KAB_CFLAGS) $(LDFLAGS) -o $@ $^ $(KAB_LIBS)

$(BENCH:%=$(BUILD)/bench/%): $(BUILD)/bench/%: $(BUILD)/bench/%.o $(UNIT_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(KAB_CFLAGS) $(LDFLAGS) -o $@ $^ $(KAB_LIBS)

-include $(BENCH:%=$(BUILD)/bench/%.d) $(TRUTH:%=$(BUILD)/bench/%.d)

bench-truth: $(BUILD)/bench/truth
	$(Q)$(BUILD)/bench/truth

bench-aa: all $(BUILD)/bench/pairs
	$(Q)KAB_BUILD=$(abspath $(BUILD)) bench/aa.sh

bench-injected: all
	$(Q)KAB_BUILD=$(abspath $(BUILD)) bench/injected.sh

bench-search: all $(BUILD)/bench/takeout
	$(Q)KAB_BUILD=$(abspath $(BUILD)) bench/git.sh
	$(Q)KAB_BUILD=$(abspath $(BUILD)) bench/search.sh

bench: all $(BENCH:%=$(BUILD)/bench/%)
	$(Q)KAB_BUILD=$(abspath $(BUILD)) bench/run.sh

# --- the rest ----------------------------------------------------------------------------------

# The manual has one source: the option tables for the commands, docs/kab.1.in for the rest.
$(BUILD)/kab.1: docs/kab.1.in $(BUILD)/kab
	$(call say,MAN,$@)
	$(Q)$(BUILD)/kab --man >$@.commands
	$(Q)sed -e '/^@COMMANDS@$$/{r $@.commands' -e 'd}' $< >$@

man: $(BUILD)/kab.1

install: all man
	install -D -m 755 $(BUILD)/kab $(DESTDIR)$(PREFIX)/bin/kab
	install -D -m 755 $(BUILD)/kab-agent $(DESTDIR)$(PREFIX)/libexec/kab/kab-agent
	install -D -m 755 $(BUILD)/kab-plugin.so $(DESTDIR)$(PREFIX)/libexec/kab/kab-plugin.so
	install -D -m 644 $(BUILD)/kab.1 $(DESTDIR)$(PREFIX)/share/man/man1/kab.1
	mkdir -p $(DESTDIR)$(PREFIX)/share/kab
	cp -r configs patches $(DESTDIR)$(PREFIX)/share/kab/
	mkdir -p $(DESTDIR)$(PREFIX)/share/kab/runner/guest
	cp -r runner/guest/modules $(DESTDIR)$(PREFIX)/share/kab/runner/guest/

clean:
	rm -rf build

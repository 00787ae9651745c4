# Makefile - the one build; `make help` lists the targets.
#   MODE=release|debug|asan|ubsan|tsan|cov|fuzz   ONEDNN=0|1   CC=gcc|clang   WERROR=1   V=1
# Every combination has a folder of its own under build/; build/socle is the program built last. Packages: tools/packages.
MODE    ?= release
ONEDNN  ?= 1
PREFIX  ?= /usr/local
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(MODE),fuzz)
CC := clang
endif
ifeq ($(MODE),tsan)
ONEDNN := 0
endif

ifeq ($(findstring -j,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif

VERSION := $(shell awk '/define SC_VERSION_(MAJOR|MINOR|PATCH) / { v = v s $$3; s = "." } END { print v }' include/socle/version.h)
ABI     := $(firstword $(subst ., ,$(VERSION)))
# CC may have words before the compiler's: CC='ccache gcc'
compiler := $(notdir $(lastword $(CC)))
B       ?= build/$(MODE)$(if $(filter-out gcc clang,$(compiler)),-$(compiler))$(if $(filter clang,$(compiler)),$(if $(filter fuzz,$(MODE)),,-clang))$(if $(filter 0,$(ONEDNN)),$(if $(filter tsan,$(MODE)),,-no-onednn))

# What the linker says that is missing, unless this is a cross build, whose libraries come from tools/sysroot-arm64.
ARCH     := $(shell $(CC) -dumpmachine 2>/dev/null | cut -d- -f1)
linked   := $(shell awk '$$1 == "build" && $$3 != "-" { print $$3 }' tools/packages)
PACKAGES := $(filter-out -l%,$(linked))
bare     := $(filter -l%,$(linked))
ifeq ($(SYSROOT),)
MISSING := $(if $(shell pkg-config --exists $(PACKAGES) 2>/dev/null && command -v $(CC) && [ -f /usr/include/dnnl.h ] && [ -d /usr/include/cld2 ] && [ -f /usr/include/string.h ] && echo ok),,$(shell tools/setup -n build))
else
sysroot_lib := $(SYSROOT)/usr/lib/aarch64-linux-gnu
export PKG_CONFIG_LIBDIR := $(sysroot_lib)/pkgconfig
export PKG_CONFIG_SYSROOT_DIR := $(SYSROOT)
LDFLAGS += -L$(sysroot_lib) -Wl,-rpath-link=$(sysroot_lib) -Wl,-rpath-link=$(SYSROOT)/lib/aarch64-linux-gnu
CPPFLAGS += -isystem $(SYSROOT)/usr/include -isystem $(SYSROOT)/usr/include/aarch64-linux-gnu
endif

ifneq ($(MISSING),)
# --- a bare machine -------------------------------------------------------------------------------------------------------------
.PHONY: all test demo setup hooks help
all:
	@echo "socle needs packages that are not installed; install them with"
	@echo "    $(if $(filter 0,$(shell id -u)),,sudo )apt-get install $(MISSING)"
	@echo "or let \`make setup\` do it."
	@exit 1
test demo: setup
	@$(MAKE) --no-print-directory $@
%: all ;
Makefile: ;
else
# --- flags ----------------------------------------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef -Wvla \
        -Wwrite-strings -Wdouble-promotion -Wcast-qual
opt_release := -O2 -g
opt_debug   := -O0 -g3
opt_asan    := -O1 -g -fsanitize=address -fno-omit-frame-pointer
opt_ubsan   := -O1 -g -fsanitize=undefined -fno-sanitize-recover=all
opt_tsan    := -O1 -g -fsanitize=thread
opt_cov     := -O0 -g --coverage
opt_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
ifeq ($(opt_$(MODE)),)
$(error MODE=$(MODE) is not one of release debug asan ubsan tsan cov fuzz)
endif

CFLAGS   ?=
CPPFLAGS += -Iinclude -Isrc $(shell pkg-config --cflags $(PACKAGES))
ALLFLAGS  = -std=c17 $(opt_$(MODE)) $(WARN) -fvisibility=hidden -fPIC -fno-math-errno -fno-trapping-math -ffp-contract=fast \
            $(CPPFLAGS) $(CFLAGS) -MMD -MP
LDFLAGS  += -Wl,--as-needed -Wl,-z,relro,-z,now
LIBS     := $(shell pkg-config --libs $(PACKAGES)) $(bare) -lm -lpthread
ifeq ($(ONEDNN),1)
CPPFLAGS += -DSC_HAVE_ONEDNN=1
LIBS     += -ldnnl -lgomp
endif

# Kernels for one instruction set are compiled with its flags; which run is decided at start-up.
isa_avx2       := -mavx2 -mfma -mf16c
isa_avx512     := $(isa_avx2) -mavx512f -mavx512bw -mavx512vl -mavx512dq -mprefer-vector-width=512
isa_avx512bf16 := $(isa_avx512) -mavx512bf16 -mavx512vnni
isa_amx        := $(isa_avx512bf16) -mamx-tile -mamx-bf16
isa_neon       :=
ifeq ($(ARCH),aarch64)
SKIP := %_avx2.c %_avx512.c %_avx512bf16.c %_amx.c
else
SKIP := %_neon.c
endif

# --- files ----------------------------------------------------------------------------------------------------------------------
lib_src  := $(filter-out $(SKIP) src/cli/%,$(sort $(shell find src -name '*.c')))
cli_src  := $(sort $(wildcard src/cli/*.c))
test_src := $(sort $(shell find tests -name '*.c'))
fuzzers  := $(patsubst fuzz/fuzz_%.c,%,$(sort $(wildcard fuzz/fuzz_*.c)))
headers  := $(sort $(wildcard include/socle/*.h include/socle/*.def))
scripts  := tools/setup tools/deb tools/fuzz tools/sysroot-arm64 .ci/run .ci/install .ci/deb $(wildcard .githooks/* tests/*/*.sh tests/*/*/*.sh bench/*/*.sh)
lib_obj  := $(lib_src:%.c=$B/%.o)
lib_obj  += $(patsubst src/backend/ref/%.c,$B/src/backend/ref/%.f64.o,$(filter src/backend/ref/%,$(lib_src)))
cli_obj  := $(cli_src:%.c=$B/%.o)
test_obj := $(test_src:%.c=$B/%.o) $(fuzzers:%=$B/fuzz/replay_%.o)

.PHONY: all test demo lib FORCE
say = $(if $(V),,@printf '  %-4s %s\n' $(1) $(2); )
all: build/socle
lib: $B/libsocle.a $B/libsocle.so.$(VERSION)

# Objects are made anew when the compiler or its flags change (-Werror aside: it changes no object).
$B/.flags: FORCE
	@mkdir -p $B
	@echo '$(CC) $(ALLFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALLFLAGS)' >$@
ifeq ($(WERROR),1)
werror := -Werror
endif

$B/libsocle.a: $(lib_obj)
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $^

# SC_API marks what is exported (all else is hidden); the script gives those symbols the version of the ABI.
$B/libsocle.so.$(VERSION): $(lib_obj)
	@echo 'SOCLE_$(ABI) { global: sc_*; local: *; };' >$B/libsocle.map
	$(call say,LD,$@)$(CC) $(opt_$(MODE)) -shared -Wl,-soname,libsocle.so.$(ABI) -Wl,--version-script=$B/libsocle.map -Wl,-z,defs -o $@ $^ $(LDFLAGS) $(LIBS)

$B/socle: $(cli_obj) $B/libsocle.a
	$(call say,LD,$@)$(CC) $(opt_$(MODE)) -o $@ $^ $(LDFLAGS) $(LIBS)

build/socle: $B/socle FORCE
	@[ "$$(readlink $@)" = $(patsubst build/%,%,$B)/socle ] || ln -sfn $(patsubst build/%,%,$B)/socle $@

$B/run-tests: $(test_obj) $B/libsocle.a
	$(call say,LD,$@)$(CC) $(opt_$(MODE)) -o $@ $^ $(LDFLAGS) $(LIBS)

$B/embed: $B/examples/embed.o $B/libsocle.a
	$(call say,LD,$@)$(CC) $(opt_$(MODE)) -o $@ $^ $(LDFLAGS) $(LIBS)

$B/bench/%: $B/bench/%.o $B/libsocle.a
	$(call say,LD,$@)$(CC) $(opt_$(MODE)) -o $@ $^ $(LDFLAGS) $(LIBS)

$B/fuzz_%: $B/fuzz/fuzz_%.o $B/libsocle.a
	$(call say,LD,$@)$(CC) $(opt_$(MODE)) -fsanitize=fuzzer -o $@ $^ $(LDFLAGS) $(LIBS)

$B/replay_%: $B/fuzz/fuzz_%.o $B/tools/replay.o $B/libsocle.a
	$(call say,LD,$@)$(CC) $(opt_$(MODE)) -o $@ $^ $(LDFLAGS) $(LIBS)
.SECONDARY:

compile = @mkdir -p $(@D)$(if $(V),,; printf '  %-4s %s\n' CC $@)
rule    = $(CC) $(ALLFLAGS) $(werror) $(1) -c $< -o $@
$B/src/%.f64.o: src/%.c $B/.flags
	$(compile)
	$(if $(V),,@)$(call rule,-DSC_REAL=double)
$B/%_avx2.o: %_avx2.c $B/.flags
	$(compile)
	$(if $(V),,@)$(call rule,$(isa_avx2))
$B/%_avx512.o: %_avx512.c $B/.flags
	$(compile)
	$(if $(V),,@)$(call rule,$(isa_avx512))
$B/%_avx512bf16.o: %_avx512bf16.c $B/.flags
	$(compile)
	$(if $(V),,@)$(call rule,$(isa_avx512bf16))
$B/%_amx.o: %_amx.c $B/.flags
	$(compile)
	$(if $(V),,@)$(call rule,$(isa_amx))
$B/tests/%.o: tests/%.c $B/.flags
	$(compile)
	$(if $(V),,@)$(call rule,-Itests -I$B -D_GNU_SOURCE)
$B/bench/%.o: bench/%.c $B/.flags
	$(compile)
	$(if $(V),,@)$(call rule,-D_GNU_SOURCE)
$B/fuzz/replay_%.o: fuzz/fuzz_%.c $B/.flags
	$(compile)
	$(if $(V),,@)$(call rule,-DLLVMFuzzerTestOneInput=replay_$*)
$B/tests/replay.o: $B/fuzz_table.def
$B/fuzz_table.def: FORCE
	@mkdir -p $B
	@for name in $(fuzzers); do echo "FUZZ($$name)"; done >$@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$B/%.o: %.c $B/.flags
	$(compile)
	$(if $(V),,@)$(call rule)

-include $(shell find $B -name '*.d' 2>/dev/null)

# --- tests ----------------------------------------------------------------------------------------------------------------------
.PHONY: check fuzz fuzz-short cov valgrind neon-test bench
test: $B/run-tests $B/socle $B/embed ## all tests, or T=graph/rope: those of that name; ARGS='--repeat 100 --verbose'
	@MODE=$(MODE) CC=$(lastword $(CC)) $B/run-tests $(T) $(ARGS)

demo: build/socle              ## from the documentation on this machine to a speaking model
	@tools/setup demo
	@examples/demo.sh

fuzz:                          ## fuzz F=name for an hour (SECONDS=n for another time), or all targets in turn
	@tools/setup build fuzz
	@$(MAKE) --no-print-directory MODE=fuzz $(addprefix build/fuzz/fuzz_,$(or $F,$(fuzzers)))
	@$(MAKE) --no-print-directory MODE=cov $(addprefix build/cov/replay_,$(or $F,$(fuzzers)))
	@tools/fuzz $(or $(SECONDS),3600) $(or $F,$(fuzzers))

fuzz-short:                    ## every fuzz target for a minute, with its coverage
	@$(MAKE) --no-print-directory fuzz SECONDS=60

cov:                           ## lines that the tests ran, by folder
	@$(MAKE) --no-print-directory MODE=cov build/cov/run-tests build/cov/socle build/cov/embed
	@find build/cov -name '*.gcda' -delete
	@build/cov/run-tests $(T) | tail -n 1
	@find build/cov/src -name '*.gcda' | xargs gcov -n 2>/dev/null | awk -f tools/cov.awk

valgrind: $B/run-tests $B/socle ## the tests, a training and a generation under valgrind; T=... as above
	@tools/setup check
	@valgrind -q --leak-check=full --show-leak-kinds=definite,possible --error-exitcode=99 --child-silent-after-fork=no \
	    $B/run-tests --timeout 1200 $(T) $(ARGS)
	@tools/leaks $B/socle

neon-test:                     ## the backend's tests, cross-built for arm64 and run under qemu
	@tools/setup build neon
	@tools/sysroot-arm64 build/sysroot-arm64
	@$(MAKE) --no-print-directory CC=aarch64-linux-gnu-gcc ONEDNN=0 SYSROOT=build/sysroot-arm64 B=build/neon build/neon/run-tests build/neon/socle
	@qemu-aarch64 -L build/sysroot-arm64 build/neon/run-tests --timeout 600 $(or $T,base tensor graph backend nn)

bench: build/socle             ## every bench/*/run.sh in turn: rows of work, ours, theirs, ratio
	@for script in bench/*/run.sh; do echo "== $$script"; "$$script" || exit 1; done

# --- what keeps the house in order ----------------------------------------------------------------------------------------------
.PHONY: lint lint-quick format clean
# tools/size.awk's limits; a file that may exceed one is listed with its reason:  src/x.c:reason_in_one_word
SIZE_EXCEPTIONS :=
c_files = $(shell find src include tests fuzz bench tools examples .ci -name '*.[ch]' 2>/dev/null)

lint-quick:                    ## format, floors, sizes, forbidden calls, scripts: seconds
	@command -v clang-format >/dev/null || { echo "lint: clang-format is not installed (tools/setup lint)"; exit 1; }
	@clang-format --dry-run -Werror $(c_files)
	@awk -f tools/layers.awk $$(find src -name '*.[ch]')
	@awk -v exceptions='$(SIZE_EXCEPTIONS)' -f tools/size.awk $$(find src include -name '*.[ch]')
	@awk -f tools/forbid.awk $$(find src -name '*.[ch]')
	@for f in $(filter-out src/cli/%,$(lib_src)); do t=$$(echo $$f | sed 's,^src/\(.*\)/\([^/]*\)\.c,tests/\1/test_\2.c,'); \
	    [ -f $$t ] || echo "note: $$f has no $$t"; done
	@if command -v shellcheck >/dev/null; then shellcheck -S warning -s bash -e SC2154,SC2046,SC2086,SC2164 $(scripts); fi

lint: lint-quick               ## lint-quick, then clean builds without a warning (gcc timed, clang), and the program's size
	@mkdir -p build && rm -rf build/lint build/lint-clang
	@start=$$(date +%s); $(MAKE) --no-print-directory -j2 B=build/lint WERROR=1 CC=gcc build/lint/socle build/lint/libsocle.so.$(VERSION) >build/lint.log 2>&1 || \
	    { cat build/lint.log; exit 1; }; seconds=$$(( $$(date +%s) - start )); \
	    for f in socle libsocle.so.$(VERSION); do strip -o build/lint/stripped build/lint/$$f; echo $$(wc -c <build/lint/stripped); done | sort -n | tail -n 1 >build/lint/bytes; \
	    echo "clean release build: $$seconds s on 2 cores (limit 120); the larger of program and library: $$(cat build/lint/bytes) bytes stripped (limit 3000000)"; \
	    [ $$seconds -lt 120 ] && [ $$(cat build/lint/bytes) -lt 3000000 ]
	@$(MAKE) --no-print-directory -j2 B=build/lint WERROR=1 CC=gcc build/lint/run-tests build/lint/embed >build/lint.log 2>&1 || { cat build/lint.log; exit 1; }
	@if command -v clang >/dev/null; then \
	    $(MAKE) --no-print-directory -j2 B=build/lint-clang WERROR=1 CC=clang build/lint-clang/socle build/lint-clang/run-tests >build/lint.log 2>&1 || \
	    { cat build/lint.log; exit 1; }; fi
	@echo "lint: nothing to say"

format:                        ## clang-format over all sources
	@clang-format -i $(c_files)

clean:                         ## removes build/
	rm -rf build

# --- installing -----------------------------------------------------------------------------------------------------------------
.PHONY: install uninstall deb
bindir := $(PREFIX)/bin
libdir ?= $(PREFIX)/lib
incdir := $(PREFIX)/include
mandir := $(PREFIX)/share/man/man1
compdir := $(PREFIX)/share/bash-completion/completions
cmakedir := $(libdir)/cmake/Socle
D := $(DESTDIR)
verbs = $(shell $B/socle | sed -n 's/^  \([a-z]*\) .*/\1/p')
fill = sed -e 's,@PREFIX@,$(PREFIX),' -e 's,@LIBDIR@,$(libdir),' -e 's,@INCDIR@,$(incdir),' -e 's,@VERSION@,$(VERSION),' -e 's,@ABI@,$(ABI),' \
           -e 's,@PRIVATE@,$(LIBS),'

install: $B/socle lib          ## DESTDIR= PREFIX=/usr/local libdir=: program, libraries, headers, pkg-config, CMake, man pages, completion
	install -d $D$(bindir) $D$(libdir)/pkgconfig $D$(cmakedir) $D$(incdir)/socle $D$(mandir) $D$(compdir)
	install -s $B/socle $D$(bindir)/socle
	install -s -m 644 $B/libsocle.so.$(VERSION) $D$(libdir)/libsocle.so.$(VERSION)
	ln -sf libsocle.so.$(VERSION) $D$(libdir)/libsocle.so.$(ABI)
	ln -sf libsocle.so.$(ABI) $D$(libdir)/libsocle.so
	install -m 644 $B/libsocle.a $D$(libdir)/libsocle.a
	strip --strip-debug $D$(libdir)/libsocle.a
	install -m 644 $(headers) $D$(incdir)/socle
	$(fill) tools/socle.pc.in >$D$(libdir)/pkgconfig/socle.pc
	$(fill) tools/SocleConfig.cmake.in >$D$(cmakedir)/SocleConfig.cmake
	$(fill) tools/SocleConfigVersion.cmake.in >$D$(cmakedir)/SocleConfigVersion.cmake
	$B/socle completion bash >$D$(compdir)/socle
	$B/socle man >$D$(mandir)/socle.1
	for verb in $(verbs); do $B/socle man $$verb >$D$(mandir)/socle-$$verb.1 || exit 1; done

uninstall:                     ## removes what install put there (same DESTDIR, PREFIX, libdir)
	rm -f $D$(bindir)/socle $D$(libdir)/libsocle.* $D$(libdir)/pkgconfig/socle.pc $D$(compdir)/socle $D$(mandir)/socle.1 $D$(mandir)/socle-*.1
	rm -rf $D$(cmakedir) $D$(incdir)/socle

deb: $B/socle lib              ## build/socle_VERSION_ARCH.deb
	@tools/setup deb
	@tools/deb $(VERSION)
endif

.PHONY: setup hooks help
setup:                         ## installs the packages that building needs (apt, sudo where not root)
	@tools/setup build
hooks:                         ## checks formatting, floors and quick tests before every commit
	git config core.hooksPath .githooks
help:                          ## this list
	@awk '/^[a-z-]+:.*##/ { name = $$0; text = $$0; sub(/:.*/, "", name); sub(/.*## /, "", text); printf "  make %-12s %s\n", name, text }' Makefile

# Makefile - the one build. MODE=release|debug|asan|ubsan|tsan|cov|fuzz, side by side under build/.
#   make              build/socle            make test [T=graph/rope]     all tests, or those that match
#   make help         the other targets
MODE    ?= release
ONEDNN  ?= 1
ifeq ($(origin CC),default)
CC := gcc
endif
VERSION := 0.1.0
B       := build/$(MODE)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef -Wvla \
        -Wwrite-strings -Wdouble-promotion -Wcast-qual
PACKAGES := jansson yaml-0.1 libpcre2-8 libutf8proc sqlite3 libcrypto zlib libzstd libedit

opt_release := -O2 -g
opt_debug   := -O0 -g3
opt_asan    := -O1 -g -fsanitize=address -fno-omit-frame-pointer
opt_ubsan   := -O1 -g -fsanitize=undefined -fno-sanitize-recover=all
opt_tsan    := -O1 -g -fsanitize=thread
opt_cov     := -O0 -g --coverage
opt_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
ifeq ($(MODE),fuzz)
CC := clang
endif
ifeq ($(MODE),tsan)
ONEDNN := 0
endif
ifeq ($(WERROR),1)
WARN += -Werror
endif

CFLAGS   ?=
CPPFLAGS += -Iinclude -Isrc $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
ALLFLAGS  = -std=c17 $(opt_$(MODE)) $(WARN) -fvisibility=hidden -fPIC -fno-math-errno -fno-trapping-math -ffp-contract=fast \
            $(CPPFLAGS) $(CFLAGS) -MMD -MP
LIBS     := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lm -lpthread
ifeq ($(ONEDNN),1)
CPPFLAGS += -DSC_HAVE_ONEDNN=1
LIBS     += -ldnnl
endif

# Kernels for one instruction set are compiled with its flags; which run is decided at start-up.
ARCH := $(shell $(CC) -dumpmachine 2>/dev/null | cut -d- -f1)
isa_avx2       := -mavx2 -mfma -mf16c
isa_avx512     := $(isa_avx2) -mavx512f -mavx512bw -mavx512vl -mavx512dq -mprefer-vector-width=512
isa_avx512bf16 := $(isa_avx512) -mavx512bf16 -mavx512vnni
isa_neon       :=
ifeq ($(ARCH),aarch64)
SKIP := %_avx2.c %_avx512.c %_avx512bf16.c
else
SKIP := %_neon.c
endif

lib_src  := $(filter-out $(SKIP) src/cli/%,$(sort $(shell find src -name '*.c')))
cli_src  := $(sort $(wildcard src/cli/*.c))
test_src := $(sort $(shell find tests -name '*.c'))
lib_obj  := $(lib_src:%.c=$B/%.o)
lib_obj  += $(patsubst src/backend/ref/%.c,$B/src/backend/ref/%.f64.o,$(filter src/backend/ref/%,$(lib_src)))
cli_obj  := $(cli_src:%.c=$B/%.o)
test_obj := $(test_src:%.c=$B/%.o)

.PHONY: all test
say = $(if $(V),,@printf '  %-4s %s\n' $(1) $(2); )
all: build/socle

$B/libsocle.a: $(lib_obj)
	@mkdir -p $(@D)
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $^

$B/socle: $(cli_obj) $B/libsocle.a
	$(call say,LD,$@)$(CC) $(opt_$(MODE)) -o $@ $^ $(LIBS) $(LDFLAGS)

build/socle: $(B)/socle
	@ln -sfn $(MODE)/socle $@

$B/run-tests: $(test_obj) $B/libsocle.a
	$(call say,LD,$@)$(CC) $(opt_$(MODE)) -o $@ $^ $(LIBS) $(LDFLAGS)

test: $B/run-tests $B/socle
	@$B/run-tests $(T)

$B/src/%.f64.o: src/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(ALLFLAGS) -DSC_REAL=double -c $< -o $@
$B/%_avx2.o: %_avx2.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(ALLFLAGS) $(isa_avx2) -c $< -o $@
$B/%_avx512.o: %_avx512.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(ALLFLAGS) $(isa_avx512) -c $< -o $@
$B/%_avx512bf16.o: %_avx512bf16.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(ALLFLAGS) $(isa_avx512bf16) -c $< -o $@
$B/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(ALLFLAGS) -Itests -c $< -o $@
$B/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(ALLFLAGS) -c $< -o $@

-include $(shell find $B -name '*.d' 2>/dev/null)

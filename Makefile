# dync: non-recursive; everything that is made goes into build/.
# make            build/dync, build/dync-verify, build/replay
# make libdynsim  the simulator as a library: build/libdynsim.a, build/libdynsim.so, runtime/dynsim.h
# make demo       installs what is missing, builds, runs the winner-take-all from text to spikes
# make check      installs what is missing, builds, runs all tests
# make deps       installs the packages (Debian, Ubuntu)
# make check-asan all unit tests under the sanitizers      make fuzz  SECONDS=600
# make campaign COUNT=5000   dync against the naive evaluator on COUNT random programs, the laws on COUNT / 5
# make second-opinion COUNT=500   models of the mapper solved by another solver
# make roundtrip COUNT=10000   random networks on boards of 1 to 9 chips, built and verified; COUNT / 2 almost valid ones, refused
# make exhaustive COUNT=20000   small chips and boards of two and three small chips against every placement
# make twins COUNT=1000   images of random networks against the networks themselves, spike by spike
# make bench      times, memory and quality, printed, never judged: commands, compositions of cores, boards of 4 and 16 chips, packing,
#                 clustering, parser, simulator    make bench-boards   boards up to 15 x 15 and 900 cores    make format
# make install    PREFIX=/usr/local

BUILD   ?= build
OBJCOPY ?= objcopy
PREFIX  ?= /usr/local
ifeq ($(origin CC),default)
CC      := gcc
endif
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wcast-qual -Wwrite-strings -Wstrict-prototypes \
           -Wmissing-prototypes -Wvla -Werror
OPT     ?= -O2 -g
CFLAGS  += -std=c11 -D_GNU_SOURCE $(OPT) $(WARN) -ffp-contract=off -fstack-protector-strong
CPPFLAGS += -I. -I$(BUILD)
LDLIBS  := -lglpk -ljansson -lmd -lz -lm
# Threads of the simulator, where the compiler has them; libdynsim is built without.
OPENMP  := $(shell echo 'int main(void) { return 0; }' | $(CC) -fopenmp -x c - -o /dev/null 2>/dev/null && echo -fopenmp)

# One archive per folder: a program names the ones it links.
PARTS   := oracle standalone runtime mapper backend verify compiler grammar device base
DIR_base := compiler/base
DIR_device := backend/device
DIR_verify := backend/verify
DIR_compiler := compiler
DIR_backend := backend
DIR_mapper := mapper
DIR_runtime := runtime
DIR_standalone := runtime/standalone
DIR_oracle := tests/oracle

# Recipes are shown with V=1 only; a short line per product otherwise.
Q := $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-5s %s\n' $(1) $(2))

.PHONY: all check demo deps install clean format libdynsim
all: $(BUILD)/dync $(BUILD)/dync-verify $(BUILD)/replay

MAINS   := compiler/main.c compiler/verify_main.c runtime/replay_main.c
define part_rules
SRC_$(1) := $$(filter-out $$(MAINS),$$(wildcard $$(DIR_$(1))/*.c))
OBJ_$(1) := $$(SRC_$(1):%.c=$$(BUILD)/%.o)
$$(BUILD)/lib$(1).a: $$(OBJ_$(1))
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$^
endef
$(foreach part,$(filter-out grammar,$(PARTS)),$(eval $(call part_rules,$(part))))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/runtime/crew.o: CFLAGS += $(OPENMP)

# Generated scanner and parser: never committed.
$(BUILD)/grammar/dyn.tab.c $(BUILD)/grammar/dyn.tab.h &: grammar/dyn.y
	@mkdir -p $(BUILD)/grammar
	$(call say,BISON,$<)
	$(Q)bison -Wall -Wcounterexamples -Werror --header=$(BUILD)/grammar/dyn.tab.h -o $(BUILD)/grammar/dyn.tab.c $<
$(BUILD)/grammar/dyn.lex.c: grammar/dyn.l $(BUILD)/grammar/dyn.tab.h
	$(call say,FLEX,$<)
	$(Q)flex -o $@ $<
$(BUILD)/grammar/%.o: $(BUILD)/grammar/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out -Wmissing-prototypes -Wcast-qual,$(CFLAGS)) -Wno-unused -Wno-sign-conversion \
	    -Wno-conversion -MMD -MP -c $< -o $@
$(BUILD)/libgrammar.a: $(BUILD)/grammar/dyn.tab.o $(BUILD)/grammar/dyn.lex.o
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
$(OBJ_compiler): | $(BUILD)/grammar/dyn.tab.h
# The pages of `dync explain` as a table of strings.
$(BUILD)/compiler/pages.def: compiler/pages/table.awk $(sort $(wildcard compiler/pages/*.txt))
	@mkdir -p $(@D)
	$(Q)awk -f $^ >$@ || { rm -f $@; false; }
$(BUILD)/compiler/pages.o: $(BUILD)/compiler/pages.def

# Programs. dync-verify links front end, net and verify, but no mapper and nothing that makes images.
ALL_PARTS := $(filter-out oracle standalone,$(PARTS))
threads   = $(if $(filter %/libruntime.a,$^),$(OPENMP))
link      = $(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(threads) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group
$(BUILD)/dync: $(BUILD)/compiler/main.o $(ALL_PARTS:%=$(BUILD)/lib%.a)
	$(call say,LINK,$@)
	$(link) $(LDLIBS)
$(BUILD)/dync-verify: $(BUILD)/compiler/verify_main.o $(patsubst %,$(BUILD)/lib%.a,compiler verify grammar device base)
	$(call say,LINK,$@)
	$(link) -ljansson -lmd -lz -lm
$(BUILD)/replay: $(BUILD)/runtime/replay_main.o $(patsubst %,$(BUILD)/lib%.a,oracle runtime device base)
	$(call say,LINK,$@)
	$(link) -ljansson -lmd -lm

# libdynsim: the simulator alone, for other programs. One object, so that nothing but dynsim_* is seen from outside;
# without the stack protector, whose handler ends the process.
DYNSIM_SRC := $(SRC_runtime) $(SRC_standalone) $(SRC_device) backend/decode.c backend/image.c backend/image_check.c \
    backend/image_sensor.c backend/image_settings.c $(patsubst %,compiler/base/%.c,arena elementary rng text vec)
DYNSIM_OBJ := $(DYNSIM_SRC:%.c=$(BUILD)/dynsim/%.o)
DYNSIM_CFLAGS := -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections -fno-stack-protector
libdynsim: $(BUILD)/libdynsim.a $(BUILD)/libdynsim.so
$(DYNSIM_OBJ): $(BUILD)/dynsim/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(DYNSIM_CFLAGS) -MMD -MP -c $< -o $@
$(BUILD)/dynsim/dynsim.o: $(DYNSIM_OBJ)
	$(Q)$(CC) -r -nostdlib -Wl,--gc-sections -Wl,--gc-keep-exported -Wl,-u,dynsim_new -o $@.all $^
	$(Q)$(OBJCOPY) --localize-hidden --strip-unneeded $@.all $@
$(BUILD)/libdynsim.a: $(BUILD)/dynsim/dynsim.o
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
$(BUILD)/libdynsim.so: $(BUILD)/dynsim/dynsim.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(@F) -Wl,-z,defs -o $@ $^ -lm

# The same dync with allocation failures on request, for tests/tools/torture.
$(BUILD)/faults/main.o: compiler/main.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -DDYNC_FAULTS -MMD -MP -c $< -o $@
$(BUILD)/dync-faults: $(BUILD)/faults/main.o $(ALL_PARTS:%=$(BUILD)/lib%.a)
	$(call say,LINK,$@)
	$(link) $(LDLIBS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# Unit tests: tests/unit/test_X.c says in a line "links: device base" which archives it needs.
UNIT    := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
links    = $(patsubst %,$(BUILD)/lib%.a,$(shell sed -n 's/^.*links: *\([a-z ]*\).*/\1/p' tests/unit/$(1).c))
.SECONDEXPANSION:
$(UNIT:%=$(BUILD)/unit/%): $(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $$(call links,$$*)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(threads) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -lcmocka $(LDLIBS)
unit: $(UNIT:%=$(BUILD)/unit/%)

# dync with a solver whose numbers are off by 1e-7 and whose columns come in another order: its bytes must be the same.
$(BUILD)/shim/ilp_glpk.o: mapper/ilp_glpk.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -DILP_SHIM=20261 -MMD -MP -c $< -o $@
$(BUILD)/shim/dync: $(BUILD)/compiler/main.o $(BUILD)/shim/ilp_glpk.o $(ALL_PARTS:%=$(BUILD)/lib%.a)
	$(call say,LINK,$@)
	$(link) $(LDLIBS)

# --- packages --------------------------------------------------------------------------------------------
# What building and running needs, then what the tests need besides.
PACKAGES       := gcc libc6-dev flex bison libglpk-dev libjansson-dev libmd-dev zlib1g-dev
CHECK_PACKAGES := libcmocka-dev clang clang-format universal-ctags python3 strace binutils coinor-cbc
missing         = $(shell for p in $(1); do dpkg-query -W -f='$${db:Status-Abbrev}' $$p 2>/dev/null | grep -q ^ii || echo $$p; done)
SUDO           := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# What benchmarks are compared with.
BENCH_PACKAGES := libmetis-dev
BENCHES        := bench_parse bench_cluster bench_sim
define install_packages
	@set -e; m="$(strip $(call missing,$(1)))"; [ -z "$$m" ] || { echo "installing: $$m"; \
	$(SUDO) apt-get update -qq; \
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$m >/dev/null; }
endef
deps:
	$(call install_packages,$(PACKAGES))
deps-bench: deps
	$(call install_packages,$(BENCH_PACKAGES))
deps-check: deps
	$(call install_packages,$(CHECK_PACKAGES))

# --- demo, tests, installation ---------------------------------------------------------------------------
demo: deps
	@$(MAKE) --no-print-directory all
	@sh examples/demo.sh $(BUILD)

check: deps-check
	@$(MAKE) --no-print-directory check-built

CLANG_BUILD := $(BUILD)/clang
check-built: all libdynsim unit $(BUILD)/dync-faults $(BUILD)/shim/dync
	@$(MAKE) --no-print-directory BUILD=$(CLANG_BUILD) CC=clang all libdynsim
	@sh tests/tools/suite $(BUILD) $(UNIT)

bench: deps-bench
	@$(MAKE) --no-print-directory all $(BENCHES:%=$(BUILD)/%)
	@tests/bench/bench $(BUILD)
	@tests/bench/bench_axons $(BUILD)
	@tests/bench/bench_boards $(BUILD)
	@$(MAKE) --no-print-directory $(BUILD)/unit/test_pack
	@echo; $(BUILD)/unit/test_pack 2>&1 | grep 'populations of'
	@for b in $(BENCHES); do $(BUILD)/$$b || exit 1; done
bench-boards: all
	@tests/bench/bench_axons $(BUILD) --most 900 --own 160,256,900
	@tests/bench/bench_boards $(BUILD) --grids 2x2,4x4,8x8,15x15
$(BUILD)/bench_cluster: $(BUILD)/tests/bench/bench_cluster.o $(patsubst %,$(BUILD)/lib%.a,mapper base)
	$(call say,LINK,$@)
	$(link) -lmetis -lm
$(BUILD)/bench_parse: $(BUILD)/tests/bench/bench_parse.o $(patsubst %,$(BUILD)/lib%.a,compiler grammar device base)
	$(call say,LINK,$@)
	$(link) -lmd -lm
$(BUILD)/bench_sim: $(BUILD)/tests/bench/bench_sim.o $(BUILD)/tests/bench/bench_roof.o $(patsubst %,$(BUILD)/lib%.a,runtime device base)
	$(call say,LINK,$@)
	$(link) -lmd -lm

# Every unit test under the address and undefined-behaviour sanitizers.
check-asan: deps-check
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan OPT="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover" unit
	@set -e; for t in $(UNIT); do $(BUILD)/asan/unit/$$t >$(BUILD)/asan/$$t.log 2>&1 || { tail -30 $(BUILD)/asan/$$t.log; exit 1; }; \
	echo "ok $$t"; done

# Fuzzing: every target of tests/fuzz for SECONDS; what it finds and its corpora stay in build/fuzz.
SECONDS ?= 600
MUTATOR_parse := text
MUTATOR_format := text
MUTATOR_front := text
MUTATOR_build := text
FUZZED  := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz: deps-check
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=clang fuzz-programs \
	    OPT="-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -Wno-pass-failed"
	@sh tests/fuzz/run $(BUILD)/fuzz $(SECONDS) $(FUZZED)
fuzz-programs: $(FUZZED:%=$(BUILD)/fuzz_%)
$(FUZZED:%=$(BUILD)/fuzz_%): $(BUILD)/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/small_layout.o \
    $$(patsubst %.c,$(BUILD)/%.o,$$(wildcard tests/fuzz/mutate_$$(or $$(MUTATOR_$$*),$$*).c)) $(ALL_PARTS:%=$(BUILD)/lib%.a)
	$(call say,LINK,$@)
	$(link) -fsanitize=fuzzer $(LDLIBS)

# Random programs: both evaluators of the language must agree, and the laws of networks hold.
COUNT ?= 5000
.PHONY: campaign
campaign: all
	@tests/prop/frontend --build $(BUILD) --count $(COUNT)
	@tests/prop/frontend --build $(BUILD) --wide --count $$(($(COUNT) / 10))
	@tests/prop/laws --build $(BUILD) --count $$(($(COUNT) / 5))

# Another solver must find the same values for the models that --dump-lp writes.
.PHONY: second-opinion
second-opinion: COUNT := $(if $(filter file,$(origin COUNT)),500,$(COUNT))
second-opinion: all deps-check
	@tests/prop/second_solver --build $(BUILD) --count $(COUNT)

# Random networks there and back, and almost valid ones.
.PHONY: roundtrip
roundtrip: COUNT := $(if $(filter file,$(origin COUNT)),10000,$(COUNT))
roundtrip: SEED ?= 0
roundtrip: all
	@tests/prop/roundtrip --build $(BUILD) --count $(COUNT) --seed $(SEED)

# Small instances against every placement and every choice of shared tags.
.PHONY: exhaustive
exhaustive: COUNT := $(if $(filter file,$(origin COUNT)),20000,$(COUNT))
exhaustive: SEED ?= 1
exhaustive: $(BUILD)/unit/test_map_exhaustive $(BUILD)/unit/test_board_exhaustive
	@for t in $^; do DYNC_INSTANCES=$(COUNT) DYNC_TEST_SEED=$(SEED) $$t || exit 1; done

# Random networks, simulated from their image and from their edges, must spike alike.
.PHONY: twins
twins: COUNT := $(if $(filter file,$(origin COUNT)),1000,$(COUNT))
twins: $(BUILD)/unit/test_slow
	@DYNC_TWINS=$(COUNT) $<
	@tests/prop/twins --build $(BUILD) --count $$(($(COUNT) / 5))

install: all libdynsim
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(PREFIX)/include
	install -m 755 $(BUILD)/dync $(BUILD)/dync-verify $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(BUILD)/libdynsim.a $(BUILD)/libdynsim.so $(DESTDIR)$(PREFIX)/lib/
	install -m 644 runtime/dynsim.h $(DESTDIR)$(PREFIX)/include/

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD)

.PHONY: deps-bench deps-check check-built unit bench bench-boards check-asan fuzz fuzz-programs

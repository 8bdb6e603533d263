// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Profiles: the plugin's file, names for its addresses, and what becomes of both.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "collectors/calltree.h"
#include "collectors/collect.h"
#include "collectors/profile.h"
#include "collectors/symbols.h"
#include "sandbox.h"

#define TABLE                                        \
	"k ffffffff81000000 arch/x86/head.o _text\n" \
	"k ffffffff81000000 arch/x86/head.o start\n" \
	"k ffffffff81000100 mm/a.o work\n"           \
	"k ffffffff81000140 mm/a.o work.cold\n"      \
	"k ffffffff81000180 mm/a.o helper.isra.0\n"  \
	"k ffffffff81000200 fs/b.o helper\n"         \
	"k ffffffff81000300 - nowhere\n"             \
	"k ffffffff81000400 - _etext\n"              \
	"m mod .text 0 mod_work\n"                   \
	"m mod .text 40 mod_help\n"                  \
	"m mod .init.text 10 init_module\n"          \
	"m other .text 0 other_work\n"

static void put_gz(const char *path, const char *text)
{
	gzFile out = gzopen(path, "wb");

	assert_non_null(out);
	assert_int_equal(gzwrite(out, text, (unsigned int)strlen(text)), strlen(text));
	assert_int_equal(gzclose(out), Z_OK);
}

static void expect(const struct symbols *s, uint64_t address, const char *name, const char *object,
		   bool entry)
{
	bool got_entry;
	const struct symbol_function *f = &s->functions[symbols_find(s, address, &got_entry)];

	assert_string_equal(f->name, name);
	assert_string_equal(f->object, object);
	assert_int_equal(got_entry, entry);
}

static void test_symbols(void **state)
{
	struct strbuf names = STRBUF_INIT;
	const char *why = NULL;
	struct symbols s;

	(void)state;
	put_gz("symbols.gz", TABLE);
	assert_int_equal(symbols_load(&s, "symbols.gz", &why), 0);
	/* For two workloads with different modules. */
	for (size_t round = 0; round < 2; round++) {
		assert_true(symbols_place(&s, "mod .text 0xffffffffa0000000\n"
					      "mod .init.text 0xffffffffa0002000\n"
					      "stripped .text 0xffffffffa0001000\n"));
		expect(&s, 0xffffffff81000000, "start", "arch/x86/head.o", true);
		expect(&s, 0xffffffff81000001, "start", "arch/x86/head.o", false);
		expect(&s, 0xffffffff81000100, "work", "mm/a.o", true);
		/* Two parts of one function, of which one is where it is entered. */
		expect(&s, 0xffffffff81000140, "work", "mm/a.o", false);
		/* Two functions of one name. */
		expect(&s, 0xffffffff81000180, "helper", "mm/a.o", true);
		expect(&s, 0xffffffff81000200, "helper", "fs/b.o", true);
		expect(&s, 0xffffffff81000310, "nowhere", "", false);
		/* What is in front, behind, and far behind. */
		expect(&s, 0xffffffff80ffffff, "unknown", "", false);
		expect(&s, 0xffffffff81000400, "unknown", "", false);
		expect(&s, 0xffffffff90000000, "unknown", "", false);
		expect(&s, 0xffffffffa0000000, "mod_work", "[mod]", true);
		expect(&s, 0xffffffffa0000050, "mod_help", "[mod]", false);
		expect(&s, 0xffffffffa0002010, "init_module", "[mod]", true);
		expect(&s, 0xffffffffa0001004, "unknown", "[stripped]", false);
		expect(&s, 0x401000, "agent (user)", "", false);
		expect(&s, 0x555555554000, "program (user)", "", false);
		expect(&s, 0x7ffff7dd0000, "libraries (user)", "", false);
	}
	assert_true(symbols_place(&s, NULL));
	expect(&s, 0xffffffffa0000000, "unknown", "", false);
	symbols_names(&s, &names);
	assert_string_equal(names.data, "_etext\n_text\nhelper\nnowhere\nstart\nwork\n");
	assert_false(symbols_place(&s, "mod .text\n"));
	strbuf_release(&names);
	symbols_release(&s);

	assert_int_equal(symbols_load(&s, "missing.gz", &why), 1);
	put_gz("bad.gz", "k zz - x\n");
	assert_int_equal(symbols_load(&s, "bad.gz", &why), 2);
	put_gz("empty.gz", "");
	assert_int_equal(symbols_load(&s, "empty.gz", &why), 2);
}

/* root -> f -> g, root -> f -> h -> g, and f a second time under the root. */
static void test_tree(void **state)
{
	struct calltree t = { 0 };
	uint64_t *sums;
	enum { ROOT, F, G, H, FUNCTIONS };

	(void)state;
	calltree_add(&t, 0, ROOT, 0, 0);
	calltree_add(&t, 0, F, 100, 1);
	calltree_add(&t, 1, G, 10, 5);
	calltree_add(&t, 1, H, 200, 1);
	calltree_add(&t, 3, G, 1000, 2);
	calltree_add(&t, 0, F, 100, 1);
	calltree_add(&t, 5, G, 7, 1);
	calltree_add(&t, 4, F, 50, 1); /* recursion */
	sums = calltree_own(&t, FUNCTIONS);
	assert_int_equal(sums[F], 250);
	assert_int_equal(sums[G], 1017);
	free(sums);
	sums = calltree_inclusive(&t, FUNCTIONS);
	assert_int_equal(sums[F], 1467);
	assert_int_equal(sums[H], 1250);
	assert_int_equal(sums[G], 1067);
	free(sums);
	/* The two paths root -> f become one, and with them their two g; the small g goes into f. */
	calltree_prune(&t, 20);
	assert_int_equal(t.count, 5);
	assert_int_equal(t.nodes[1].function, F);
	assert_int_equal(t.nodes[1].self, 217);
	assert_int_equal(t.nodes[1].calls, 2);
	assert_int_equal(t.nodes[2].function, H);
	assert_int_equal(t.nodes[3].parent, 2);
	assert_int_equal(t.nodes[4].parent, 3);
	sums = calltree_own(&t, FUNCTIONS);
	assert_int_equal(sums[F] + sums[G] + sums[H], 1467);
	free(sums);
	calltree_release(&t);
}

struct seen {
	uint64_t blocks, insns, last;
	unsigned int vcpus;
	uint64_t windows, total;
	bool whole;
};

static void on_block(const struct profile_block *b, void *ctx)
{
	struct seen *seen = ctx;

	seen->blocks++;
	seen->insns += b->insns * b->count;
	seen->last = b->address;
	seen->vcpus |= 1u << b->vcpu;
}

static void on_window(const struct profile_window *w, void *ctx)
{
	struct seen *seen = ctx;

	assert_int_equal(w->number, seen->windows++);
	seen->total = w->instructions;
	seen->whole = w->whole;
}

static const char *parse(const char *text, struct seen *seen)
{
	const struct profile_reader reader = { .block = on_block,
					       .window = on_window,
					       .ctx = seen };

	*seen = (struct seen){ 0 };
	return profile_read(text, &reader);
}

static void test_read(void **state)
{
	struct seen seen;

	(void)state;
	assert_null(parse("kab-profile 1\nwindow 0\nvcpu 0\n10 2 3\n20 a 10\nvcpu 1\n5 1 1\n"
			  "end 167\nwindow 1\nvcpu 0\nend 0\nstray\ndone\n",
			  &seen));
	assert_int_equal(seen.blocks, 3);
	assert_int_equal(seen.insns, 2 * 3 + 10 * 16 + 1);
	assert_int_equal(seen.last, 5);
	assert_int_equal(seen.vcpus, 3);
	assert_int_equal(seen.windows, 2);
	assert_true(seen.whole);
	assert_null(parse("kab-profile 1\nwindow 0\nvcpu 0\nopen 0\ndone\n", &seen));
	assert_false(seen.whole);
	assert_null(parse("kab-profile 1\nwindow 0\nvcpu 0\nnested 0\ndone\n", &seen));
	assert_false(seen.whole);
}

#define COST "kab-profile 1\ncost 1:2:3:4:5:6:7\n"

static void test_malformed(void **state)
{
	static const char *const bad[] = {
		"",
		"kab-profile 2\ndone\n",
		"kab-profile 1\n",				    /* cut */
		"kab-profile 1\nwindow 0\nvcpu 0\n10 2 3\n",	    /* cut */
		"kab-profile 1\nwindow 0\nvcpu 0\n10 2 3\ndone\n",  /* cut */
		"kab-profile 1\n10 2 3\ndone\n",		    /* outside */
		"kab-profile 1\nwindow 0\nwindow 1\nend 0\ndone\n", /* inside */
		"kab-profile 1\nend 0\ndone\n",			    /* without */
		"kab-profile 1\nwindow 0\nvcpu 0\n10 2 3\nend 7\ndone\n",
		"kab-profile 1\nwindow 0\nvcpu 0\n10 2\nend 0\ndone\n",
		"kab-profile 1\nwindow 0\nvcpu 0\n10 2 3 4\nend 6\ndone\n",
		"kab-profile 1\nwindow 0\nvcpu 0\n10 -2 3\nend 6\ndone\n",
		"kab-profile 1\nwindow 0\nvcpu 0\n10 ffffffffffffffff 3\nend 6\ndone\n",
		"kab-profile 1\nwindow x\nend 0\ndone\n",
		"kab-profile 1\nwindow 0\nnode 0 0 1 0\nend 0\ndone\n", /* not the total */
		"kab-profile 1\nwindow 0\nnode 0 0 0 0\nnode 1 0 0 0\nend 0\ndone\n",
		"kab-profile 1\nnode 0 0 0 0\ndone\n",
		"kab-profile 1\ncost 1:2:3:4:5:6\ndone\n",
		"kab-profile 1\ncost 1:2:3:4:5:6:7:8\ndone\n",
		"kab-profile 1\ncost 1:2:3:4:5:6:inf\ndone\n",
		"kab-profile 1\ncost 1:2:3:4:5:6:-7\ndone\n",
		"kab-profile 1\nlap 1 1 1 1 1 1 1 1\ndone\n",
		COST COST "done\n",
		COST "lap 1 1 1 1 1 1 1\ndone\n",
		COST "window 0\nvcpu 0\n10 2 3\nend 6\ndone\n",
		COST "window 0\nvcpu 0\n10 2 3 1 1 1 1 1 1 1 1\nend 6\ndone\n",
	};
	struct seen seen;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!parse(bad[i], &seen))
			fail_msg("taken: %s", bad[i]);
}

/* Collects a run directory of one workload "w" with this profile. */
static void collect_one(const char *profile, struct observations *o)
{
	struct rundir_workload w = { .name = (char *)"w", .title = (char *)"w" };
	struct rundir run = {
		.path = (char *)"run", .id = (char *)"S/001", .workloads = &w, .workload_count = 1
	};

	put("run/profile", profile);
	*o = (struct observations){ 0 };
	assert_int_equal(profile_collector.collect(&run, o), 0);
}

static void expect_sample(const struct observations *o, const char *metric, double value)
{
	for (size_t i = 0; i < o->sample_count; i++)
		if (!strcmp(o->samples[i].metric, metric)) {
			assert_true(o->samples[i].value == value);
			assert_string_equal(o->samples[i].unit, "cycles");
			return;
		}
	fail_msg("no %s", metric);
}

static void test_collect(void **state)
{
	struct observations o;
	uint64_t sum = 0;

	(void)state;
	put("run/files/w/window", "1000 2000 500\n");
	put("run/files/w/modules", "mod .text 0xffffffffa0000000\n");
	put_gz("run/symbols.gz", TABLE);
	collect_one("kab-profile 1\nwindow 0\nvcpu 0\n401000 1 1\nffffffff80bff100 5 2\n10 3 1\n"
		    "30 2 1\n1efffec0 4 1\nend 20\ndone\n",
		    &o);
	assert_int_equal(o.finding_count, 0);
	assert_int_equal(o.window_count, 1);
	assert_int_equal(o.windows[0].instructions, 20);
	assert_int_equal(o.windows[0].ns, 1000);
	assert_int_equal(o.windows[0].idle_ns, 500);
	for (size_t i = 0; i < o.function_count; i++) {
		const struct function *f = &o.functions[i];

		sum += f->instructions;
		if (!strcmp(f->name, "work")) {
			assert_int_equal(f->instructions, 15);
			assert_int_equal(f->calls, 2);
		} else if (!strcmp(f->name, "mod_work")) {
			assert_string_equal(f->object, "[mod]");
		} else {
			assert_string_equal(f->name, "agent (user)");
			assert_true(f->user);
		}
	}
	assert_int_equal(o.function_count, 3);
	assert_int_equal(sum, 20);
	assert_non_null(strstr(o.symbol_names, "nowhere\n"));
	observations_release(&o);

	/* With calls: start calls work. */
	collect_one("kab-profile 1\nwindow 0\nvcpu 0\n401000 1 1\nffffffff80bff100 5 2\n10 3 1\n"
		    "30 2 1\n1efffec0 4 1\nnode 0 ffffffffffffffff 0 0\n"
		    "node 0 ffffffff81000000 5 1\nnode 1 ffffffff81000100 f 2\nend 20\ndone\n",
		    &o);
	assert_int_equal(o.node_count, 2);
	assert_int_equal(o.nodes[1].parent, 1);
	assert_string_equal(o.nodes[1].name, "work");
	assert_int_equal(o.nodes[1].instructions, 15);
	for (size_t i = 0; i < o.function_count; i++)
		if (!strcmp(o.functions[i].name, "work"))
			assert_int_equal(o.functions[i].inclusive, 15);
	/* The five of start are not its own by the blocks. */
	assert_int_equal(o.finding_count, 1);
	assert_string_equal(o.findings[0].kind, "call-graph-doubtful");
	observations_release(&o);

	/* With a model of caches: cycles are 1 * 15 + 2 * 3 + 3 * 1 + 4 * 2 + 5 * 1 + 6 * 2 + 7 * 1. */
	put("run/files/w/results",
	    "lap fill\nresult x 1 higher 1 1\nlap walk\nlap fill\nlap fill\n");
	collect_one(
		"kab-profile 1\ncost 1:2:3:4:5:6:7\n"
		"lap a 9 0 0 0 0 0 0\nlap 1 0 1 0 0 0 0 0\nlap 10 0 0 0 0 0 0 0\nlap 4 0 0 0 0 0 0 1\n"
		"window 0\nvcpu 0\n401000 1 1 0 0 0 0 0 0 0\n"
		"ffffffff80bff100 5 2 9 1 1 1 1 1 1\n10 3 1 4 2 0 1 0 1 0\n"
		"30 2 1 0 0 0 0 0 0 0\n1efffec0 4 1 0 0 0 0 0 0 0\nend 20\ndone\n",
		&o);
	assert_int_equal(o.finding_count, 0);
	assert_true(o.windows[0].cached);
	for (size_t i = 0; i < o.function_count; i++) {
		if (strcmp(o.functions[i].name, "work") != 0)
			continue;
		assert_int_equal(o.functions[i].caching.events[CACHED_ACCESSES], 13);
		assert_int_equal(o.functions[i].caching.events[CACHED_L1D], 3);
		assert_int_equal(o.functions[i].caching.cycles, 56);
	}
	assert_int_equal(o.sample_count, 3);
	expect_sample(&o, "window_cycles", 20 + 56 - 15);
	expect_sample(&o, "fill_cycles", 11); /* of 10, 16 and 4 + 7 */
	expect_sample(&o, "walk_cycles", 3);
	observations_release(&o);

	/* Laps that are not those of the results. */
	put("run/files/w/results", "lap fill\n");
	collect_one(COST "window 0\nvcpu 0\n401000 1 1 0 0 0 0 0 0 0\nend 1\ndone\n", &o);
	assert_int_equal(o.finding_count, 1);
	assert_string_equal(o.findings[0].kind, "profile-incomplete");
	observations_release(&o);

	/* Nothing of a profile that is not whole is stored. */
	collect_one("kab-profile 1\nwindow 0\nvcpu 0\n401000 1 1\nopen 1\ndone\n", &o);
	assert_int_equal(o.window_count + o.function_count, 0);
	assert_int_equal(o.finding_count, 1);
	assert_string_equal(o.findings[0].kind, "profile-incomplete");
	assert_int_equal(o.findings[0].severity, SEVERITY_WARNING);
	observations_release(&o);
	collect_one("kab-profile 1\ndone\n", &o);
	assert_string_equal(o.findings[0].kind, "profile-incomplete");
	observations_release(&o);
	assert_int_equal(remove("run/symbols.gz"), 0);
	collect_one("kab-profile 1\nwindow 0\nvcpu 0\nend 0\ndone\n", &o);
	assert_non_null(strstr(o.findings[0].message, "symbols.gz"));
	observations_release(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_symbols), cmocka_unit_test(test_tree),
		cmocka_unit_test(test_read),	cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_collect),
	};

	return cmocka_run_group_tests(tests, sandbox_setup, sandbox_teardown);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Explanations: of two stored profiles, through the database.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "reports/explain.h"
#include "reports/flame.h"
#include "sandbox.h"

static struct db *db;
static struct db_sides sides;

static void store(int64_t arm, const char *names, void (*fill)(struct observations *o))
{
	struct rundir_workload w = { .name = (char *)"w", .title = (char *)"w" };
	struct observations o = { 0 };
	struct rundir run = {
		.path = (char *)"run",
		.id = xasprintf("S/00%d", (int)arm + 1),
		.session = (char *)"S",
		.plan = (char *)"p",
		.started = (char *)"2026-11-20T00:00:00Z",
		.target = (char *)"det",
		.clock = (char *)"instruction",
		.arm = arm,
		.boot = 1,
		.kernel_spec = (char *)(arm ? "new" : "base"),
		.kernel_id = (char *)(arm ? "n" : "b"),
		.kernel_release = (char *)"6.1",
		.image_sha256 = (char *)"",
		.config_sha256 = (char *)"",
		.compiler = (char *)"gcc",
		.source = (char *)"source",
		.series = (char *)"",
		.workloads = &w,
		.workload_count = 1,
	};

	fill(&o);
	assert_int_equal(observe_sample(&o, "w", "write_total_ios", "1", BETTER_HIGHER, 10), 0);
	o.symbol_names = xstrdup(names);
	assert_int_equal(db_store_run(db, &run, &o), 0);
	observations_release(&o);
	free(run.id);
}

static void add_node(struct observations *o, int64_t node, int64_t parent, const char *name,
		     uint64_t instructions)
{
	observe_node(o, &(struct call_node){ .workload = (char *)"w",
					     .node = node,
					     .parent = parent,
					     .name = (char *)name,
					     .object = (char *)"mm/a.o",
					     .instructions = instructions,
					     .calls = 10 });
}

static void add(struct observations *o, const char *name, const char *object, uint64_t instructions,
		uint64_t calls)
{
	observe_function(o, &(struct function){ .workload = (char *)"w",
						.name = (char *)name,
						.object = (char *)object,
						.instructions = instructions,
						.calls = calls });
}

static void fill_base(struct observations *o)
{
	observe_window(o, "w", 3600, 5000, 1000, false);
	add(o, "alloc", "mm/a.o", 2000, 100);
	add(o, "caller", "mm/a.o", 500, 10);
	add(o, "tiny", "mm/a.o", 100, 10);
	add(o, "same", "fs/b.o", 990, 10);
	add(o, "static", "fs/b.o", 10, 10);
	add_node(o, 1, 0, "caller", 500);
	add_node(o, 2, 1, "alloc", 2000);
	add_node(o, 3, 2, "a<b>&\"c\"", 100);
}

static void fill_new(struct observations *o)
{
	observe_window(o, "w", 2300, 5000, 1000, false);
	add(o, "alloc", "mm/a.o", 200, 10);
	/* tiny() is inlined now: its instructions are here. */
	add(o, "caller", "mm/a.o", 590, 10);
	add(o, "bulk", "mm/a.o", 500, 10);
	add(o, "same", "fs/b.o", 990, 10);
	add(o, "static", "fs/c.o", 20, 10);
	add_node(o, 1, 0, "caller", 590);
	add_node(o, 2, 1, "alloc", 200);
}

static int setup(void **state)
{
	if (sandbox_setup(state))
		return -1;
	db = db_open("kab.db");
	if (!db)
		return -1;
	store(0, "alloc\ncaller\nsame\nstatic\ntiny\nunused\n", fill_base);
	store(1, "alloc\nbulk\ncaller\nsame\nstatic\nunused\n", fill_new);
	return db_sides(db, NULL, &sides);
}

static int teardown(void **state)
{
	db_sides_release(&sides);
	db_close(db);
	return sandbox_teardown(state);
}

static const struct explain_row *find(const struct explanation *e, const char *name,
				      const char *object)
{
	for (size_t i = 0; i < e->count; i++)
		if (!strcmp(e->rows[i].name, name) && !strcmp(e->rows[i].object, object))
			return &e->rows[i];
	fail_msg("no row of %s", name);
	return NULL;
}

static void test_rows(void **state)
{
	const struct explain_row *r;
	struct explanation e;
	double sum = 0;

	(void)state;
	assert_int_equal(
		explain(db, &sides.items[0], &sides.items[1], "w", EXPLAIN_INSTRUCTIONS, &e), 0);
	assert_string_equal(e.operation, "I/O");
	assert_true(e.base_operations == 10);
	assert_true(fabs(e.base_total - 360) < 1e-9);
	assert_true(fabs(e.delta + 130) < 1e-9);
	for (size_t i = 0; i < e.count; i++)
		sum += e.rows[i].delta;
	assert_true(fabs(sum - e.delta) < 1e-9);
	assert_string_equal(e.rows[0].name, "alloc");
	assert_true(e.rows[0].base_calls == 10 && e.rows[0].new_calls == 1);

	/* It vanished: no saving by itself, but to be seen with the function that grew. */
	r = find(&e, "tiny", "mm/a.o");
	assert_int_equal(r->state, EXPLAIN_GONE);
	assert_string_equal(r->partner->name, "caller");
	assert_int_equal(find(&e, "bulk", "mm/a.o")->state, EXPLAIN_NEW);
	assert_string_equal(find(&e, "bulk", "mm/a.o")->partner->name, "alloc");
	assert_int_equal(find(&e, "same", "fs/b.o")->state, EXPLAIN_BOTH);
	/* Two static functions of one name are two. */
	assert_int_equal(find(&e, "static", "fs/b.o")->state, EXPLAIN_UNUSED);
	assert_int_equal(find(&e, "static", "fs/c.o")->state, EXPLAIN_CALLED);

	assert_int_equal(e.group_count, 2);
	assert_string_equal(e.groups[0].name, "mm");
	assert_true(fabs(e.groups[0].delta + 131) < 1e-9);
	assert_true(e.explained >= 0.95 && e.explained <= 1);
	assert_in_range(e.telling, 2, 4);
	explanation_release(&e);
}

static void test_words(void **state)
{
	struct explanation e;
	char *words;

	(void)state;
	assert_int_equal(
		explain(db, &sides.items[0], &sides.items[1], "w", EXPLAIN_INSTRUCTIONS, &e), 0);
	words = explanation_words(&e, UNIT_ASCII);
	assert_non_null(strstr(words, "130 instructions fewer on new than on base"));
	assert_non_null(strstr(words, "alloc was called 10 times per I/O and is now called 1 time"
				      " (-180)"));
	assert_non_null(strstr(words, "bulk is new"));
	free(words);
	explanation_release(&e);

	assert_int_equal(
		explain(db, &sides.items[0], &sides.items[0], "w", EXPLAIN_INSTRUCTIONS, &e), 0);
	words = explanation_words(&e, UNIT_ASCII);
	assert_string_equal(words, "w executes the same instructions on both kernels.");
	free(words);
	explanation_release(&e);
	assert_int_equal(explain(db, &sides.items[0], &sides.items[1], "unheard-of",
				 EXPLAIN_INSTRUCTIONS, &e),
			 1);
}

static void test_forms(void **state)
{
	struct json_object *root;
	struct explanation e;
	struct capture c;
	char *text;
	int ret;

	(void)state;
	assert_int_equal(
		explain(db, &sides.items[0], &sides.items[1], "w", EXPLAIN_INSTRUCTIONS, &e), 0);
	capture_begin(&c, STDOUT_FILENO);
	ret = report_explanation_text(stdout, &e, true);
	text = capture_end(&c);
	assert_int_equal(ret, 0);
	assert_non_null(strstr(text, "(inlined or gone; see also caller)"));
	for (char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		assert_in_range(strcspn(line, "\n"), 0, 80);
	free(text);

	capture_begin(&c, STDOUT_FILENO);
	ret = report_explanation_json(stdout, &e);
	text = capture_end(&c);
	assert_int_equal(ret, 0);
	root = json_tokener_parse(text);
	assert_non_null(root);
	json_object_put(root);
	free(text);
	explanation_release(&e);
}

static void test_flame(void **state)
{
	struct strbuf text = STRBUF_INIT;
	struct explanation e;
	size_t boxes = 0;

	(void)state;
	assert_int_equal(
		explain(db, &sides.items[0], &sides.items[1], "w", EXPLAIN_INSTRUCTIONS, &e), 0);
	assert_int_equal(e.base_calls.count, 3);
	assert_int_equal(e.new_calls.items[1].parent, 0);
	assert_int_equal(flame_write("flame.svg", &e), 0);
	assert_int_equal(file_read("flame.svg", &text), 0);
	assert_non_null(strstr(text.data, "prefers-color-scheme: dark"));
	for (const char *at = text.data; (at = strstr(at, "<g class=\"f\"")); at++)
		boxes++;
	assert_int_equal(boxes, 4);
	/* The width is that of the side that takes more: caller takes 260 on the base. */
	assert_non_null(strstr(text.data, "data-n=\"caller\""));
	assert_non_null(strstr(text.data, "260 → 79 instructions per I/O"));
	assert_non_null(strstr(text.data, "a&lt;b&gt;&amp;"));
	assert_null(strstr(text.data, "a<b>"));
	strbuf_release(&text);
	explanation_release(&e);
}

static void test_session(void **state)
{
	int64_t base = -1, new = -1;
	char *session;

	(void)state;
	assert_int_equal(
		db_profiled_session(db, "b", "n", "w", "det", false, false, &session, &base, &new),
		0);
	assert_string_equal(session, "S");
	assert_int_equal(base, 0);
	assert_int_equal(new, 1);
	free(session);
	assert_int_equal(
		db_profiled_session(db, "n", NULL, "w", NULL, false, false, &session, &base, &new),
		0);
	assert_string_equal(session, "S");
	assert_int_equal(base, 1);
	free(session);
	assert_int_equal(
		db_profiled_session(db, "b", "n", "w", "tcg", false, false, &session, &base, &new),
		0);
	assert_null(session);
	assert_int_equal(
		db_profiled_session(db, "b", "b", "w", NULL, false, false, &session, &base, &new),
		0);
	assert_null(session);
}

static void test_knows(void **state)
{
	struct db_profile p = { .names = (char *)"a\nab\nabc_d\nabc.e\nz\n" };

	(void)state;
	assert_true(db_profile_knows(&p, "a"));
	assert_true(db_profile_knows(&p, "ab"));
	assert_true(db_profile_knows(&p, "z"));
	assert_false(db_profile_knows(&p, "abc"));
	assert_false(db_profile_knows(&p, "zz"));
	assert_false(db_profile_knows(&p, ""));
	p.names = (char *)"";
	assert_true(db_profile_knows(&p, "anything"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),  cmocka_unit_test(test_words),
		cmocka_unit_test(test_forms), cmocka_unit_test(test_session),
		cmocka_unit_test(test_knows), cmocka_unit_test(test_flame),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

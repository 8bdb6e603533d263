// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/paths.h"
#include "reports/page.h"
#include "reports/published.h"

static char root[] = "/tmp/kab-test-published-XXXXXX";

static int load(struct published *p, const char *text)
{
	char *path = xasprintf("%s/published.json", root);
	int ret;

	assert_int_equal(file_write_str(path, text), 0);
	ret = published_load(p, path);
	free(path);
	return ret;
}

static const char good[] =
	"{\"claims\": [{\"title\": \"t <1>\", \"source\": \"s\", \"id\": \"i\", \"unit\": \"ns\","
	" \"better\": \"lower\", \"base\": 350e6, \"new\": 18e6, \"measured\": ["
	"{\"base\": \"a\", \"new\": \"a+b\", \"workload\": \"w\", \"metric\": \"m\", \"note\": \"why\"},"
	"{\"base\": \"a\", \"new\": \"a+c\", \"workload\": \"w\", \"metric\": \"m\"}]},"
	"{\"title\": \"t2\", \"source\": \"s\", \"id\": \"i\", \"words\": \"none\", \"measured\": []}]}";

/* A row is measured when both sides have a figure of it; the page shows both, and escapes. */
static void test_match(void **state)
{
	struct comparison items[] = { { .workload = "w",
					.metric = "m",
					.unit = "ms",
					.base = 300,
					.new = 20,
					.ci_pct = { -93, -93 },
					.n_base = 1,
					.n_new = 1,
					.verdict = VERDICT_BETTER } };
	char a[] = "a", ab[] = "a+b", clock[] = "instruction", word[] = "x";
	struct judgement j = { .base = { .spec = a,
					 .clock = clock,
					 .plan = word,
					 .target = word,
					 .started = word },
			       .new = { .spec = ab },
			       .items = items,
			       .count = 1 };
	struct html h = HTML_INIT;
	struct published p;

	(void)state;
	assert_int_equal(load(&p, good), 0);
	assert_int_equal(p.count, 2);
	assert_true(isnan(p.claims[1].base));
	assert_int_equal(published_match(&p, &j, 1), 1);
	assert_ptr_equal(p.claims[0].rows[0].found, &items[0]);
	assert_null(p.claims[0].rows[1].found);
	page_published(&h, &p, &j.base, &(struct page_links){ 0 });
	assert_non_null(strstr(h.out.data, "19.4 times less"));
	assert_non_null(strstr(h.out.data, "15.0 times less"));
	assert_non_null(strstr(h.out.data, "not measured in this session"));
	assert_non_null(strstr(h.out.data, "t &lt;1&gt;"));
	assert_null(strstr(h.out.data, "t2"));
	html_release(&h);
	published_release(&p);

	/* One side only is no measurement. */
	items[0].n_new = 0;
	assert_int_equal(load(&p, good), 0);
	assert_int_equal(published_match(&p, &j, 1), 0);
	published_release(&p);
}

static void test_bad(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"claims\": [{\"title\": \"t\"}]}",
		"{\"claims\": [{\"title\": \"t\", \"source\": \"s\", \"id\": \"i\", \"measured\": []}]}",
		"{\"claims\": [{\"title\": \"t\", \"source\": \"s\", \"id\": \"i\", \"base\": 1,"
		" \"new\": 2, \"measured\": []}]}",
		"{\"claims\": [{\"title\": \"t\", \"source\": \"s\", \"id\": \"i\", \"words\": \"w\","
		" \"better\": \"up\", \"measured\": []}]}",
		"{\"claims\": [{\"title\": \"t\", \"source\": \"s\", \"id\": \"i\", \"words\": \"w\","
		" \"measured\": [{\"base\": \"a\"}]}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct published p;

		assert_int_equal(load(&p, texts[i]), -1);
		published_release(&p);
	}
}

/* The claims of the tree are well-formed. */
static void test_shipped(void **state)
{
	char *path = path_share("configs/published.json");
	struct published p;

	(void)state;
	assert_non_null(path);
	assert_int_equal(published_load(&p, path), 0);
	assert_true(p.count > 5);
	published_release(&p);
	free(path);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return dir_remove(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_shipped),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

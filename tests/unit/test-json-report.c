// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab compare --format json, read back key by key. The figures are invented.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/json.h"
#include "reports/format.h"

static struct comparison items[] = {
	{ .workload = "w \"quoted\" \\ / é",
	  .title = "t",
	  .metric = "write_iops",
	  .unit = "1/s",
	  .better = BETTER_HIGHER,
	  .headline = true,
	  .base = 1301.2,
	  .new = 1402.7,
	  .delta_pct = 7.8004918536735321,
	  .ci_pct = { 7.8004918536735321, 7.8004918536735321 },
	  .n_base = 1,
	  .n_new = 2,
	  .verdict = VERDICT_BETTER },
	{ .workload = "w",
	  .title = "t",
	  .metric = "stalls",
	  .unit = "1",
	  .better = BETTER_LOWER,
	  .base = NAN,
	  .new = 3,
	  .delta_pct = NAN,
	  .ci_pct = { NAN, NAN },
	  .n_base = 0,
	  .n_new = 1,
	  .verdict = VERDICT_UNPROVEN },
};

static const struct judgement judgement = {
	.base = { .session = (char *)"S-1",
		  .spec = (char *)"linux-6.1",
		  .target = (char *)"det",
		  .clock = (char *)"instruction",
		  .failed_runs = 1 },
	.new = { .session = (char *)"S-1",
		 .spec = (char *)"linux-6.1+x",
		 .target = (char *)"det",
		 .clock = (char *)"instruction",
		 .failed_runs = 2 },
	.items = items,
	.count = 2,
	.threshold_pct = 0.3,
};

static void render(struct json_doc *doc)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(format_json(out, &judgement, 1, false), 0);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(text[len - 1], '\n');
	assert_int_equal(json_parse(doc, "report", text, len), 0);
	free(text);
}

static const char *str(struct json_at at, const char *key)
{
	struct json_at member = json_member(&at, key);

	assert_non_null(member.value);
	return json_object_get_string(member.value);
}

static double num(struct json_at at, const char *key)
{
	struct json_at member = json_member(&at, key);

	assert_non_null(member.value);
	return json_object_get_double(member.value);
}

/* The key is there, and null. */
static void assert_null_member(struct json_at at, const char *key)
{
	struct json_object *value = at.value;

	assert_true(json_object_object_get_ex(at.value, key, &value));
	assert_null(value);
}

static void has_every_key(void **state)
{
	struct json_doc doc = { 0 };
	struct json_at root, list, c, ci;

	(void)state;
	render(&doc);
	root = json_root(&doc);
	assert_string_equal(str(root, "base"), "linux-6.1");
	assert_string_equal(str(root, "new"), "linux-6.1+x");
	assert_string_equal(str(root, "target"), "det");
	assert_string_equal(str(root, "clock"), "instruction");
	assert_string_equal(str(root, "session"), "S-1");
	assert_true(num(root, "failed_runs") == 3);
	list = json_member(&root, "comparisons");
	assert_int_equal(json_length(&list), 2);
	c = json_element(&list, 0);
	assert_string_equal(str(c, "workload"), items[0].workload);
	assert_string_equal(str(c, "metric"), "write_iops");
	assert_string_equal(str(c, "unit"), "1/s");
	assert_string_equal(str(c, "better"), "higher");
	assert_string_equal(str(c, "headline"), "true");
	assert_string_equal(str(c, "verdict"), "better");
	/* Numbers come back as the same doubles. */
	assert_true(num(c, "base") == 1301.2 && num(c, "new") == 1402.7);
	assert_true(num(c, "delta_pct") == items[0].delta_pct);
	assert_true(num(c, "n_base") == 1 && num(c, "n_new") == 2);
	ci = json_member(&c, "ci_pct");
	assert_int_equal(json_length(&ci), 2);
	assert_true(json_object_get_double(json_element(&ci, 1).value) == items[0].ci_pct[1]);
	json_release(&doc);
}

static void what_does_not_exist_is_null(void **state)
{
	struct json_doc doc = { 0 };
	struct json_at root, list, c;

	(void)state;
	render(&doc);
	root = json_root(&doc);
	list = json_member(&root, "comparisons");
	c = json_element(&list, 1);
	assert_null_member(c, "base");
	assert_null_member(c, "delta_pct");
	assert_null_member(c, "ci_pct");
	assert_string_equal(str(c, "better"), "lower");
	assert_string_equal(str(c, "headline"), "false");
	assert_string_equal(str(c, "verdict"), "unproven");
	json_release(&doc);
}

static void a_full_disk_is_an_error(void **state)
{
	FILE *out = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(out);
	assert_int_equal(format_json(out, &judgement, 1, false), -1);
	fclose(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_every_key),
		cmocka_unit_test(what_does_not_exist_is_null),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "reports/notify.h"
#include "runner/session/night.h"
#include "runner/session/nightconfig.h"

#define HOUR 3600
#define NOW  INT64_C(1795000000)

static struct night a_night(void)
{
	struct night n = { .path = xstrdup("/nonexistent/night.json") };

	night_begin(&n, "2026-11-21", NOW, "aaaa");
	return n;
}

static void test_none(void **state)
{
	struct night n = { 0 };

	(void)state;
	assert_false(night_continues(&n, "2026-11-21", NOW, "aaaa"));
}

static void test_same_day(void **state)
{
	struct night n = a_night();

	(void)state;
	assert_true(night_continues(&n, "2026-11-21", NOW + HOUR, "aaaa"));
	n.ended = true; /* with a stage that failed, or complete */
	assert_true(night_continues(&n, "2026-11-21", NOW + HOUR, "aaaa"));
	assert_false(night_continues(&n, "2026-11-21", NOW + HOUR, "bbbb"));
	night_release(&n);
}

static void test_another_day(void **state)
{
	struct night n = a_night();

	(void)state;
	assert_true(night_continues(&n, "2026-11-22", NOW + 23 * HOUR, "aaaa"));
	assert_false(night_continues(&n, "2026-11-22", NOW + 24 * HOUR, "aaaa"));
	assert_false(night_continues(&n, "2026-11-20", NOW - HOUR, "aaaa")); /* the clock was set */
	n.ended = true;
	assert_false(night_continues(&n, "2026-11-22", NOW + HOUR, "aaaa"));
	night_release(&n);
}

static void test_saved(void **state)
{
	char dir[] = "/tmp/kab-test-night-XXXXXX";
	struct night n, read;
	char *path;

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = xasprintf("%s/night.json", dir);
	assert_int_equal(night_load(&n, path), 0);
	assert_null(n.day);
	night_begin(&n, "2026-11-21", NOW, "aaaa");
	n.session = xstrdup("20261121T010000Z-00000001");
	n.failed = 2;
	n.worse = 3;
	assert_int_equal(night_finish_stage(&n, "run"), 0);
	assert_int_equal(night_finish_stage(&n, "publish sftp://host/\"x\""), 0);
	assert_int_equal(night_finish_stage(&n, "run"), 0);
	assert_int_equal(night_load(&read, path), 0);
	assert_string_equal(read.day, "2026-11-21");
	assert_string_equal(read.session, n.session);
	assert_int_equal(read.started_s, NOW);
	assert_int_equal(read.failed, 2);
	assert_int_equal(read.worse, 3);
	assert_int_equal(read.done.count, 2);
	assert_true(night_has(&read, "publish sftp://host/\"x\""));
	assert_false(night_has(&read, "notify"));
	/* Nothing of it is the next night's. */
	night_begin(&read, "2026-11-22", NOW + 24 * HOUR, "aaaa");
	assert_null(read.session);
	assert_int_equal(read.done.count, 0);
	assert_int_equal(read.failed + read.worse, 0);
	assert_string_equal(read.path, path);
	night_release(&read);
	night_release(&n);
	free(path);
	assert_int_equal(dir_remove(dir), 0);
}

static void test_examples(void **state)
{
	struct nightconfig c;
	struct notify_config n;

	(void)state;
	assert_int_equal(nightconfig_load(&c, "configs/nightly/local.json"), 0);
	assert_non_null(strstr(c.plan, "/nightly/../plans/nightly.json"));
	assert_int_equal(c.destination_count, 0);
	nightconfig_release(&c);
	assert_int_equal(nightconfig_load(&c, "configs/nightly/example.json"), 0);
	assert_true(file_exists(c.plan));
	assert_string_equal(c.site, "/var/lib/kab/site");
	assert_int_equal(c.destination_count, 2);
	assert_string_equal(c.destinations[0].to, "/srv/www/kab");
	assert_string_equal(c.destinations[1].to, "sftp://kab@www.example.org/~/nights/");
	assert_string_equal(c.destinations[1].identity, "/etc/kab/id_ed25519");
	assert_int_equal(c.keep_days, 90);
	assert_int_equal(c.keep_mib, 20000);
	assert_true(c.gate_worse);
	assert_true(c.gate_failed);
	assert_int_equal(notify_load(&n, c.notify), 0);
	notify_release(&n);
	nightconfig_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),	    cmocka_unit_test(test_same_day),
		cmocka_unit_test(test_another_day), cmocka_unit_test(test_saved),
		cmocka_unit_test(test_examples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

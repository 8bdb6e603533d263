// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the host does besides: the rule, and that a busy process is seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/progress.h"
#include "runner/machine/noise.h"

static void the_rule_looks_at_the_host_only(void **state)
{
	static const struct {
		const char *name;
		double fine, much;
	} cases[] = {
		{ "steal_pct", 2, 2.1 },      { "others_cpu_pct", 20, 21 },
		{ "psi_memory_pct", 1, 1.1 }, { "psi_io_pct", 10, 11 },
		{ "swapped_pages", 0, 1 },    { "throttled", 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_object *o = json_new_object();
		struct strbuf why = STRBUF_INIT;

		json_set_num(o, cases[i].name, cases[i].fine);
		json_set_num(o, "load", 1000);
		assert_false(noise_disturbs(o, &why));
		assert_int_equal(why.len, 0);
		json_set_num(o, cases[i].name, cases[i].much);
		assert_true(noise_disturbs(o, &why));
		assert_non_null(strstr(why.data, cases[i].name));
		strbuf_release(&why);
		json_object_put(o);
	}
}

static double rate(struct json_object *o, const char *name)
{
	struct json_object *value = NULL;

	assert_true(json_object_object_get_ex(o, name, &value));
	return json_object_get_double(value);
}

/* A child that has not been waited for is somebody else's work; afterwards it is kab's own. */
static void others_are_seen_and_own_work_is_not(void **state)
{
	struct json_object *during, *after;
	struct noise before;
	int64_t end;
	pid_t child;
	int status;

	(void)state;
	noise_read(&before);
	if (before.busy_ms < 0)
		skip();
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		volatile unsigned int spin = 0;

		for (;;)
			spin++;
	}
	end = clock_ms() + 700;
	while (clock_ms() < end)
		usleep(10000);
	during = noise_since(&before);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	after = noise_since(&before);
	assert_true(rate(during, "others_cpu_pct") > 5);
	assert_true(rate(after, "others_cpu_pct") < rate(during, "others_cpu_pct"));
	assert_true(rate(during, "wall_ms") >= 700);
	json_object_put(during);
	json_object_put(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rule_looks_at_the_host_only),
		cmocka_unit_test(others_are_seen_and_own_work_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

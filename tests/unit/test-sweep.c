// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "collectors/collect.h"
#include "collectors/sweep.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "runner/machine/fingerprint.h"

#define COMMITTED_RUNS "tests/data/runs"

static void list(struct strvec *paths)
{
	assert_int_equal(rundir_list(COMMITTED_RUNS, paths), 0);
	assert_true(paths->count >= 4);
}

struct seen {
	const struct strvec *paths;
	const char *unwanted; /* id */
	size_t count, wrong, read, passed, incomplete, damaged;
	size_t stop_at;
};

static bool wanted(const struct rundir *run, const void *ctx)
{
	const struct seen *s = ctx;

	return !s->unwanted || strcmp(run->id, s->unwanted) != 0;
}

static bool same(const struct observations *a, const struct observations *b)
{
	bool same = a->sample_count == b->sample_count && a->bin_count == b->bin_count;

	for (size_t i = 0; same && i < a->sample_count; i++)
		same = strcmp(a->samples[i].metric, b->samples[i].metric) == 0 &&
		       a->samples[i].value == b->samples[i].value;
	for (size_t i = 0; same && i < a->bin_count; i++)
		same = strcmp(a->bins[i].kind, b->bins[i].kind) == 0 &&
		       a->bins[i].ns == b->bins[i].ns && a->bins[i].count == b->bins[i].count;
	return same;
}

/* In the order of the paths, and as one at a time reads it. Counts, as messages are captured. */
static int take(const struct swept *s, void *ctx)
{
	struct seen *seen = ctx;
	struct observations alone = { 0 };

	seen->wrong += strcmp(s->path, seen->paths->items[seen->count]) != 0;
	if (s->state == SWEPT_READ) {
		seen->wrong += collect(&s->run, &alone) != 0 || !same(&s->o, &alone);
		observations_release(&alone);
	}
	seen->read += s->state == SWEPT_READ;
	seen->passed += s->state == SWEPT_UNWANTED;
	seen->incomplete += s->state == SWEPT_INCOMPLETE;
	seen->damaged += s->state == SWEPT_DAMAGED;
	return ++seen->count == seen->stop_at ? -1 : 0;
}

/* More of them than slots, so that these are used again. */
static void test_order(void **state)
{
	struct strvec once = STRVEC_INIT, paths = STRVEC_INIT;
	struct seen seen = { .paths = &paths };
	const struct sweep_events events = { wanted, take, &seen };

	(void)state;
	list(&once);
	for (size_t i = 0; i < 300; i++)
		strvec_push(&paths, once.items[i % once.count]);
	assert_int_equal(sweep(&paths, &events), 0);
	assert_int_equal(seen.read, 300);
	assert_int_equal(seen.wrong, 0);
	strvec_release(&paths);
	strvec_release(&once);
}

static void test_states(void **state)
{
	char dir[] = "/tmp/kab-test-sweep-XXXXXX";
	struct strvec paths = STRVEC_INIT;
	struct seen seen = { .paths = &paths };
	const struct sweep_events events = { wanted, take, &seen };
	struct capture capture;
	struct rundir run;
	char *file, *text;
	int ret;

	(void)state;
	list(&paths);
	assert_int_equal(rundir_open(&run, paths.items[0]), 0);
	seen.unwanted = run.id;
	assert_non_null(mkdtemp(dir));
	strvec_push(&paths, dir); /* without a status */
	strvec_pushf(&paths, "%s/nothing", dir);
	capture_begin(&capture, STDERR_FILENO);
	ret = sweep(&paths, &events);
	text = capture_end(&capture);
	assert_int_equal(ret, 0);
	assert_int_equal(seen.wrong, 0);
	assert_non_null(strstr(text, "/nothing"));
	assert_int_equal(seen.count, paths.count);
	assert_int_equal(seen.read, paths.count - 3);
	assert_int_equal(seen.passed, 1);
	assert_int_equal(seen.incomplete, 1);
	assert_int_equal(seen.damaged, 1);
	free(text);

	file = xasprintf("%s/status", dir);
	assert_int_equal(file_write_str(file, "complete\n"), 0);
	seen = (struct seen){ .paths = &paths };
	capture_begin(&capture, STDERR_FILENO);
	ret = sweep(&paths, &events);
	free(capture_end(&capture));
	assert_int_equal(ret, 0);
	assert_int_equal(seen.damaged, 2); /* no manifest */
	free(file);
	rundir_close(&run);
	strvec_release(&paths);
	assert_int_equal(dir_remove(dir), 0);
}

/* The one that takes has had enough: nothing more is handed over, and nothing hangs or leaks. */
static void test_stop(void **state)
{
	struct strvec once = STRVEC_INIT, paths = STRVEC_INIT;
	struct seen seen = { .paths = &paths, .stop_at = 3 };
	const struct sweep_events events = { NULL, take, &seen };

	(void)state;
	list(&once);
	for (size_t i = 0; i < 100; i++)
		strvec_push(&paths, once.items[i % once.count]);
	assert_int_equal(sweep(&paths, &events), -1);
	assert_int_equal(seen.count, 3);
	strvec_release(&paths);
	strvec_release(&once);
}

static void test_nothing(void **state)
{
	struct strvec none = STRVEC_INIT;
	struct seen seen = { .paths = &none };
	const struct sweep_events events = { NULL, take, &seen };

	(void)state;
	assert_int_equal(sweep(&none, &events), 0);
	assert_int_equal(seen.count, 0);
}

static void test_fingerprint(void **state)
{
	char dir[] = "/tmp/kab-test-sweep-XXXXXX";
	const struct timespec times[2] = { { 1000000000, 5 }, { 1000000000, 5 } };
	char *first, *again, *file, *moved;

	(void)state;
	assert_non_null(mkdtemp(dir));
	file = xasprintf("%s/files", dir);
	assert_int_equal(dir_make(file), 0);
	free(file);
	file = xasprintf("%s/files/fio.json", dir);
	assert_int_equal(file_write_str(file, "one"), 0);
	first = fingerprint_make(dir);
	again = fingerprint_make(dir);
	assert_string_equal(first, again);
	free(again);
	/* As long, but written at another time. */
	assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
	moved = fingerprint_make(dir);
	assert_string_not_equal(first, moved);
	/* At the same time, but longer. */
	assert_int_equal(file_write_str(file, "four"), 0);
	assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
	again = fingerprint_make(dir);
	assert_string_not_equal(again, moved);
	free(again);
	free(moved);
	free(first);
	free(file);
	assert_int_equal(dir_remove(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),	    cmocka_unit_test(test_states),
		cmocka_unit_test(test_stop),	    cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_fingerprint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

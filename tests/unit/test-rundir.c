// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/strbuf.h"
#include "runner/machine/rundir.h"

static char root[] = "/tmp/kab-test-rundir-XXXXXX";

static const char manifest[] =
	"{\"format\": 1, \"run\": \"S/001\", \"session\": \"S\", \"plan\": \"nightly\","
	" \"started\": \"2026-11-20T19:00:00Z\", \"arm\": 1, \"boot\": 2, \"target\": \"det\","
	" \"clock\": \"instruction\","
	" \"kernel\": {\"spec\": \"linux-6.1+x\", \"id\": \"abc\", \"release\": \"6.1.192\","
	"  \"source\": \"linux-6.1\", \"series\": \"x\", \"image_sha256\": \"i\","
	"  \"config_sha256\": \"c\", \"compiler\": \"gcc\"},"
	" \"workloads\": [{\"name\": \"w\", \"title\": \"t\", \"sha256\": \"s\","
	"  \"headline\": [\"write_iops\", \"other\"]}],"
	" \"guest\": {\"memory_mib\": 1024, \"append\": \"\", \"initramfs_sha256\": \"\","
	"  \"command\": []}}";

static char *place(const char *name)
{
	return xasprintf("%s/%s", root, name);
}

/* A new run directory with this manifest; the caller frees the path. */
static char *make(const char *name, const char *text)
{
	char *path = place(name);
	struct json_doc doc;

	assert_int_equal(json_parse(&doc, "manifest", text, strlen(text)), 0);
	assert_int_equal(rundir_create(path, doc.root), 0);
	json_release(&doc);
	return path;
}

static int open_silently(struct rundir *run, const char *path, char **said)
{
	struct capture c;
	int result;

	capture_begin(&c, STDERR_FILENO);
	result = rundir_open(run, path);
	*said = capture_end(&c);
	return result;
}

static void test_life(void **state)
{
	struct rundir run;
	char *path = make("life/runs/001", manifest);
	char *file;

	(void)state;
	assert_false(rundir_is_complete(path));
	assert_int_equal(rundir_open(&run, path), 1);
	assert_int_equal(rundir_add_file(path, "dmesg", "log", 3), 0);
	assert_int_equal(rundir_add_file(path, "w/fio.json", "{}", 2), 0);
	assert_int_equal(rundir_complete(path), 0);
	assert_true(rundir_is_complete(path));
	assert_int_equal(rundir_open(&run, path), 0);
	assert_string_equal(run.id, "S/001");
	assert_string_equal(run.kernel_spec, "linux-6.1+x");
	assert_string_equal(run.series, "x");
	assert_string_equal(run.clock, "instruction");
	assert_int_equal(run.arm, 1);
	assert_int_equal(run.boot, 2);
	assert_int_equal(run.workload_count, 1);
	assert_string_equal(run.workloads[0].name, "w");
	assert_int_equal(run.workloads[0].headline.count, 2);
	file = rundir_file(&run, "w", "fio.json");
	assert_int_equal(file_size(file), 2);
	free(file);
	file = rundir_file(&run, NULL, "dmesg");
	assert_int_equal(file_size(file), 3);
	free(file);
	rundir_close(&run);
	free(path);
}

/* What a guest may call its files. */
static void test_names(void **state)
{
	static const char *const bad[] = { "",	   "/",	     "a/",    "/a",	 "..",
					   "../a", "a/../b", "a/b/c", ".hidden", "a/.b",
					   "a b",  "a\n",    "a//b",  "\xc3\xa4" };
	static const char *const good[] = { "dmesg", "A-b_c.d+e", "a/b", "dmcrypt-1m/fio.json" };
	char *path = make("names", manifest);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(rundir_add_file(path, bad[i], "x", 1), 1);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(rundir_add_file(path, good[i], "x", 1), 0);
	/* Nothing is ever overwritten. */
	assert_int_equal(rundir_add_file(path, "a/b", "y", 1), 1);
	free(path);
}

/* A status cut short by a crash is not "complete". */
static void test_status(void **state)
{
	static const char *const not_complete[] = { "", "complete", "comp", "complete\ncomplete\n",
						    "incomplete\n" };
	char *path = make("status", manifest);
	char *status = xasprintf("%s/status", path);

	(void)state;
	for (size_t i = 0; i < sizeof(not_complete) / sizeof(not_complete[0]); i++) {
		assert_int_equal(file_write_str(status, not_complete[i]), 0);
		assert_false(rundir_is_complete(path));
	}
	assert_int_equal(file_write_str(status, "complete\n"), 0);
	assert_true(rundir_is_complete(path));
	free(status);
	free(path);
}

static void expect_damage(const char *name, const char *text, const char *message)
{
	char *path = make(name, "{}");
	char *file = xasprintf("%s/manifest.json", path);
	struct rundir run;
	char *said;

	assert_int_equal(file_write_str(file, text), 0);
	assert_int_equal(rundir_complete(path), 0);
	assert_int_equal(open_silently(&run, path, &said), -1);
	if (!strstr(said, message))
		fail_msg("%s", said);
	free(said);
	free(file);
	free(path);
}

static char *replace(const char *from, const char *to)
{
	const char *at = strstr(manifest, from);

	assert_non_null(at);
	return xasprintf("%.*s%s%s", (int)(at - manifest), manifest, to, at + strlen(from));
}

static void test_damage(void **state)
{
	static const struct {
		const char *name, *from, *to, *message;
	} cases[] = {
		{ "key", "\"arm\": 1, ", "", "arm" },
		{ "type", "\"boot\": 2", "\"boot\": \"two\"", "boot" },
		{ "format", "\"format\": 1", "\"format\": 2", "format" },
		{ "unknown", "\"plan\": \"nightly\"", "\"plan\": \"n\", \"plam\": 1", "plam" },
		{ "kernel", "\"release\": \"6.1.192\",", "", "kernel.release" },
		{ "headline", "[\"write_iops\", \"other\"]", "7", "workloads[0].headline" },
	};

	(void)state;
	expect_damage("cut", "{\"format\": 1", "manifest.json:1");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = replace(cases[i].from, cases[i].to);

		expect_damage(cases[i].name, text, cases[i].message);
		free(text);
	}
}

static void test_list(void **state)
{
	char *sessions = place("list");
	struct strvec paths = STRVEC_INIT;

	(void)state;
	free(make("list/20270101T000000Z-b/runs/001", manifest));
	free(make("list/20260101T000000Z-a/runs/002", manifest));
	free(make("list/20260101T000000Z-a/runs/001", manifest));
	assert_int_equal(rundir_list(sessions, &paths), 0);
	assert_int_equal(paths.count, 3);
	assert_non_null(strstr(paths.items[0], "20260101T000000Z-a/runs/001"));
	assert_non_null(strstr(paths.items[1], "20260101T000000Z-a/runs/002"));
	assert_non_null(strstr(paths.items[2], "20270101T000000Z-b/runs/001"));
	strvec_release(&paths);
	free(sessions);
	sessions = place("nowhere");
	assert_int_equal(rundir_list(sessions, &paths), 0);
	assert_int_equal(paths.count, 0);
	free(sessions);
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
		cmocka_unit_test(test_life),   cmocka_unit_test(test_names),
		cmocka_unit_test(test_status), cmocka_unit_test(test_damage),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "runner/session/workload.h"
#include "sandbox.h"

#define GOOD_FIO "[j]\nfilename=${KAB_DEVICE}\nrw=write\nsize=1M\n"
#define DEVICE                                                                                       \
	"\"device\": {\"type\": \"dmcrypt\", \"ramdisk_mib\": 64, \"cipher\": \"aes-xts-plain64\", " \
	"\"key_bits\": 512, \"flags\": [\"no_write_workqueue\"]}"

static void put_workload(const char *members)
{
	char *text = xasprintf("// a comment\n{\"title\": \"t\", %s}\n", members);

	put("w/crypt.json", text);
	put("w/crypt.fio", GOOD_FIO);
	free(text);
}

/* Loads w/crypt.json, which must fail with this in a message. */
static void refused(const char *members, const char *message)
{
	struct capture c;
	struct workload w;
	char *said;
	int ret;

	put_workload(members);
	capture_begin(&c, STDERR_FILENO);
	ret = workload_load(&w, "w/crypt.json");
	workload_release(&w);
	said = capture_end(&c);
	assert_int_equal(ret, -1);
	assert_non_null(strstr(said, "w/crypt.json:"));
	if (!strstr(said, message))
		fail_msg("\"%s\" is not in \"%s\"", message, said);
	free(said);
}

static void test_load(void **state)
{
	struct workload w;

	(void)state;
	put_workload("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"headline\": [\"write_iops\"], "
		     "\"append\": [\"quiet\"], " DEVICE);
	assert_int_equal(workload_load(&w, "w/crypt.json"), 0);
	assert_string_equal(w.name, "crypt");
	assert_string_equal(w.driver, "fio");
	assert_string_equal(w.fio, "w/crypt.fio");
	assert_string_equal(w.fio_text.data, GOOD_FIO);
	assert_string_equal(w.headline.items[0], "write_iops");
	assert_true(w.memory_mib >= 256);
	assert_true(w.timeout_s > 0);
	/* The ramdisk's size follows from the device. */
	assert_int_equal(w.append.count, 3);
	assert_string_equal(w.append.items[0], "quiet");
	assert_string_equal(w.append.items[1], "brd.rd_nr=1");
	assert_string_equal(w.append.items[2], "brd.rd_size=65536");
	workload_release(&w);
	workload_release(&w); /* harmless */
}

/* A device that needs nothing on the command line, with its defaults. */
static void test_nfs(void **state)
{
	struct workload w;

	(void)state;
	put_workload("\"driver\": \"fio\", \"fio\": \"crypt.fio\", "
		     "\"device\": {\"type\": \"nfs\", \"file_mib\": 64}");
	assert_int_equal(workload_load(&w, "w/crypt.json"), 0);
	assert_int_equal(w.append.count, 0);
	workload_release(&w);
}

static void test_refused(void **state)
{
	(void)state;
	refused("\"driver\": \"fioo\", \"fio\": \"crypt.fio\"", "did you mean \"fio\"");
	refused("\"driver\": \"fio\"", "needs the key \"fio\"");
	refused("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"heatline\": []", "headline");
	refused("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"memory_mib\": 3", "memory_mib");
	refused("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"device\": {\"type\": \"dmcrypt\"}",
		"ramdisk_mib");
	refused("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"device\": {\"type\": \"dmcript\", "
		"\"cipher\": \"x\", \"ramdisk_mib\": 1, \"key_bits\": 0}",
		"did you mean \"dmcrypt\"?");
	refused("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"device\": 1", "expected an object");
	refused("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"device\": {\"file_mib\": 1}",
		"expected the type");
	refused("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"device\": {\"type\": \"nfs\"}",
		"file_mib");
	refused("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"device\": {\"type\": \"nfs\", "
		"\"file_mib\": 1, \"cipher\": \"x\"}",
		"cipher");
	refused("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"device\": {\"type\": \"nfs\", "
		"\"file_mib\": 1, \"block_kib\": 2048}",
		"block_kib");
	refused("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"device\": {\"type\": \"nfs\", "
		"\"file_mib\": 1, \"block_kib\": 6}",
		"multiple of 4");
	refused("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"device\": {\"type\": \"nfs\", "
		"\"file_mib\": 1, \"threads\": 0}",
		"threads");
	refused("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"device\": {\"type\": \"dmcrypt\", "
		"\"cipher\": \"x y\", \"ramdisk_mib\": 1, \"key_bits\": 0}",
		"cipher");
	refused("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"device\": {\"type\": \"dmcrypt\", "
		"\"cipher\": \"x\", \"ramdisk_mib\": 1, \"key_bits\": 12}",
		"multiple of 8");
	refused("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"device\": {\"type\": \"dmcrypt\", "
		"\"cipher\": \"x\", \"ramdisk_mib\": 1, \"key_bits\": 0, \"sector_size\": 1000}",
		"512, 1024");
	refused("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"wall_clock\": {\"runtime\": 60}",
		"wall_clock.runtime");
}

static void test_unknown(void **state)
{
	struct capture c;
	struct workload w;
	char *said;
	int ret;

	(void)state;
	put("share/configs/workloads/dmcrypt-1m.json", "{}");
	capture_begin(&c, STDERR_FILENO);
	ret = workload_load(&w, "dmcrypt-2m");
	workload_release(&w);
	said = capture_end(&c);
	assert_int_equal(ret, -1);
	assert_non_null(strstr(said, "dmcrypt-1m"));
	free(said);
}

static void test_names(void **state)
{
	struct strvec names = STRVEC_INIT;

	(void)state;
	put("share/configs/workloads/b.json", "{}");
	put("share/configs/workloads/a.json", "{}");
	put("share/configs/workloads/a.fio", "");
	assert_int_equal(workload_names(&names), 0);
	assert_true(strvec_has(&names, "a"));
	assert_true(strvec_has(&names, "b"));
	assert_false(strvec_has(&names, "a.fio"));
	assert_true(strcmp(names.items[0], names.items[1]) < 0);
	strvec_release(&names);
}

static char *identity(void)
{
	struct workload w;
	char *id;

	assert_int_equal(workload_load(&w, "w/crypt.json"), 0);
	id = workload_identity(&w);
	workload_release(&w);
	return id;
}

static void test_identity(void **state)
{
	char *first, *comment, *fio;

	(void)state;
	put_workload("\"driver\": \"fio\", \"fio\": \"crypt.fio\"");
	first = identity();
	put("w/crypt.json", "/* another */ {\"title\": \"t\", \"driver\": \"fio\",\n"
			    " \"fio\": \"crypt.fio\"}");
	comment = identity();
	put("w/crypt.fio", GOOD_FIO "bs=8k\n");
	fio = identity();
	assert_int_equal(strlen(first), 64);
	assert_string_equal(first, comment);
	assert_string_not_equal(first, fio);
	free(first);
	free(comment);
	free(fio);
}

static void test_job(void **state)
{
	struct workload w;
	const struct workload *list[] = { &w };
	struct json_object *job, *part, *value;

	(void)state;
	put_workload("\"driver\": \"fio\", \"fio\": \"crypt.fio\", \"memory_mib\": 777, "
		     "\"wall_clock\": {\"runtime\": \"60\"}, " DEVICE);
	assert_int_equal(workload_load(&w, "w/crypt.json"), 0);
	job = workload_job(list, 1, "instruction");
	workload_release(&w);

	assert_true(json_object_object_get_ex(job, "clock", &value));
	assert_string_equal(json_object_get_string(value), "instruction");
	assert_true(json_object_object_get_ex(job, "workloads", &value));
	part = json_object_array_get_idx(value, 0);
	assert_true(json_object_object_get_ex(part, "name", &value));
	assert_string_equal(json_object_get_string(value), "crypt");
	assert_true(json_object_object_get_ex(part, "fio", &value));
	assert_string_equal(json_object_get_string(value), GOOD_FIO);
	assert_true(json_object_object_get_ex(part, "device", &value));
	assert_true(json_object_object_get_ex(part, "wall_clock", &value));
	/* Nothing of the host: neither its paths nor what is not the guest's business. */
	assert_null(strstr(json_object_to_json_string(job), "w/crypt"));
	assert_false(json_object_object_get_ex(part, "memory_mib", NULL));
	json_object_put(job);
}

/* What fio says about a job file; the result of the check in *ret. */
static char *check_fio(const char *text, int *ret)
{
	struct capture c;
	struct workload w;
	char *said;

	put_workload("\"driver\": \"fio\", \"fio\": \"crypt.fio\", "
		     "\"wall_clock\": {\"runtime\": \"60\", \"time_based\": \"1\"}, " DEVICE);
	put("w/crypt.fio", text);
	assert_int_equal(workload_load(&w, "w/crypt.json"), 0);
	capture_begin(&c, STDERR_FILENO);
	*ret = workload_check_fio(&w);
	said = capture_end(&c);
	workload_release(&w);
	return said;
}

static void test_check_fio(void **state)
{
	char *said;
	int ret;

	(void)state;
	said = check_fio(GOOD_FIO, &ret);
	assert_int_equal(ret, 0);
	assert_string_equal(said, "");
	free(said);
	said = check_fio(GOOD_FIO, &ret); /* known by now */
	assert_int_equal(ret, 0);
	free(said);
	said = check_fio(GOOD_FIO "nonsense=1\n", &ret);
	assert_int_equal(ret, -1);
	assert_non_null(strstr(said, "nonsense"));
	assert_non_null(strstr(said, "crypt.fio"));
	free(said);
}

/* The definitions that kab ships: the tests run in the source tree. */
static char *tree;

static void test_shipped(void **state)
{
	struct strvec names = STRVEC_INIT;

	(void)state;
	setenv("KAB_SHARE", tree, 1);
	assert_int_equal(workload_names(&names), 0);
	assert_true(names.count >= 4);
	for (size_t i = 0; i < names.count; i++) {
		struct workload w;

		assert_int_equal(workload_load(&w, names.items[i]), 0);
		assert_int_equal(workload_check_fio(&w), 0);
		/* A bench module may have checks and no figures. */
		assert_true(w.headline.count > 0 || w.module);
		workload_release(&w);
	}
	strvec_release(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_load, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_nfs, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_refused, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_unknown, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_names, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_identity, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_job, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_check_fio, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_shipped, sandbox_setup, sandbox_teardown),
	};

	int failed;

	tree = getcwd(NULL, 0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(tree);
	return failed;
}

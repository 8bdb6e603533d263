// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The archives, the stand-ins in them, and that what is in them runs: fio is started from the
 * unpacked archive, by the archive's own linker.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>

#include "capture.h"
#include "lib/proc.h"
#include "runner/machine/initramfs.h"
#include "runner/machine/provision.h"
#include "runner/machine/standin.h"
#include "sandbox.h"

/* Reads all entries of one archive from a file: names in order, and one entry's content. */
static void read_archive(const char *path, struct strvec *names, const char *wanted,
			 struct strbuf *content)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	char chunk[4096];
	la_ssize_t n;

	assert_non_null(a);
	archive_read_support_format_cpio(a);
	assert_int_equal(archive_read_open_filename(a, path, 65536), ARCHIVE_OK);
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(entry);

		strvec_push(names, name);
		assert_int_equal(archive_entry_mtime(entry), 0);
		assert_int_equal(archive_entry_uid(entry), 0);
		assert_int_equal(archive_entry_gid(entry), 0);
		if (strcmp(name, wanted) == 0)
			while ((n = archive_read_data(a, chunk, sizeof(chunk))) > 0)
				strbuf_add(content, chunk, (size_t)n);
		if (strcmp(name, "dev/console") == 0) {
			assert_int_equal(archive_entry_filetype(entry), AE_IFCHR);
			assert_int_equal(archive_entry_rdevmajor(entry), 5);
			assert_int_equal(archive_entry_rdevminor(entry), 1);
		}
	}
	archive_read_free(a);
}

static void test_base(void **state)
{
	struct strvec names = STRVEC_INIT;
	struct strbuf tools = STRBUF_INIT;
	struct initramfs first, second;

	(void)state;
	assert_int_equal(initramfs_base(&first), 0);
	assert_int_equal(strncmp(first.fio, "fio-", 4), 0);
	assert_true(first.dmsetup[0] >= '0' && first.dmsetup[0] <= '9');
	assert_int_equal(file_size(first.path) % 4, 0);
	/* Small enough to be unpacked in no time: no client of a storage cluster in it. */
	assert_true(file_size(first.path) < 20 << 20);

	read_archive(first.path, &names, "tools.json", &tools);
	assert_true(strvec_has(&names, "init"));
	assert_true(strvec_has(&names, "dev/console"));
	assert_true(strvec_has(&names, "usr/bin/fio"));
	assert_true(strvec_has(&names, "usr/sbin/dmsetup"));
	assert_true(strvec_has(&names, "lib64/ld-linux-x86-64.so.2"));
	assert_non_null(strstr(tools.data, first.fio));

	/* Found again; and made again, it is the same to the byte. */
	assert_int_equal(initramfs_base(&second), 0);
	assert_string_equal(first.path, second.path);
	initramfs_release(&second);
	assert_int_equal(unlink(first.path), 0);
	assert_int_equal(initramfs_base(&second), 0);
	assert_string_equal(first.sha256, second.sha256);
	assert_true(file_exists(second.path));

	initramfs_release(&first);
	initramfs_release(&second);
	strvec_release(&names);
	strbuf_release(&tools);
}

static void test_job(void **state)
{
	struct strvec names = STRVEC_INIT;
	struct provision p = { 0 };
	struct strbuf base_bytes = STRBUF_INIT, bytes = STRBUF_INIT, content = STRBUF_INIT;
	struct json_object *job = json_new_object();
	struct initramfs base;

	(void)state;
	json_set_str(job, "clock", "instruction");
	put("some/where/brd.ko", "\177ELF module");
	put("some/where/dm-mod.ko", "\177ELF another");
	put("some/where/virtio.ko", "\177ELF bus");
	strvec_push(&p.machine, "some/where/virtio.ko");
	strvec_push(&p.loaded, "some/where/dm-mod.ko");
	strvec_push(&p.loaded, "some/where/brd.ko");
	assert_int_equal(initramfs_base(&base), 0);
	assert_int_equal(initramfs_for_job(&base, job, &p, "job.cpio"), 0);
	assert_int_equal(file_read(base.path, &base_bytes), 0);
	assert_int_equal(file_read("job.cpio", &bytes), 0);
	assert_true(bytes.len > base_bytes.len);
	assert_memory_equal(bytes.data, base_bytes.data, base_bytes.len);

	assert_int_equal(
		file_write("tail.cpio", bytes.data + base_bytes.len, bytes.len - base_bytes.len),
		0);
	read_archive("tail.cpio", &names, "job.json", &content);
	assert_true(strvec_has(&names, "modules/brd.ko"));
	assert_true(strvec_has(&names, "machine/virtio.ko"));
	assert_false(strvec_has(&names, "workload"));
	assert_string_equal(content.data, json_object_to_json_string_ext(job, 0));
	/* In the order in which they are loaded, which is not that of their names. */
	strbuf_reset(&content);
	read_archive("tail.cpio", &names, "modules/order", &content);
	assert_string_equal(content.data, "dm-mod.ko\nbrd.ko\n");

	json_object_put(job);
	initramfs_release(&base);
	strvec_release(&names);
	provision_release(&p);
	strbuf_release(&base_bytes);
	strbuf_release(&bytes);
	strbuf_release(&content);
}

/* Unpacks regular files below a folder. */
static void unpack(const char *path, const char *below)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	struct strbuf content = STRBUF_INIT;
	char chunk[65536];
	la_ssize_t n;

	archive_read_support_format_cpio(a);
	assert_int_equal(archive_read_open_filename(a, path, 65536), ARCHIVE_OK);
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		char *to = xasprintf("%s/%s", below, archive_entry_pathname(entry));

		strbuf_reset(&content);
		while ((n = archive_read_data(a, chunk, sizeof(chunk))) > 0)
			strbuf_add(&content, chunk, (size_t)n);
		if (archive_entry_filetype(entry) == AE_IFDIR) {
			assert_int_equal(dir_make(to), 0);
		} else if (archive_entry_filetype(entry) == AE_IFREG) {
			assert_int_equal(file_write(to, content.data, content.len), 0);
			assert_int_equal(chmod(to, 0755), 0);
		}
		free(to);
	}
	archive_read_free(a);
	strbuf_release(&content);
}

static void test_runs(void **state)
{
	struct strbuf out = STRBUF_INIT;
	struct strvec argv = STRVEC_INIT;
	struct initramfs base;

	(void)state;
	assert_int_equal(initramfs_base(&base), 0);
	unpack(base.path, "root");
	strvec_pushl(&argv, "root/lib64/ld-linux-x86-64.so.2", "--library-path",
		     "root/lib/x86_64-linux-gnu:root/usr/lib/x86_64-linux-gnu", "root/usr/bin/fio",
		     "--name=t", "--ioengine=libaio", "--rw=write", "--size=64k",
		     "--filename=t.img", "--output-format=json", NULL);
	assert_int_equal(proc_capture(argv.items, &out, NULL, 60000), 0);
	assert_non_null(strstr(out.data, "\"io_bytes\" : 65536"));
	initramfs_release(&base);
	strvec_release(&argv);
	strbuf_release(&out);
}

static void test_missing_program(void **state)
{
	char *path = xstrdup(getenv("PATH"));
	struct initramfs base;
	struct capture c;
	char *said;
	int ret;

	(void)state;
	if (access("/usr/bin/fio", X_OK) == 0) {
		/* It is found in its usual place even with a PATH that does not have it. */
		setenv("PATH", "/nowhere:/usr/bin:/bin", 1);
		assert_int_equal(initramfs_base(&base), 0);
		initramfs_release(&base);
	}
	/* A program that is not what it should be. */
	put("bin/dmsetup", "#!/bin/sh\n");
	assert_int_equal(chmod("bin/dmsetup", 0755), 0);
	setenv("PATH", "bin:/usr/bin:/bin", 1);
	capture_begin(&c, STDERR_FILENO);
	ret = initramfs_base(&base);
	initramfs_release(&base);
	said = capture_end(&c);
	setenv("PATH", path, 1);
	assert_int_equal(ret, -1);
	assert_non_null(strstr(said, "bin/dmsetup"));
	free(said);
	free(path);
}

static void test_standin_wanted(void **state)
{
	(void)state;
	assert_true(standin_wanted("librbd.so.1"));
	assert_true(standin_wanted("libpmem.so.1"));
	assert_false(standin_wanted("libaio.so.1"));
	assert_false(standin_wanted("libpmemobj.so.1"));
	assert_false(standin_wanted("libc.so.6"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_base, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_job, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_runs, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_missing_program, sandbox_setup,
						sandbox_teardown),
		cmocka_unit_test(test_standin_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

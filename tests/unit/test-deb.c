// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packages of kernels: made here in the form that dpkg-deb gives them, taken apart by kab.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>

#include "capture.h"
#include "lib/strvec.h"
#include "runner/source/deb.h"
#include "sandbox.h"

#define MEMBER_MAX 65536

struct member {
	const char *path;
	const char *data;
	int filter; /* ARCHIVE_FILTER_NONE, _XZ, ... of the member itself */
};

static char long_map[8192];

static const struct member whole[] = {
	{ "./boot/vmlinuz-6.1-x", "the image", ARCHIVE_FILTER_NONE },
	{ "./boot/config-6.1-x", "CONFIG_X=y\n", ARCHIVE_FILTER_NONE },
	{ "./boot/System.map-6.1-x", "ffffffffffffffff B The real System.map is elsewhere\n",
	  ARCHIVE_FILTER_NONE },
	{ "./lib/modules/6.1-x/modules.builtin", "kernel/fs/a.ko\n", ARCHIVE_FILTER_NONE },
	{ "./lib/modules/6.1-x/modules.order", "kernel/drivers/plain.ko\n", ARCHIVE_FILTER_NONE },
	{ "./lib/modules/6.1-x/kernel/drivers/plain.ko", "\177ELF plain", ARCHIVE_FILTER_NONE },
	{ "./lib/modules/6.1-x/kernel/drivers/b-x.ko.xz", "\177ELF xz", ARCHIVE_FILTER_XZ },
	{ "./usr/lib/modules/6.1-x/kernel/c.ko.zst", "\177ELF zst", ARCHIVE_FILTER_ZSTD },
	{ "./usr/lib/modules/6.1-x/kernel/d.ko.gz", "\177ELF gz", ARCHIVE_FILTER_GZIP },
	{ "./usr/share/doc/x/README", "no part of the kernel", ARCHIVE_FILTER_NONE },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void add_entry(struct archive *a, const char *path, const void *data, size_t len)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, path);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (la_int64_t)len);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, data, len), len);
	archive_entry_free(e);
}

/* One file as xz, zstd or gzip makes it. */
static size_t compress(const struct member *m, char *out)
{
	struct archive *a = archive_write_new();
	size_t used = 0;

	archive_write_add_filter(a, m->filter);
	archive_write_set_format_raw(a);
	archive_write_set_bytes_per_block(a, 1);
	assert_int_equal(archive_write_open_memory(a, out, MEMBER_MAX, &used), ARCHIVE_OK);
	add_entry(a, "data", m->data, strlen(m->data));
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return used;
}

static int unpack(const char *file, const char *dir)
{
	struct strvec files = STRVEC_INIT;
	int result;

	strvec_push(&files, file);
	result = deb_unpack(&files, dir);
	strvec_release(&files);
	return result;
}

static void make_package(const char *path, const char *data_name, const struct member *members,
			 size_t count)
{
	static char tar[1 << 20], packed[MEMBER_MAX];
	struct archive *inner = archive_write_new(), *outer = archive_write_new();
	size_t used = 0;

	archive_write_add_filter_xz(inner);
	archive_write_set_format_pax_restricted(inner);
	assert_int_equal(archive_write_open_memory(inner, tar, sizeof(tar), &used), ARCHIVE_OK);
	for (size_t i = 0; i < count; i++) {
		if (members[i].filter == ARCHIVE_FILTER_NONE)
			add_entry(inner, members[i].path, members[i].data, strlen(members[i].data));
		else
			add_entry(inner, members[i].path, packed, compress(&members[i], packed));
	}
	archive_write_close(inner);
	archive_write_free(inner);

	archive_write_set_format_ar_bsd(outer);
	assert_int_equal(archive_write_open_filename(outer, path), ARCHIVE_OK);
	add_entry(outer, "debian-binary", "2.0\n", 4);
	add_entry(outer, "control.tar.xz", "", 0);
	add_entry(outer, data_name, tar, used);
	archive_write_close(outer);
	archive_write_free(outer);
}

static void assert_file(const char *path, const char *content)
{
	struct strbuf text = STRBUF_INIT;

	assert_int_equal(file_read(path, &text), 0);
	assert_string_equal(text.data, content);
	strbuf_release(&text);
}

static void test_unpack(void **state)
{
	struct strvec names = STRVEC_INIT;

	(void)state;
	make_package("x.deb", "data.tar.xz", whole, COUNT(whole));
	assert_int_equal(dir_make("out"), 0);
	assert_int_equal(unpack("x.deb", "out"), 0);
	assert_file("out/bzImage", "the image");
	assert_file("out/config", "CONFIG_X=y\n");
	assert_file("out/modules.builtin", "kernel/fs/a.ko\n");
	assert_file("out/modules/plain.ko", "\177ELF plain");
	assert_file("out/modules/b-x.ko", "\177ELF xz");
	assert_file("out/modules/c.ko", "\177ELF zst");
	assert_file("out/modules/d.ko", "\177ELF gz");
	/* Nothing else: neither the stub of a System.map nor what belongs to no kernel. */
	assert_int_equal(dir_list("out", &names), 0);
	assert_int_equal(names.count, 4);
	strvec_release(&names);
	assert_int_equal(dir_list("out/modules", &names), 0);
	assert_int_equal(names.count, 4);
	strvec_release(&names);
}

/* Since 7 a kernel is in several packages, all of it beside its modules. */
static void test_parts(void **state)
{
	static const char *const parts[] = { "image.deb", "base.deb", "binary.deb", "modules.deb" };
	const struct member image[] = { { "./usr/share/doc/x", "", ARCHIVE_FILTER_NONE } };
	const struct member base[] = {
		{ "./usr/lib/modules/7-x/config", "CONFIG_X=y\n", ARCHIVE_FILTER_NONE },
		{ "./usr/lib/modules/7-x/System.map", "a stub\n", ARCHIVE_FILTER_NONE },
		{ "./usr/lib/modules/7-x/modules.builtin", "a.ko\n", ARCHIVE_FILTER_NONE },
	};
	const struct member binary[] = {
		{ "./usr/lib/modules/7-x/vmlinuz", "the image", ARCHIVE_FILTER_NONE },
	};
	const struct member modules[] = {
		{ "./usr/lib/modules/7-x/kernel/config", "another's", ARCHIVE_FILTER_NONE },
		{ "./usr/lib/modules/7-x/kernel/e.ko", "\177ELF", ARCHIVE_FILTER_NONE },
	};
	struct strvec files = STRVEC_INIT, names = STRVEC_INIT;

	(void)state;
	make_package("image.deb", "data.tar.xz", image, COUNT(image));
	make_package("base.deb", "data.tar.xz", base, COUNT(base));
	make_package("binary.deb", "data.tar.xz", binary, COUNT(binary));
	make_package("modules.deb", "data.tar.xz", modules, COUNT(modules));
	for (size_t i = 0; i < COUNT(parts); i++)
		strvec_push(&files, parts[i]);
	assert_int_equal(dir_make("parts"), 0);
	assert_int_equal(deb_unpack(&files, "parts"), 0);
	assert_file("parts/bzImage", "the image");
	assert_file("parts/config", "CONFIG_X=y\n");
	assert_file("parts/modules.builtin", "a.ko\n");
	assert_file("parts/modules/e.ko", "\177ELF");
	assert_int_equal(dir_list("parts", &names), 0);
	assert_int_equal(names.count, 4);
	strvec_release(&names);
	strvec_release(&files);
}

static void test_real_map(void **state)
{
	const struct member members[] = {
		whole[0], { "boot/System.map-6.1-x", long_map, ARCHIVE_FILTER_NONE }
	};

	(void)state;
	memset(long_map, 'x', sizeof(long_map) - 1);
	make_package("map.deb", "data.tar", members, COUNT(members));
	assert_int_equal(dir_make("map"), 0);
	assert_int_equal(unpack("map.deb", "map"), 0);
	assert_file("map/System.map", long_map);
}

/* What is refused, and with which words. */
static void refuses(const char *package, const char *words)
{
	static int number;
	char *dir = xasprintf("refused-%d", number++);
	struct capture c;
	char *said;
	int result;

	assert_int_equal(dir_make(dir), 0);
	capture_begin(&c, STDERR_FILENO);
	result = unpack(package, dir);
	said = capture_end(&c);
	if (result != -1 || !strstr(said, words))
		fail_msg("\"%s\" is not said of %s: %s", words, package, said);
	free(said);
	free(dir);
}

static void test_refused(void **state)
{
	const struct member twice[] = {
		whole[0], { "./boot/vmlinuz-6.1-y", "another", ARCHIVE_FILTER_NONE }
	};
	const struct member damaged[] = { whole[0],
					  { "./lib/modules/6.1-x/e.ko.xz",
					    "\xfd"
					    "7zXZ",
					    ARCHIVE_FILTER_NONE } };
	struct strbuf bytes = STRBUF_INIT;

	(void)state;
	make_package("good.deb", "data.tar.xz", whole, COUNT(whole));
	assert_int_equal(file_read("good.deb", &bytes), 0);
	assert_int_equal(file_write("half.deb", bytes.data, bytes.len / 2), 0);
	strbuf_release(&bytes);
	refuses("half.deb", "the package \"half.deb\"");
	put("text.deb", "no package at all, but long enough to be looked at\n");
	refuses("text.deb", "\"text.deb\" is no Debian package");
	put("empty.deb", "");
	refuses("empty.deb", "\"empty.deb\" is no Debian package");
	make_package("nothing.deb", "other.tar.xz", whole, COUNT(whole));
	refuses("nothing.deb", "it has no \"data.tar\"");
	make_package("docs.deb", "data.tar.xz", whole + COUNT(whole) - 1, 1);
	refuses("docs.deb", "holds no kernel");
	make_package("twice.deb", "data.tar.xz", twice, COUNT(twice));
	refuses("twice.deb", "holds several kernels");
	make_package("damaged.deb", "data.tar.xz", damaged, COUNT(damaged));
	refuses("damaged.deb", "e.ko.xz");
	refuses("missing.deb", "missing.deb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unpack),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_real_map),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, sandbox_setup, sandbox_teardown);
}

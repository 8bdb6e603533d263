// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/hash.h"
#include "lib/proc.h"
#include "runner/kernel/image.h"
#include "runner/source/source.h"
#include "runner/source/tree.h"
#include "sandbox.h"

static void make_tree(const char *dir)
{
	char *make = xasprintf("%s/Makefile", dir);
	char *kconfig = xasprintf("%s/Kconfig", dir);
	char *arch = xasprintf("%s/arch/x86/Makefile", dir);

	put(make, "all:\n");
	put(kconfig, "");
	put(arch, "");
	free(make);
	free(kconfig);
	free(arch);
}

/* tar czf x.tar.gz DIR */
static void pack(const char *option, const char *archive, const char *dir)
{
	struct strvec argv = STRVEC_INIT;
	struct proc p = { 0 };

	strvec_pushl(&argv, "tar", "-c", option, "-f", archive, dir, NULL);
	p.argv = argv.items;
	assert_int_equal(proc_run(&p, 10000), 0);
	strvec_release(&argv);
}

static int resolve(struct source *s, const char *text)
{
	struct spec spec;
	int result = spec_parse(&spec, text);

	if (!result) {
		result = source_resolve(s, &spec);
		spec_release(&spec);
	}
	return result;
}

/* What is said when it cannot be resolved or opened. */
static char *complaint(const char *text)
{
	struct source s;
	struct capture c;
	char *said;
	int result;

	capture_begin(&c, STDERR_FILENO);
	result = resolve(&s, text);
	if (!result) {
		result = source_open(&s);
		source_release(&s);
	}
	said = capture_end(&c);
	assert_int_equal(result, -1);
	return said;
}

static void test_tarball(void **state)
{
	static const char *const options[] = { "--xz", "--gzip", "--no-xattrs" };

	(void)state;
	make_tree("linux-1");
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		struct source s;
		struct hash_hex hex;
		char *file;

		put("linux-1/version", options[i]);
		pack(options[i], "x.tar", "linux-1");
		assert_int_equal(hash_file("x.tar", &hex), 0);
		assert_int_equal(resolve(&s, "./x.tar"), 0);
		assert_string_equal(s.id, hex.s);
		assert_string_equal(s.title, "x.tar");
		assert_int_equal(s.fragments.count, 1);
		assert_int_equal(source_open(&s), 0);
		file = xasprintf("%s/version", s.tree);
		assert_int_equal(file_size(file), (int64_t)strlen(options[i]));
		free(file);
		assert_int_equal(source_check(&s), 0);
		source_release(&s);
	}
}

static void test_bad_tarball(void **state)
{
	struct strvec left = STRVEC_INIT;
	char *said, *dir;

	(void)state;
	put("x.tar", "no archive at all, but some bytes");
	said = complaint("./x.tar");
	assert_non_null(strstr(said, "\"./x.tar\" cannot be unpacked"));
	free(said);
	put("other/readme", "x");
	pack("--gzip", "y.tar.gz", "other");
	said = complaint("./y.tar.gz");
	assert_non_null(strstr(said, "is no kernel source: it has no \"Makefile\""));
	free(said);
	/* Neither left anything. */
	dir = xasprintf("%s/sources", getenv("KAB_CACHE"));
	assert_int_equal(dir_list(dir, &left), 0);
	assert_int_equal(left.count, 0);
	free(dir);
	dir = xasprintf("%s/work", getenv("KAB_CACHE"));
	assert_int_equal(dir_list(dir, &left), 0);
	assert_int_equal(left.count, 0);
	free(dir);
}

static void test_tree(void **state)
{
	struct source s;
	struct capture c;
	char *said;
	int result;

	(void)state;
	make_tree("t");
	assert_int_equal(resolve(&s, "./t"), 0);
	assert_string_equal(s.title, "t");
	assert_int_equal(source_open(&s), 0);
	assert_int_equal(source_check(&s), 0);
	put("t/new", "");
	capture_begin(&c, STDERR_FILENO);
	result = source_check(&s);
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_non_null(strstr(said, "was changed while it was built"));
	free(said);
	source_release(&s);

	put("t/.config", "");
	said = complaint("./t");
	assert_non_null(
		strstr(said, "is not clean (it has \".config\"): run \"make -C ./t mrproper\""));
	free(said);
	assert_int_equal(dir_make("none"), 0);
	said = complaint("./none");
	assert_non_null(strstr(said, "is no kernel source"));
	free(said);
}

static void same(const char *a, char *b)
{
	assert_string_equal(a, b);
	free(b);
}

static void other(const char *a, char *b)
{
	assert_non_null(b);
	assert_string_not_equal(a, b);
	free(b);
}

static void test_tree_hash(void **state)
{
	char *first, *copy;

	(void)state;
	put("t/a", "1");
	put("t/sub/b", "2");
	put("copy/sub/b", "2");
	put("copy/a", "1");
	first = tree_hash("t");
	assert_non_null(first);
	same(first, tree_hash("t"));
	copy = tree_hash("copy");
	same(first, copy);
	put("t/.git/index", "x");
	same(first, tree_hash("t"));
	put("t/a", "3"); /* the same size, in the same second */
	other(first, tree_hash("t"));
	put("t/a", "1");
	same(first, tree_hash("t"));
	assert_int_equal(chmod("t/a", 0755), 0);
	other(first, tree_hash("t"));
	assert_int_equal(chmod("t/a", 0644), 0);
	assert_int_equal(symlink("a", "t/link"), 0);
	other(first, tree_hash("t"));
	assert_int_equal(unlink("t/link") || rename("t/a", "t/c"), 0);
	other(first, tree_hash("t"));
	free(first);
}

/* The definition of a named source. */
static void test_definition(void **state)
{
	char *said;

	(void)state;
	put("share/configs/kernels/linux-6.1.json", "{\n\"fragmens\": [\"boot\"]}\n");
	said = complaint("linux-6.1");
	assert_non_null(strstr(said, "linux-6.1.json:2"));
	assert_non_null(strstr(said, "fragments"));
	free(said);
	put("share/configs/kernels/linux-6.1.json", "{\"fragments\": [\"boot\"]}\n");
	said = complaint("linux-6.1");
	assert_non_null(strstr(said, "\"package\" and \"tarball\" are needed"));
	free(said);
}

static void put_image(const char *path, size_t size, const char *version)
{
	char *bytes = xcalloc(1, size);

	if (size > 0x230) {
		bytes[0x1fe] = 0x55;
		bytes[0x1ff] = (char)0xaa;
		memcpy(bytes + 0x202, "HdrS", 4);
		bytes[0x211] = 1;
		bytes[0x20f] = 0x10; /* at 0x1000 + 0x200 */
	}
	if (size > 0x1200 + strlen(version))
		memcpy(bytes + 0x1200, version, strlen(version) + 1);
	assert_int_equal(file_write(path, bytes, size), 0);
	free(bytes);
}

static void check_release(const char *path, const char *expected, const char *complains)
{
	struct capture c;
	char *release;
	char *said;

	capture_begin(&c, STDERR_FILENO);
	release = image_release(path);
	said = capture_end(&c);
	if (expected) {
		assert_non_null(release);
		assert_string_equal(release, expected);
	} else {
		assert_null(release);
		assert_non_null(strstr(said, complains));
	}
	free(said);
	free(release);
}

static void test_image(void **state)
{
	(void)state;
	put_image("good", 0x3000, "6.1.0-40-amd64 (x@y) #1 SMP");
	check_release("good", "6.1.0-40-amd64", NULL);
	put_image("nameless", 0x1100, "");
	check_release("nameless", "", NULL);
	put_image("short", 0x200, "");
	check_release("short", NULL, "it is too short");
	put("text", "");
	check_release("text", NULL, "it is too short");
	put_image("elf", 0x3000, "");
	put("gone/x", "");
	check_release("gone", NULL, "\"gone\"");
	check_release("nowhere", NULL, "No such file");
	check_release("/proc/self/exe", NULL, "ELF file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_tarball, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_bad_tarball, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_tree, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_tree_hash, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_definition, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_image, sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

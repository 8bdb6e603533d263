// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole builds, of a source whose makefile does in a moment what a kernel's does in minutes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "sandbox.h"
#include <signal.h>
#include <sys/wait.h>

#include "lib/json.h"
#include "lib/proc.h"
#include "runner/kernel/inventory.h"
#include "runner/kernel/kernel.h"
#include "runner/kernel/variant.h"

static const char makefile[] =
	"objects := mm/a.o mm/b.o fs/c.o\n"
	"tinyconfig:\n\t@echo '# CONFIG_SMP is not set' >.config\n"
	"olddefconfig:\n\t@sed -i /CONFIG_LOST/d .config\n"
	"bzImage: $(objects)\n"
	"\t@mkdir -p arch/x86/boot include/config\n"
	"\t@cat $(objects) .config >arch/x86/boot/bzImage\n"
	"\t@echo \"$$KBUILD_BUILD_USER $$CFLAGS $$SECRET\" >>arch/x86/boot/bzImage\n"
	"\t@echo 'ffffffff81000000 T first' >System.map; echo 1.2.3 >include/config/kernel.release\n"
	"modules: fs/m.ko\n\t@echo fs/m.o >modules.order\n"
	"fs/m.ko: fs/c.c\n\t@cp $< $@\n"
	"%.o: %.c\n"
	"\t@echo '  CC      $@'\n"
	"\t@if grep -q wrong $<; then echo '$<:1:1: error: wrong'; exit 1; fi\n"
	"\t@if grep -q slow $<; then sleep 0.5; fi; cp $< $@; echo 'source_$@ := $<' >$(@D)/.$(@F).cmd\n";

static void make_tree(const char *dir)
{
	static const char *const files[] = { "Kconfig", "arch/x86/Makefile", "mm/a.c", "mm/b.c",
					     "fs/c.c" };
	char *path = xasprintf("%s/Makefile", dir);

	put(path, makefile);
	free(path);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		path = xasprintf("%s/%s", dir, files[i]);
		put(path, files[i]);
		free(path);
	}
}

static int prepare(void **state)
{
	if (sandbox_setup(state))
		return -1;
	make_tree("tree");
	put("share/configs/fragments/boot.config", "CONFIG_MODULES=y\nCONFIG_SMP=y\n");
	put("a.patch",
	    "--- a/mm/a.c\n+++ b/mm/a.c\n@@ -1 +1 @@\n-mm/a.c\n\\ No newline at end of file\n"
	    "+right\n");
	put("wrong.patch", "--- a/mm/a.c\n+++ b/mm/a.c\n@@ -1 +1 @@\n-mm/a.c\n"
			   "\\ No newline at end of file\n+wrong\n");
	put("lost.patch", "--- a/mm/z.c\n+++ b/mm/z.c\n@@ -1 +1 @@\n-mm/a.c\n+x\n");
	return 0;
}

/* How many names there are in a folder of the cache. */
static size_t count(const char *kind)
{
	struct strvec names = STRVEC_INIT;
	char *dir = xasprintf("%s/%s", getenv("KAB_CACHE"), kind);
	size_t n;

	assert_int_equal(dir_list(dir, &names), 0);
	n = names.count;
	strvec_release(&names);
	free(dir);
	return n;
}

static int build(struct variant *v, const char *spec)
{
	int result = variant_resolve(v, spec);

	if (!result && variant_build(v) < 0) {
		variant_release(v);
		result = -1;
	}
	return result;
}

static char *build_error(const char *spec)
{
	struct capture c;
	struct variant v;
	char *said;
	int result;

	capture_begin(&c, STDERR_FILENO);
	result = build(&v, spec);
	said = capture_end(&c);
	assert_int_equal(result, -1);
	return said;
}

static int64_t objects_of(const struct variant *v)
{
	struct kernel k;
	int64_t n;

	assert_int_equal(kernel_load(&k, v->id), 0);
	n = k.objects;
	kernel_release(&k);
	return n;
}

static void test_clean(void **state)
{
	struct variant v;
	char *value, *module;

	(void)state;
	setenv("SECRET", "leak", 1);
	setenv("CFLAGS", "leak", 1);
	assert_int_equal(variant_resolve(&v, "./tree"), 0);
	assert_false(variant_cached(&v));
	assert_int_equal(variant_build(&v), 0);
	assert_true(variant_cached(&v));
	assert_string_equal(v.release, "1.2.3");
	assert_string_equal(v.series, "");
	assert_string_equal(v.source, "tree");
	assert_int_equal(objects_of(&v), 3);
	assert_int_equal(file_size(v.image), strlen("mm/a.cmm/b.cfs/c.c# CONFIG_SMP is not set\n"
						    "CONFIG_MODULES=y\nCONFIG_SMP=y\nkab  \n"));
	value = variant_config(&v, "SMP");
	assert_string_equal(value, "y");
	free(value);
	module = xasprintf("%s/m.ko", v.modules);
	assert_true(file_exists(module) && file_exists(v.system_map));
	free(module);
	variant_release(&v);
	/* The tree is as it was. */
	assert_false(file_exists("tree/.config") || file_exists("tree/mm/a.o"));
	assert_int_equal(count("layers"), 1);
	assert_int_equal(count("work"), 0);
}

/* A patch on a base compiles what it touches, and gives what a clean build would. */
static void test_patched(void **state)
{
	struct variant v;
	char *hash, *id;

	(void)state;
	assert_int_equal(build(&v, "./tree"), 0);
	variant_release(&v);
	assert_int_equal(build(&v, "./tree+./a.patch"), 0);
	assert_int_equal(objects_of(&v), 1);
	assert_string_equal(v.series, "a.patch");
	hash = xstrdup(v.image_sha256);
	id = xstrdup(v.id);
	variant_release(&v);
	assert_int_equal(count("kernels"), 2);
	assert_int_equal(count("layers"), 1);

	/* In another cache, with the base made on the way, and with copies. */
	setenv("KAB_CACHE", "elsewhere", 1);
	setenv("KAB_OVERLAY", "no", 1);
	assert_int_equal(build(&v, "./tree+./a.patch"), 0);
	unsetenv("KAB_OVERLAY");
	assert_string_equal(v.id, id);
	assert_string_equal(v.image_sha256, hash);
	assert_int_equal(objects_of(&v), 1);
	variant_release(&v);
	assert_int_equal(count("kernels"), 2);

	/* And when the patch is in the source. */
	put("tree/mm/a.c", "right\n");
	assert_int_equal(build(&v, "./tree"), 0);
	assert_string_not_equal(v.id, id);
	assert_string_equal(v.image_sha256, hash);
	variant_release(&v);
	free(hash);
	free(id);
}

/* The sum of ccache's counters of this kind in the cache. */
static int64_t ccache_count(const char *kind)
{
	struct strvec argv = STRVEC_INIT;
	char *dir = xasprintf("%s/objects/ccache", getenv("KAB_CACHE"));
	struct strbuf out = STRBUF_INIT;
	int64_t sum = 0;

	strvec_pushl(&argv, "ccache", "--print-stats", NULL);
	setenv("CCACHE_DIR", dir, 1);
	assert_int_equal(proc_capture(argv.items, &out, NULL, 60000), 0);
	unsetenv("CCACHE_DIR");
	for (const char *at = out.data; (at = strstr(at, kind)); at++)
		if (at == out.data || at[-1] == '\n')
			sum += strtoll(at + strlen(kind), NULL, 10);
	strvec_release(&argv);
	strbuf_release(&out);
	free(dir);
	return sum;
}

/*
 * What the layer does not have, as it was changed, is compiled once for all kernels that share it;
 * nothing of the user's own ccache has a say.
 */
static void test_ccache(void **state)
{
	static const char copy[] = "cp $< $@; echo 'source_";
	const char *at = strstr(makefile, copy);
	struct variant v;
	char *text;

	(void)state;
	if (access("/usr/lib/ccache/gcc", X_OK) < 0)
		skip();
	assert_non_null(at);
	text = xasprintf("%.*sgcc -c -o $@ $< && echo 'source_%s", (int)(at - makefile), makefile,
			 at + strlen(copy));
	put("tree/Makefile", text);
	free(text);
	put("tree/mm/a.c", "int a;\n");
	put("tree/mm/b.c", "int b;\n");
	put("tree/fs/c.c", "int c;\n");
	put("1.patch", "--- a/mm/a.c\n+++ b/mm/a.c\n@@ -1 +1 @@\n-int a;\n+int a = 1;\n");
	put("2.patch", "--- a/fs/c.c\n+++ b/fs/c.c\n@@ -1 +1 @@\n-int c;\n+int c = 2;\n");
	setenv("CCACHE_DISABLE", "1", 1);
	assert_int_equal(build(&v, "./tree+./1.patch"), 0);
	variant_release(&v);
	unsetenv("CCACHE_DISABLE");
	assert_int_equal(ccache_count("cache_miss"), 4);
	assert_int_equal(build(&v, "./tree+./1.patch+./2.patch"), 0);
	assert_int_equal(objects_of(&v), 2);
	variant_release(&v);
	assert_int_equal(ccache_count("cache_miss"), 5);
	assert_int_equal(ccache_count("direct_cache_hit"), 1);
}

static void test_errors(void **state)
{
	struct variant v;
	char *said;

	(void)state;
	/* Found before anything is built. */
	said = build_error("./tree+./lost.patch");
	assert_non_null(strstr(said, "\"lost.patch\" does not apply"));
	assert_null(strstr(said, "objects"));
	assert_int_equal(count("layers") + count("kernels") + count("work"), 0);
	free(said);

	said = build_error("./tree+./wrong.patch");
	assert_non_null(strstr(said, "\"tree+wrong.patch\" does not compile:\n"
				     "  mm/a.c:1:1: error: wrong\n"));
	assert_non_null(strstr(said, "/logs/"));
	free(said);
	assert_int_equal(count("layers"), 1);
	assert_int_equal(count("kernels"), 1);
	assert_int_equal(count("work"), 0);
	assert_int_equal(build(&v, "./tree+./a.patch"), 0);
	variant_release(&v);

	put("share/configs/fragments/boot.config", "CONFIG_SMP=y\nCONFIG_LOST=y\n");
	said = build_error("./tree");
	assert_non_null(strstr(said, "boot.config:2: CONFIG_LOST: wanted y, got n"));
	free(said);
	assert_int_equal(count("kernels"), 2);
}

/* Two at once: one builds, the other waits and finds it. */
static void test_two(void **state)
{
	struct variant v;
	int status[2];
	pid_t pid[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(build(&v, "./tree") < 0);
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(waitpid(pid[i], &status[i], 0), pid[i]);
	assert_int_equal(status[0] | status[1], 0);
	assert_int_equal(count("kernels"), 1);
	assert_int_equal(count("work"), 0);
	assert_int_equal(count("logs"), 1);
}

/* kill -9 in the middle: the next one cleans up and builds. */
static void test_killed(void **state)
{
	struct variant v;
	int status;
	pid_t pid;

	(void)state;
	put("tree/fs/c.c", "slow");
	pid = fork();
	if (!pid)
		_exit(build(&v, "./tree") < 0);
	for (int i = 0; i < 5000 && count("logs") == 0; i++)
		usleep(1000);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_int_equal(build(&v, "./tree"), 0);
	variant_release(&v);
	assert_int_equal(count("work"), 0);
	assert_int_equal(count("kernels"), 1);
}

/* A configuration without modules has no rule "modules". */
static void test_no_modules(void **state)
{
	struct strvec names = STRVEC_INIT;
	struct variant v;

	(void)state;
	put("share/configs/fragments/boot.config", "CONFIG_SMP=y\n");
	assert_int_equal(build(&v, "./tree"), 0);
	assert_int_equal(dir_list(v.modules, &names), 0);
	assert_int_equal(names.count, 0);
	variant_release(&v);
	strvec_release(&names);
}

static void test_image(void **state)
{
	char bytes[0x2000] = "";
	struct variant v;
	char *value;

	(void)state;
	bytes[0x1fe] = 0x55;
	bytes[0x1ff] = (char)0xaa;
	memcpy(bytes + 0x202, "HdrS", 4);
	bytes[0x20f] = 0x10;
	bytes[0x211] = 1;
	memcpy(bytes + 0x1200, "5.4.3 (a@b)", 12);
	assert_int_equal(file_write("bz", bytes, sizeof(bytes)), 0);
	assert_int_equal(build(&v, "image:bz"), 0);
	assert_string_equal(v.release, "5.4.3");
	assert_string_equal(v.id, v.image_sha256);
	assert_string_equal(v.compiler, "");
	assert_string_equal(v.config_sha256, "");
	assert_null(v.config);
	assert_null(v.modules);
	value = variant_config(&v, "SMP");
	assert_null(value);
	assert_int_equal(file_size(v.image), sizeof(bytes));
	variant_release(&v);
}

static size_t expired(int64_t before, bool all)
{
	struct inventory inv;
	size_t n = 0;

	assert_int_equal(inventory_load(&inv), 0);
	for (size_t i = 0; i < inv.count; i++)
		n += holding_expired(&inv, &inv.items[i], before, all);
	inventory_release(&inv);
	return n;
}

static void test_inventory(void **state)
{
	struct inventory inv;
	struct variant v;

	(void)state;
	assert_int_equal(build(&v, "./tree+./a.patch"), 0);
	variant_release(&v);
	assert_int_equal(inventory_load(&inv), 0);
	assert_int_equal(inv.count, 5); /* two kernels, a layer, two logs */
	assert_int_equal(inv.items[2].kind, HOLDING_LAYER);
	for (size_t i = 0; i < 2; i++)
		assert_true(!strcmp(inv.items[i].title, "./tree") ||
			    !strcmp(inv.items[i].title, "./tree+./a.patch"));
	assert_int_equal(expired(0, false), 0);
	assert_int_equal(expired(INT64_MAX, false), 5);
	assert_int_equal(expired(0, true), 5);
	/* The layer goes with the last kernel that was made on it. */
	assert_int_equal(holding_remove(&inv.items[0]), 0);
	assert_int_equal(expired(0, false), 0);
	assert_int_equal(holding_remove(&inv.items[1]), 0);
	assert_int_equal(expired(0, false), 1);
	inventory_release(&inv);
	assert_int_equal(count("kernels"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_clean, prepare, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_patched, prepare, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_ccache, prepare, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_errors, prepare, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_two, prepare, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_killed, prepare, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_no_modules, prepare, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_image, prepare, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_inventory, prepare, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

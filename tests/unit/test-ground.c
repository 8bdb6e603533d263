// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commits built on each other. The kernel is a makefile that does in a moment what a real one does
 * in minutes: its image is the text of all its sources and of its configuration, so a file that is
 * forgotten, or stays, shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "repository.h"
#include "runner/kernel/inventory.h"
#include "runner/kernel/kernel.h"
#include "runner/kernel/variant.h"
#include "sandbox.h"

static const char makefile[] =
	"objects := $(patsubst %.c,%.o,$(sort $(wildcard mm/*.c mm/*/*.c)))\n"
	"tinyconfig:\n\t@cat Kconfig >.config\n"
	"olddefconfig:\n\t@true\n"
	"bzImage: $(objects) .config\n"
	"\t@mkdir -p arch/x86/boot include/config\n"
	"\t@cat $(objects) .config >arch/x86/boot/bzImage\n"
	"\t@test -h link && readlink link >>arch/x86/boot/bzImage; true\n"
	"\t@test -x run.sh && ./run.sh >>arch/x86/boot/bzImage; true\n"
	"\t@echo 'ffffffff81000000 T first' >System.map; echo 1.2.3 >include/config/kernel.release\n"
	"%.o: %.c\n"
	"\t@echo '  CC      $@'\n"
	"\t@cp $< $@; echo 'source_$@ := $<' >$(@D)/.$(@F).cmd\n";

/* "repo": tags one (nine objects), two (some of everything changed), far (half of the objects). */
static int prepare(void **state)
{
	if (sandbox_setup(state) || dir_make("repo") < 0)
		return -1;
	put("share/configs/fragments/boot.config", "CONFIG_SMP=y\n");
	git_do("repo", "init", "-q");
	put("repo/Makefile", makefile);
	put("repo/Kconfig", "");
	put("repo/arch/x86/Makefile", "");
	put("repo/.gitignore", "*.o\n");
	put("repo/run.sh", "#!/bin/sh\necho ran\n");
	for (int i = 0; i < 9; i++) {
		char *path = xasprintf("repo/mm/%d.c", i);

		put(path, path);
		free(path);
	}
	put("repo/folder/file", "");
	commit("repo", "one");
	git_do("repo", "tag", "one");
	put("repo/mm/1.c", "changed\n");
	put("repo/mm/sub/new.c", "new\n");
	if (unlink("repo/mm/2.c") || symlink("mm/1.c", "repo/link") || chmod("repo/run.sh", 0755) ||
	    dir_remove("repo/folder") < 0)
		return -1;
	put("repo/folder", "now a file\n");
	commit("repo", "two");
	git_do("repo", "tag", "two");
	for (int i = 3; i < 9; i++) {
		char *path = xasprintf("repo/mm/%d.c", i);

		put(path, "far away");
		free(path);
	}
	commit("repo", "far");
	git_do("repo", "tag", "far");
	return 0;
}

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

static void build(struct variant *v, const char *spec)
{
	assert_int_equal(variant_resolve(v, spec), 0);
	assert_int_equal(variant_build(v), 0);
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

/* The hash of the image, built in a cache where there is nothing else. A new string. */
static char *clean_image(const char *spec)
{
	char *cache = xstrdup(getenv("KAB_CACHE"));
	struct variant v;
	char *hash;

	assert_int_equal(dir_remove("clean") < 0, 0);
	setenv("KAB_CACHE", "clean", 1);
	build(&v, spec);
	hash = xstrdup(v.image_sha256);
	variant_release(&v);
	setenv("KAB_CACHE", cache, 1);
	free(cache);
	return hash;
}

static void is_clean(const struct variant *v, const char *spec)
{
	char *clean = clean_image(spec);

	assert_string_equal(v->image_sha256, clean);
	free(clean);
}

static void test_neighbour(void **state)
{
	struct variant v;

	(void)state;
	build(&v, "git:repo@one");
	assert_int_equal(objects_of(&v), 9);
	variant_release(&v);
	build(&v, "git:repo@two");
	assert_int_equal(objects_of(&v), 2); /* and not nine */
	is_clean(&v, "git:repo@two");
	variant_release(&v);
	assert_int_equal(count("sources"), 1);
	assert_int_equal(count("layers"), 1);
	assert_int_equal(count("kernels"), 2);
	/* Six of nine objects: a ground of its own, and from there back again. */
	build(&v, "git:repo@far");
	assert_int_equal(objects_of(&v), 9);
	variant_release(&v);
	assert_int_equal(count("layers"), 2);
	put("repo/mm/sub/new.c", "newer\n");
	commit("repo", "near to far");
	build(&v, "git:repo@HEAD");
	assert_int_equal(objects_of(&v), 1);
	is_clean(&v, "git:repo@HEAD");
	variant_release(&v);
	assert_int_equal(count("layers"), 2);
	assert_int_equal(count("work"), 0);
}

/* By copies in place of overlays. */
static void test_copies(void **state)
{
	struct variant v;

	(void)state;
	setenv("KAB_OVERLAY", "no", 1);
	setenv("KAB_CACHE", "plain", 1); /* copies want a path without spaces */
	build(&v, "git:repo@one");
	variant_release(&v);
	build(&v, "git:repo@two");
	assert_int_equal(objects_of(&v), 2);
	unsetenv("KAB_OVERLAY");
	is_clean(&v, "git:repo@two");
	variant_release(&v);
}

/* An unpacked tarball is a neighbour when the repository knows its files as a tree. */
static void test_tarball(void **state)
{
	char tar[] = "tar", create[] = "-cf", file[] = "x.tar", dir[] = "out";
	char *argv[] = { tar, create, file, dir, NULL };
	struct proc p = { .argv = argv };
	struct variant v;

	(void)state;
	git_do("repo", "worktree", "add", "-q", "../out", "one");
	assert_int_equal(unlink("out/.git") || proc_run(&p, 10000) < 0, 0);
	build(&v, "./x.tar");
	assert_int_equal(objects_of(&v), 9);
	variant_release(&v);
	build(&v, "git:repo@two");
	assert_int_equal(objects_of(&v), 2);
	is_clean(&v, "git:repo@two");
	variant_release(&v);
	/* Debug options would stay in its objects. */
	put("share/configs/fragments/boot.config", "CONFIG_SMP=n\n");
	build(&v, "git:repo@two");
	assert_int_equal(objects_of(&v), 9);
	variant_release(&v);
}

static void test_series(void **state)
{
	struct variant v;

	(void)state;
	put("a.patch", "--- a/mm/1.c\n+++ b/mm/1.c\n@@ -1 +1 @@\n-changed\n+patched\n");
	build(&v, "git:repo@one");
	variant_release(&v);
	build(&v, "git:repo@two+./a.patch");
	assert_string_equal(v.series, "a.patch");
	assert_int_equal(objects_of(&v), 2);
	is_clean(&v, "git:repo@two+./a.patch");
	variant_release(&v);
	assert_int_equal(count("layers"), 1);
}

/* A new symbol in a Kconfig file reaches the configuration. */
static void test_kconfig(void **state)
{
	struct variant v;
	char *value;

	(void)state;
	build(&v, "git:repo@one");
	variant_release(&v);
	git_do("repo", "checkout", "-q", "one");
	put("repo/Kconfig", "CONFIG_NEW=y\n");
	commit("repo", "symbol");
	build(&v, "git:repo@HEAD");
	value = variant_config(&v, "NEW");
	assert_string_equal(value, "y");
	free(value);
	assert_int_equal(objects_of(&v), 0);
	is_clean(&v, "git:repo@HEAD");
	variant_release(&v);
}

static char *id_of(const char *spec)
{
	struct variant v;
	char *id;

	assert_int_equal(variant_resolve(&v, spec), 0);
	id = xstrdup(v.id);
	variant_release(&v);
	return id;
}

static void same_id(const char *a, const char *b)
{
	char *one = id_of(a), *other = id_of(b);

	assert_string_equal(one, other);
	free(one);
	free(other);
}

/* Same files, same kernel: whichever commit, and whatever the shape of the repository. */
static void test_identity(void **state)
{
	char *dirty, *committed;
	struct variant v;

	(void)state;
	git_do(".", "clone", "-q", "--bare", "repo", "bare.git");
	git_do(".", "clone", "-q", "--depth=1", "--no-local", "repo", "shallow");
	git_do("repo", "worktree", "add", "-q", "--detach", "../linked", "far");
	same_id("git:repo@far", "git:bare.git@far");
	same_id("git:repo@far", "git:shallow@HEAD");
	same_id("git:repo@far", "git:linked");
	same_id("git:repo@far", "git:repo");
	git_do("repo", "commit", "-q", "--allow-empty", "-m", "nothing");
	same_id("git:repo@far", "git:repo@HEAD");
	put("repo/mm/1.c", "dirty\n");
	put("repo/mm/untracked.c", "untracked\n");
	assert_int_equal(variant_resolve(&v, "git:repo"), 0);
	assert_non_null(strstr(v.source, "-dirty (1 files changed, 1 new)"));
	variant_release(&v);
	dirty = id_of("git:repo");
	build(&v, "git:repo");
	assert_string_equal(v.id, dirty);
	is_clean(&v, "git:repo");
	variant_release(&v);
	commit("repo", "no longer dirty");
	committed = id_of("git:repo@HEAD");
	assert_string_equal(dirty, committed);
	free(dirty);
	free(committed);
}

static void test_no_kernel(void **state)
{
	struct capture c;
	struct variant v;
	char *said;
	int result;

	(void)state;
	assert_int_equal(unlink("repo/Kconfig"), 0);
	commit("repo", "no kernel");
	capture_begin(&c, STDERR_FILENO);
	result = variant_resolve(&v, "git:repo@HEAD");
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_non_null(
		strstr(said, "\"git:repo@HEAD\" is no kernel source: it has no \"Kconfig\""));
	free(said);
}

/* The neighbour's layer and source stay as long as a kernel that was built on them. */
static void test_prune(void **state)
{
	struct inventory inv;
	struct variant v;
	size_t expired = 0;
	char *one;

	(void)state;
	build(&v, "git:repo@one");
	one = xstrdup(v.id);
	variant_release(&v);
	build(&v, "git:repo@two");
	assert_int_equal(inventory_load(&inv), 0);
	for (size_t i = 0; i < inv.count; i++) {
		if (!strcmp(inv.items[i].name, one) && inv.items[i].kind == HOLDING_KERNEL)
			assert_int_equal(holding_remove(&inv.items[i]), 0);
		else if (inv.items[i].kind == HOLDING_KERNEL)
			assert_non_null(strstr(inv.items[i].title, "repo@two"));
	}
	inventory_release(&inv);
	assert_int_equal(inventory_load(&inv), 0);
	for (size_t i = 0; i < inv.count; i++)
		expired += holding_expired(&inv, &inv.items[i], 0, false);
	assert_int_equal(inv.count, 5); /* a kernel, a layer, a source, two logs */
	assert_int_equal(expired, 0);
	inventory_release(&inv);
	variant_release(&v);
	free(one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, sandbox_teardown)
		TEST(test_neighbour), TEST(test_copies),   TEST(test_tarball),	 TEST(test_series),
		TEST(test_kconfig),   TEST(test_identity), TEST(test_no_kernel), TEST(test_prune),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

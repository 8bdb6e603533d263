// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names with a release, and releases that cannot be had: by the real apt, which is set up with an
 * archive in a folder. One that can be had needs Debian's signature, and is in tests/e2e/deb.t.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/hash.h"
#include "lib/proc.h"
#include "lib/strvec.h"
#include "runner/source/release.h"
#include "sandbox.h"

#define PACKAGES "dists/bookworm/main/binary-amd64/Packages"
#define PACKAGE	 "Package: x\nVersion: 1\nArchitecture: amd64\n\n"

static void test_split(void **state)
{
	static const struct {
		const char *text, *name, *release;
	} cases[] = {
		{ "linux-source-5.10", "linux-source-5.10", NULL },
		{ "linux-source-5.10/bullseye", "linux-source-5.10", "bullseye" },
		{ "linux-image-6.12.9+deb12-amd64/trixie-backports",
		  "linux-image-6.12.9+deb12-amd64", "trixie-backports" },
		{ "0ad/sid", "0ad", "sid" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *name, *release;

		assert_true(release_split(cases[i].text, &name, &release));
		assert_string_equal(name, cases[i].name);
		if (cases[i].release)
			assert_string_equal(release, cases[i].release);
		else
			assert_null(release);
		free(name);
		free(release);
	}
}

/* What is a path, an option or nothing at all must never reach apt or a path of the cache. */
static void test_no_split(void **state)
{
	static const char *const bad[] = {
		"",	     "/",	   "/sid",	  "x/sid",	   "./x",
		"../x/sid",  "name/",	   "name/../sid", "name/sid/main", "name/.",
		"-o/sid",    "name/-o",	   "Name/sid",	  "name/Sid",	   "name/a b",
		"name/a\nb", "name/x.deb", "na_me/sid",	  "name/a]",	   "/abs/path",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *name, *release;

		if (release_split(bad[i], &name, &release))
			fail_msg("\"%s\" is taken for a package", bad[i]);
		assert_null(name);
		assert_null(release);
	}
}

static void apt_update(void)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT, said = STRBUF_INIT;

	strvec_pushl(&argv, "apt-get", "-q", "update", NULL);
	if (proc_capture(argv.items, &out, &said, 60000) < 0)
		fail_msg("apt-get update: %s", said.data);
	strbuf_release(&out);
	strbuf_release(&said);
	strvec_release(&argv);
}

/* An archive of this origin, with what apt is set up with, and "bullseye", whose Release nobody signed. */
static void make_archive(const char *dir, const char *origin)
{
	struct strbuf text = STRBUF_INIT;
	struct hash_hex hex;

	assert_int_equal(dir_remove("archive"), 0);
	assert_int_equal(dir_remove("apt"), 0);
	put("archive/" PACKAGES, PACKAGE);
	assert_int_equal(hash_file("archive/" PACKAGES, &hex), 0);
	strbuf_addf(
		&text,
		"Origin: %s\nLabel: Debian\nSuite: stable\nCodename: bookworm\nDate: Sat, 21 Nov 2026 19:12:07 UTC\n"
		"Components: main\nArchitectures: amd64\nSHA256:\n"
		" %s %zu main/binary-amd64/Packages\n",
		origin, hex.s, strlen(PACKAGE));
	put("archive/dists/bookworm/Release", text.data);
	put("archive/dists/bullseye/Release", "Origin: Debian\nCodename: bullseye\n");
	strbuf_reset(&text);
	strbuf_addf(&text, "deb [arch=amd64 trusted=yes] file:%s/archive bookworm main\n", dir);
	put("apt/sources.list", text.data);
	strbuf_reset(&text);
	strbuf_addf(&text,
		    "APT::Sandbox::User \"root\";\nDir::Etc::Parts \"/dev/null\";\n"
		    "Dir::Etc::SourceList \"%s/apt/sources.list\";\n"
		    "Dir::Etc::SourceParts \"/dev/null\";\n"
		    "Dir::State::Lists \"%s/apt/lists\";\nDir::Cache \"%s/apt/cache\";\n",
		    dir, dir, dir);
	put("apt/apt.conf", text.data);
	put("apt/lists/partial/.keep", "");
	put("apt/cache/archives/partial/.keep", "");
	strbuf_release(&text);
	setenv("APT_CONFIG", "apt/apt.conf", 1);
	apt_update();
}

/* What is said when a release is opened, and whether it could be. */
static char *saying(const char *release, int *lock, struct strvec *argv)
{
	struct capture c;

	capture_begin(&c, STDERR_FILENO);
	*lock = release_open(release, argv);
	return capture_end(&c);
}

static void refuses(const char *release, const char *words)
{
	struct strvec argv = STRVEC_INIT, left = STRVEC_INIT;
	char *releases = xasprintf("%s/releases", getenv("KAB_CACHE"));
	char *work = xasprintf("%s/work", getenv("KAB_CACHE"));
	int lock;
	char *said = saying(release, &lock, &argv);

	if (lock != -1 || !strstr(said, words))
		fail_msg("\"%s\" is not said of %s: %s", words, release, said);
	assert_int_equal(argv.count, 0);
	assert_int_equal(dir_list(releases, &left), 0);
	assert_int_equal(dir_list(work, &left), 0);
	assert_int_equal(left.count, 0);
	strvec_release(&left);
	strvec_release(&argv);
	free(releases);
	free(work);
	free(said);
}

static void test_refused(void **state)
{
	make_archive(*state, "Debian");
	refuses("bulseye", "/archive/\" has no release \"bulseye\"; did you mean \"bullseye\"?");
	refuses("zzzzzzzz", "releases are such as \"bookworm\", ");
	refuses("bullseye", "/archive bullseye Release' is not signed");
	make_archive(*state, "Nobody");
	refuses("bullseye", "apt knows no mirror of Debian's");
}

/* Yesterday's indexes are better than none. */
static void test_old(void **state)
{
	const struct timespec then[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	char *dir = xasprintf("%s/releases/bullseye", getenv("KAB_CACHE"));
	struct strvec argv = STRVEC_INIT;
	char *said;
	int lock;

	make_archive(*state, "Debian");
	assert_int_equal(dir_make(dir), 0);
	assert_int_equal(utimensat(AT_FDCWD, dir, then, 0), 0);
	said = saying("bullseye", &lock, &argv);
	assert_true(lock >= 0);
	assert_non_null(strstr(said, "is not signed"));
	assert_non_null(strstr(said, "what was known of it before is taken"));
	assert_true(argv.count > 0);
	assert_non_null(strstr(argv.items[1], "/releases/bullseye/apt.conf"));
	close(lock);
	free(said);
	strvec_release(&argv);

	/* Those of today are taken without a word. */
	assert_int_equal(utimensat(AT_FDCWD, dir, NULL, 0), 0);
	said = saying("bullseye", &lock, &argv);
	assert_true(lock >= 0);
	assert_string_equal(said, "");
	close(lock);
	free(said);
	strvec_release(&argv);
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_no_split),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_old),
	};

	return cmocka_run_group_tests(tests, sandbox_setup, sandbox_teardown);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "repository.h"
#include "runner/source/spec.h"
#include "sandbox.h"

#define HEX "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"

static void test_kinds(void **state)
{
	static const struct {
		const char *text;
		enum source_kind kind;
		const char *source;
	} cases[] = {
		{ "linux-6.1", SOURCE_NAMED, "linux-6.1" },
		{ "./x.tar", SOURCE_TARBALL, "./x.tar" },
		{ "./tree", SOURCE_TREE, "./tree" },
		{ "https://h/x.tar#sha256=" HEX, SOURCE_URL, "https://h/x.tar" },
		{ "image:./bz+Image", SOURCE_IMAGE, "./bz+Image" },
		{ "image:bare", SOURCE_IMAGE, "bare" },
		{ "deb:linux-image-6.12.9+deb12-amd64", SOURCE_PACKAGE,
		  "linux-image-6.12.9+deb12-amd64" },
		{ "deb:linux-image-amd64/bullseye", SOURCE_PACKAGE, "linux-image-amd64/bullseye" },
		{ "deb:dir/file", SOURCE_DEB, "dir/file" },
		{ "source:linux-source/sid", SOURCE_PACKAGED, "linux-source/sid" },
		{ "source:linux-source-6.12", SOURCE_PACKAGED, "linux-source-6.12" },
		{ "deb:./l_6.1+x.deb", SOURCE_DEB, "./l_6.1+x.deb" },
	};

	(void)state;
	put("x.tar", "");
	put("tree/Makefile", "");
	put("bz+Image", "");
	put("bare", "");
	put("l_6.1+x.deb", "");
	put("dir/file", "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct spec spec;

		assert_int_equal(spec_parse(&spec, cases[i].text), 0);
		assert_int_equal(spec.kind, cases[i].kind);
		assert_string_equal(spec.source, cases[i].source);
		assert_string_equal(spec.text, cases[i].text);
		assert_int_equal(spec.series.count, 0);
		spec_release(&spec);
	}
}

static void test_series(void **state)
{
	struct spec spec;

	(void)state;
	put("a+b/one.patch", "");
	put("plus+tree/Makefile", "");
	assert_int_equal(spec_parse(&spec, "linux-6.1+mempool-bulk+./a+b/one.patch"), 0);
	assert_string_equal(spec.source, "linux-6.1");
	assert_int_equal(spec.series.count, 2);
	assert_string_equal(spec.series.items[0], "mempool-bulk");
	assert_string_equal(spec.series.items[1], "./a+b/one.patch");
	spec_release(&spec);

	assert_int_equal(spec_parse(&spec, "./plus+tree+mempool-bulk"), 0);
	assert_string_equal(spec.source, "./plus+tree");
	assert_string_equal(spec.series.items[0], "mempool-bulk");
	spec_release(&spec);

	assert_int_equal(spec_parse(&spec, "source:linux-source-5.10/bullseye+mempool-bulk"), 0);
	assert_string_equal(spec.source, "linux-source-5.10/bullseye");
	assert_string_equal(spec.series.items[0], "mempool-bulk");
	spec_release(&spec);

	assert_int_equal(spec_parse(&spec, "linux-6.1+mempool-bulk:2+./a+b/one.patch:0"), 0);
	assert_int_equal(spec.series.count, 2);
	assert_string_equal(spec.series.items[0], "mempool-bulk:2");
	assert_string_equal(spec.series.items[1], "./a+b/one.patch:0");
	spec_release(&spec);
}

static void test_thread(void **state)
{
	struct spec spec;

	(void)state;
	assert_int_equal(spec_parse(&spec, "linux-6.1+lore:CAJ+a/b@mail.example+mempool-bulk"), 0);
	assert_int_equal(spec.series.count, 2);
	assert_string_equal(spec.series.items[0], "lore:CAJ+a/b@mail.example");
	assert_string_equal(spec.series.items[1], "mempool-bulk");
	spec_release(&spec);
}

static void test_url(void **state)
{
	struct spec spec;

	(void)state;
	assert_int_equal(spec_parse(&spec, "http://h:80/a+b.tar#sha256=" HEX "+mempool-bulk"), 0);
	assert_string_equal(spec.source, "http://h:80/a+b.tar");
	assert_string_equal(spec.sha256,
			    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	assert_string_equal(spec.series.items[0], "mempool-bulk");
	spec_release(&spec);
}

/* A repository of a kernel, with a branch that has a '/' and a tag that has a '+'. */
static void make_repository(const char *dir)
{
	char *kconfig = xasprintf("%s/Kconfig", dir);
	char *makefile = xasprintf("%s/arch/x86/Makefile", dir);

	put(kconfig, "");
	put(makefile, "");
	git_do(dir, "init", "-q");
	commit(dir, "first");
	git_do(dir, "branch", "my/branch");
	git_do(dir, "tag", "v1");
	git_do(dir, "tag", "v1+more");
	commit(dir, "second");
	free(makefile);
	free(kconfig);
}

static void parses(const char *text, const char *source, const char *rev, const char *series)
{
	struct spec spec;

	assert_int_equal(spec_parse(&spec, text), 0);
	assert_int_equal(spec.kind, SOURCE_GIT);
	assert_string_equal(spec.source, source);
	if (rev)
		assert_string_equal(spec.rev, rev);
	else
		assert_null(spec.rev);
	if (series)
		assert_string_equal(spec.series.items[0], series);
	assert_int_equal(spec.series.count, series ? 1 : 0);
	spec_release(&spec);
}

static void complains(const char *text, const char *words)
{
	struct capture c;
	struct spec spec;
	char *said;
	int result;

	capture_begin(&c, STDERR_FILENO);
	result = spec_parse(&spec, text);
	said = capture_end(&c);
	assert_int_equal(result, -1);
	if (!strstr(said, words))
		fail_msg("\"%s\" gave: %s", text, said);
	free(said);
}

static void test_git(void **state)
{
	char *top;

	make_repository("repo");
	make_repository("odd@name+x");
	parses("git:repo@v1", "repo", "v1", NULL);
	parses("git:./repo@my/branch", "./repo", "my/branch", NULL);
	parses("git:repo", "repo", NULL, NULL);
	parses("git:repo+mempool-bulk", "repo", NULL, "mempool-bulk");
	parses("git:repo@v1+mempool-bulk", "repo", "v1", "mempool-bulk");
	parses("git:repo@v1+more", "repo", "v1+more", NULL);
	parses("git:repo@v1+more+mempool-bulk", "repo", "v1+more", "mempool-bulk");
	parses("git:repo@HEAD@{0}", "repo", "HEAD@{0}", NULL);
	parses("git:odd@name+x@v1", "odd@name+x", "v1", NULL);
	complains("git:nowhere@v1", "there is no folder \"nowhere\"");
	complains("git:share@v1", "\"share\" is in no git repository");
	complains("git:repo@", "a revision is missing after");
	complains("git:repo@v2+mempool-bulk", "there is no commit \"v2\"");
	complains("git:repo@my/brunch", "did you mean \"my/branch\"?");
	complains("git:repo/.git", "has no work tree");

	/* Inside of it. */
	top = xasprintf("%s/repo", (const char *)*state);
	assert_int_equal(chdir("repo/arch"), 0);
	parses("v1", top, "v1", NULL);
	parses("HEAD~1+mempool-bulk", top, "HEAD~1", "mempool-bulk");
	parses("my/branch", top, "my/branch", NULL);
	parses("v1+more", top, "v1+more", NULL);
	complains("my/brunch", "did you mean \"my/branch\"?");
	complains("mastre", "unknown kernel source \"mastre\"; did you mean \"master\"?");
	complains("linux-6.l", "did you mean \"linux-6.1\"?");
	/* What exists as a path is none. */
	put("my/branch/Makefile", "");
	complains("my/branch+nothing", "unknown patch series");
	free(top);
}

/* Every bad spec, and a part of what is said about it. */
static void test_errors(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "", "source is missing" },
		{ "+mempool-bulk", "source is missing" },
		{ "linux-6.l", "did you mean \"linux-6.1\"?" },
		{ "default", "unknown kernel source \"default\"" },
		{ "zzz", "there is \"linux-6.1\"" },
		{ "here.tar", "write \"./here.tar\"" },
		{ "./nothing", "\"./nothing\"" },
		{ "linux-6.1+mempool-bluk", "did you mean \"mempool-bulk\"?" },
		{ "linux-6.1+./none.patch", "no patch series \"./none.patch\"" },
		{ "linux-6.1+", "missing after \"+\"" },
		{ "https://h/x.tar", "#sha256=" },
		{ "https://h/x.tar#sha256=12ab", "64 hexadecimal digits" },
		{ "https://h/x.tar#sha256=" HEX "0", "64 hexadecimal digits" },
		{ "linux-6.1+lore:", "wants a Message-Id" },
		{ "linux-6.1+lore:nothing", "wants a Message-Id" },
		{ "linux-6.1+lore:<a@b>", "wants a Message-Id" },
		{ "linux-6.1+lore:a b@c", "wants a Message-Id" },
		{ "deb:", "the package is missing" },
		{ "deb:./no.deb", "no package \"./no.deb\"" },
		{ "deb:linux-image-amd64/sid/main", "no package \"linux-image-amd64/sid/main\"" },
		{ "source:", "wants a package" },
		{ "source:./linux-source.deb", "wants a package" },
		{ "deb:linux.deb", "write \"deb:./linux.deb\"" },
		{ "image:", "path of the image is missing" },
		{ "image:/no/such", "no kernel image \"/no/such\"" },
		{ "image:here.tar+mempool-bulk", "cannot be applied to an image" },
	};

	(void)state;
	put("here.tar", "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct capture c;
		struct spec spec;
		char *said;
		int result;

		capture_begin(&c, STDERR_FILENO);
		result = spec_parse(&spec, cases[i].text);
		said = capture_end(&c);
		assert_int_equal(result, -1);
		if (!strstr(said, cases[i].says))
			fail_msg("\"%s\" gave: %s", cases[i].text, said);
		free(said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kinds, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_series, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_thread, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_url, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_git, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_errors, sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

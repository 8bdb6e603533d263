// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Repositories of all shapes, made by git itself in the sandbox.
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
#include "runner/source/gitname.h"
#include "runner/source/gittree.h"
#include "runner/source/gitwork.h"
#include "runner/source/tree.h"
#include "sandbox.h"

/* "repo": three commits on master with the tag v1 on the first, and side, a branch off the first. */
static int prepare(void **state)
{
	if (sandbox_setup(state))
		return -1;
	if (dir_make("repo") < 0)
		return -1;
	git_do("repo", "init", "-q");
	put("repo/Makefile", "all:\n");
	put("repo/mm/a.c", "one\n");
	put("repo/mm/b.c", "two\n");
	put("repo/run.sh", "#!/bin/sh\n");
	put("repo/.gitignore", "*.o\n");
	if (chmod("repo/run.sh", 0755) || symlink("mm/a.c", "repo/link"))
		return -1;
	commit("repo", "first");
	git_do("repo", "tag", "v1");
	git_do("repo", "branch", "side/way");
	put("repo/mm/a.c", "1\n");
	put("repo/mm/new/c.c", "three\n");
	if (unlink("repo/mm/b.c"))
		return -1;
	commit("repo", "second: one and three");
	put("repo/mm/a.c", "11\n");
	commit("repo", "third");
	git_do("repo", "checkout", "-q", "side/way");
	put("repo/mm/side.c", "side\n");
	commit("repo", "side");
	git_do("repo", "checkout", "-q", "master");
	return 0;
}

static char *id_of(const struct git *g, const char *rev)
{
	char *id = NULL;

	assert_int_equal(git_resolve(g, rev, &id), 0);
	return id;
}

static char *tree_of(const struct git *g, const char *rev)
{
	struct git_commit c;
	char *id = id_of(g, rev);
	char *tree;

	assert_int_equal(git_commit_read(g, id, &c), 0);
	tree = xstrdup(c.tree);
	git_commit_release(&c);
	free(id);
	return tree;
}

static void same(char *a, char *b)
{
	assert_string_equal(a, b);
	free(a);
	free(b);
}

/* What is said when a revision leads to no commit. */
static char *complaint(const struct git *g, const char *rev)
{
	struct capture c;
	char *said, *id = NULL;
	int result;

	capture_begin(&c, STDERR_FILENO);
	result = git_require(g, rev, &id);
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_null(id);
	return said;
}

static void complains(const struct git *g, const char *rev, const char *words)
{
	char *said = complaint(g, rev);

	if (!strstr(said, words))
		fail_msg("\"%s\" is not in: %s", words, said);
	free(said);
}

static void test_revisions(void **state)
{
	static const char *const good[] = { "HEAD",   "master",		  "side/way", "v1",
					    "HEAD~2", "master^{/second}", "v1^0",     "@" };
	struct git_commit c;
	struct git g;
	char *id;

	(void)state;
	git_do("repo", "tag", "-a", "-m", "x", "inner", "master");
	git_do("repo", "tag", "-a", "-m", "x", "outer", "inner");
	git_do("repo", "tag", "a-tree", "HEAD^{tree}");
	assert_int_equal(git_open(&g, "repo/mm"), 0);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		char *words = xasprintf("%s^{commit}", good[i]);

		same(id_of(&g, good[i]), git_say("repo", "rev-parse", words));
		free(words);
	}
	same(id_of(&g, "outer"), id_of(&g, "master")); /* a tag of a tag */
	complains(&g, "mastre", "there is no commit \"mastre\" in the repository \"");
	complains(&g, "mastre", "did you mean \"master\"?");
	complains(&g, "a-tree", "\"a-tree\" in the repository ");
	complains(&g, "a-tree", "is a tree, and not a commit");
	complains(&g, "HEAD:Makefile", "is a blob, and not a commit");
	complains(&g, "HEAD..v1", "there is no commit");
	complains(&g, "--all", "there is no commit");
	complains(&g, "", "there is no commit");
	complains(&g, "0123456789012345678901234567890123456789", "does not have");
	id = id_of(&g, "HEAD~1");
	assert_int_equal(git_commit_read(&g, id, &c), 0);
	assert_string_equal(c.subject, "second: one and three");
	assert_string_equal(c.author, "A U Thor <a@example.invalid>");
	assert_int_equal(strncmp(c.name, "v1-1-g", 6), 0);
	assert_int_equal(strncmp(c.name + 6, id, 12), 0);
	git_commit_release(&c);
	free(id);
	commit("repo", "\033[2J red");
	id = id_of(&g, "HEAD");
	assert_int_equal(git_commit_read(&g, id, &c), 0);
	assert_string_equal(c.subject, "?[2J red");
	git_commit_release(&c);
	free(id);
	git_close(&g);
}

static void test_history(void **state)
{
	struct strvec ids = STRVEC_INIT;
	struct git g;
	char *first, *last, *base, *what;

	(void)state;
	assert_int_equal(git_open(&g, "repo"), 0);
	first = id_of(&g, "v1");
	last = id_of(&g, "master");
	assert_int_equal(git_merge_base(&g, "master", "side/way", &base), 0);
	same(base, xstrdup(first));
	assert_int_equal(git_is_ancestor(&g, first, last), 1);
	assert_int_equal(git_is_ancestor(&g, last, first), 0);
	assert_int_equal(git_is_ancestor(&g, last, last), 1);
	assert_int_equal(git_rev_list(&g, first, last, false, &ids), 0);
	assert_int_equal(ids.count, 2);
	same(xstrdup(ids.items[0]), id_of(&g, "master~1"));
	assert_string_equal(ids.items[1], last);
	/* Without an upstream the nearest tag, with one the merge base. */
	assert_int_equal(git_default_base(&g, last, false, &base, &what), 0);
	assert_string_equal(base, first);
	same(what, xstrdup("the nearest tag"));
	free(base);
	assert_int_equal(git_default_base(&g, first, false, &base, &what), 1);
	assert_int_equal(git_default_base(&g, first, true, &base, &what), 0);
	free(base);
	free(what);
	git_do("repo", "branch", "--set-upstream-to=side/way");
	assert_int_equal(git_default_base(&g, last, false, &base, &what), 0);
	same(base, first);
	same(what, xstrdup("the merge base with side/way"));
	git_do("repo", "checkout", "-q", "--orphan", "alone");
	commit("repo", "unrelated");
	assert_int_equal(git_merge_base(&g, "alone", "master", &base), 1);
	strvec_release(&ids);
	free(last);
	git_close(&g);
}

/* In the order that was asked for, also an empty one. */
static void test_subjects(void **state)
{
	static const char *const names[] = { "HEAD", "HEAD~2", "HEAD~1" };
	static const char *const subjects[] = { "?[2J third", "first", "" };
	struct strvec ids = STRVEC_INIT, found = STRVEC_INIT;
	struct git g;

	(void)state;
	commit("repo", "first");
	git_do("repo", "commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "");
	commit("repo", "\033[2J third");
	assert_int_equal(git_open(&g, "repo"), 0);
	for (size_t i = 0; i < 3; i++) {
		char *id = id_of(&g, names[i]);

		strvec_push(&ids, id);
		free(id);
	}
	assert_int_equal(git_subjects(&g, &ids, &found), 0);
	assert_int_equal(found.count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(found.items[i], subjects[i]);
	strvec_release(&found);
	strvec_release(&ids);
	git_close(&g);
}

static const struct git_change *find(const struct git_changes *changes, const char *path)
{
	for (size_t i = 0; i < changes->count; i++)
		if (!strcmp(changes->items[i].path, path))
			return &changes->items[i];
	fail_msg("no \"%s\" among the changes", path);
	return NULL;
}

static void test_diff(void **state)
{
	struct git_changes changes;
	struct git g;
	char *from, *to;

	(void)state;
	assert_int_equal(git_open(&g, "repo"), 0);
	from = tree_of(&g, "v1");
	to = tree_of(&g, "master");
	assert_int_equal(git_diff(&g, from, to, &changes), 0);
	assert_int_equal(changes.count, 3);
	assert_null(find(&changes, "mm/b.c")->blob);
	assert_non_null(find(&changes, "mm/new/c.c")->blob);
	same(xstrdup(find(&changes, "mm/a.c")->blob),
	     git_say("repo", "rev-parse", "master:mm/a.c"));
	git_changes_release(&changes);
	assert_int_equal(git_diff(&g, to, to, &changes), 0);
	assert_int_equal(changes.count, 0);
	git_changes_release(&changes);
	/* A tree that the repository does not have is no error: it is no neighbour. */
	assert_int_equal(git_diff(&g, "0123456789012345678901234567890123456789", to, &changes), 1);
	free(from);
	free(to);
	git_close(&g);
}

/* Takes a commit out into a folder, which is made for it. */
static int take_out(const struct git *g, const char *rev, const char *to)
{
	struct git_changes changes;
	char *tree = tree_of(g, rev);
	int result = dir_remove(to) < 0 || dir_make(to) < 0 ? -1 : 0;

	if (!result)
		result = git_diff(g, NULL, tree, &changes);
	if (!result) {
		result = git_write(g, &changes, rev, to);
		git_changes_release(&changes);
	}
	free(tree);
	return result;
}

static char *taking_out(const struct git *g, const char *rev)
{
	struct capture c;
	char *said;
	int result;

	capture_begin(&c, STDERR_FILENO);
	result = take_out(g, rev, "bad");
	said = capture_end(&c);
	assert_int_equal(result, -1);
	return said;
}

static void test_write(void **state)
{
	struct stat st;
	struct git g;
	char target[16] = "";

	(void)state;
	assert_int_equal(git_open(&g, "repo"), 0);
	assert_int_equal(take_out(&g, "master", "out"), 0);
	same(tree_hash("out"), tree_hash("repo"));
	assert_int_equal(stat("out/run.sh", &st), 0);
	assert_true(st.st_mode & S_IXUSR);
	assert_int_equal(readlink("out/link", target, sizeof(target) - 1), 6);
	assert_string_equal(target, "mm/a.c");
	/* The name of the folder as a tree is git's own. */
	same(git_tree_of("out", "sha1"), tree_of(&g, "master"));
	put("out/mm.c", "sorts between mm and mm/");
	assert_int_equal(dir_make("out/empty"), 0);
	put("repo/mm.c", "sorts between mm and mm/");
	commit("repo", "fourth");
	same(git_tree_of("out", "sha1"), tree_of(&g, "master"));
	same(git_tree_of("repo", "sha1"), tree_of(&g, "master"));
	git_close(&g);
}

/* What the user configured for the work tree has no say in what a commit holds. */
static void test_attributes(void **state)
{
	struct strbuf text = STRBUF_INIT;
	struct git g;

	(void)state;
	put("repo/.gitattributes", "mm/a.c export-ignore\nmm/new/c.c eol=crlf text\nrun.sh ident\n"
				   "Makefile filter=loud\n");
	put("repo/run.sh", "$Id$\n");
	commit("repo", "attributes");
	git_do("repo", "config", "core.autocrlf", "true");
	git_do("repo", "config", "filter.loud.smudge", "touch ../smudged; tr a-z A-Z");
	git_do("repo", "config", "filter.loud.clean", "touch ../cleaned; tr A-Z a-z");
	git_do("repo", "config", "filter.loud.required", "true");
	put("repo/.git/info/attributes", "mm/a.c eol=crlf text\n");
	assert_int_equal(git_open(&g, "repo"), 0);
	assert_int_equal(take_out(&g, "HEAD", "out"), 0);
	assert_int_equal(file_read("out/mm/a.c", &text) || file_read("out/mm/new/c.c", &text) ||
				 file_read("out/run.sh", &text) || file_read("out/Makefile", &text),
			 0);
	assert_string_equal(text.data, "11\nthree\n$Id$\nall:\n");
	assert_false(file_exists("smudged"));
	strbuf_release(&text);
	git_close(&g);
}

static void test_refused(void **state)
{
	struct git g;
	char *said;

	(void)state;
	put("repo/firmware.bin",
	    "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 7\n");
	commit("repo", "pointer");
	git_do("repo", "tag", "lfs");
	assert_int_equal(git_open(&g, "repo"), 0);
	said = taking_out(&g, "lfs");
	assert_non_null(strstr(said, "\"firmware.bin\" is a pointer of Git LFS"));
	free(said);
	git_do("repo", "reset", "-q", "--hard", "v1");
	git_do("repo", "submodule", "--quiet", "add", "../repo", "sub");
	commit("repo", "submodule");
	said = taking_out(&g, "HEAD");
	assert_non_null(strstr(said, "\"sub\" is a submodule"));
	free(said);
	complains(&g, "HEAD:sub", "is the commit of a submodule");
	commit("repo/sub", "only there");
	commit("repo", "submodule moved");
	complains(&g, "HEAD:sub", "does not have");
	git_close(&g);
	assert_int_equal(dir_make("plain"), 0);
	assert_int_equal(git_open(&g, "plain"), 1);
	assert_int_equal(git_open(&g, "share"), 1);
}

/* The work tree as a tree is what a commit of it will be. */
static void test_snapshot(void **state)
{
	size_t changed, added;
	struct git g;
	char *tree, *head, *index, *before, *after;

	(void)state;
	assert_int_equal(git_open(&g, "repo"), 0);
	assert_int_equal(git_snapshot(&g, &tree), 0);
	same(tree, tree_of(&g, "HEAD"));
	head = tree_of(&g, "HEAD");
	put("repo/mm/a.c", "dirty\n");
	put("repo/run.sh", "#!/bin/sh\n"); /* only younger, ... */
	assert_int_equal(chmod("repo/run.sh", 0755), 0);
	put("repo/mm/new/d.c", "not tracked\n");
	put("repo/mm/d.o", "ignored\n");
	put("repo/staged.c", "staged\n");
	git_do("repo", "add", "staged.c");
	assert_int_equal(unlink("repo/mm/new/c.c") || unlink("repo/link"), 0);
	put("repo/link/file", "a folder in the place of a link\n");
	assert_int_equal(chmod("repo/Makefile", 0755), 0);
	before = tree_hash("repo/.git");
	assert_int_equal(git_snapshot(&g, &tree), 0);
	assert_int_equal(git_count_changes(&g, head, tree, &changed, &added), 0);
	assert_int_equal(changed, 4); /* ... so not among these */
	assert_int_equal(added, 3);   /* also the one that is in the index already */
	free(head);
	after = tree_hash("repo/.git");
	same(before, after);
	/* What it holds can be taken out. */
	assert_int_equal(dir_make("out"), 0);
	{
		struct git_changes changes;

		assert_int_equal(git_diff(&g, NULL, tree, &changes), 0);
		assert_int_equal(git_write(&g, &changes, "dirty", "out"), 0);
		git_changes_release(&changes);
	}
	assert_int_equal(file_size("out/mm/new/d.c"), 12);
	assert_false(file_exists("out/mm/d.o"));
	assert_int_equal(unlink("repo/mm/d.o"), 0);
	same(tree_hash("out"), tree_hash("repo"));
	commit("repo", "dirty");
	same(tree, tree_of(&g, "HEAD"));
	/* Touched is not changed. */
	put("repo/mm/a.c", "dirty\n");
	assert_int_equal(git_snapshot(&g, &tree), 0);
	same(tree, tree_of(&g, "HEAD"));
	git_close(&g);
	index = git_say("repo", "status", "--porcelain");
	assert_string_equal(index, "");
	free(index);
}

static void test_unmerged(void **state)
{
	struct capture c;
	struct git g;
	char *tree, *said;
	int result;

	(void)state;
	put("repo/mm/side.c", "other\n");
	commit("repo", "conflict");
	git_do("repo", "config", "merge.conflictstyle", "merge");
	{
		struct strvec argv = STRVEC_INIT;
		struct strbuf out = STRBUF_INIT;

		strvec_pushl(&argv, "git", "-C", "repo", "-c", "user.name=x", "-c",
			     "user.email=x@y", "merge", "side/way", NULL);
		assert_int_equal(proc_capture(argv.items, &out, NULL, 20000), -1);
		strvec_release(&argv);
		strbuf_release(&out);
	}
	assert_int_equal(git_open(&g, "repo"), 0);
	capture_begin(&c, STDERR_FILENO);
	result = git_snapshot(&g, &tree);
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_non_null(strstr(said, "has a merge that is not finished: \"mm/side.c\""));
	free(said);
	git_close(&g);
}

/* Not even the times of objects that are there already. */
static void test_times(void **state)
{
	char find[] = "find", dir[] = "repo/.git", type[] = "-type", file[] = "f",
	     newer[] = "-newermt", year[] = "2021-01-01", exec[] = "-exec", touch[] = "touch",
	     date[] = "-d", old[] = "2020-01-01", names[] = "{}", plus[] = "+";
	char *const age[] = { find, dir, type, file, exec, touch, date, old, names, plus, NULL };
	char *const young[] = { find, dir, type, file, newer, year, NULL };
	struct strbuf out = STRBUF_INIT;
	struct git g;
	char *tree;

	(void)state;
	git_do(".", "clone", "-q", "--shared", "repo", "shared");
	put("shared/mm/a.c", "1\n"); /* as it was in the second commit */
	put("shared/mm/new/c.c", "new\n");
	assert_int_equal(proc_capture(age, &out, NULL, 10000), 0);
	assert_int_equal(git_open(&g, "shared"), 0);
	assert_int_equal(git_snapshot(&g, &tree), 0);
	free(tree);
	git_close(&g);
	assert_int_equal(proc_capture(young, &out, NULL, 10000), 0);
	assert_string_equal(out.data, "");
	strbuf_release(&out);
}

/* The same commit, whatever the shape of the repository; and nothing is written to any of them. */
static void test_shapes(void **state)
{
	static const char *const shapes[] = { "bare.git", "shallow", "linked", "sub/repo",
					      "shared" };
	struct git g;
	char *tree;

	(void)state;
	git_do(".", "clone", "-q", "--bare", "repo", "bare.git");
	git_do(".", "clone", "-q", "--depth=1", "--no-local", "repo", "shallow");
	git_do(".", "clone", "-q", "--shared", "repo", "shared");
	git_do("repo", "worktree", "add", "-q", "--detach", "../linked", "master");
	git_do(".", "clone", "-q", "repo", "sub/repo");
	git_do("sub/repo", "config", "core.fsmonitor", "true");
	git_do("sub/repo", "update-index", "--split-index");
	assert_int_equal(git_open(&g, "repo"), 0);
	tree = tree_of(&g, "master");
	git_close(&g);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		char *before = tree_hash(shapes[i]), *stored = tree_hash("repo/.git");
		char *out = xasprintf("out-%zu", i), *snapshot;

		assert_int_equal(git_open(&g, shapes[i]), 0);
		same(tree_of(&g, "HEAD"), xstrdup(tree));
		assert_int_equal(take_out(&g, "HEAD", out), 0);
		same(git_tree_of(out, "sha1"), xstrdup(tree));
		assert_int_equal(g.has_tree, i != 0);
		if (g.has_tree) {
			assert_int_equal(git_snapshot(&g, &snapshot), 0);
			same(snapshot, xstrdup(tree));
		}
		git_close(&g);
		same(before, tree_hash(shapes[i]));
		same(stored, tree_hash("repo/.git"));
		free(out);
	}
	free(tree);
}

static void test_sha256(void **state)
{
	struct git g;

	(void)state;
	assert_int_equal(dir_make("new"), 0);
	git_do("new", "init", "-q", "--object-format=sha256");
	put("new/mm/a.c", "one\n");
	commit("new", "first");
	assert_int_equal(git_open(&g, "new"), 0);
	assert_string_equal(g.format, "sha256");
	assert_int_equal(take_out(&g, "HEAD", "out"), 0);
	same(git_tree_of("out", "sha256"), tree_of(&g, "HEAD"));
	git_close(&g);
}

/* What a git that calls kab left in the environment is about another repository. */
static void test_environment(void **state)
{
	struct git g;

	(void)state;
	git_do(".", "clone", "-q", "repo", "other");
	commit("other", "more");
	setenv("GIT_DIR", "other/.git", 1);
	setenv("GIT_INDEX_FILE", "nowhere", 1);
	assert_int_equal(git_open(&g, "repo"), 0);
	unsetenv("GIT_DIR");
	unsetenv("GIT_INDEX_FILE");
	same(id_of(&g, "HEAD"), git_say("repo", "rev-parse", "HEAD"));
	git_close(&g);
}

static void test_fetch(void **state)
{
	struct capture c;
	struct git g;
	char *said;
	int result;

	(void)state;
	git_do(".", "clone", "-q", "repo", "other");
	commit("repo", "new");
	assert_int_equal(git_open(&g, "other"), 0);
	assert_int_equal(git_fetch(&g, "origin", "master"), 0);
	same(id_of(&g, "origin/master"), git_say("repo", "rev-parse", "master"));
	assert_false(file_exists("other/.git/FETCH_HEAD"));
	capture_begin(&c, STDERR_FILENO);
	result = git_fetch(&g, "origin", "nowhere");
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_non_null(strstr(said, "cannot fetch"));
	free(said);
	capture_begin(&c, STDERR_FILENO);
	result = git_fetch(&g, "upstream", "master") + git_fetch(&g, "origin", "a:b");
	said = capture_end(&c);
	assert_int_equal(result, -2);
	assert_non_null(strstr(said, "has no remote \"upstream\""));
	assert_non_null(strstr(said, "\"a:b\" is no name of a branch"));
	free(said);
	git_close(&g);
}

/* Objects that are not there are not fetched behind the user's back. */
static void test_partial(void **state)
{
	struct git g;
	char *said;

	(void)state;
	git_do("repo", "config", "uploadpack.allowFilter", "true");
	git_do(".", "clone", "-q", "--no-local", "--no-checkout", "--filter=blob:none", "repo",
	       "part");
	assert_int_equal(git_open(&g, "part"), 0);
	said = taking_out(&g, "HEAD");
	assert_non_null(strstr(said, "it may be a partial clone"));
	free(said);
	git_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, sandbox_teardown)
		TEST(test_revisions), TEST(test_history),    TEST(test_diff),
		TEST(test_write),     TEST(test_attributes), TEST(test_refused),
		TEST(test_snapshot),  TEST(test_unmerged),   TEST(test_times),
		TEST(test_shapes),    TEST(test_sha256),     TEST(test_environment),
		TEST(test_fetch),     TEST(test_partial),    TEST(test_subjects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

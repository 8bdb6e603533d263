// SPDX-License-Identifier: GPL-2.0-or-later
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "download.h"
#include "gitwork.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "lib/proc.h"
#include "lib/progress.h"
#include "lib/transcript.h"
#include "package.h"
#include "tarball.h"
#include "tree.h"

#define MIB		  (1 << 20)
#define POLL_MS		  200
#define UNPACK_TIMEOUT_MS (INT64_C(30) * 60 * 1000)
#define UNPACKED_MIB	  1700 /* of a kernel of 2026 */
#define DOWNLOADED_MIB	  150
#define SAID_MAX	  2000

/* configs/kernels/NAME.json */
struct definition {
	char *title;
	char *package;
	char *tarball;
	struct strvec fragments;
};

static const struct json_field fields[] = {
	{ "title", JSON_STR, offsetof(struct definition, title), false, 0, 0 },
	{ "package", JSON_STR, offsetof(struct definition, package), false, 0, 0 },
	{ "tarball", JSON_STR, offsetof(struct definition, tarball), false, 0, 0 },
	{ "fragments", JSON_STRINGS, offsetof(struct definition, fragments), true, 0, 0 },
};

/* How tar is told what it reads; it cannot look ahead in a stream. */
static const struct {
	const char *magic;
	size_t len;
	const char *option;
} compressions[] = {
	{ "\xfd"
	  "7zXZ",
	  5, "--xz" },
	{ "\x1f\x8b", 2, "--gzip" },
	{ "BZh", 3, "--bzip2" },
	{ "\x28\xb5\x2f\xfd", 4, "--zstd" },
};

static void definition_release(struct definition *d)
{
	free(d->title);
	free(d->package);
	free(d->tarball);
	strvec_release(&d->fragments);
}

static int definition_load(struct definition *d, const char *name)
{
	struct json_doc doc = { 0 };
	struct json_at root;
	char *relative = xasprintf("configs/kernels/%s.json", name);
	char *path = path_share(relative);
	int result = path ? json_load(&doc, path) : -1;

	*d = (struct definition){ 0 };
	if (!result) {
		root = json_root(&doc);
		result = json_read(&root, fields, sizeof(fields) / sizeof(*fields), d);
		json_release(&doc);
	}
	if (result < 0)
		definition_release(d);
	free(path);
	free(relative);
	return result;
}

/* With `inside` of NULL the tarball is where Debian has it. */
static int resolve_package(struct source *s, const char *name, const char *package,
			   const char *inside)
{
	char *version = NULL;

	if (tarball_find(package, inside, &s->tarball, &version) < 0)
		return -1;
	s->id = cache_file_hash(s->tarball);
	s->title = xasprintf("%s (%s)", name, version);
	free(version);
	return s->id ? 0 : -1;
}

static int resolve_named(struct source *s, const struct spec *spec, const struct definition *d)
{
	if (!d->package || !d->tarball)
		return error("configs/kernels/%s.json: \"package\" and \"tarball\" are needed",
			     spec->source);
	return resolve_package(s, spec->source, d->package, d->tarball);
}

/*
 * What an earlier build left in the tree would take precedence over the new configuration. The
 * same test as kbuild makes before it builds elsewhere.
 */
static int check_clean(const char *tree)
{
	static const char *const leftovers[] = { ".config", "include/config",
						 "arch/x86/include/generated" };

	for (size_t i = 0; i < sizeof(leftovers) / sizeof(*leftovers); i++) {
		char *path = xasprintf("%s/%s", tree, leftovers[i]);
		bool there = file_exists(path);

		free(path);
		if (there)
			return error("the tree \"%s\" is not clean (it has \"%s\"): run \"make -C "
				     "%s mrproper\"",
				     tree, leftovers[i], tree);
	}
	return 0;
}

/* What every kernel has that can be built here. */
static const char *const kernel_files[] = { "Makefile", "Kconfig", "arch/x86/Makefile" };

static int check_kernel(const char *tree, const char *name)
{
	for (size_t i = 0; i < sizeof(kernel_files) / sizeof(*kernel_files); i++) {
		char *path = xasprintf("%s/%s", tree, kernel_files[i]);
		bool there = file_exists(path);

		free(path);
		if (!there)
			return error("\"%s\" is no kernel source: it has no \"%s\"", name,
				     kernel_files[i]);
	}
	return 0;
}

static int resolve_tree(struct source *s, const struct spec *spec)
{
	if (check_kernel(spec->source, spec->source) < 0 || check_clean(spec->source) < 0)
		return -1;
	s->tree = realpath(spec->source, NULL);
	if (!s->tree)
		return error("\"%s\":", spec->source);
	s->title = xstrdup(path_base(s->tree));
	s->id = tree_hash(s->tree);
	return s->id ? 0 : -1;
}

/* All of what check_kernel() asks for, in a tree of a repository. */
static int check_git_kernel(const struct git *g, const char *tree, const char *name)
{
	for (size_t i = 0; i < sizeof(kernel_files) / sizeof(*kernel_files); i++) {
		int state = git_has_file(g, tree, kernel_files[i]);

		if (state < 0)
			return -1;
		if (!state)
			return error("\"%s\" is no kernel source: it has no \"%s\"", name,
				     kernel_files[i]);
	}
	return 0;
}

/* "v6.1-3-g0123456789ab-dirty (2 files changed, 1 new)" */
static int describe_snapshot(struct source *s, const struct git_commit *head)
{
	size_t changed, added;

	if (git_count_changes(&s->git, head->tree, s->git_tree, &changed, &added) < 0)
		return -1;
	s->git_name = xasprintf("%s-dirty", head->name);
	s->title = xasprintf("%s (%zu files changed, %zu new)", s->git_name, changed, added);
	return 0;
}

static void describe_commit(struct source *s, const struct git_commit *c)
{
	s->git_name = xstrdup(c->name);
	s->title = xasprintf("%s (%s)", c->name, c->subject);
}

/* The work tree; when it has nothing that its commit has not, it is that commit. */
static int resolve_work_tree(struct source *s)
{
	struct git_commit head = { 0 };
	char *id = NULL;
	int result = git_require(&s->git, "HEAD", &id);

	if (!result)
		result = git_commit_read(&s->git, id, &head);
	if (!result)
		result = git_snapshot(&s->git, &s->git_tree);
	if (!result && strcmp(head.tree, s->git_tree) != 0)
		result = describe_snapshot(s, &head);
	else if (!result)
		describe_commit(s, &head);
	git_commit_release(&head);
	free(id);
	return result;
}

static int resolve_commit(struct source *s, const char *rev)
{
	struct git_commit c = { 0 };
	char *id = NULL;
	int result = git_require(&s->git, rev, &id);

	if (!result)
		result = git_commit_read(&s->git, id, &c);
	if (!result) {
		s->git_tree = xstrdup(c.tree);
		describe_commit(s, &c);
	}
	git_commit_release(&c);
	free(id);
	return result;
}

static int resolve_git(struct source *s, const struct spec *spec)
{
	struct hash_hex hex;
	struct hash h;
	int result = git_open(&s->git, spec->source);

	if (result == 1)
		return error("\"%s\" is in no git repository", spec->source);
	if (!result)
		result = spec->rev ? resolve_commit(s, spec->rev) : resolve_work_tree(s);
	if (!result)
		result = check_git_kernel(&s->git, s->git_tree, spec->text);
	if (result < 0)
		return -1;
	hash_init(&h);
	hash_part(&h, "git tree", s->git_tree);
	hash_end(&h, &hex);
	s->id = xstrdup(hex.s);
	return 0;
}

static int resolve_kind(struct source *s, const struct spec *spec, const struct definition *d)
{
	switch (spec->kind) {
	case SOURCE_NAMED:
		return resolve_named(s, spec, d);
	case SOURCE_PACKAGED:
		return resolve_package(s, spec->source, spec->source, NULL);
	case SOURCE_URL:
		s->id = xstrdup(spec->sha256);
		s->url = xstrdup(spec->source);
		s->title = xstrdup(path_base(spec->source));
		return 0;
	case SOURCE_TARBALL:
		s->id = cache_file_hash(spec->source);
		s->tarball = xstrdup(spec->source);
		s->title = xstrdup(path_base(spec->source));
		return s->id ? 0 : -1;
	case SOURCE_TREE:
		return resolve_tree(s, spec);
	case SOURCE_GIT:
		return resolve_git(s, spec);
	case SOURCE_IMAGE:
	case SOURCE_DEB:
	case SOURCE_PACKAGE:
		break;
	}
	return error("\"%s\" has no source", spec->text);
}

int source_resolve(struct source *s, const struct spec *spec)
{
	struct definition d;
	int result;

	*s = (struct source){ .kind = spec->kind, .lock = -1 };
	if (definition_load(&d, spec->kind == SOURCE_NAMED ? spec->source : "default") < 0)
		return -1;
	result = resolve_kind(s, spec, &d);
	s->fragments = d.fragments;
	d.fragments = (struct strvec)STRVEC_INIT;
	definition_release(&d);
	if (result < 0)
		source_release(s);
	return result;
}

/* The option for tar, "" when not compressed; NULL with an error printed. */
static const char *compression(int fd, const char *path)
{
	char head[8] = "";
	ssize_t n = pread(fd, head, sizeof(head), 0);

	if (n < 0) {
		error("cannot read \"%s\":", path);
		return NULL;
	}
	for (size_t i = 0; i < sizeof(compressions) / sizeof(*compressions); i++)
		if ((size_t)n >= compressions[i].len &&
		    !memcmp(head, compressions[i].magic, compressions[i].len))
			return compressions[i].option;
	return "";
}

/*
 * tar reads from a descriptor that kab shares, so its offset tells how far tar is. It must not be
 * moved once tar runs: the size is asked for before.
 */
static int run_tar(struct proc *tar, int fd, const char *title)
{
	struct progress progress;
	int64_t size = lseek(fd, 0, SEEK_END);
	int64_t deadline = clock_ms() + UNPACK_TIMEOUT_MS;
	int state;

	if (size < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return error("cannot unpack \"%s\":", title);
	if (proc_start(tar) < 0)
		return -1;
	progress_begin(&progress, "MiB", size / MIB, "unpacking %s", title);
	do {
		state = proc_wait(tar, POLL_MS);
		progress_update(&progress, lseek(fd, 0, SEEK_CUR) / MIB);
	} while (state == 1 && !interrupted() && clock_ms() < deadline);
	proc_stop(tar, 1000);
	progress_end(&progress, proc_ok(tar) ? "done" : "stopped");
	return proc_ok(tar) ? 0 : -1;
}

static int unpack(const char *tarball, const char *title, const char *to)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf said = STRBUF_INIT;
	struct proc tar = { 0 };
	const char *option;
	int fd = open(tarball, O_RDONLY | O_CLOEXEC);
	int result = -1;

	if (fd < 0)
		return error("cannot open \"%s\":", tarball);
	option = compression(fd, tarball);
	if (!option)
		goto out;
	strvec_pushl(&argv, "tar", "-x", "-f", "-", "-C", to, "--strip-components=1",
		     "--no-same-owner", NULL);
	if (*option)
		strvec_push(&argv, option);
	tar.argv = argv.items;
	tar.in = fd;
	tar.err = transcript_open("", 0);
	if (tar.err >= 0)
		result = run_tar(&tar, fd, title);
	transcript_close(tar.err, &said, SAID_MAX);
	if (result < 0 && tar.pid > 0 && !interrupted())
		error("\"%s\" cannot be unpacked:\n%s", tarball, said.data);
out:
	close(fd);
	strvec_release(&argv);
	strbuf_release(&said);
	return result;
}

/*
 * The tarball of a URL, in the cache. Returns a lock on it to close, or -1 with an error printed.
 */
static int fetch(struct source *s)
{
	int lock;

	if (cache_need_mib(DOWNLOADED_MIB, s->title) < 0)
		return -1;
	s->tarball = cache_path("downloads", s->id);
	lock = s->tarball ? cache_lock("download", s->id, CACHE_EXCLUSIVE) : -1;
	if (lock >= 0 && !file_exists(s->tarball) && download_file(s->url, s->id, s->tarball) < 0) {
		close(lock);
		lock = -1;
	}
	return lock;
}

/* All files of a commit. */
static int take_out(const struct source *s, const char *to)
{
	struct git_changes all;
	int result = git_diff(&s->git, NULL, s->git_tree, &all);

	if (!result) {
		result = git_write(&s->git, &all, s->git_name, to);
		git_changes_release(&all);
	}
	return result ? -1 : 0;
}

static int make_source(struct source *s, const char *to)
{
	struct cache_work w = { .lock = -1 };
	int lock = s->url ? fetch(s) : -1;
	char *tree = NULL;
	int result = -1;

	if (s->url && lock < 0)
		return -1;
	if (!cache_need_mib(UNPACKED_MIB, s->title) && !cache_work_begin(&w)) {
		tree = xasprintf("%s/tree", w.path);
		result = dir_make(tree);
	}
	if (!result)
		result = s->git_tree ? take_out(s, tree) : unpack(s->tarball, s->title, tree);
	if (!result)
		result = check_kernel(tree, s->title);
	if (!result)
		result = cache_publish(tree, to);
	/* Unpacked it is needed no more. */
	if (!result && s->url)
		unlink(s->tarball);
	cache_work_end(&w);
	if (lock >= 0)
		close(lock);
	free(tree);
	return result;
}

int source_open(struct source *s)
{
	int lock;

	if (s->lock >= 0 || s->kind == SOURCE_TREE)
		return 0;
	if (!s->tree)
		s->tree = cache_path("sources", s->id);
	if (!s->tree)
		return -1;
	for (;;) {
		lock = cache_lock("source", s->id, CACHE_SHARED);
		if (lock < 0)
			return -1;
		if (file_exists(s->tree)) {
			s->lock = lock;
			return 0;
		}
		close(lock);
		lock = cache_lock("source", s->id, CACHE_EXCLUSIVE);
		if (lock < 0)
			return -1;
		if (!file_exists(s->tree) && make_source(s, s->tree) < 0) {
			close(lock);
			return -1;
		}
		close(lock);
	}
}

int source_borrow(struct source *s, const char *id)
{
	char *tree = cache_path("sources", id);
	int lock = tree ? cache_lock("source", id, CACHE_SHARED) : -1;

	if (lock >= 0 && file_exists(tree)) {
		free(s->tree);
		s->tree = tree;
		s->lock = lock;
		return 0;
	}
	if (lock >= 0)
		close(lock);
	free(tree);
	return lock < 0 ? -1 : 1;
}

void source_return(struct source *s)
{
	if (s->lock > 0)
		close(s->lock);
	s->lock = -1;
	free(s->tree);
	s->tree = NULL;
}

int source_check(const struct source *s)
{
	char *now;
	int result = 0;

	if (s->kind != SOURCE_TREE)
		return 0;
	now = tree_hash(s->tree);
	if (!now)
		return -1;
	if (strcmp(now, s->id) != 0)
		result = error("the tree \"%s\" was changed while it was built", s->tree);
	free(now);
	return result;
}

void source_release(struct source *s)
{
	if (s->lock > 0)
		close(s->lock);
	git_close(&s->git);
	free(s->git_tree);
	free(s->git_name);
	free(s->id);
	free(s->title);
	free(s->tarball);
	free(s->url);
	free(s->tree);
	strvec_release(&s->fragments);
	*s = (struct source){ .lock = -1 };
}

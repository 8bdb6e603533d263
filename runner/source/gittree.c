// SPDX-License-Identifier: GPL-2.0-or-later
#include "gittree.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/fd.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/progress.h"
#include "lib/transcript.h"

#define MANY_FILES  1000
#define BLOB_MAX    (INT64_C(1) << 30)
#define LFS_POINTER "version https://git-lfs.github.com/spec/"
#define LFS_MAX	    1024 /* a pointer is no longer */
#define IO_BYTES    (1 << 20)

/*
 * Differences.
 */

/* No path of a tree may lead out of the folder that it is written to, whoever made the tree. */
static int check_path(const char *path)
{
	for (const char *at = path;;) {
		size_t len = strcspn(at, "/");

		if (!len || (len == 1 && *at == '.') || (len == 2 && !strncmp(at, "..", 2)) ||
		    (len == 4 && !strncasecmp(at, ".git", 4)))
			return error(
				"the tree has the path \"%s\", which nothing can be written to",
				path);
		if (!at[len])
			return 0;
		at += len + 1;
	}
}

static int read_mode(const char *mode, const char *path, enum git_mode *out)
{
	static const struct {
		const char *mode;
		enum git_mode is;
	} modes[] = { { "100644", GIT_FILE },
		      { "100664", GIT_FILE },
		      { "100755", GIT_PROGRAM },
		      { "120000", GIT_LINK } };

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (!strncmp(mode, modes[i].mode, 6)) {
			*out = modes[i].is;
			return 0;
		}
	}
	if (!strncmp(mode, "160000", 6))
		return error("\"%s\" is a submodule: what belongs there is not in the repository",
			     path);
	return error("\"%s\" has the mode %.6s, which is not known", path, mode);
}

/*
 * ":100644 100755 OLD NEW M" and the path, each ended by a zero byte. `line` is the first of the two.
 */
static int add_change(struct git_changes *changes, const char *line, const char *path)
{
	const char *ids = strlen(line) > 8 ? strchr(line + 8, ' ') : NULL;
	const char *blob = ids ? strchr(ids + 1, ' ') : NULL;
	const char *status = blob ? strchr(blob + 1, ' ') : NULL;
	struct git_change c = { 0 };

	if (*line != ':' || !status)
		return error("git's list of changes cannot be understood: \"%s\"", line);
	if (check_path(path) < 0)
		return -1;
	if (status[1] != 'D') {
		if (read_mode(line + 8, path, &c.mode) < 0)
			return -1;
		c.blob = xstrndup(blob + 1, (size_t)(status - blob - 1));
	}
	c.added = status[1] == 'A';
	c.path = xstrdup(path);
	if (!(changes->count & (changes->count - 1)))
		changes->items =
			xreallocarray(changes->items, changes->count ? changes->count * 2 : 1,
				      sizeof(*changes->items));
	changes->items[changes->count++] = c;
	return 0;
}

static int read_changes(const struct strbuf *text, struct git_changes *changes)
{
	const char *at = text->data;
	const char *end = text->data + text->len;
	int result = 0;

	while (!result && at < end) {
		const char *path = at + strlen(at) + 1;

		if (path >= end)
			return error("git's list of changes is cut");
		result = add_change(changes, at, path);
		at = path + strlen(path) + 1;
	}
	return result;
}

/* The tree without files, which every repository has. */
static const char *empty_tree(const struct git *g)
{
	return !strcmp(g->format, "sha1")
		       ? "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
		       : "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";
}

static int has_tree(const struct git *g, const char *tree)
{
	struct strvec args = STRVEC_INIT;
	int result;

	strvec_pushl(&args, "cat-file", "-e", NULL);
	strvec_pushf(&args, "%s^{tree}", tree);
	result = git_run(g, GIT_OURS, &args, NULL, NULL, NULL);
	strvec_release(&args);
	return result;
}

int git_diff(const struct git *g, const char *from, const char *to, struct git_changes *changes)
{
	struct strvec args = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT, said = STRBUF_INIT;
	int result = from ? has_tree(g, from) : 0;

	*changes = (struct git_changes){ 0 };
	if (result)
		return result;
	strvec_pushl(&args, "diff-tree", "-r", "-z", "--raw", "--no-renames", "--full-index",
		     "--no-abbrev", from ? from : empty_tree(g), to, NULL);
	result = git_run(g, GIT_OURS, &args, NULL, &out, &said);
	if (result == 1)
		result = error(
			"the repository \"%s\" does not have all of the tree %.12s (it may be a "
			"partial clone): %.*s",
			g->dir, to, (int)strcspn(said.data, "\n"), said.data);
	if (!result)
		result = read_changes(&out, changes);
	if (result)
		git_changes_release(changes);
	strbuf_release(&out);
	strbuf_release(&said);
	strvec_release(&args);
	return result;
}

void git_changes_release(struct git_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		free(changes->items[i].path);
		free(changes->items[i].blob);
	}
	free(changes->items);
	*changes = (struct git_changes){ 0 };
}

int git_count_changes(const struct git *g, const char *from, const char *to, size_t *changed,
		      size_t *added)
{
	struct git_changes changes;
	int result = git_diff(g, from, to, &changes);

	*changed = *added = 0;
	if (result == 1)
		return error("the repository \"%s\" does not have the tree %.12s", g->dir, from);
	if (result < 0)
		return -1;
	for (size_t i = 0; i < changes.count; i++)
		++*(changes.items[i].added ? added : changed);
	git_changes_release(&changes);
	return 0;
}

/*
 * Contents, by cat-file --batch: all blobs in one stream, in the order in which they were asked for.
 */

struct blobs {
	const struct git *git;
	struct proc p;
	FILE *in;
	/* The current one, with a zero byte behind it: */
	char *data;
	size_t len, capacity;
};

static int blobs_begin(struct blobs *b, const struct git *g, const struct git_changes *changes)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf list = STRBUF_INIT;
	int result = -1;

	*b = (struct blobs){ .git = g };
	for (size_t i = 0; i < changes->count; i++)
		if (changes->items[i].blob)
			strbuf_addf(&list, "%s\n", changes->items[i].blob);
	if (git_command(g, GIT_OURS, &argv, &b->p) < 0)
		goto out;
	strvec_pushl(&argv, "cat-file", "--batch", "--buffer", NULL);
	b->p.argv = argv.items;
	b->p.out = PROC_PIPE;
	b->p.err = PROC_NULL;
	b->p.in = transcript_open(list.data, list.len);
	if (b->p.in >= 0)
		result = proc_start(&b->p);
	if (b->p.in >= 0)
		close(b->p.in);
	if (!result) {
		fcntl(b->p.out, F_SETPIPE_SZ, IO_BYTES); /* only faster */
		b->in = fdopen(b->p.out, "r");
		if (!b->in)
			result = error("cannot read from git:");
	}
out:
	strbuf_release(&list);
	strvec_release(&argv);
	return result;
}

/* The size of the next one, from its header "ID blob SIZE"; -1 with an error printed. */
static int64_t next_size(struct blobs *b, const char *path)
{
	static const char kind[] = " blob ";
	char header[128] = "";
	const char *at;
	char *end;
	int64_t size;

	if (!fgets(header, sizeof(header), b->in))
		return error("git ended before \"%s\"", path);
	at = strstr(header, kind);
	if (!at)
		return error("the repository \"%s\" lacks the contents of \"%s\" (it may be a "
			     "partial clone)",
			     b->git->dir, path);
	errno = 0;
	size = strtoll(at + strlen(kind), &end, 10);
	if (errno || *end != '\n' || size < 0 || size > BLOB_MAX)
		return error("\"%s\" is too large for a file of a kernel", path);
	return size;
}

static int blobs_next(struct blobs *b, const char *path)
{
	int64_t size = interrupted() ? error("interrupted") : next_size(b, path);

	if (size < 0)
		return -1;
	b->len = (size_t)size;
	if (b->capacity < b->len + 1) {
		b->capacity = b->len * 2 + 1;
		b->data = xreallocarray(b->data, b->capacity, 1);
	}
	if (fread(b->data, 1, b->len, b->in) != b->len || fgetc(b->in) != '\n')
		return error("git ended before \"%s\"", path);
	b->data[b->len] = '\0';
	if (b->len < LFS_MAX && !strncmp(b->data, LFS_POINTER, strlen(LFS_POINTER)))
		return error(
			"\"%s\" is a pointer of Git LFS: its contents are not in the repository",
			path);
	return 0;
}

static void blobs_end(struct blobs *b)
{
	proc_stop(&b->p, 1000);
	if (b->in)
		fclose(b->in);
	else if (b->p.out > 0)
		close(b->p.out);
	free(b->data);
}

/* Creates a file, and the folders above it when they are not there yet. A descriptor, or -1. */
static int create(const char *path, mode_t mode)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = open(path, flags, mode);

	if (fd < 0 && errno == ENOENT) {
		char *folder = xstrndup(path, (size_t)(strrchr(path, '/') - path));

		if (!dir_make(folder))
			fd = open(path, flags, mode);
		free(folder);
	}
	return fd;
}

static int write_file(const struct blobs *b, const char *path, enum git_mode mode)
{
	int fd = create(path, mode == GIT_PROGRAM ? 0777 : 0666);

	if (fd < 0)
		return error("cannot create \"%s\":", path);
	return fd_write_close(fd, b->data, b->len) < 0 ? error("cannot write \"%s\":", path) : 0;
}

/* Pairs of path and target: made when all files are there, so that no file is written through one. */
static int make_links(const struct strvec *links)
{
	for (size_t i = 0; i < links->count; i += 2) {
		char *folder = xstrdup(links->items[i]);
		int result;

		*strrchr(folder, '/') = '\0';
		result = dir_make(folder);
		free(folder);
		if (result < 0)
			return -1;
		if (symlink(links->items[i + 1], links->items[i]) < 0)
			return error("cannot make the link \"%s\":", links->items[i]);
	}
	return 0;
}

static int write_all(struct blobs *b, const struct git_changes *changes, const char *to,
		     struct progress *progress)
{
	struct strvec links = STRVEC_INIT;
	int result = 0;

	for (size_t i = 0; !result && i < changes->count; i++) {
		const struct git_change *c = &changes->items[i];
		char *path;

		if (!c->blob)
			continue;
		path = xasprintf("%s/%s", to, c->path);
		result = blobs_next(b, c->path);
		if (!result && c->mode == GIT_LINK)
			strvec_pushl(&links, path, b->data, NULL);
		else if (!result)
			result = write_file(b, path, c->mode);
		if (progress)
			progress_update(progress, (int64_t)i);
		free(path);
	}
	if (!result)
		result = make_links(&links);
	strvec_release(&links);
	return result;
}

int git_write(const struct git *g, const struct git_changes *changes, const char *title,
	      const char *to)
{
	bool many = changes->count >= MANY_FILES;
	struct progress progress;
	struct blobs b;
	int result = blobs_begin(&b, g, changes);

	if (many)
		progress_begin(&progress, "files", (int64_t)changes->count, "taking out %s", title);
	if (!result)
		result = write_all(&b, changes, to, many ? &progress : NULL);
	if (many)
		progress_end(&progress, result ? "stopped" : "done");
	blobs_end(&b);
	return result;
}

int git_has_file(const struct git *g, const char *tree, const char *path)
{
	struct strvec args = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT, said = STRBUF_INIT;
	int result;

	strvec_pushl(&args, "ls-tree", "--full-tree", "--name-only", tree, path, NULL);
	result = git_run(g, GIT_OURS, &args, NULL, &out, &said);
	if (result == 1)
		result = error("a tree of the repository \"%s\" cannot be read: %s", g->dir,
			       said.data);
	if (!result)
		result = out.len != 0;
	strbuf_release(&out);
	strbuf_release(&said);
	strvec_release(&args);
	return result;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory is a text file with a line per file: "HASH SIZE SECONDS.NANOSECONDS INODE PATH".
 */
#include "tree.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cache.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/progress.h"

/* A file that changes within the resolution of file times must not be remembered as it was. */
#define SETTLE_S   3
#define MANY_FILES 1000

struct walk {
	const char *name;   /* of the folder, for people */
	struct strbuf path; /* of where the walk is */
	size_t root;	    /* length of the folder's own path and its slash */
	struct strbuf old;  /* the memory as read */
	char **lines;	    /* of it, sorted by path */
	size_t line_count;
	struct strbuf new; /* the memory to be */
	struct hash hash;
	struct progress progress;
	int64_t read; /* files that had to be read */
	time_t now;
};

/* The path in a line of the memory: after the fourth space. */
static const char *line_path(const char *line)
{
	for (int i = 0; line && i < 4; i++) {
		line = strchr(line, ' ');
		if (line)
			line++;
	}
	return line ? line : "";
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(line_path(*(char *const *)a), line_path(*(char *const *)b));
}

static int compare_path(const void *key, const void *line)
{
	return strcmp(key, line_path(*(char *const *)line));
}

/* Splits the memory into lines, in place. */
static void index_memory(struct walk *w)
{
	size_t capacity = 0;

	for (char *at = w->old.data; *at;) {
		size_t len = strcspn(at, "\n");

		if (!at[len])
			break; /* cut off */
		at[len] = '\0';
		if (w->line_count == capacity) {
			capacity = capacity ? capacity * 2 : 1024;
			w->lines = xreallocarray(w->lines, capacity, sizeof(*w->lines));
		}
		w->lines[w->line_count++] = at;
		at += len + 1;
	}
	if (w->line_count)
		qsort(w->lines, w->line_count, sizeof(*w->lines), compare_lines);
}

/* Takes the hash from the memory when the file looks as it did then. */
static bool recall(const struct walk *w, const char *path, const char *state, struct hash_hex *hex)
{
	char *const *line = NULL;

	if (w->line_count)
		line = bsearch(path, w->lines, w->line_count, sizeof(*w->lines), compare_path);
	if (!line || strlen(*line) < HASH_HEX_LEN + strlen(state) + 1 ||
	    strncmp(*line + HASH_HEX_LEN + 1, state, strlen(state)) != 0)
		return false;
	memcpy(hex->s, *line, HASH_HEX_LEN);
	hex->s[HASH_HEX_LEN] = '\0';
	return true;
}

/* A few changed files are not worth a line on the screen. */
static void show_progress(struct walk *w, int64_t read)
{
	if (read == MANY_FILES)
		progress_begin(&w->progress, "files", 0, "reading %s", w->name);
	if (read >= MANY_FILES)
		progress_update(&w->progress, read);
}

static int hash_regular(struct walk *w, const struct stat *st)
{
	const char *path = w->path.data + w->root;
	struct hash_hex hex;
	char state[96];

	snprintf(state, sizeof(state), "%" PRId64 " %" PRId64 ".%09ld %" PRIu64 " ",
		 (int64_t)st->st_size, (int64_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
		 (uint64_t)st->st_ino);
	if (!recall(w, path, state, &hex)) {
		if (hash_file(w->path.data, &hex) < 0)
			return -1;
		show_progress(w, ++w->read);
	}
	if (st->st_mtim.tv_sec + SETTLE_S < w->now && !strchr(path, '\n'))
		strbuf_addf(&w->new, "%s %s%s\n", hex.s, state, path);
	hash_part(&w->hash, st->st_mode & S_IXUSR ? "program" : "file", path);
	hash_part(&w->hash, "sha256", hex.s);
	return 0;
}

static int hash_link(struct walk *w)
{
	char target[PATH_MAX];
	ssize_t n = readlink(w->path.data, target, sizeof(target) - 1);

	if (n < 0)
		return error("cannot read the link \"%s\":", w->path.data);
	target[n] = '\0';
	hash_part(&w->hash, "link", w->path.data + w->root);
	hash_part(&w->hash, "target", target);
	return 0;
}

static int walk_entries(struct walk *w);

static int walk_entry(struct walk *w, const char *name)
{
	size_t len = w->path.len;
	struct stat st;
	int result = 0;

	if (len + 1 == w->root && !strcmp(name, ".git"))
		return 0;
	if (interrupted())
		return error("interrupted");
	strbuf_addf(&w->path, "/%s", name);
	if (lstat(w->path.data, &st) < 0)
		result = error("cannot look at \"%s\":", w->path.data);
	else if (S_ISREG(st.st_mode))
		result = hash_regular(w, &st);
	else if (S_ISLNK(st.st_mode))
		result = hash_link(w);
	else if (S_ISDIR(st.st_mode))
		result = walk_entries(w);
	w->path.len = len;
	w->path.data[len] = '\0';
	return result;
}

static int walk_entries(struct walk *w)
{
	struct strvec names = STRVEC_INIT;
	int result = dir_list(w->path.data, &names);

	for (size_t i = 0; !result && i < names.count; i++)
		result = walk_entry(w, names.items[i]);
	strvec_release(&names);
	return result;
}

static char *memory_path(const char *dir)
{
	struct hash_hex hex;
	struct hash h;

	hash_init(&h);
	hash_part(&h, "tree", dir);
	hash_end(&h, &hex);
	hex.s[32] = '\0';
	return cache_path("notes", hex.s);
}

char *tree_hash(const char *dir)
{
	struct walk w = {
		.name = dir, .path = STRBUF_INIT, .old = STRBUF_INIT, .new = STRBUF_INIT
	};
	char *real = realpath(dir, NULL);
	char *memory = real ? memory_path(real) : NULL;
	struct hash_hex hex;
	int result = -1;

	if (!real)
		error("\"%s\":", dir);
	if (!memory || file_read_optional(memory, &w.old) < 0)
		goto out;
	index_memory(&w);
	strbuf_adds(&w.path, real);
	w.root = w.path.len + 1;
	w.now = time(NULL);
	hash_init(&w.hash);
	result = walk_entries(&w);
	hash_end(&w.hash, &hex);
	if (w.read >= MANY_FILES)
		progress_end(&w.progress, result ? "stopped" : "done");
	if (!result && w.read && file_write(memory, w.new.data, w.new.len) < 0)
		verbose("the hashes of \"%s\" are not remembered", dir);
out:
	strbuf_release(&w.path);
	strbuf_release(&w.old);
	strbuf_release(&w.new);
	free(w.lines);
	free(memory);
	free(real);
	return result ? NULL : xstrdup(hex.s);
}

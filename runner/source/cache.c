// SPDX-License-Identifier: GPL-2.0-or-later
#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/paths.h"

#define MIB (1 << 20)

char *cache_path(const char *kind, const char *name)
{
	char *relative = xasprintf("%s/%s", kind, name);
	char *path = path_cache(relative);

	free(relative);
	return path;
}

int cache_lock(const char *kind, const char *name, enum cache_lock how)
{
	char *file = xasprintf("%s-%s", kind, name);
	char *path = cache_path("locks", file);
	char *what = xasprintf("another kab that uses %s %.12s", kind, name);
	int fd = -1;

	if (path && how == CACHE_SHARED)
		fd = file_lock_shared(path, what);
	else if (path)
		fd = file_lock(path, what, how == CACHE_TRY);
	free(what);
	free(path);
	free(file);
	return fd;
}

/* Ends the lock of a work folder, and its file: while it is held, nobody waits for it. */
static void unlock_work(const char *name, int fd)
{
	char *file = xasprintf("work-%s", name);
	char *lock = cache_path("locks", file);

	if (lock && unlink(lock) < 0 && errno != ENOENT)
		verbose("cannot remove \"%s\":", lock);
	close(fd);
	free(lock);
	free(file);
}

/* Removes the folder of a process that is gone. */
static int sweep_one(const char *name)
{
	char *path = cache_path("work", name);
	int fd = path ? cache_lock("work", name, CACHE_TRY) : -1;
	int result = 0;

	if (fd >= 0) {
		verbose("removing \"%s\", left by a kab that was stopped", path);
		result = dir_remove(path);
		unlock_work(name, fd);
	}
	free(path);
	return fd == -1 ? -1 : result;
}

static int sweep(void)
{
	struct strvec names = STRVEC_INIT;
	char *dir = path_cache("work");
	int result = dir ? dir_list(dir, &names) : -1;

	for (size_t i = 0; !result && i < names.count; i++)
		result = sweep_one(names.items[i]);
	strvec_release(&names);
	free(dir);
	return result;
}

/*
 * Under the lock of all work folders, a folder without a lock has no owner: the owner would have
 * locked it before this lock became free.
 */
int cache_work_begin(struct cache_work *w)
{
	static int number;
	char *name = xasprintf("%d-%d", (int)getpid(), ++number);
	int all = cache_lock("work", "all", CACHE_EXCLUSIVE);

	*w = (struct cache_work){ .lock = -1 };
	if (all >= 0 && !sweep()) {
		w->path = cache_path("work", name);
		w->lock = w->path ? cache_lock("work", name, CACHE_EXCLUSIVE) : -1;
	}
	if (w->lock < 0 || dir_make(w->path) < 0)
		cache_work_end(w);
	if (all >= 0)
		close(all);
	free(name);
	return w->path ? 0 : -1;
}

void cache_work_end(struct cache_work *w)
{
	if (w->path) {
		dir_remove(w->path);
		if (w->lock >= 0)
			unlock_work(path_base(w->path), w->lock);
	}
	free(w->path);
	*w = (struct cache_work){ .lock = -1 };
}

int cache_need_mib(int64_t mib, const char *what)
{
	char *root = path_cache(NULL);
	int64_t left = root ? disk_free(root) : -1;
	int result = -1;

	if (left >= 0) {
		left /= MIB;
		result = 0;
		if (left < mib)
			result = error("%s needs about %" PRId64 " MiB in \"%s\", but %" PRId64
				       " MiB are free: %" PRId64 " MiB are missing "
				       "(\"kab kernels prune\" removes what is old)",
				       what, mib, root, left, mib - left);
	}
	free(root);
	return result;
}

/* What must stay for a note to hold. */
static char *note_key(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return NULL;
	return xasprintf("%s\n%" PRId64 " %" PRId64 ".%09ld %" PRIu64 "\n", path,
			 (int64_t)st.st_size, (int64_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
			 (uint64_t)st.st_ino);
}

static char *note_path(const char *topic, const char *path)
{
	struct hash_hex hex;
	struct hash h;

	hash_init(&h);
	hash_part(&h, topic, path);
	hash_end(&h, &hex);
	hex.s[32] = '\0';
	return cache_path("notes", hex.s);
}

bool cache_note_get(const char *topic, const char *path, struct strbuf *text)
{
	struct strbuf note = STRBUF_INIT;
	char *key = note_key(path);
	char *file = key ? note_path(topic, path) : NULL;
	bool found = false;

	if (file && !file_read_optional(file, &note) && !strncmp(note.data, key, strlen(key))) {
		strbuf_adds(text, note.data + strlen(key));
		found = true;
	}
	strbuf_release(&note);
	free(file);
	free(key);
	return found;
}

void cache_note_set(const char *topic, const char *path, const char *text)
{
	char *key = note_key(path);
	char *file = key ? note_path(topic, path) : NULL;
	char *note = file ? xasprintf("%s%s", key, text) : NULL;

	if (note && file_write_str(file, note) < 0)
		verbose("no note was made about \"%s\"", path);
	free(note);
	free(file);
	free(key);
}

char *cache_file_hash(const char *path)
{
	struct strbuf text = STRBUF_INIT;
	struct hash_hex hex;

	if (cache_note_get("sha256", path, &text) && text.len == HASH_HEX_LEN)
		return strbuf_detach(&text);
	strbuf_release(&text);
	verbose("computing the SHA-256 of \"%s\"", path);
	if (hash_file(path, &hex) < 0)
		return NULL;
	cache_note_set("sha256", path, hex.s);
	return xstrdup(hex.s);
}

int cache_publish(const char *from, const char *to)
{
	int fd = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = -1;

	if (fd < 0)
		return error("cannot open \"%s\":", from);
	if (syncfs(fd) < 0)
		error("cannot write \"%s\" to the disk:", from);
	else if (rename(from, to) < 0)
		error("cannot move \"%s\" to \"%s\":", from, to);
	else
		result = 0;
	close(fd);
	return result;
}

int cache_remove(const char *kind, const char *name, const char *lock_kind, const char *lock_name)
{
	int fd = cache_lock(lock_kind, lock_name, CACHE_TRY);
	struct cache_work w = { .lock = -1 };
	char *path = NULL;
	char *gone = NULL;
	int result = -1;

	if (fd < 0)
		return fd == -2 ? 1 : -1;
	path = cache_path(kind, name);
	/* Out of its place at once, so that a crash in between leaves nothing that looks whole. */
	if (path && !cache_work_begin(&w)) {
		gone = xasprintf("%s/removed", w.path);
		result = 0;
		if (rename(path, gone) < 0 && errno != ENOENT)
			result = error("cannot remove \"%s\":", path);
	}
	cache_work_end(&w);
	free(gone);
	free(path);
	close(fd);
	return result;
}

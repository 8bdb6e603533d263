// SPDX-License-Identifier: GPL-2.0-or-later
#include "gitname.h"

#include <fcntl.h>
#include <limits.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/strvec.h"

struct object_hash {
	bool sha256;
	union {
		struct sha1_ctx sha1;
		struct sha256_ctx sha256;
	} ctx;
};

static size_t hash_size(bool sha256)
{
	return sha256 ? SHA256_DIGEST_SIZE : SHA1_DIGEST_SIZE;
}

static void object_add(struct object_hash *h, const void *data, size_t len)
{
	if (h->sha256)
		sha256_update(&h->ctx.sha256, len, data);
	else
		sha1_update(&h->ctx.sha1, len, data);
}

/* An object is "KIND SIZE", a zero byte, and its contents. */
static void object_begin(struct object_hash *h, bool sha256, const char *kind, size_t size)
{
	char header[64];

	h->sha256 = sha256;
	if (sha256)
		sha256_init(&h->ctx.sha256);
	else
		sha1_init(&h->ctx.sha1);
	object_add(h, header, (size_t)snprintf(header, sizeof(header), "%s %zu", kind, size) + 1);
}

static void object_end(struct object_hash *h, uint8_t *id)
{
	if (h->sha256)
		sha256_digest(&h->ctx.sha256, SHA256_DIGEST_SIZE, id);
	else
		sha1_digest(&h->ctx.sha1, SHA1_DIGEST_SIZE, id);
}

static int name_file(bool sha256, const char *path, const struct stat *st, uint8_t *id)
{
	struct object_hash h;
	void *data = NULL;
	size_t size = (size_t)st->st_size;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return error("cannot open \"%s\":", path);
	if (size)
		data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (data == MAP_FAILED)
		return error("cannot read \"%s\":", path);
	object_begin(&h, sha256, "blob", size);
	if (size) {
		object_add(&h, data, size);
		munmap(data, size);
	}
	object_end(&h, id);
	return 0;
}

static int name_link(bool sha256, const char *path, uint8_t *id)
{
	struct object_hash h;
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target));

	if (n < 0)
		return error("cannot read the link \"%s\":", path);
	object_begin(&h, sha256, "blob", (size_t)n);
	object_add(&h, target, (size_t)n);
	object_end(&h, id);
	return 0;
}

struct entry {
	char *name; /* of a folder with a '/' at its end, which git sorts it by */
	const char *mode;
	uint8_t id[SHA256_DIGEST_SIZE];
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int name_folder(bool sha256, const char *dir, bool top, uint8_t *id, size_t *count);

/* 0; 1 when it is nothing that git keeps; -1 with an error printed. */
static int name_entry(bool sha256, const char *dir, const char *name, struct entry *e)
{
	char *path = xasprintf("%s/%s", dir, name);
	size_t count = 1;
	struct stat st;
	int result;

	*e = (struct entry){ 0 };
	if (interrupted()) {
		result = error("interrupted");
	} else if (lstat(path, &st) < 0) {
		result = error("cannot look at \"%s\":", path);
	} else if (S_ISREG(st.st_mode)) {
		e->mode = st.st_mode & S_IXUSR ? "100755" : "100644";
		result = name_file(sha256, path, &st, e->id);
	} else if (S_ISLNK(st.st_mode)) {
		e->mode = "120000";
		result = name_link(sha256, path, e->id);
	} else if (S_ISDIR(st.st_mode)) {
		e->mode = "40000";
		result = name_folder(sha256, path, false, e->id, &count);
	} else {
		result = 1;
	}
	if (!result && !count)
		result = 1;
	if (!result)
		e->name = xasprintf("%s%s", name, *e->mode == '4' ? "/" : "");
	free(path);
	return result;
}

static void hash_entries(bool sha256, const struct entry *entries, size_t count, uint8_t *id)
{
	struct strbuf text = STRBUF_INIT;
	struct object_hash h;

	for (size_t i = 0; i < count; i++) {
		const struct entry *e = &entries[i];

		strbuf_addf(&text, "%s %.*s", e->mode, (int)strcspn(e->name, "/"), e->name);
		strbuf_add(&text, "", 1);
		strbuf_add(&text, e->id, hash_size(sha256));
	}
	object_begin(&h, sha256, "tree", text.len);
	object_add(&h, text.data, text.len);
	object_end(&h, id);
	strbuf_release(&text);
}

static int name_folder(bool sha256, const char *dir, bool top, uint8_t *id, size_t *count)
{
	struct strvec names = STRVEC_INIT;
	struct entry *entries;
	int result = dir_list(dir, &names);

	*count = 0;
	entries = xcalloc(names.count + 1, sizeof(*entries));
	for (size_t i = 0; result >= 0 && i < names.count; i++) {
		if (top && !strcmp(names.items[i], ".git"))
			continue;
		result = name_entry(sha256, dir, names.items[i], &entries[*count]);
		*count += !result;
	}
	if (result >= 0) {
		qsort(entries, *count, sizeof(*entries), by_name);
		hash_entries(sha256, entries, *count, id);
	}
	for (size_t i = 0; i < *count; i++)
		free(entries[i].name);
	free(entries);
	strvec_release(&names);
	return result < 0 ? -1 : 0;
}

char *git_tree_of(const char *dir, const char *format)
{
	bool sha256 = !strcmp(format, "sha256");
	struct strbuf hex = STRBUF_INIT;
	uint8_t id[SHA256_DIGEST_SIZE];
	size_t count;

	if (name_folder(sha256, dir, true, id, &count) < 0)
		return NULL;
	for (size_t i = 0; i < hash_size(sha256); i++)
		strbuf_addf(&hex, "%02x", id[i]);
	return strbuf_detach(&hex);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/fd.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/version.h"

#define MEMORY	".kab-site"
#define PICTURE "picture " /* begins the key of one */

/* The first line: another program renders everything again. */
static char *first_line(void)
{
	struct stat st = { 0 };

	/* Where it cannot be told, the version has to do. */
	(void)stat("/proc/self/exe", &st);
	return xasprintf("kab-site " KAB_VERSION " %lld %lld", (long long)st.st_size,
			 (long long)st.st_mtime);
}

/* --- memory ------------------------------------------------------------------------------------ */

static int by_key(const void *a, const void *b)
{
	const struct folder_part *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static struct folder_part *add_part(struct folder *f, const char *key, const char *hash)
{
	struct folder_part *p;

	if ((f->count & (f->count - 1)) == 0)
		f->parts = xreallocarray(f->parts, f->count ? 2 * f->count : 1, sizeof(*f->parts));
	p = &f->parts[f->count++];
	*p = (struct folder_part){ .key = xstrdup(key), .files = STRVEC_INIT };
	(void)snprintf(p->hash.s, sizeof(p->hash.s), "%s", hash);
	return p;
}

/* A name that stays inside the folder: the memory may have been tampered with. */
static bool is_inside(const char *name)
{
	return *name && *name != '/' && strncmp(name, "../", 3) != 0 && !strstr(name, "/../");
}

/* "HASH KEY", then its files, each behind a tab. A line of another kind is left out, with its files. */
static void parse(struct folder *f, char *text)
{
	char *save = NULL, *line = strtok_r(text, "\n", &save), *first = first_line();
	bool same = line && strcmp(line, first) == 0, known = false;

	free(first);
	while (same && (line = strtok_r(NULL, "\n", &save)) != NULL) {
		if (*line == '\t') {
			if (known && is_inside(line + 1))
				strvec_push(&f->parts[f->count - 1].files, line + 1);
			continue;
		}
		known = strlen(line) > HASH_HEX_LEN + 1 && line[HASH_HEX_LEN] == ' ';
		if (known) {
			line[HASH_HEX_LEN] = '\0';
			add_part(f, line + HASH_HEX_LEN + 1, line);
		}
	}
}

int folder_open_alone(struct folder *f, const char *root)
{
	*f = (struct folder){ .root = xstrdup(root) };
	return dir_make(root);
}

int folder_open(struct folder *f, const char *root)
{
	char *path = xasprintf("%s/" MEMORY, root);
	struct strbuf text = STRBUF_INIT;
	int ret = dir_make(root);

	*f = (struct folder){ .root = xstrdup(root) };
	if (ret == 0 && file_read_optional(path, &text) < 0)
		ret = -1;
	if (ret == 0)
		parse(f, text.data);
	f->known = f->count;
	if (f->count)
		qsort(f->parts, f->count, sizeof(*f->parts), by_key);
	strbuf_release(&text);
	free(path);
	return ret;
}

void folder_release(struct folder *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->parts[i].key);
		strvec_release(&f->parts[i].files);
	}
	free(f->parts);
	free(f->root);
	*f = (struct folder){ 0 };
}

/* --- parts ------------------------------------------------------------------------------------- */

static bool all_there(const struct folder *f, const struct folder_part *p)
{
	for (size_t i = 0; i < p->files.count; i++)
		if (!folder_has(f, p->files.items[i]))
			return false;
	return true;
}

/* Of the last time, or NULL. */
static struct folder_part *find_part(const struct folder *f, const char *key)
{
	const struct folder_part wanted = { .key = (char *)key };

	return f->known ? bsearch(&wanted, f->parts, f->known, sizeof(*f->parts), by_key) : NULL;
}

const struct strvec *folder_files(const struct folder *f, const char *key)
{
	return &find_part(f, key)->files;
}

bool folder_fresh(struct folder *f, const char *key, const struct hash_hex *hash)
{
	struct folder_part *p = find_part(f, key);

	if (!p || strcmp(p->hash.s, hash->s) != 0 || !all_there(f, p))
		return false;
	p->used = true;
	return true;
}

void folder_begin(struct folder *f, const char *key, const struct hash_hex *hash)
{
	struct hash_hex none;

	hash_buffer("", 0, &none);
	f->rendered++;
	add_part(f, key, hash ? hash->s : none.s)->used = true;
	f->current = f->count - 1;
}

void folder_picture(struct folder *f, const char *key, const struct hash_hex *hash,
		    const struct strvec *files)
{
	struct folder_part *p = add_part(f, key, hash->s);

	p->used = true;
	for (size_t i = 0; i < files->count; i++)
		strvec_push(&p->files, files->items[i]);
}

bool folder_has(const struct folder *f, const char *name)
{
	char *path = xasprintf("%s/%s", f->root, name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

void folder_keep(struct folder *f, const char *name)
{
	strvec_push(&f->parts[f->current].files, name);
}

char *folder_path(const struct folder *f, const char *name)
{
	char *path = xasprintf("%s/%s", f->root, name);
	char *slash = strrchr(path, '/');
	int ret;

	*slash = '\0';
	ret = access(path, F_OK) == 0 ? 0 : dir_make(path);
	*slash = '/';
	if (ret == 0)
		return path;
	free(path);
	return NULL;
}

static bool has_bytes(const char *path, const void *data, size_t len)
{
	struct strbuf old = STRBUF_INIT;
	bool same = file_size(path) == (int64_t)len && file_read_optional(path, &old) == 0 &&
		    old.len == len && memcmp(old.data, data, len) == 0;

	strbuf_release(&old);
	return same;
}

static int write_all(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return error("cannot create \"%s\":", path);
	return fd_write_close(fd, data, len) < 0 ? error("cannot write \"%s\":", path) : 0;
}

static int replace(const char *path, const void *data, size_t len)
{
	char *new = xasprintf("%s.new", path);
	int ret = write_all(new, data, len);

	if (ret == 0 && rename(new, path) < 0)
		ret = error("cannot rename \"%s\" to \"%s\":", new, path);
	if (ret < 0)
		(void)unlink(new); /* it may be what filled the disk */
	free(new);
	return ret;
}

int folder_write(struct folder *f, const char *name, const void *data, size_t len)
{
	char *path = folder_path(f, name);
	int ret = path ? 0 : -1;

	if (ret == 0)
		folder_keep(f, name);
	if (ret == 0 && !has_bytes(path, data, len)) {
		ret = replace(path, data, len);
		f->written++;
	}
	free(path);
	return ret;
}

int folder_print(struct folder *f, const char *name, int (*print)(FILE *out, const void *what),
		 const void *what)
{
	char *data = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&data, &len);
	int ret;

	xcheck(out);
	ret = print(out, what);
	if (fclose(out) != 0)
		ret = error("cannot write \"%s\":", name);
	if (ret == 0)
		ret = folder_write(f, name, data, len);
	free(data);
	return ret;
}

char *folder_name(const char *dir, const char *name)
{
	return *dir ? xasprintf("%s/%s", dir, name) : xstrdup(name);
}

/* --- the end ----------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_files(const struct folder *f, bool used, struct strvec *out)
{
	for (size_t i = 0; i < f->count; i++)
		for (size_t k = 0; k < f->parts[i].files.count; k++)
			if (f->parts[i].used == used)
				strvec_push(out, f->parts[i].files.items[k]);
}

/* Folders that are left empty go with their files. */
static void remove_file(const struct folder *f, const char *name)
{
	char *path = xasprintf("%s/%s", f->root, name), *slash;

	if (unlink(path) < 0 && errno != ENOENT)
		warning("cannot remove \"%s\":", path);
	while ((slash = strrchr(path, '/')) && (size_t)(slash - path) > strlen(f->root)) {
		*slash = '\0';
		if (rmdir(path) < 0)
			break;
	}
	free(path);
}

static bool is_live(const struct strvec *live, char *const *name)
{
	return live->count &&
	       bsearch(name, live->items, live->count, sizeof(*live->items), by_name);
}

static void remove_stale(const struct folder *f, const struct strvec *live)
{
	struct strvec stale = STRVEC_INIT;

	list_files(f, false, &stale);
	for (size_t i = 0; i < stale.count; i++)
		if (!is_live(live, &stale.items[i]))
			remove_file(f, stale.items[i]);
	strvec_release(&stale);
}

/* In use, or a picture that a page still has; a picture that was drawn again is there twice. */
static bool is_remembered(const struct folder *f, size_t i, const struct strvec *live)
{
	const struct folder_part *p = &f->parts[i];

	if (p->used || strncmp(p->key, PICTURE, strlen(PICTURE)) != 0 || !p->files.count)
		return p->used;
	for (size_t k = f->known; k < f->count; k++)
		if (!strcmp(f->parts[k].key, p->key))
			return false;
	return is_live(live, &p->files.items[0]);
}

int folder_finish(struct folder *f)
{
	struct strbuf text = STRBUF_INIT;
	char *path = xasprintf("%s/" MEMORY, f->root), *first = first_line();
	struct strvec live = STRVEC_INIT;
	int ret;

	list_files(f, true, &live);
	strvec_sort(&live);
	remove_stale(f, &live);
	strbuf_addf(&text, "%s\n", first);
	for (size_t i = 0; i < f->count; i++) {
		const struct folder_part *p = &f->parts[i];

		if (!is_remembered(f, i, &live))
			continue;
		strbuf_addf(&text, "%s %s\n", p->hash.s, p->key);
		for (size_t k = 0; k < p->files.count; k++)
			strbuf_addf(&text, "\t%s\n", p->files.items[k]);
	}
	ret = replace(path, text.data, text.len);
	strvec_release(&live);
	strbuf_release(&text);
	free(first);
	free(path);
	return ret;
}

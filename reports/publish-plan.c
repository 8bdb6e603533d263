// SPDX-License-Identifier: GPL-2.0-or-later
#include "publish-plan.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/log.h"

#define FORMAT	  1
#define DEPTH_MAX 16

void filelist_release(struct filelist *v)
{
	for (size_t i = 0; i < v->count; i++)
		free(v->items[i].path);
	free(v->items);
	free(v->publisher);
	*v = (struct filelist){ 0 };
}

void filelist_add(struct filelist *v, const char *path, const char *hash)
{
	struct filelist_item item = { .path = xstrdup(path) };

	memcpy(item.hash.s, hash, strnlen(hash, HASH_HEX_LEN));
	/* Doubles at each power of two. */
	if (!(v->count & (v->count - 1)))
		v->items = xreallocarray(v->items, v->count ? v->count * 2 : 1, sizeof(item));
	v->items[v->count++] = item;
}

static int by_path(const void *a, const void *b)
{
	const struct filelist_item *x = a, *y = b;

	return strcmp(x->path, y->path);
}

void filelist_sort(struct filelist *v)
{
	if (v->count)
		qsort(v->items, v->count, sizeof(*v->items), by_path);
}

struct filelist_item *filelist_find(const struct filelist *v, const char *path)
{
	const struct filelist_item key = { .path = (char *)path };

	return v->count ? bsearch(&key, v->items, v->count, sizeof(key), by_path) : NULL;
}

/* --- names ------------------------------------------------------------------------------------- */

bool publish_path_ok(const char *path)
{
	bool start = true; /* of a part */

	for (; *path; path++) {
		/* A part that starts with a dot is hidden, "." or "..". */
		if (*path < ' ' || *path > '~' || *path == '\\' ||
		    (start && (*path == '/' || *path == '.')))
			return false;
		start = *path == '/';
	}
	return !start;
}

static bool ends_in(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return len >= n && !strcmp(s + len - n, end);
}

enum publish_rank publish_rank(const char *path)
{
	if (!strcmp(path, PUBLISH_FRONT))
		return RANK_FRONT;
	if (ends_in(path, ".atom") || ends_in(path, ".xml") || ends_in(path, ".rss"))
		return RANK_FEED;
	if (!strcmp(path_base(path), PUBLISH_FRONT))
		return RANK_INDEX;
	return ends_in(path, ".html") ? RANK_PAGE : RANK_PART;
}

/* --- the site ---------------------------------------------------------------------------------- */

static int scan(struct filelist *v, const char *site, const char *folder, int depth);

static int scan_entry(struct filelist *v, const char *site, const char *path, int depth)
{
	char *full = xasprintf("%s/%s", site, path);
	struct hash_hex hash;
	struct stat st;
	int ret = -1;

	if (!publish_path_ok(path))
		error("\"%s\": a name that cannot be published", full);
	else if (lstat(full, &st) < 0)
		error("cannot look at \"%s\":", full);
	else if (S_ISDIR(st.st_mode))
		ret = scan(v, site, path, depth + 1);
	else if (!S_ISREG(st.st_mode))
		error("\"%s\" is neither a file nor a folder, and is not published", full);
	else if (!strcmp(path, PUBLISH_MANIFEST))
		error("\"%s\" has the name of kab's own record", full);
	else
		ret = hash_file(full, &hash);
	if (ret == 0 && S_ISREG(st.st_mode))
		filelist_add(v, path, hash.s);
	free(full);
	return ret;
}

static int scan(struct filelist *v, const char *site, const char *folder, int depth)
{
	char *dir = *folder ? xasprintf("%s/%s", site, folder) : xstrdup(site);
	struct strvec names = STRVEC_INIT;
	int ret;

	if (depth > DEPTH_MAX)
		ret = error("\"%s\" is too deep", dir);
	else
		ret = dir_list(dir, &names);
	for (size_t i = 0; i < names.count && ret == 0; i++) {
		char *path;

		if (names.items[i][0] == '.')
			continue;
		path = xasprintf("%s%s%s", folder, *folder ? "/" : "", names.items[i]);
		ret = scan_entry(v, site, path, depth);
		free(path);
	}
	strvec_release(&names);
	free(dir);
	return ret;
}

int filelist_scan(struct filelist *v, const char *site)
{
	if (scan(v, site, "", 0) < 0)
		return -1;
	filelist_sort(v);
	if (!filelist_find(v, PUBLISH_FRONT))
		return error("\"%s\" is not a site: it has no %s (kab report writes one)", site,
			     PUBLISH_FRONT);
	return 0;
}

/* --- the manifest ------------------------------------------------------------------------------ */

struct manifest {
	int64_t format;
	char *publisher;
	bool complete;
	struct json_at files;
};

static bool is_hash(const char *s)
{
	return strlen(s) == HASH_HEX_LEN && strspn(s, "0123456789abcdef") == HASH_HEX_LEN;
}

/* It comes from a server: a path in it must not lead out of the destination. */
static int parse_files(struct filelist *v, const struct json_at *files)
{
	json_object_object_foreach(files->value, path, value)
	{
		const char *hash = value ? json_object_get_string(value) : "";

		if (!publish_path_ok(path))
			return json_error(files, "\"%s\" is not a path of a site", path);
		if (value && (!json_object_is_type(value, json_type_string) || !is_hash(hash)))
			return json_error(files, "\"%s\" has no hash", path);
		filelist_add(v, path, hash);
	}
	filelist_sort(v);
	return 0;
}

int filelist_parse(struct filelist *v, const char *name, const char *text, size_t len)
{
	static const struct json_field fields[] = {
		{ "format", JSON_INT, offsetof(struct manifest, format), true, FORMAT, FORMAT },
		{ "publisher", JSON_STR, offsetof(struct manifest, publisher), true, 0, 0 },
		{ "complete", JSON_BOOL, offsetof(struct manifest, complete), true, 0, 0 },
		{ "files", JSON_OBJECT, offsetof(struct manifest, files), true, 0, 0 },
	};
	struct manifest m = { 0 };
	struct json_doc doc;
	struct json_at root;
	int ret = json_parse(&doc, name, text, len);

	if (ret == 0) {
		root = json_root(&doc);
		ret = json_read(&root, fields, sizeof(fields) / sizeof(fields[0]), &m);
	}
	if (ret == 0) {
		v->publisher = m.publisher;
		m.publisher = NULL;
		v->complete = m.complete;
		ret = parse_files(v, &m.files);
	}
	free(m.publisher);
	json_release(&doc);
	return ret;
}

void filelist_format(const struct filelist *v, struct strbuf *out)
{
	struct json_object *root = json_new_object(), *files = json_new_object();

	json_set_int(root, "format", FORMAT);
	json_set_str(root, "publisher", v->publisher);
	json_set_bool(root, "complete", v->complete);
	for (size_t i = 0; i < v->count; i++) {
		const char *hash = v->items[i].hash.s;

		json_set_str(files, v->items[i].path, *hash ? hash : NULL);
	}
	json_set(root, "files", files);
	strbuf_adds(out, xcheck((void *)json_object_to_json_string_ext(
				 root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE)));
	strbuf_addch(out, '\n');
	json_object_put(root);
}

/* --- the plan ---------------------------------------------------------------------------------- */

static size_t depth_of(const char *path)
{
	size_t depth = 0;

	for (; *path; path++)
		depth += *path == '/';
	return depth;
}

/* Within a rank the deeper ones first: what is above leads to them. */
static int by_order(const void *a, const void *b)
{
	const struct filelist_item *const *x = a, *const *y = b;
	enum publish_rank rx = publish_rank((*x)->path), ry = publish_rank((*y)->path);
	size_t dx = depth_of((*x)->path), dy = depth_of((*y)->path);

	if (rx != ry)
		return rx < ry ? -1 : 1;
	if (dx != dy)
		return dx > dy ? -1 : 1;
	return strcmp((*x)->path, (*y)->path);
}

void publish_plan_make(struct publish_plan *p, const struct filelist *site,
		       const struct filelist *there, bool all)
{
	p->put = xcalloc(site->count + 1, sizeof(const struct filelist_item *));
	p->put_count = 0;
	for (size_t i = 0; i < site->count; i++) {
		const struct filelist_item *have = filelist_find(there, site->items[i].path);

		if (all || !have || strcmp(have->hash.s, site->items[i].hash.s) != 0)
			p->put[p->put_count++] = &site->items[i];
	}
	for (size_t i = 0; i < there->count; i++)
		if (!filelist_find(site, there->items[i].path))
			strvec_push(&p->remove, there->items[i].path);
	if (p->put_count)
		qsort(p->put, p->put_count, sizeof(const struct filelist_item *), by_order);
}

void publish_plan_release(struct publish_plan *p)
{
	free(p->put);
	strvec_release(&p->remove);
	*p = (struct publish_plan){ 0 };
}

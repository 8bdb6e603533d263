// SPDX-License-Identifier: GPL-2.0-or-later
#include "inventory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "runner/source/cache.h"

static const struct {
	const char *name;
	const char *folder;
	const char *lock; /* kind of the lock; its name is the start of the holding's */
	size_t lock_len;  /* so many characters; 0: all */
	bool named;	  /* its own name says what it is */
} kinds[] = {
	[HOLDING_KERNEL] = { "kernel", "kernels", "kernel", 0, false },
	[HOLDING_LAYER] = { "layer", "layers", "kernel", HASH_HEX_LEN, false },
	[HOLDING_SOURCE] = { "source", "sources", "source", 0, false },
	[HOLDING_HEADERS] = { "headers", "headers", "headers", 0, true },
	[HOLDING_OBJECTS] = { "objects", "objects", "objects", 0, true },
	[HOLDING_DOWNLOAD] = { "download", "downloads", "download", 0, true },
	[HOLDING_RELEASE] = { "release", "releases", "release", 0, true },
	[HOLDING_LOG] = { "log", "logs", "kernel", HASH_HEX_LEN, false },
};

const char *holding_name(enum holding_kind kind)
{
	return kinds[kind].name;
}

static struct holding *add(struct inventory *inv, enum holding_kind kind, const char *name)
{
	inv->items = xreallocarray(inv->items, inv->count + 1, sizeof(*inv->items));
	inv->items[inv->count] = (struct holding){ .kind = kind, .name = xstrdup(name) };
	return &inv->items[inv->count++];
}

/* The kernel's own words about itself. */
static int describe_kernel(struct holding *h)
{
	struct kernel k;
	int state = kernel_load(&k, h->name);

	if (state < 0)
		return -1;
	if (state) {
		h->title = xstrdup("(not a kernel)");
		h->release = xstrdup("");
		return 0;
	}
	h->title = xstrdup(k.spec);
	h->release = xstrdup(k.release);
	h->base_id = xstrdup(k.base_id);
	h->source_id = xstrdup(k.source_id);
	h->used = k.used;
	kernel_release(&k);
	return 0;
}

/* The kernel whose identity, base or source the name starts with; the unpatched one, if it is there. */
static const struct holding *kernel_of(const struct inventory *inv, const struct holding *h)
{
	const struct holding *found = NULL;

	for (size_t i = 0; i < inv->count; i++) {
		const struct holding *k = &inv->items[i];
		const char *id = h->kind == HOLDING_LAYER    ? k->base_id
				 : h->kind == HOLDING_SOURCE ? k->source_id
							     : k->name;

		if (k->kind != HOLDING_KERNEL || !id || !*id ||
		    strncmp(h->name, id, strlen(id)) != 0)
			continue;
		if (!found || !strcmp(k->name, k->base_id))
			found = k;
	}
	return found;
}

static int describe(const struct inventory *inv, struct holding *h)
{
	const struct holding *k;
	struct stat st;
	char *path = cache_path(kinds[h->kind].folder, h->name);
	int result = path ? 0 : -1;

	if (!result && !stat(path, &st)) {
		h->used = st.st_mtim.tv_sec;
		h->bytes = dir_size(path);
	}
	free(path);
	if (result || h->kind == HOLDING_KERNEL)
		return result ? result : describe_kernel(h);
	k = kernel_of(inv, h);
	h->title = xstrdup(k ? k->title : kinds[h->kind].named ? h->name : "");
	h->release = xstrdup("");
	return 0;
}

/* By kind, the last used first. */
static int compare(const void *a, const void *b)
{
	const struct holding *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->used != y->used)
		return x->used > y->used ? -1 : 1;
	return strcmp(x->name, y->name);
}

int inventory_load(struct inventory *inv)
{
	int result = 0;

	*inv = (struct inventory){ 0 };
	for (size_t kind = 0; !result && kind < sizeof(kinds) / sizeof(*kinds); kind++) {
		struct strvec names = STRVEC_INIT;
		char *dir = path_cache(kinds[kind].folder);

		result = dir ? dir_list(dir, &names) : -1;
		for (size_t i = 0; !result && i < names.count; i++)
			result = describe(inv, add(inv, (enum holding_kind)kind, names.items[i]));
		strvec_release(&names);
		free(dir);
	}
	if (result < 0)
		inventory_release(inv);
	else if (inv->count)
		qsort(inv->items, inv->count, sizeof(*inv->items), compare);
	return result;
}

void inventory_release(struct inventory *inv)
{
	for (size_t i = 0; i < inv->count; i++) {
		free(inv->items[i].name);
		free(inv->items[i].title);
		free(inv->items[i].release);
		free(inv->items[i].base_id);
		free(inv->items[i].source_id);
	}
	free(inv->items);
	*inv = (struct inventory){ 0 };
}

/* True when a kernel that stays was, or can be, made from it. */
static bool is_needed(const struct inventory *inv, const struct holding *h, int64_t before)
{
	for (size_t i = 0; i < inv->count; i++) {
		const struct holding *k = &inv->items[i];
		const char *id = h->kind == HOLDING_LAYER ? k->base_id : k->source_id;

		if (k->kind == HOLDING_KERNEL && !holding_expired(inv, k, before, false) && id &&
		    *id && !strncmp(h->name, id, strlen(id)))
			return true;
	}
	return false;
}

bool holding_expired(const struct inventory *inv, const struct holding *h, int64_t before, bool all)
{
	if (all)
		return true;
	if (h->kind == HOLDING_LAYER || h->kind == HOLDING_SOURCE)
		return !is_needed(inv, h, before);
	return h->used <= before;
}

int holding_remove(const struct holding *h)
{
	size_t len = kinds[h->kind].lock_len ? kinds[h->kind].lock_len : strlen(h->name);
	char *lock = xstrndup(h->name, len);
	char *part = h->kind == HOLDING_DOWNLOAD ? strstr(lock, ".part") : NULL;
	int result;

	/* What has come so far is locked as the file that it will be. */
	if (part)
		*part = '\0';
	result = cache_remove(kinds[h->kind].folder, h->name, kinds[h->kind].lock, lock);
	free(lock);
	return result;
}

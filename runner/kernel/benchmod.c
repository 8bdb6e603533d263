// SPDX-License-Identifier: GPL-2.0-or-later
#include "benchmod.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "runner/source/cache.h"

#define FOLDER	   "runner/guest/modules"
#define HASH_SHOWN 16

static const char *const shared[] = { "kab.c", "kab.h" };

/* FAMILY.c and FAMILY.h, for modules that have something in common: dmapool.c for dmapool-chain. */
static void find_family(const char *dir, const char *source, struct strvec *files)
{
	static const char *const suffixes[] = { ".c", ".h" };
	int len = (int)strcspn(source, "-");

	for (size_t i = 0; source[len] && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char *path = xasprintf("%s/%.*s%s", dir, len, source, suffixes[i]);

		if (file_exists(path))
			strvec_push(files, path);
		free(path);
	}
}

/* Paths of the module's sources. 0, or -1 with an error printed. */
static int find_sources(const char *name, struct strvec *files)
{
	char *dir = path_share(FOLDER);
	char *source = xstrdup(name);
	char *own = NULL;
	int ret = dir ? 0 : -1;

	if (!dir)
		goto out;
	for (char *c = source; *c; c++)
		*c = *c == '_' ? '-' : *c;
	own = xasprintf("%s/%s.c", dir, source);
	if (file_exists(own))
		strvec_push(files, own);
	else
		ret = error("unknown module \"%s\": there is no \"%s\"", name, own);
	find_family(dir, source, files);
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		strvec_pushf(files, "%s/%s", dir, shared[i]);
out:
	free(own);
	free(source);
	free(dir);
	return ret;
}

static char *hash_sources(const struct strvec *files)
{
	struct hash_hex hex;
	struct hash h;

	hash_init(&h);
	/* How the sources are compiled, beside what belongs to the kernel. */
	hash_part(&h, "marks", "laps");
	for (size_t i = 0; i < files->count; i++) {
		if (hash_file(files->items[i], &hex) < 0)
			return NULL;
		hash_part(&h, path_base(files->items[i]), hex.s);
	}
	hash_end(&h, &hex);
	return xstrdup(hex.s);
}

char *benchmod_identity(const char *name)
{
	struct strvec files = STRVEC_INIT;
	char *id = find_sources(name, &files) == 0 ? hash_sources(&files) : NULL;

	strvec_release(&files);
	return id;
}

/*
 * "FOLDER/NAME.ko", and beside it NAME.skip with the reason when the kernel cannot have the module:
 * that is not tried again either.
 */
static int compile(const struct variant *v, const char *name, const struct strvec *files,
		   const char *path, const char *skip_path, struct strbuf *why)
{
	struct recipe r;
	int ret;

	if (recipe_resolve(&r, v->spec) < 0)
		return -1;
	if (strcmp(r.id, v->id) != 0)
		ret = error("\"%s\" was changed while kab ran", v->spec);
	else
		ret = build_bench_module(&r, name, files, path, why);
	/* What apt does not have today it may have tomorrow. */
	if (ret > 0 && !v->ready && file_write_str(skip_path, why->data) < 0)
		ret = -1;
	recipe_release(&r);
	return ret;
}

/* The module's place is known; takes what is there or makes it, one process at a time. */
static int get(const struct variant *v, const char *name, const struct strvec *files,
	       const char *path, struct strbuf *why)
{
	char *skip_path = xasprintf("%s.skip", path);
	/* Not the kernel's own lock: builds on top of it hold that for minutes. */
	int lock = cache_lock("module", v->id, CACHE_EXCLUSIVE);
	int ret = -1;

	if (lock < 0)
		goto out;
	if (file_exists(path))
		ret = 0;
	else if (file_exists(skip_path))
		ret = file_read(skip_path, why) < 0 ? -1 : 1;
	else
		ret = compile(v, name, files, path, skip_path, why);
	close(lock);
out:
	free(skip_path);
	return ret;
}

int benchmod_get(const struct variant *v, const char *name, char **path, struct strbuf *why)
{
	struct strvec files = STRVEC_INIT;
	char *folder = xasprintf("%s/bench", v->dir);
	char *id = NULL;
	int ret = -1;

	*path = NULL;
	if (v->ready && !v->has_headers) {
		strbuf_adds(why, "it is a ready image without the source to compile modules for");
		ret = 1;
	} else if (find_sources(name, &files) == 0 && dir_make(folder) == 0) {
		id = hash_sources(&files);
	}
	if (id) {
		/* The name in the guest is that of the file, so the hash is a folder. */
		char *place = xasprintf("%s/%.*s", folder, HASH_SHOWN, id);

		*path = xasprintf("%s/%s.ko", place, name);
		ret = dir_make(place) < 0 ? -1 : get(v, name, &files, *path, why);
		free(place);
	}
	free(id);
	free(folder);
	strvec_release(&files);
	return ret;
}

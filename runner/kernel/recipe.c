// SPDX-License-Identifier: GPL-2.0-or-later
#include "recipe.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image.h"
#include "kbuild.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "runner/source/cache.h"

/* To be raised when kab builds differently, so that nothing built before is taken for the same. */
#define RECIPE_VERSION "1"
#define DEB_VERSION    "1" /* likewise, when something else is taken out of packages */

/* The identity of this source with the first so many series. */
static char *identity(const struct recipe *r, const char *source_id, size_t series_count)
{
	struct hash_hex hex;
	struct hash h;

	hash_init(&h);
	hash_part(&h, "recipe", RECIPE_VERSION);
	hash_part(&h, "source", source_id);
	hash_part(&h, "config", r->config.id);
	hash_part(&h, "compiler", r->compiler);
	hash_part(&h, "linker", r->linker);
	for (size_t i = 0; i < series_count; i++)
		series_hash(&r->series[i], &h);
	hash_end(&h, &hex);
	return xstrdup(hex.s);
}

char *recipe_base_of(const struct recipe *r, const char *source_id)
{
	return identity(r, source_id, 0);
}

/* An image is what it is: its identity is that of its bytes. */
static int resolve_image(struct recipe *r)
{
	r->release = image_release(r->spec.source);
	if (!r->release)
		return -1;
	r->id = cache_file_hash(r->spec.source);
	if (!r->id)
		return -1;
	r->base_id = xstrdup(r->id);
	r->title = xasprintf("image %s", r->spec.source);
	r->compiler = xstrdup("");
	r->linker = xstrdup("");
	r->patches = xstrdup("");
	return 0;
}

/*
 * A package: the SHA-256 of its bytes is known without them, by apt's index. The compiler is told
 * by its configuration, once it is unpacked.
 */
static int resolve_deb(struct recipe *r)
{
	struct hash_hex hex;
	struct hash h;
	char *sha256;

	if (r->spec.kind == SOURCE_DEB) {
		sha256 = cache_file_hash(r->spec.source);
		r->title = xasprintf("package %s", path_base(r->spec.source));
	} else {
		if (package_find_kernel(&r->package, r->spec.source) < 0)
			return -1;
		sha256 = xstrdup(r->package.sha256);
		r->title = xasprintf("package %s (%s)", r->package.name, r->package.version);
	}
	if (!sha256)
		return -1;
	hash_init(&h);
	hash_part(&h, "unpacked", DEB_VERSION);
	hash_part(&h, "deb", sha256);
	for (size_t i = 0; i < r->package.part_count; i++)
		hash_part(&h, "deb", r->package.parts[i].sha256);
	hash_end(&h, &hex);
	r->id = xstrdup(hex.s);
	r->base_id = xstrdup(r->id);
	r->compiler = xstrdup("");
	r->linker = xstrdup("");
	r->patches = xstrdup("");
	free(sha256);
	return 0;
}

static int load_series(struct recipe *r)
{
	struct strbuf names = STRBUF_INIT;
	int result = 0;

	r->series = xcalloc(r->spec.series.count + 1, sizeof(*r->series));
	for (size_t i = 0; !result && i < r->spec.series.count; i++) {
		result = series_load(&r->series[i], r->spec.series.items[i]);
		if (!result) {
			strbuf_addf(&names, "%s%s", names.len ? "+" : "", r->series[i].name);
			r->series_count++;
		}
	}
	r->patches = strbuf_detach(&names);
	return result;
}

static int resolve_source(struct recipe *r)
{
	/* The cheap ones first: who mistyped a patch should not wait for a download. */
	if (load_series(r) < 0 || kbuild_check_tools() < 0 ||
	    kbuild_compiler(&r->compiler, &r->linker) < 0 ||
	    source_resolve(&r->source, &r->spec) < 0 ||
	    kconfig_load(&r->config, &r->source.fragments) < 0)
		return -1;
	r->title = xstrdup(r->source.title);
	r->base_id = identity(r, r->source.id, 0);
	r->id = identity(r, r->source.id, r->series_count);
	return 0;
}

int recipe_resolve(struct recipe *r, const char *spec)
{
	char *cache = path_cache(NULL);
	int result;

	/* Asked once, so that a cache that cannot be written is one error, and not many. */
	*r = (struct recipe){ .source.lock = -1, .ground_lock = -1 };
	if (!cache)
		return -1;
	free(cache);
	if (spec_parse(&r->spec, spec) < 0)
		return -1;
	result = r->spec.kind == SOURCE_IMAGE	 ? resolve_image(r)
		 : SOURCE_IS_READY(r->spec.kind) ? resolve_deb(r)
						 : resolve_source(r);
	if (result < 0)
		recipe_release(r);
	return result;
}

void recipe_release(struct recipe *r)
{
	for (size_t i = 0; i < r->series_count; i++)
		series_release(&r->series[i]);
	free(r->series);
	if (r->ground_lock > 0)
		close(r->ground_lock);
	git_changes_release(&r->changes);
	free(r->ground_id);
	free(r->ground_source);
	package_release(&r->package);
	kconfig_release(&r->config);
	source_release(&r->source);
	spec_release(&r->spec);
	free(r->id);
	free(r->base_id);
	free(r->title);
	free(r->patches);
	free(r->fault);
	free(r->compiler);
	free(r->linker);
	free(r->release);
	*r = (struct recipe){ .source.lock = -1, .ground_lock = -1 };
}

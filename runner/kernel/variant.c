// SPDX-License-Identifier: GPL-2.0-or-later
#include "variant.h"

#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "kconfig.h"
#include "kernel.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "recipe.h"
#include "runner/source/cache.h"

static char *take(char **from)
{
	char *s = *from;

	*from = NULL;
	return s;
}

int variant_resolve(struct variant *v, const char *spec)
{
	struct recipe r;

	*v = (struct variant){ 0 };
	if (recipe_resolve(&r, spec) < 0)
		return -1;
	v->spec = xstrdup(spec);
	v->dir = cache_path("kernels", r.id);
	v->id = take(&r.id);
	v->source = take(&r.title);
	v->series = take(&r.patches);
	v->compiler = take(&r.compiler);
	for (size_t i = 0; i < r.series_count; i++)
		series_describe(&r.series[i], i + 1, &v->about);
	v->ready = SOURCE_IS_READY(r.spec.kind);
	v->has_headers = r.package.name != NULL;
	recipe_release(&r);
	if (!v->dir)
		variant_release(v);
	return v->dir ? 0 : -1;
}

/* A path in the kernel's folder; NULL when there is nothing. */
static char *find(const struct variant *v, const char *name)
{
	char *path = xasprintf("%s/%s", v->dir, name);

	if (file_exists(path))
		return path;
	free(path);
	return NULL;
}

/* Fills in what a finished kernel tells. */
static void fill(struct variant *v, struct kernel *k)
{
	v->image = xasprintf("%s/bzImage", v->dir);
	v->image_sha256 = take(&k->image_sha256);
	v->config = find(v, "config");
	v->config_sha256 = take(&k->config_sha256);
	v->system_map = find(v, "System.map");
	v->modules = find(v, "modules");
	free(v->compiler);
	v->compiler = take(&k->compiler);
	v->release = take(&k->release);
	v->build_ms = k->build_ms;
}

/* Resolved once more, as the source may have changed since. */
static int build(struct variant *v)
{
	struct recipe r;
	int result;

	if (recipe_resolve(&r, v->spec) < 0)
		return -1;
	if (strcmp(r.id, v->id) != 0)
		result = error("\"%s\" was changed while kab ran", v->spec);
	else
		result = build_kernel(&r);
	if (result < 0 && r.fault) {
		free(v->fault);
		v->fault = take(&r.fault);
	}
	recipe_release(&r);
	return result;
}

int variant_build(struct variant *v)
{
	struct kernel k;
	int state;

	if (v->image)
		return 0;
	state = kernel_load(&k, v->id);
	if (state == 1 && !build(v))
		state = kernel_load(&k, v->id);
	if (state)
		return -1;
	kernel_touch(&k);
	fill(v, &k);
	kernel_release(&k);
	return 0;
}

void variant_give_up(struct variant *v)
{
	v->image = xstrdup("");
	v->image_sha256 = xstrdup("");
	v->config_sha256 = xstrdup("");
	v->release = xstrdup("");
}

bool variant_cached(const struct variant *v)
{
	struct kernel k;
	bool cached = !kernel_load(&k, v->id);

	if (cached)
		kernel_release(&k);
	return cached;
}

char *variant_config(const struct variant *v, const char *symbol)
{
	struct strbuf text = STRBUF_INIT;
	char *value = NULL;

	if (v->config && !file_read(v->config, &text))
		value = kconfig_value(text.data, symbol);
	strbuf_release(&text);
	return value;
}

void variant_release(struct variant *v)
{
	free(v->spec);
	free(v->id);
	free(v->dir);
	free(v->source);
	free(v->series);
	strvec_release(&v->about);
	free(v->compiler);
	free(v->image);
	free(v->image_sha256);
	free(v->config);
	free(v->config_sha256);
	free(v->system_map);
	free(v->modules);
	free(v->release);
	free(v->fault);
	*v = (struct variant){ 0 };
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "image.h"
#include "kconfig.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/json.h"
#include "lib/log.h"
#include "recipe.h"
#include "runner/source/cache.h"
#include "runner/source/deb.h"
#include "runner/source/overlay.h"
#include "runner/source/package.h"
#include "symbols.h"

#define FORMAT	       1
#define UNPACKED_TIMES 8 /* modules in a package are compressed twice */

/* What is taken out of a build. */
static const struct {
	const char *from;
	const char *to;
} products[] = {
	{ "arch/x86/boot/bzImage", "bzImage" },
	{ "System.map", "System.map" },
	{ ".config", "config" },
};

#define STR(key, member)                                                   \
	{                                                                  \
		key, JSON_STR, offsetof(struct kernel, member), true, 0, 0 \
	}
#define INT(key, member)                                                   \
	{                                                                  \
		key, JSON_INT, offsetof(struct kernel, member), true, 0, 0 \
	}

static const struct json_field fields[] = {
	{ "format", JSON_IGNORE, 0, true, 0, 0 },
	{ "modules", JSON_IGNORE, 0, true, 0, 0 },
	STR("spec", spec),
	STR("id", id),
	STR("base_id", base_id),
	STR("source", source),
	STR("source_id", source_id),
	STR("series", series),
	STR("compiler", compiler),
	STR("linker", linker),
	STR("release", release),
	STR("image_sha256", image_sha256),
	STR("config_sha256", config_sha256),
	INT("objects", objects),
	INT("build_ms", build_ms),
};

int kernel_load(struct kernel *k, const char *id)
{
	struct json_doc doc = { 0 };
	struct json_at root;
	struct stat st;
	char *path;
	int result;

	*k = (struct kernel){ .dir = cache_path("kernels", id) };
	if (!k->dir)
		return -1;
	path = xasprintf("%s/kernel.json", k->dir);
	if (stat(path, &st) < 0) {
		result = errno == ENOENT ? 1 : error("cannot look at \"%s\":", path);
	} else {
		k->used = st.st_mtim.tv_sec;
		result = json_load(&doc, path);
	}
	if (!result) {
		root = json_root(&doc);
		result = json_read(&root, fields, sizeof(fields) / sizeof(*fields), k);
		json_release(&doc);
	}
	free(path);
	if (result)
		kernel_release(k);
	return result;
}

void kernel_release(struct kernel *k)
{
	free(k->dir);
	free(k->spec);
	free(k->id);
	free(k->base_id);
	free(k->source);
	free(k->source_id);
	free(k->series);
	free(k->compiler);
	free(k->linker);
	free(k->release);
	free(k->image_sha256);
	free(k->config_sha256);
	*k = (struct kernel){ 0 };
}

void kernel_touch(const struct kernel *k)
{
	char *path = xasprintf("%s/kernel.json", k->dir);

	if (utimensat(AT_FDCWD, path, NULL, 0) < 0)
		verbose("cannot change the time of \"%s\":", path);
	free(path);
}

/* Copies a file of the view, and gives the hash of the copy when asked for. */
static int take(const struct overlay *view, const char *from, const char *dir, const char *to,
		struct hash_hex *hex)
{
	char *source = overlay_find(view, from);
	char *target = xasprintf("%s/%s", dir, to);
	int result;

	if (!source)
		result = error("the build made no \"%s\"", from);
	else
		result = file_copy(source, target);
	if (!result && hex)
		result = hash_file(target, hex);
	free(target);
	free(source);
	return result;
}

/* "drivers/scsi/x/x.ko", in newer kernels "….o"; all into one folder. */
static int take_module(const struct overlay *view, const char *line, const char *dir,
		       struct json_object *modules)
{
	const char *dot = strrchr(line, '.');
	char *from = xasprintf("%.*s.ko", (int)(dot ? dot - line : (ptrdiff_t)strlen(line)), line);
	struct hash_hex hex;
	int result = take(view, from, dir, path_base(from), &hex);

	if (!result)
		json_set_str(modules, path_base(from), hex.s);
	free(from);
	return result;
}

static int take_modules(const struct overlay *view, const char *dir, struct json_object *modules)
{
	struct strbuf text = STRBUF_INIT;
	struct strvec lines = STRVEC_INIT;
	char *order = overlay_find(view, "modules.order");
	char *to = xasprintf("%s/modules", dir);
	int result = dir_make(to);

	if (!result && order)
		result = file_read(order, &text);
	strvec_split(&lines, text.data, "\n");
	for (size_t i = 0; !result && i < lines.count; i++)
		result = take_module(view, lines.items[i], to, modules);
	strvec_release(&lines);
	strbuf_release(&text);
	free(to);
	free(order);
	return result;
}

static char *read_release(const struct overlay *view)
{
	struct strbuf text = STRBUF_INIT;
	char *path = overlay_find(view, "include/config/kernel.release");

	if (!path || file_read(path, &text) < 0) {
		if (!path)
			error("the build made no \"include/config/kernel.release\"");
		free(path);
		return NULL;
	}
	free(path);
	strbuf_rtrim(&text);
	return strbuf_detach(&text);
}

/* The spec of what has this identity: the recipe's own, or that without the patches. */
static char *spec_of(const struct recipe *r, bool base)
{
	if (r->source.git_name)
		return xasprintf("git:%s@%s%s%s", r->source.git.dir, r->source.git_name,
				 !base && *r->patches ? "+" : "", base ? "" : r->patches);
	if (!base || !r->series_count)
		return xstrdup(r->spec.text);
	if (r->spec.kind == SOURCE_URL)
		return xasprintf("%s#sha256=%s", r->spec.source, r->spec.sha256);
	return xstrdup(r->spec.source);
}

static struct json_object *manifest(const struct recipe *r, const char *id, const char *release)
{
	bool base = !strcmp(id, r->base_id);
	bool ready = SOURCE_IS_READY(r->spec.kind);
	char *spec = spec_of(r, base);
	struct json_object *o = json_new_object();

	json_set_int(o, "format", FORMAT);
	json_set_str(o, "spec", spec);
	json_set_str(o, "id", id);
	json_set_str(o, "base_id", ready ? "" : r->ground_id);
	json_set_str(o, "source", r->title);
	json_set_str(o, "source_id", ready ? "" : r->ground_source);
	json_set_str(o, "series", base ? "" : r->patches);
	json_set_str(o, "compiler", r->compiler);
	json_set_str(o, "linker", r->linker);
	json_set_str(o, "release", release);
	free(spec);
	return o;
}

/* Writes the manifest and makes the folder a kernel of the cache. */
static int publish(const char *dir, const char *id, struct json_object *o)
{
	char *path = xasprintf("%s/kernel.json", dir);
	char *to = cache_path("kernels", id);
	int result = to ? json_write(path, o) : -1;

	if (!result && rename(dir, to) < 0)
		result = error("cannot move \"%s\" to \"%s\":", dir, to);
	free(to);
	free(path);
	return result;
}

static int take_products(const struct overlay *view, const char *dir, struct json_object *o)
{
	struct hash_hex hashes[sizeof(products) / sizeof(*products)];
	struct json_object *modules = json_new_object();
	int result = dir_make(dir);

	for (size_t i = 0; !result && i < sizeof(products) / sizeof(*products); i++)
		result = take(view, products[i].from, dir, products[i].to, &hashes[i]);
	if (!result) {
		json_set_str(o, "image_sha256", hashes[0].s);
		json_set_str(o, "config_sha256", hashes[2].s);
		result = take_modules(view, dir, modules);
	}
	json_set(o, "modules", modules);
	return result;
}

/* Which object each function comes from can be told only now, from the build's files. */
static int take_symbols(const struct overlay *view, const char *dir)
{
	char *map = xasprintf("%s/System.map", dir), *to = xasprintf("%s/symbols", dir);
	struct strvec trees = STRVEC_INIT;
	int result;

	strvec_push(&trees, view->top);
	if (view->layer)
		strvec_push(&trees, view->layer);
	result = symbols_write(map, &trees, to);
	strvec_release(&trees);
	free(to);
	free(map);
	return result;
}

int kernel_store_built(const struct recipe *r, const char *id, const struct overlay *view,
		       int64_t objects, int64_t build_ms)
{
	struct json_object *o = NULL;
	struct cache_work w;
	char *release;
	char *dir;
	int result = -1;

	if (cache_work_begin(&w) < 0)
		return -1;
	dir = xasprintf("%s/kernel", w.path);
	release = read_release(view);
	if (release) {
		o = manifest(r, id, release);
		json_set_int(o, "objects", objects);
		json_set_int(o, "build_ms", build_ms);
		result = take_products(view, dir, o);
	}
	if (!result)
		result = take_symbols(view, dir);
	if (!result)
		result = publish(dir, id, o);
	json_object_put(o);
	cache_work_end(&w);
	free(release);
	free(dir);
	return result;
}

static int copy_image(const struct recipe *r, const char *dir)
{
	char *image = xasprintf("%s/bzImage", dir);
	struct hash_hex hex;
	int result = file_copy(r->spec.source, image);

	if (!result)
		result = hash_file(image, &hex);
	if (!result && strcmp(hex.s, r->id) != 0)
		result = error("\"%s\" was changed while it was copied", r->spec.source);
	free(image);
	return result;
}

/* Downloads a package into a folder of its own, and pushes the file. */
static int download_part(const struct package *p, const char *scratch, struct strvec *files)
{
	char *dir = xasprintf("%s/%zu", scratch, files->count);
	char *file = NULL;

	if (cache_need_mib(UNPACKED_TIMES * p->mib, p->name) == 0 && dir_make(dir) == 0)
		file = package_download(p, dir);
	if (file)
		strvec_push(files, file);
	free(dir);
	free(file);
	return file ? 0 : -1;
}

/* `scratch` is a folder for downloads, to be made. */
static int unpack_package(const struct recipe *r, const char *scratch, const char *dir)
{
	const struct package *p = &r->package;
	struct strvec files = STRVEC_INIT;
	int result = 0;

	if (p->name)
		result = download_part(p, scratch, &files);
	else
		strvec_push(&files, r->spec.source);
	for (size_t i = 0; !result && i < p->part_count; i++)
		result = download_part(&p->parts[i], scratch, &files);
	if (!result)
		result = deb_unpack(&files, dir);
	strvec_release(&files);
	return result;
}

/*
 * "gcc (Debian 12.2.0-14+deb12u1) 12.2.0" of a configuration: Debian calls the same compiler
 * "gcc-12" in one kernel and "x86_64-linux-gnu-gcc-12" in another. A new string.
 */
static char *configured_compiler(const char *config)
{
	char *text = kconfig_value(config, "CC_VERSION_TEXT");
	char *rest = strchr(text, ' '), *compiler;

	if (rest && strstr(text, "gcc") && strstr(text, "gcc") < rest)
		compiler = xasprintf("gcc%s", rest);
	else
		compiler = xstrdup(strcmp(text, "n") != 0 ? text : "");
	free(text);
	return compiler;
}

/* What the files of the folder say about the kernel. */
static int describe_ready(const char *dir, struct json_object *o)
{
	char *image = xasprintf("%s/bzImage", dir), *config = xasprintf("%s/config", dir);
	struct strbuf text = STRBUF_INIT;
	struct hash_hex image_hash = { 0 }, config_hash = { 0 };
	char *release = image_release(image), *compiler = NULL;
	int result = release ? hash_file(image, &image_hash) : -1;
	int config_result = file_read_optional(config, &text);

	if (config_result == 0) {
		hash_buffer(text.data, text.len, &config_hash);
		compiler = configured_compiler(text.data);
		json_set_str(o, "compiler", compiler);
	} else if (config_result < 0) {
		result = -1;
	}
	if (!result) {
		json_set_str(o, "release", release);
		json_set_str(o, "image_sha256", image_hash.s);
		json_set_str(o, "config_sha256", config_hash.s);
	}
	strbuf_release(&text);
	free(compiler);
	free(release);
	free(image);
	free(config);
	return result;
}

/* A package may have a System.map; objects are not known. */
static int write_plain_symbols(const char *dir)
{
	char *map = xasprintf("%s/System.map", dir), *to = xasprintf("%s/symbols", dir);
	struct strvec trees = STRVEC_INIT;
	int result = file_exists(map) ? symbols_write(map, &trees, to) : 0;

	free(to);
	free(map);
	return result;
}

int kernel_store_ready(const struct recipe *r)
{
	struct json_object *o;
	struct cache_work w;
	char *dir, *scratch;
	int result;

	if (cache_work_begin(&w) < 0)
		return -1;
	dir = xasprintf("%s/kernel", w.path);
	scratch = xasprintf("%s/download", w.path);
	o = manifest(r, r->id, "");
	json_set_int(o, "objects", 0);
	json_set_int(o, "build_ms", 0);
	json_set(o, "modules", json_new_object());
	result = dir_make(dir);
	if (!result)
		result = r->spec.kind == SOURCE_IMAGE ? copy_image(r, dir)
						      : unpack_package(r, scratch, dir);
	if (!result)
		result = describe_ready(dir, o);
	if (!result)
		result = write_plain_symbols(dir);
	if (!result)
		result = publish(dir, r->id, o);
	json_object_put(o);
	cache_work_end(&w);
	free(scratch);
	free(dir);
	return result;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "build.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ground.h"
#include "headers.h"
#include "kbuild.h"
#include "kernel.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/progress.h"
#include "lib/window.h"
#include "runner/source/cache.h"
#include "runner/source/overlay.h"

/* What a build writes at most, with some to spare; a copy holds the source as well. */
#define CLEAN_MIB   500
#define PATCHED_MIB 300
#define COPY_MIB    1700

static const char *const with_modules[] = { "bzImage", "modules", NULL };
static const char *const without_modules[] = { "bzImage", NULL };

/* A build that goes on. */
struct build {
	struct recipe *recipe;
	const char *id;
	char *label;
	char *log;
	struct cache_work work;
	struct overlay view;
	struct kbuild make;
	int64_t started_ms;
};

static bool copies(const struct build *b, const struct recipe *r)
{
	return !strcmp(overlay_kind(b->work.path, r->source.tree), "copy");
}

static int build_begin(struct build *b, struct recipe *r, const char *id, const char *layer)
{
	char *log_name = xasprintf("%s.log", id);
	bool base = !strcmp(id, r->base_id);

	*b = (struct build){ .recipe = r, .id = id, .started_ms = clock_ms() };
	b->label = base ? xstrdup(r->title) : xasprintf("%s+%s", r->title, r->patches);
	b->log = cache_path("logs", log_name);
	free(log_name);
	if (!b->log || dir_remove(b->log) < 0 || cache_work_begin(&b->work) < 0)
		return -1;
	if (cache_need_mib((layer ? PATCHED_MIB : CLEAN_MIB) + (copies(b, r) ? COPY_MIB : 0),
			   b->label) < 0 ||
	    overlay_open(&b->view, b->work.path, r->source.tree, layer) < 0)
		return -1;
	b->make = (struct kbuild){ .tree = &b->view, .label = b->label, .log = b->log };
	return 0;
}

/* Remembers why no kernel can be made of the sources: the first reason is the one. */
static void blame(struct recipe *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void blame(struct recipe *r, const char *fmt, ...)
{
	struct strbuf why = STRBUF_INIT;
	va_list ap;

	if (r->fault)
		return;
	va_start(ap, fmt);
	strbuf_vaddf(&why, fmt, ap);
	va_end(ap);
	r->fault = strbuf_detach(&why);
}

static void build_end(struct build *b)
{
	if (b->view.point)
		overlay_close(&b->view);
	cache_work_end(&b->work);
	if (b->make.fault)
		blame(b->recipe, "%s", b->make.fault);
	free(b->make.fault);
	free(b->label);
	free(b->log);
}

/* Appends the fragments to the .config that make wrote. */
static int append_fragments(struct build *b)
{
	struct strbuf text = STRBUF_INIT;
	char *path = overlay_find(&b->view, ".config");
	int result = path ? file_read(path, &text) : error("tinyconfig made no .config");

	kconfig_print(&b->recipe->config, &text);
	if (!result)
		result = file_write(path, text.data, text.len);
	free(path);
	strbuf_release(&text);
	return result;
}

static int read_config(const struct build *b, struct strbuf *text)
{
	char *path = overlay_find(&b->view, ".config");
	int result = path ? file_read(path, text) : error("olddefconfig made no .config");

	free(path);
	return result;
}

static int verify_config(const struct build *b)
{
	struct strbuf text = STRBUF_INIT;
	int result = read_config(b, &text);

	if (!result)
		result = kconfig_verify(&b->recipe->config, text.data, b->label);
	if (result < 0)
		blame(b->recipe, "the configuration that is needed is not possible");
	strbuf_release(&text);
	return result;
}

/* What to make: a kernel without modules has no rule for them. NULL with an error printed. */
static const char *const *targets_of(const struct build *b)
{
	struct strbuf text = STRBUF_INIT;
	const char *const *targets = NULL;
	char *modules;

	if (!read_config(b, &text)) {
		modules = kconfig_value(text.data, "MODULES");
		targets = !strcmp(modules, "y") ? with_modules : without_modules;
		free(modules);
	}
	strbuf_release(&text);
	return targets;
}

static int configure(struct build *b)
{
	static const char *const tiny[] = { "tinyconfig", NULL };
	static const char *const old[] = { "olddefconfig", NULL };

	verbose("configuring %s", b->label);
	if (kbuild_make(&b->make, tiny, 0) < 0 || append_fragments(b) < 0 ||
	    kbuild_make(&b->make, old, 0) < 0)
		return -1;
	return verify_config(b);
}

/* Makes the view's files those of the kernel, and pushes the names of all that differ from the ground's. */
static int apply_changes(struct build *b, struct strvec *files)
{
	int result = ground_level(b->recipe, &b->view, b->work.path, files);

	for (size_t i = 0; !result && i < b->recipe->series_count; i++) {
		result = series_apply(&b->recipe->series[i], &b->view);
		if (result < 0 && !interrupted())
			blame(b->recipe, "the series \"%s\" does not apply",
			      b->recipe->series[i].name);
		series_files(&b->recipe->series[i], files);
	}
	strvec_sort(files);
	return result;
}

static int store(struct build *b)
{
	return kernel_store_built(b->recipe, b->id, &b->view, b->make.objects,
				  clock_ms() - b->started_ms);
}

/*
 * Patches that do not apply are found before the first build of a source, not after it.
 */
static int try_series(struct recipe *r)
{
	struct strvec files = STRVEC_INIT;
	struct build b;
	int result = build_begin(&b, r, r->id, NULL);

	if (!result)
		result = apply_changes(&b, &files);
	build_end(&b);
	strvec_release(&files);
	return result;
}

static bool have_kernel(const char *id)
{
	struct kernel k;
	int state = kernel_load(&k, id);

	if (!state)
		kernel_release(&k);
	return !state;
}

/* From nothing, with the lock of the base held: the base's kernel, and the layer. */
static int build_clean(struct recipe *r, const char *layer)
{
	const char *const *targets = NULL;
	struct build b;
	int64_t objects;
	int result = build_begin(&b, r, r->base_id, NULL);

	if (!result)
		result = configure(&b);
	if (!result) {
		targets = targets_of(&b);
		result = targets ? 0 : -1;
	}
	if (!result) {
		note("counting the objects of %s", b.label);
		objects = kbuild_count_all(&b.make, targets);
		result = interrupted() ? error("interrupted")
				       : kbuild_make(&b.make, targets, objects > 0 ? objects : 1);
	}
	if (!result)
		result = source_check(&r->source);
	if (!result && !have_kernel(r->base_id))
		result = store(&b);
	if (!result)
		result = overlay_keep(&b.view, layer);
	build_end(&b);
	return result;
}

/* The configuration of the base holds unless the patches change what it follows from. */
static bool changes_config(const struct strvec *files)
{
	for (size_t i = 0; i < files->count; i++) {
		const char *file = files->items[i];

		if (!strncmp(path_base(file), "Kconfig", 7) || !strncmp(file, "scripts/", 8) ||
		    !strcmp(file, "Makefile") || strstr(file, "/configs/"))
			return true;
	}
	return false;
}

/* Configures the view where the ground's configuration does not hold. */
static int reconfigure(struct build *b, const struct strvec *files)
{
	struct strbuf text = STRBUF_INIT;
	bool changed = changes_config(files);
	int result;

	if (!changed && !b->recipe->configure)
		return 0;
	result = configure(b);
	if (!result && !changed)
		result = read_config(b, &text);
	if (!result && !changed)
		ground_configured(b->recipe, text.data);
	strbuf_release(&text);
	return result;
}

/* On the layer, which is locked. */
static int build_on_layer(struct recipe *r, const char *layer)
{
	const char *const *targets = NULL;
	struct strvec files = STRVEC_INIT;
	struct build b;
	int64_t objects;
	int result = build_begin(&b, r, r->id, layer);

	if (!result)
		result = apply_changes(&b, &files);
	if (!result)
		result = reconfigure(&b, &files);
	if (!result) {
		targets = targets_of(&b);
		objects = targets ? kbuild_count_touched(layer, &files) : -1;
		result = objects < 0 ? -1 : kbuild_make(&b.make, targets, objects + 1);
	}
	if (!result)
		result = source_check(&r->source);
	if (!result)
		result = store(&b);
	build_end(&b);
	strvec_release(&files);
	return result;
}

/*
 * Gets the layer, building it when there is none. Returns a shared lock on it, or -1 with an
 * error printed.
 */
static int lock_layer(struct recipe *r, const char *layer)
{
	/* A neighbour's is held since it was chosen. */
	if (ground_is_borrowed(r))
		return fcntl(r->ground_lock, F_DUPFD_CLOEXEC, 0);
	for (;;) {
		int result = 0;
		int lock = cache_lock("kernel", r->base_id, CACHE_SHARED);

		if (lock < 0 || file_exists(layer))
			return lock;
		close(lock);
		if (try_series(r) < 0)
			return -1;
		lock = cache_lock("kernel", r->base_id, CACHE_EXCLUSIVE);
		if (lock < 0)
			return -1;
		if (!file_exists(layer))
			result = build_clean(r, layer);
		close(lock);
		if (result < 0)
			return -1;
	}
}

static int build_patched(struct recipe *r, const char *layer)
{
	int lock = lock_layer(r, layer);
	int result = lock < 0 ? -1 : build_on_layer(r, layer);

	if (lock >= 0)
		close(lock);
	return result;
}

/* The caller holds the lock of the kernel, and the cache does not have it. */
static int build_source(struct recipe *r)
{
	char *layer;
	int result;

	if (ground_choose(r) < 0)
		return -1;
	layer = ground_layer(r->ground_id, r->source.tree);
	if (!layer)
		result = -1;
	else if (strcmp(r->id, r->ground_id) != 0)
		result = build_patched(r, layer);
	else if (file_exists(layer))
		result = build_on_layer(r, layer);
	else
		result = build_clean(r, layer);
	free(layer);
	return result;
}

int build_kernel(struct recipe *r)
{
	int lock = cache_lock("kernel", r->id, CACHE_EXCLUSIVE);
	int result = 0;

	if (lock < 0)
		return -1;
	if (!have_kernel(r->id))
		result = SOURCE_IS_READY(r->spec.kind) ? kernel_store_ready(r) : build_source(r);
	close(lock);
	return result;
}

/*
 * Bench modules.
 */

#define BENCH \
	"kab-bench" /* the folder in the view; relative, so that no path gets into the module */

/* The sources are a folder below, as a module must not have the name of one of its objects. */
static int write_makefile(const char *folder, const char *name, const struct strvec *files)
{
	struct strbuf text = STRBUF_INIT;
	char *path = xasprintf("%s/Kbuild", folder);
	int result;

	/*
	 * Debugging information, which distributions' kernels have, would hold the cache's path. The
	 * language is that of kernels since 5.18, also for those before.
	 */
	strbuf_addf(&text, "ccflags-y := -g0 -std=gnu11 -DKAB_LAP_BEGIN=%#x -DKAB_LAP_END=%#x\n",
		    LAP_BEGIN, LAP_END);
	strbuf_addf(&text, "obj-m := %s.o\n%s-y :=", name, name);
	for (size_t i = 0; i < files->count; i++) {
		const char *file = path_base(files->items[i]);
		size_t len = strlen(file);

		if (len > 2 && strcmp(file + len - 2, ".c") == 0)
			strbuf_addf(&text, " src/%.*s.o", (int)(len - 2), file);
	}
	strbuf_addch(&text, '\n');
	result = file_write_str(path, text.data);
	strbuf_release(&text);
	free(path);
	return result;
}

static int write_sources(const struct build *b, const char *name, const struct strvec *files)
{
	char *folder = xasprintf("%s/" BENCH, b->view.top);
	char *sources = xasprintf("%s/src", folder);
	int result = dir_make(sources);

	for (size_t i = 0; !result && i < files->count; i++) {
		char *to = xasprintf("%s/%s", sources, path_base(files->items[i]));

		result = file_copy(files->items[i], to);
		free(to);
	}
	if (!result)
		result = write_makefile(folder, name, files);
	free(sources);
	free(folder);
	return result;
}

static int copy_module(const struct build *b, const char *name, const char *to)
{
	char *from = xasprintf(BENCH "/%s.ko", name);
	char *path = overlay_find(&b->view, from);
	int result = path ? file_copy(path, to) : error("the build made no \"%s\"", from);

	free(path);
	free(from);
	return result;
}

/* On the layer, which is locked. */
static int build_module_on_layer(struct recipe *r, const char *layer, const char *name,
				 const struct strvec *files, const char *to, struct strbuf *skip)
{
	static const char *const prepare[] = { "modules_prepare", NULL };
	static const char *const targets[] = { "M=" BENCH, "modules", NULL };
	struct strvec touched = STRVEC_INIT;
	struct build b;
	int result = build_begin(&b, r, r->id, layer);

	if (!result)
		result = apply_changes(&b, &touched);
	if (!result)
		result = reconfigure(&b, &touched);
	if (!result)
		result = write_sources(&b, name, files);
	/* What is generated for modules may follow from what differs from the ground. */
	if (!result && ground_is_borrowed(r))
		result = kbuild_make(&b.make, prepare, 0);
	if (!result) {
		char *label = xasprintf("module %s for %s", name, b.label);

		verbose("building %s", label);
		free(b.label);
		b.label = label;
		b.make.label = label;
		b.make.skip = skip;
		result = kbuild_make(&b.make, targets, 0);
	}
	if (!result)
		result = copy_module(&b, name, to);
	build_end(&b);
	strvec_release(&touched);
	return result;
}

/* In a view of the headers, which stand for source and layer. */
static int build_module_in_headers(struct build *b, const struct headers *h, const char *name,
				   const struct strvec *files, const char *to)
{
	/* As seen from the folder that make changes to, so that no path gets into the module. */
	static const char modules[] = "M=../../../" BENCH;
	/* Type information takes pahole to make, and nothing reads it. */
	static const char no_types[] = "CONFIG_DEBUG_INFO_BTF_MODULES=";
	const char *const targets[] = { "-C",	  h->folder, modules,
					no_types, "modules", b->make.excuse ? "CC=gcc" : NULL,
					NULL };
	int result = cache_work_begin(&b->work);

	if (!result)
		result = overlay_open(&b->view, b->work.path, h->tree, NULL);
	if (!result)
		result = write_sources(b, name, files);
	if (!result)
		result = kbuild_make(&b->make, targets, 0);
	if (!result)
		result = copy_module(b, name, to);
	return result;
}

/*
 * For a distribution's kernel. The headers name the compiler; another may do as well, but not know an
 * option of a newer one.
 */
static int build_module_on_headers(struct recipe *r, const char *name, const struct strvec *files,
				   const char *to, struct strbuf *skip)
{
	struct build b = { .recipe = r, .id = r->id };
	struct headers h;
	char *excuse = NULL;
	int result = headers_open(&h, &r->package, skip);

	if (!result && !proc_available(h.compiler)) {
		note("the headers of %s are for \"%s\", which is not here: \"gcc\" is taken",
		     r->title, h.compiler);
		excuse = xasprintf(
			"its headers are for \"%s\", which is not here, and \"gcc\" cannot "
			"compile with them",
			h.compiler);
	}
	if (!result) {
		b.label = xasprintf("module %s for %s", name, r->title);
		b.log = cache_path("logs", "headers.log");
		b.make = (struct kbuild){ .tree = &b.view,
					  .label = b.label,
					  .log = b.log,
					  .skip = skip,
					  .excuse = excuse };
		result = b.log ? build_module_in_headers(&b, &h, name, files, to) : -1;
		build_end(&b);
	}
	headers_release(&h);
	free(excuse);
	return result;
}

int build_bench_module(struct recipe *r, const char *name, const struct strvec *files,
		       const char *to, struct strbuf *skip)
{
	char *layer;
	int lock = -1, result = -1;

	if (SOURCE_IS_READY(r->spec.kind))
		return build_module_on_headers(r, name, files, to, skip);
	if (ground_choose(r) < 0)
		return -1;
	layer = ground_layer(r->ground_id, r->source.tree);
	if (layer)
		lock = lock_layer(r, layer);
	if (lock >= 0) {
		result = build_module_on_layer(r, layer, name, files, to, skip);
		close(lock);
	}
	free(layer);
	return result;
}

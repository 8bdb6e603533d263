// SPDX-License-Identifier: GPL-2.0-or-later
#include "ground.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kbuild.h"
#include "kernel.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "lib/proc.h"
#include "lib/transcript.h"
#include "runner/source/cache.h"
#include "runner/source/gitname.h"
#include "runner/source/overlay.h"

#define CHANGED_MAX	 20000 /* files: a release changes fewer, but most objects */
#define TOUCHED_SHARE	 3     /* one object in so many may have to be compiled again */
#define TOOLS_TIMEOUT_MS (10 * 60 * 1000)
#define SAID_MAX	 2000

/* A kernel of the cache that the commit may be built on. */
struct neighbour {
	char *id; /* of the layer */
	char *source_id;
	int64_t objects;
	bool same_config;
	struct git_changes changes;
};

static void neighbour_release(struct neighbour *n)
{
	free(n->id);
	free(n->source_id);
	git_changes_release(&n->changes);
	*n = (struct neighbour){ 0 };
}

char *ground_layer(const char *id, const char *tree)
{
	char *root = cache_path("layers", id);
	char *dir = root ? xstrndup(root, (size_t)(strrchr(root, '/') - root)) : NULL;
	char *path = NULL;

	if (dir && !dir_make(dir))
		path = xasprintf("%s-%s", root, overlay_kind(dir, tree));
	free(dir);
	free(root);
	return path;
}

/* git's name of an unpacked source as a tree, found out once. NULL with an error printed. */
static char *tree_name(const char *dir, const char *title, const char *format)
{
	char *topic = xasprintf("git tree, %s", format);
	struct strbuf text = STRBUF_INIT;

	if (!cache_note_get(topic, dir, &text)) {
		char *name;

		note("reading %s, to find it in git repositories", title);
		name = git_tree_of(dir, format);
		if (name) {
			cache_note_set(topic, dir, name);
			strbuf_adds(&text, name);
		}
		free(name);
	}
	free(topic);
	if (text.len)
		return strbuf_detach(&text);
	strbuf_release(&text);
	return NULL;
}

/* The note on a kernel's configuration that these fragments make the same. */
static char *config_topic(const struct recipe *r)
{
	return xasprintf("configuration %s", r->config.id);
}

static bool known_same(const struct recipe *r, const char *config)
{
	struct strbuf text = STRBUF_INIT;
	char *topic = config_topic(r);
	bool same = cache_note_get(topic, config, &text);

	free(topic);
	strbuf_release(&text);
	return same;
}

void ground_configured(const struct recipe *r, const char *config)
{
	struct strbuf text = STRBUF_INIT;
	char *dir = cache_path("kernels", r->ground_id);
	char *path = dir ? xasprintf("%s/config", dir) : NULL;
	char *topic = config_topic(r);

	if (path && !file_read_optional(path, &text) && !strcmp(text.data, config))
		cache_note_set(topic, path, "same");
	free(topic);
	free(path);
	free(dir);
	strbuf_release(&text);
}

/* Whether the configuration of a cached kernel has what the recipe's fragments want. */
static bool config_fits(const struct recipe *r, const struct kernel *k, bool *same)
{
	struct strbuf text = STRBUF_INIT;
	char *path = xasprintf("%s/config", k->dir);
	bool fits = !file_read_optional(path, &text) && kconfig_honoured(&r->config, text.data);

	*same = fits && known_same(r, path);

	free(path);
	strbuf_release(&text);
	return fits;
}

/* Fills in the changes. 0; 1 when the repository does not know the source; -1 with an error. */
static int compare(const struct recipe *r, const struct kernel *k, struct neighbour *n)
{
	char *dir = cache_path("sources", k->source_id);
	char *layer = dir && file_exists(dir) ? ground_layer(k->id, dir) : NULL;
	char *tree = NULL;
	int result = 1;

	if (layer && file_exists(layer)) {
		tree = tree_name(dir, k->source, r->source.git.format);
		result =
			tree ? git_diff(&r->source.git, tree, r->source.git_tree, &n->changes) : -1;
	}
	free(tree);
	free(layer);
	free(dir);
	return result;
}

/* Whether this kernel of the cache can be a neighbour. 0, 1 when not, -1 with an error printed. */
static int consider(const struct recipe *r, const struct kernel *k, struct neighbour *n)
{
	char *base;
	int result;

	*n = (struct neighbour){ 0 };
	/* Only what was built from nothing has a layer. */
	if (strcmp(k->id, k->base_id) != 0 || strcmp(k->compiler, r->compiler) != 0 ||
	    strcmp(k->linker, r->linker) != 0)
		return 1;
	base = recipe_base_of(r, k->source_id);
	n->same_config = !strcmp(base, k->id);
	free(base);
	if (!n->same_config && !config_fits(r, k, &n->same_config))
		return 1;
	result = compare(r, k, n);
	if (!result && n->changes.count > CHANGED_MAX)
		result = 1;
	n->id = xstrdup(k->id);
	n->source_id = xstrdup(k->source_id);
	n->objects = k->objects;
	if (result)
		neighbour_release(n);
	return result;
}

static bool is_nearer(const struct neighbour *a, const struct neighbour *b)
{
	if (!b->id || a->changes.count != b->changes.count)
		return !b->id || a->changes.count < b->changes.count;
	return a->same_config && !b->same_config;
}

/* The nearest in best, which stays empty when there is none. 0, or -1 with an error printed. */
static int find_nearest(const struct recipe *r, struct neighbour *best)
{
	struct strvec ids = STRVEC_INIT;
	char *dir = path_cache("kernels");
	int result = dir ? dir_list(dir, &ids) : -1;

	for (size_t i = 0; !result && i < ids.count; i++) {
		struct neighbour n;
		struct kernel k;
		int state = kernel_load(&k, ids.items[i]);

		if (state)
			continue;
		state = consider(r, &k, &n);
		kernel_release(&k);
		if (state < 0)
			result = -1;
		if (!state && is_nearer(&n, best)) {
			neighbour_release(best);
			*best = n;
		} else if (!state) {
			neighbour_release(&n);
		}
	}
	strvec_release(&ids);
	free(dir);
	return result;
}

static void list_paths(const struct git_changes *changes, struct strvec *files)
{
	for (size_t i = 0; i < changes->count; i++)
		strvec_push(files, changes->items[i].path);
}

/* Whether building on it is cheaper than from nothing. 1, 0, or -1 with an error printed. */
static int is_cheap(const struct neighbour *n, const char *layer)
{
	struct strvec files = STRVEC_INIT;
	int64_t touched;

	list_paths(&n->changes, &files);
	touched = kbuild_count_touched(layer, &files);
	strvec_release(&files);
	if (touched >= 0)
		verbose("%zu files differ from the nearest built kernel, and %jd of its %jd objects "
			"follow from them",
			n->changes.count, (intmax_t)touched, (intmax_t)n->objects);
	return touched < 0 ? -1 : touched * TOUCHED_SHARE <= n->objects;
}

/*
 * Locks the neighbour's layer and source, and takes them. 0; 1 when they are gone or too far away;
 * -1 with an error printed.
 */
static int settle(struct recipe *r, struct neighbour *n)
{
	int lock = cache_lock("kernel", n->id, CACHE_SHARED);
	char *layer = NULL;
	int result = lock < 0 ? -1 : source_borrow(&r->source, n->source_id);

	if (!result) {
		layer = ground_layer(n->id, r->source.tree);
		result = !layer ? -1 : !file_exists(layer);
	}
	if (!result) {
		int cheap = is_cheap(n, layer);

		result = cheap < 0 ? -1 : !cheap;
	}
	free(layer);
	if (!result) {
		r->ground_lock = lock;
		r->ground_id = xstrdup(n->id);
		r->ground_source = xstrdup(n->source_id);
		r->changes = n->changes;
		n->changes = (struct git_changes){ 0 };
		r->configure = !n->same_config;
		return 0;
	}
	if (lock >= 0)
		close(lock);
	source_return(&r->source);
	return result;
}

static int choose_neighbour(struct recipe *r)
{
	struct neighbour n = { 0 };
	int result = find_nearest(r, &n);

	if (!result)
		result = n.id ? settle(r, &n) : 1;
	neighbour_release(&n);
	return result;
}

/* Its own source is the ground. What is taken out of a repository is known there by its tree. */
static int choose_own(struct recipe *r)
{
	char *topic;

	if (source_open(&r->source) < 0)
		return -1;
	r->ground_id = xstrdup(r->base_id);
	r->ground_source = xstrdup(r->source.id);
	if (r->source.git_tree) {
		topic = xasprintf("git tree, %s", r->source.git.format);
		cache_note_set(topic, r->source.tree, r->source.git_tree);
		free(topic);
	}
	return 0;
}

int ground_choose(struct recipe *r)
{
	int result = 1;

	if (r->ground_id)
		return 0;
	if (r->source.kind == SOURCE_GIT)
		result = choose_neighbour(r);
	return result == 1 ? choose_own(r) : result;
}

bool ground_is_borrowed(const struct recipe *r)
{
	return strcmp(r->ground_id, r->base_id) != 0;
}

/*
 * Levelling.
 */

/* Runs a program in the view or, without one, in a folder; its failure is an error. */
static int run_tool(struct overlay *view, const char *dir, const struct strvec *argv, int in)
{
	struct proc p = { .argv = argv->items, .dir = dir, .in = in, .out = PROC_NULL };
	struct strbuf said = STRBUF_INIT;
	int result = -1;

	p.err = transcript_open("", 0);
	if (view)
		overlay_enter(view, &p);
	if (p.err >= 0)
		result = proc_run(&p, TOOLS_TIMEOUT_MS);
	transcript_close(p.err, &said, SAID_MAX);
	if (result < 0 && p.pid > 0 && !interrupted())
		error("the changed files cannot be written: %s", said.data);
	strbuf_release(&said);
	return result;
}

/*
 * All changed paths go: what comes in place of a file may be a folder, and the other way round.
 */
static int remove_changed(const struct git_changes *changes, struct overlay *view)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf list = STRBUF_INIT;
	int result = -1;
	int in;

	for (size_t i = 0; i < changes->count; i++)
		strbuf_add(&list, changes->items[i].path, strlen(changes->items[i].path) + 1);
	strvec_pushl(&argv, "xargs", "-0", "-r", "rm", "-rf", "--", NULL);
	in = transcript_open(list.data, list.len);
	if (in >= 0) {
		result = run_tool(view, NULL, &argv, in);
		close(in);
	}
	strbuf_release(&list);
	strvec_release(&argv);
	return result;
}

/* Packs the files outside of the view, where their folder can be seen, and unpacks them inside. */
static int copy_changed(struct overlay *view, const char *folder, const char *archive)
{
	struct strvec pack = STRVEC_INIT, unpack = STRVEC_INIT;
	int in, result;

	strvec_pushl(&pack, "tar", "-c", "-f", archive, ".", NULL);
	/* The times are now: later than those of all objects. */
	strvec_pushl(&unpack, "tar", "-x", "-m", "--no-same-owner", "--no-overwrite-dir", "-f", "-",
		     NULL);
	result = run_tool(NULL, folder, &pack, PROC_NULL);
	in = result ? -1 : open(archive, O_RDONLY | O_CLOEXEC);
	if (!result && in < 0)
		result = error("cannot open \"%s\":", archive);
	if (!result)
		result = run_tool(view, NULL, &unpack, in);
	if (in >= 0)
		close(in);
	strvec_release(&pack);
	strvec_release(&unpack);
	return result;
}

int ground_level(const struct recipe *r, struct overlay *view, const char *scratch,
		 struct strvec *files)
{
	char *folder = xasprintf("%s/changed", scratch);
	char *archive = xasprintf("%s/changed.tar", scratch);
	int result = 0;

	if (r->changes.count) {
		result = dir_make(folder);
		if (!result)
			result = git_write(&r->source.git, &r->changes, r->source.git_name, folder);
		if (!result)
			result = remove_changed(&r->changes, view);
		if (!result)
			result = copy_changed(view, folder, archive);
		list_paths(&r->changes, files);
	}
	dir_remove(folder);
	unlink(archive);
	free(archive);
	free(folder);
	return result;
}

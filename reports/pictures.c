// SPDX-License-Identifier: GPL-2.0-or-later
#include "pictures.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"

static char *in_dir(const char *dir, const char *stem, const char *suffix)
{
	return xasprintf("%s%s%s%s", dir, *dir ? "/" : "", stem, suffix);
}

static char *key_of(const char *dir, const char *stem)
{
	return xasprintf("picture %s/%s", dir, stem);
}

static void list_files(const char *dir, const char *stem, struct strvec *out)
{
	for (size_t i = 0; i < GNUPLOT_FORMATS; i++) {
		char *name = in_dir(dir, stem, gnuplot_suffixes[i]);

		strvec_push(out, name);
		free(name);
	}
}

/* Those of g whose script has changed. */
static void select_changed(const struct gnuplot *g, struct folder *f, const char *dir,
			   struct gnuplot *out)
{
	for (size_t i = 0; i < g->stems.count; i++) {
		char *key = key_of(dir, g->stems.items[i]);
		struct hash_hex hash;

		hash_buffer(g->scripts.items[i], strlen(g->scripts.items[i]), &hash);
		if (!folder_fresh(f, key, &hash)) {
			strvec_push(&out->stems, g->stems.items[i]);
			strvec_push(&out->scripts, g->scripts.items[i]);
		}
		free(key);
	}
}

static void remember(const struct gnuplot *drawn, struct folder *f, const char *dir)
{
	for (size_t i = 0; i < drawn->stems.count; i++) {
		char *key = key_of(dir, drawn->stems.items[i]);
		struct strvec files = STRVEC_INIT;
		struct hash_hex hash;

		hash_buffer(drawn->scripts.items[i], strlen(drawn->scripts.items[i]), &hash);
		list_files(dir, drawn->stems.items[i], &files);
		folder_picture(f, key, &hash, &files);
		strvec_release(&files);
		free(key);
	}
}

int pictures_draw(const struct gnuplot *g, struct folder *f, const char *dir)
{
	char *inside = in_dir(dir, "x", ""), *path = folder_path(f, inside);
	struct gnuplot changed;
	int ret = path ? 0 : -1;

	gnuplot_init(&changed);

	if (ret == 0) {
		*strrchr(path, '/') = '\0';
		select_changed(g, f, dir, &changed);
		ret = gnuplot_run(&changed, path);
	}
	if (ret == 0)
		remember(&changed, f, dir);
	gnuplot_release(&changed);
	free(path);
	free(inside);
	return ret;
}

void pictures_keep(struct folder *f, const char *dir, const struct plots *plots)
{
	for (size_t i = 0; i < plots->count; i++) {
		struct strvec files = STRVEC_INIT;

		list_files(dir, plots->items[i].stem, &files);
		for (size_t k = 0; k < files.count; k++)
			folder_keep(f, files.items[k]);
		strvec_release(&files);
	}
}

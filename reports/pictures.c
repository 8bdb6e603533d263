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

int pictures_start(struct pictures *p, const struct gnuplot *g, struct folder *f, const char *dir)
{
	char *inside = in_dir(dir, "x", ""), *path = folder_path(f, inside);
	int ret = path ? 0 : -1;

	*p = (struct pictures){ .dir = xstrdup(dir) };
	gnuplot_init(&p->changed);
	if (ret == 0) {
		*strrchr(path, '/') = '\0';
		select_changed(g, f, dir, &p->changed);
		ret = gnuplot_start(&p->drawing, &p->changed, path);
	} else {
		p->drawing.ret = -1;
	}
	free(path);
	free(inside);
	return ret;
}

int pictures_finish(struct pictures *p, struct folder *f)
{
	int ret = gnuplot_finish(&p->drawing);

	if (ret == 0)
		remember(&p->changed, f, p->dir);
	gnuplot_release(&p->changed);
	free(p->dir);
	return ret;
}

int pictures_draw(const struct gnuplot *g, struct folder *f, const char *dir)
{
	struct pictures p;
	int started = pictures_start(&p, g, f, dir), ended = pictures_finish(&p, f);

	return started < 0 ? -1 : ended;
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

// SPDX-License-Identifier: GPL-2.0-or-later
#include "gnuplot.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/proc.h"

#define TIMEOUT_MS (120 * 1000)
#define STEM_MAX   200
#define FONT	   "DejaVu Sans"

struct palette {
	const char *fg, *muted;
	const char *sides[6]; /* after Okabe and Ito: told apart by every kind of sight */
};

struct theme {
	const char *terminal; /* but for the size */
	double scale;	      /* of the size */
	bool titled;
	const char *medium, *small; /* fonts */
	const struct palette *palette;
};

static const struct palette light = {
	.fg = "#1d2430",
	.muted = "#c9ced6",
	.sides = { "#0072b2", "#d97706", "#009e73", "#b0568e", "#56708f", "#8a6d00" },
};

static const struct palette dark = {
	.fg = "#dfe3ea",
	.muted = "#454c57",
	.sides = { "#56b4e9", "#f0a030", "#2cc79a", "#e29ac6", "#a9b8c9", "#e6d34a" },
};

const char *const gnuplot_suffixes[GNUPLOT_FORMATS] = { ".svg", "-dark.svg", ".png" };

/* In the order of the suffixes. */
static const struct theme themes[GNUPLOT_FORMATS] = {
	{ "svg fixed noenhanced font '" FONT ",15'", 1, false, "',13'", "',12'", &light },
	{ "svg fixed noenhanced font '" FONT ",15'", 1, false, "',13'", "',12'", &dark },
	{ "pngcairo noenhanced font '" FONT ",10' fontscale 1.5 linewidth 1.5 pointscale 1.5", 1.5,
	  true, "',9'", "',8'", &light },
};

void gnuplot_init(struct gnuplot *g)
{
	const struct gnuplot empty = GNUPLOT_INIT;

	*g = empty;
}

void gnuplot_release(struct gnuplot *g)
{
	strbuf_release(&g->data);
	strvec_release(&g->stems);
	strvec_release(&g->scripts);
}

void gnuplot_string(struct strbuf *out, const char *s)
{
	/* Between single quotes gnuplot knows no escape and no substitution but '' for '. */
	strbuf_addch(out, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			strbuf_adds(out, "''");
		else
			strbuf_addch(out, iscntrl((unsigned char)*s) ? ' ' : *s);
	}
	strbuf_addch(out, '\'');
}

/* Names may be as long as a guest likes; file names may not. */
static void shorten(struct strbuf *stem)
{
	struct hash_hex hash;

	if (stem->len <= STEM_MAX)
		return;
	hash_buffer(stem->data, stem->len, &hash);
	stem->len = STEM_MAX - 17;
	strbuf_addf(stem, "-%.16s", hash.s);
}

char *gnuplot_stem(const char *workload, const char *rest)
{
	struct strbuf stem = STRBUF_INIT;
	const char *parts[] = { workload, rest };

	for (size_t i = 0; i < 2 && parts[i]; i++) {
		if (i)
			strbuf_addch(&stem, '-');
		for (const char *p = parts[i]; *p; p++) {
			bool plain = isalnum((unsigned char)*p) || *p == '_' ||
				     (stem.len && (*p == '.' || *p == '-'));

			if (plain)
				strbuf_addch(&stem, *p);
			else
				strbuf_addf(&stem, "_%02x", (unsigned char)*p);
		}
	}
	shorten(&stem);
	return strbuf_detach(&stem);
}

void gnuplot_data(struct gnuplot *g, const char *name, const struct strbuf *lines)
{
	strbuf_addf(&g->data, "$%s << END\n%sEND\n", name, lines->data);
}

static void add_theme(struct strbuf *s, const struct theme *t, const char *suffix,
		      const struct picture *p)
{
	strbuf_addf(s, "reset\nset encoding utf8\nset terminal %s size %d,%d\nset output ",
		    t->terminal, (int)(GNUPLOT_WIDTH * t->scale),
		    (int)((p->height + (t->titled ? 28 : 0)) * t->scale));
	gnuplot_string(s, p->stem);
	strbuf_addf(s, ".'%s'\nfg = '%s'; muted = '%s'\nmedium = %s; small = %s\n", suffix,
		    t->palette->fg, t->palette->muted, t->medium, t->small);
	for (size_t i = 0; i < sizeof(t->palette->sides) / sizeof(t->palette->sides[0]); i++)
		strbuf_addf(s, "c%zu = '%s'\n", i + 1, t->palette->sides[i]);
	strbuf_addf(
		s,
		"set border 3 lc rgb muted\n"
		"set tics nomirror out scale 0.5 textcolor rgb fg\n"
		"set grid lt 1 lw 0.6 lc rgb muted\n"
		"set key textcolor rgb fg\n"
		"set xlabel textcolor rgb fg font medium\nset ylabel textcolor rgb fg font medium\n"
		"top = %g\n",
		t->titled ? 1 - 28.0 / (p->height + 28) : 1.0);
	if (t->titled) {
		strbuf_adds(s, "set label 99 ");
		gnuplot_string(s, p->title);
		strbuf_adds(s, " at screen 0.02,0.95 left textcolor rgb fg\n");
	}
}

void gnuplot_picture(struct gnuplot *g, const struct picture *p)
{
	for (size_t i = 0; i < GNUPLOT_FORMATS; i++) {
		add_theme(&g->data, &themes[i], gnuplot_suffixes[i], p);
		strbuf_add(&g->data, p->commands->data, p->commands->len);
		strbuf_adds(&g->data, "unset output\n");
	}
	strvec_push(&g->stems, p->stem);
	strvec_push(&g->scripts, g->data.data);
	strbuf_reset(&g->data);
}

/* --- drawing ----------------------------------------------------------------------------------- */

/* One process with its share of the pictures, in a folder of its own. */
struct drawer {
	char *dir;
	struct proc proc;
	bool started;
};

/* What gnuplot had to say, for a message. */
static void describe_failure(const struct drawer *d)
{
	struct strbuf how = STRBUF_INIT, said = STRBUF_INIT;
	char *log_path = xasprintf("%s/plots.log", d->dir);

	proc_describe(&d->proc, &how);
	if (file_read_optional(log_path, &said) == 0)
		strbuf_rtrim(&said);
	warning("gnuplot failed (%s), the report is without plots: %s", how.data, said.data);
	strbuf_release(&how);
	strbuf_release(&said);
	free(log_path);
}

static int write_script(const struct drawer *d, const struct gnuplot *g, size_t first, size_t step)
{
	char *path = xasprintf("%s/plots.gp", d->dir);
	FILE *file = fopen(path, "we");
	int ret = file ? 0 : error("cannot create \"%s\":", path);

	for (size_t i = first; file && i < g->scripts.count; i += step)
		fputs(g->scripts.items[i], file);
	if (file && (ferror(file) || fclose(file) != 0))
		ret = error("cannot write \"%s\":", path);
	free(path);
	return ret;
}

static int start(struct drawer *d, const struct gnuplot *g, size_t first, size_t step)
{
	/* -d: no start-up file of the user has a say. */
	static const char *const argv[] = { "gnuplot", "-d", "plots.gp", NULL };
	static const char *const env[] = { "LC_ALL=C.UTF-8", NULL };
	char *log_path = xasprintf("%s/plots.log", d->dir);
	int fd = -1, ret = dir_make(d->dir);

	if (ret == 0)
		ret = write_script(d, g, first, step);
	if (ret == 0) {
		fd = open(log_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd < 0)
			ret = error("cannot create \"%s\":", log_path);
	}
	if (ret == 0) {
		d->proc = (struct proc){ .argv = (char *const *)argv,
					 .dir = d->dir,
					 .env = (char *const *)env,
					 .out = fd,
					 .err = PROC_STDOUT };
		ret = proc_start(&d->proc);
		d->started = ret == 0;
	}
	if (fd >= 0)
		close(fd);
	free(log_path);
	return ret;
}

/* 0; 1 when it failed, after a warning; -1 when kab is to end. */
static int finish(struct drawer *d)
{
	int ended = proc_wait(&d->proc, TIMEOUT_MS);

	if (ended != 0)
		proc_stop(&d->proc, 0);
	if (interrupted())
		return -1;
	if (ended == 0 && proc_ok(&d->proc))
		return 0;
	describe_failure(d);
	return 1;
}

static int take_over(const char *from, const char *to, const char *stem)
{
	int ret = 0;

	for (size_t i = 0; i < GNUPLOT_FORMATS && ret == 0; i++) {
		char *old = xasprintf("%s/%s%s", from, stem, gnuplot_suffixes[i]);
		char *new = xasprintf("%s/%s%s", to, stem, gnuplot_suffixes[i]);

		if (rename(old, new) < 0)
			ret = error("cannot rename \"%s\" to \"%s\":", old, new);
		free(old);
		free(new);
	}
	return ret;
}

/* All of them run until the last one has ended. */
static int draw(const struct gnuplot *g, const char *work, const char *dir, size_t count)
{
	struct drawer *drawers = xcalloc(count, sizeof(*drawers));
	int ret = 0;

	for (size_t i = 0; i < count && ret == 0; i++) {
		drawers[i].dir = xasprintf("%s/%zu", work, i);
		ret = start(&drawers[i], g, i, count);
	}
	for (size_t i = 0; i < count; i++) {
		int ended = drawers[i].started ? finish(&drawers[i]) : 0;

		if (ret == 0)
			ret = ended;
	}
	for (size_t k = 0; k < count; k++)
		for (size_t i = k; i < g->stems.count && ret == 0; i += count)
			ret = take_over(drawers[k].dir, dir, g->stems.items[i]);
	for (size_t i = 0; i < count; i++)
		free(drawers[i].dir);
	free(drawers);
	return ret;
}

/* A process for each CPU that this one may use; few pictures are not worth a second one. */
static size_t count_drawers(const struct gnuplot *g)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t count = cpus > 1 ? (size_t)cpus : 1, most = g->stems.count / 2 + 1;

	return count < most ? count : most;
}

int gnuplot_run(const struct gnuplot *g, const char *dir)
{
	char *work;
	int ret;

	if (!g->stems.count)
		return 0;
	if (!proc_available("gnuplot")) {
		warning("gnuplot is not installed: the report is without plots");
		return 1;
	}
	work = xasprintf("%s/.plots-XXXXXX", dir);
	if (!mkdtemp(work)) {
		ret = error("cannot create a folder in \"%s\":", dir);
	} else {
		ret = draw(g, work, dir, count_drawers(g));
		if (dir_remove(work) < 0)
			ret = -1;
	}
	free(work);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "gnuplot.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdint.h>
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

#define SIDES 6

/* No colour is there twice, so that one palette can take the place of the other in a drawing. */
struct palette {
	uint32_t fg, muted;
	uint32_t sides[SIDES]; /* after Okabe and Ito: told apart by every kind of sight */
};

struct theme {
	const char *terminal; /* but for the size */
	double scale;	      /* of the size */
	bool titled;
	const char *medium, *small; /* fonts */
	const char *suffix;
};

static const struct palette light = {
	.fg = 0x1d2430,
	.muted = 0xc9ced6,
	.sides = { 0x0072b2, 0xd97706, 0x009e73, 0xb0568e, 0x56708f, 0x8a6d00 },
};

static const struct palette dark = {
	.fg = 0xdfe3ea,
	.muted = 0x454c57,
	.sides = { 0x56b4e9, 0xf0a030, 0x2cc79a, 0xe29ac6, 0xa9b8c9, 0xe6d34a },
};

enum { SVG, DARK, PNG };

const char *const gnuplot_suffixes[GNUPLOT_FORMATS] = {
	[SVG] = ".svg", [DARK] = "-dark.svg", [PNG] = ".png"
};

/* What gnuplot draws. The dark drawing is the light one in other colours. */
static const struct theme themes[] = {
	{ "svg fixed noenhanced font '" FONT ",15'", 1, false, "',13'", "',12'", ".svg" },
	{ "pngcairo noenhanced font '" FONT ",10' fontscale 1.5 linewidth 1.5 pointscale 1.5", 1.5,
	  true, "',9'", "',8'", ".png" },
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

static void add_theme(struct strbuf *s, const struct theme *t, const struct picture *p)
{
	strbuf_addf(s, "reset\nset encoding utf8\nset terminal %s size %d,%d\nset output ",
		    t->terminal, (int)(GNUPLOT_WIDTH * t->scale),
		    (int)((p->height + (t->titled ? 28 : 0)) * t->scale));
	gnuplot_string(s, p->stem);
	strbuf_addf(s, ".'%s'\nfg = '#%06x'; muted = '#%06x'\nmedium = %s; small = %s\n", t->suffix,
		    light.fg, light.muted, t->medium, t->small);
	for (size_t i = 0; i < SIDES; i++)
		strbuf_addf(s, "c%zu = '#%06x'\n", i + 1, light.sides[i]);
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
	for (size_t i = 0; i < sizeof(themes) / sizeof(themes[0]); i++) {
		add_theme(&g->data, &themes[i], p);
		strbuf_add(&g->data, p->commands->data, p->commands->len);
		strbuf_adds(&g->data, "unset output\n");
	}
	strvec_push(&g->stems, p->stem);
	strvec_push(&g->scripts, g->data.data);
	strbuf_reset(&g->data);
}

/* --- drawing ----------------------------------------------------------------------------------- */

/* One process with its share of the pictures, in a folder of its own. */
struct gnuplot_drawer {
	char *dir;
	struct proc proc;
	bool started;
};

/* What gnuplot had to say, for a message. */
static void describe_failure(const struct gnuplot_drawer *d)
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

static int write_script(const struct gnuplot_drawer *d, const struct gnuplot *g, size_t first,
			size_t step)
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

static int start(struct gnuplot_drawer *d, const struct gnuplot *g, size_t first, size_t step)
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
static int finish(struct gnuplot_drawer *d)
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

/* The dark colour in the place of a light one; others stay. */
static uint32_t darken(uint32_t colour)
{
	if (colour == light.fg)
		return dark.fg;
	if (colour == light.muted)
		return dark.muted;
	for (size_t i = 0; i < SIDES; i++)
		if (colour == light.sides[i])
			return dark.sides[i];
	return colour;
}

/* The colour of "rgb(1, 2, 3)", also with more blanks or none, and what is behind it; or NULL. */
static const char *parse_colour(const char *at, uint32_t *colour)
{
	static const char ends[] = { ',', ',', ')' };

	*colour = 0;
	at += strlen("rgb(");
	for (size_t i = 0; i < sizeof(ends); i++) {
		char *end;
		unsigned long part = strtoul(at, &end, 10);

		if (end == at || *end != ends[i] || part > 255)
			return NULL;
		*colour = *colour << 8 | (uint32_t)part;
		at = end + 1;
	}
	return at;
}

static void recolour(const char *svg, struct strbuf *out)
{
	const char *at, *end;
	uint32_t colour;

	for (; (at = strstr(svg, "rgb(")) != NULL; svg = end) {
		strbuf_add(out, svg, (size_t)(at - svg));
		end = parse_colour(at, &colour);
		if (end) {
			colour = darken(colour);
			strbuf_addf(out, "rgb(%u,%u,%u)", colour >> 16, colour >> 8 & 0xff,
				    colour & 0xff);
		} else {
			end = at + 1;
			strbuf_add(out, at, 1);
		}
	}
	strbuf_adds(out, svg);
}

/* As a picture that is drawn is: not synced to the disk. */
static int write_plain(const char *path, const struct strbuf *text)
{
	FILE *file = fopen(path, "we");
	bool ok = file && fwrite(text->data, 1, text->len, file) == text->len;

	if (file && fclose(file) != 0)
		ok = false;
	return ok ? 0 : error("cannot write \"%s\":", path);
}

static int make_dark(const char *dir, const char *stem)
{
	char *from = xasprintf("%s/%s%s", dir, stem, gnuplot_suffixes[SVG]);
	char *to = xasprintf("%s/%s%s", dir, stem, gnuplot_suffixes[DARK]);
	struct strbuf svg = STRBUF_INIT, out = STRBUF_INIT;
	int ret = file_read(from, &svg);

	if (ret == 0) {
		recolour(svg.data, &out);
		ret = write_plain(to, &out);
	}
	strbuf_release(&svg);
	strbuf_release(&out);
	free(from);
	free(to);
	return ret;
}

static int take_over(const char *from, const char *to, const char *stem)
{
	int ret = make_dark(from, stem);

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

/* A process for each CPU that this one may use; few pictures are not worth a second one. */
static size_t count_drawers(const struct gnuplot *g)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t count = cpus > 1 ? (size_t)cpus : 1, most = g->stems.count / 2 + 1;

	return count < most ? count : most;
}

int gnuplot_start(struct drawing *d, const struct gnuplot *g, const char *dir)
{
	int ret = 0;

	*d = (struct drawing){ .gnuplot = g, .dir = xstrdup(dir) };
	if (!g->stems.count)
		return 0;
	if (!proc_available("gnuplot")) {
		warning("gnuplot is not installed: the report is without plots");
		d->ret = 1;
		return 0;
	}
	d->work = xasprintf("%s/.plots-XXXXXX", dir);
	if (!mkdtemp(d->work)) {
		free(d->work);
		d->work = NULL;
		return error("cannot create a folder in \"%s\":", dir);
	}
	d->count = count_drawers(g);
	d->drawers = xcalloc(d->count, sizeof(*d->drawers));
	for (size_t i = 0; i < d->count && ret == 0; i++) {
		d->drawers[i].dir = xasprintf("%s/%zu", d->work, i);
		ret = start(&d->drawers[i], g, i, d->count);
	}
	d->ret = ret;
	return ret;
}

int gnuplot_finish(struct drawing *d)
{
	const struct gnuplot *g = d->gnuplot;
	int ret = d->ret;

	for (size_t i = 0; i < d->count; i++) {
		int ended = d->drawers[i].started ? finish(&d->drawers[i]) : 0;

		if (ret == 0)
			ret = ended;
	}
	for (size_t k = 0; k < d->count; k++)
		for (size_t i = k; i < g->stems.count && ret == 0; i += d->count)
			ret = take_over(d->drawers[k].dir, d->dir, g->stems.items[i]);
	if (d->work && dir_remove(d->work) < 0)
		ret = -1;
	for (size_t i = 0; i < d->count; i++)
		free(d->drawers[i].dir);
	free(d->drawers);
	free(d->work);
	free(d->dir);
	*d = (struct drawing){ 0 };
	return ret;
}

int gnuplot_run(const struct gnuplot *g, const char *dir)
{
	struct drawing d;
	int started = gnuplot_start(&d, g, dir), ended = gnuplot_finish(&d);

	return started < 0 ? -1 : ended;
}

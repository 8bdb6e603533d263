// SPDX-License-Identifier: GPL-2.0-or-later
#include "gnuplot.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/proc.h"

#define TIMEOUT_MS (120 * 1000)
#define FONT	   "DejaVu Sans"

struct palette {
	const char *fg, *muted;
	const char *sides[6]; /* after Okabe and Ito: told apart by every kind of sight */
};

struct theme {
	const char *terminal; /* but for the size */
	int scale;	      /* of the size */
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
	{ "pngcairo noenhanced font '" FONT ",10' fontscale 2 linewidth 2 pointscale 2", 2, true,
	  "',9'", "',8'", &light },
};

void gnuplot_release(struct gnuplot *g)
{
	strbuf_release(&g->script);
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

char *gnuplot_stem(const char *workload, const char *rest)
{
	struct strbuf stem = STRBUF_INIT;
	const char *parts[] = { workload, rest };

	for (size_t i = 0; i < 2; i++) {
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
	return strbuf_detach(&stem);
}

void gnuplot_data(struct gnuplot *g, const char *name, const struct strbuf *lines)
{
	strbuf_addf(&g->script, "$%s << END\n%sEND\n", name, lines->data);
}

static void add_theme(struct strbuf *s, const struct theme *t, const char *suffix,
		      const struct picture *p)
{
	strbuf_addf(s, "reset\nset encoding utf8\nset terminal %s size %d,%d\nset output ",
		    t->terminal, GNUPLOT_WIDTH * t->scale,
		    (p->height + (t->titled ? 28 : 0)) * t->scale);
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
		add_theme(&g->script, &themes[i], gnuplot_suffixes[i], p);
		strbuf_add(&g->script, p->commands->data, p->commands->len);
		strbuf_adds(&g->script, "unset output\n");
	}
}

/* What gnuplot had to say, for a message. */
static void describe_failure(const struct proc *p, const char *log_path)
{
	struct strbuf how = STRBUF_INIT, said = STRBUF_INIT;

	proc_describe(p, &how);
	if (file_read_optional(log_path, &said) == 0)
		strbuf_rtrim(&said);
	warning("gnuplot failed (%s), the report is without plots: %s", how.data, said.data);
	strbuf_release(&how);
	strbuf_release(&said);
}

int gnuplot_run(const struct gnuplot *g, const char *dir)
{
	/* -d: no start-up file of the user has a say. */
	char *const argv[] = { (char *)"gnuplot", (char *)"-d", (char *)"plots.gp", NULL };
	char *const env[] = { (char *)"LC_ALL=C.UTF-8", NULL };
	char *script = xasprintf("%s/plots.gp", dir);
	char *log_path = xasprintf("%s/plots.log", dir);
	struct proc p = { .argv = argv, .dir = dir, .env = env, .out = -1, .err = PROC_STDOUT };
	int ret = -1;

	if (!proc_available("gnuplot")) {
		warning("gnuplot is not installed: the report is without plots");
		ret = 1;
		goto out;
	}
	if (file_write(script, g->script.data, g->script.len) < 0)
		goto out;
	p.out = open(log_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (p.out < 0) {
		error("cannot create \"%s\":", log_path);
		goto out;
	}
	if (proc_run(&p, TIMEOUT_MS) == 0) {
		ret = 0;
	} else if (!interrupted()) {
		describe_failure(&p, log_path);
		ret = 1;
	}
out:
	if (p.out >= 0)
		close(p.out);
	free(script);
	free(log_path);
	return ret;
}

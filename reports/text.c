// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table for a terminal (80 columns) and for a cover letter (72): ASCII, aligned over all
 * workloads. Only what is proven has a colour, and only on a terminal.
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "growth.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/strbuf.h"
#include "units.h"

#define TERMINAL_WIDTH 80
#define MAIL_WIDTH     72

/* Where it goes. */
struct paper {
	FILE *out;
	size_t width;
	bool colour;
};

enum column { METRIC, BETTER, BASE, NEW, DELTA, INTERVAL, VERDICT, COLUMNS };

struct row {
	const struct comparison *comparison; /* NULL for the heading */
	char *cells[COLUMNS];
};

struct table {
	struct row *rows; /* the first is the heading */
	size_t count;
	size_t width[COLUMNS];
	bool narrow;	   /* one blank between columns where there could be two */
	size_t page_width; /* of all columns */
};

static const struct {
	const char *mark, *colour;
} verdict_marks[] = {
	[VERDICT_BETTER] = { "better", "\033[32m" },
	[VERDICT_WORSE] = { "worse", "\033[31m" },
	[VERDICT_SAME] = { "=", "" },
	[VERDICT_UNPROVEN] = { "~", "" },
};

/* --- lines ------------------------------------------------------------------------------------- */

/* Messages come from the guest: what could steer a terminal is shown as '?'. */
static char *printable(const char *s)
{
	char *copy = xstrdup(s);

	for (char *p = copy; *p; p++)
		if (iscntrl((unsigned char)*p))
			*p = isspace((unsigned char)*p) ? ' ' : '?';
	return copy;
}

/* "label  text", with the text wrapped at words and continued below itself. */
static void put_wrapped(const struct paper *p, const char *label, size_t indent, const char *text)
{
	char *clean = printable(text);
	size_t column = 0;
	FILE *out = p->out;

	fprintf(out, "%-*s", (int)indent, label);
	for (const char *at = clean; *at;) {
		size_t word = strcspn(at, " ");

		if (column && indent + column + 1 + word > p->width) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = 0;
		}
		if (word) {
			fprintf(out, "%s%.*s", column ? " " : "", (int)word, at);
			column += word + (column ? 1 : 0);
		}
		at += word + (at[word] == ' ');
	}
	fputc('\n', out);
	free(clean);
}

static void put_wrappedf(const struct paper *p, const char *label, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void put_wrappedf(const struct paper *p, const char *label, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	put_wrapped(p, label, 11, text.data);
	strbuf_release(&text);
}

/* --- the table --------------------------------------------------------------------------------- */

static void add_value(struct row *row, enum column column, const struct comparison *c, double value)
{
	struct unit_scale scale = unit_scale(c->unit, isnan(c->base) ? c->new : c->base);
	struct strbuf cell = STRBUF_INIT;

	/* What is counted, such as pages, is in the name of the metric. */
	unit_format_scaled(&cell, scale.ascii ? c->unit : "", value, &scale, UNIT_ASCII);
	row->cells[column] = strbuf_detach(&cell);
}

/* `of` has the boots that the heading of the workload names. */
static void fill_row(struct row *row, const struct comparison *c, const struct comparison *of,
		     bool exact)
{
	bool usual = c->n_base == of->n_base && c->n_new == of->n_new;
	char *metric = printable(c->metric);
	struct strbuf cell = STRBUF_INIT;

	row->comparison = c;
	row->cells[METRIC] =
		usual ? xstrdup(metric) : xasprintf("%s (n=%zu+%zu)", metric, c->n_base, c->n_new);
	row->cells[BETTER] = xstrdup(c->better == BETTER_HIGHER ? "^" : "v");
	add_value(row, BASE, c, c->base);
	add_value(row, NEW, c, c->new);
	unit_format_pct(&cell, c->delta_pct, UNIT_ASCII);
	row->cells[DELTA] = strbuf_detach(&cell);
	cell = (struct strbuf)STRBUF_INIT;
	if (isnan(c->ci_pct[0]))
		strbuf_adds(&cell, "-");
	else if (exact && c->ci_pct[0] == c->ci_pct[1])
		strbuf_adds(&cell, "exact");
	else
		unit_format_interval(&cell, c->ci_pct);
	row->cells[INTERVAL] = strbuf_detach(&cell);
	row->cells[VERDICT] = xstrdup(verdict_marks[c->verdict].mark);
	free(metric);
}

static void fill_heading(struct row *row, bool exact)
{
	row->cells[METRIC] = xstrdup("");
	row->cells[BETTER] = xstrdup("");
	row->cells[BASE] = xstrdup("base");
	row->cells[NEW] = xstrdup("new");
	row->cells[DELTA] = xstrdup("delta");
	row->cells[INTERVAL] = xstrdup(exact ? "interval" : "95 % interval");
	row->cells[VERDICT] = xstrdup("");
}

/* Blanks before a column. */
static size_t gap(const struct table *t, int column)
{
	return column == METRIC || column == BETTER || t->narrow ? 1 : 2;
}

/* Columns that are left for the names of metrics. */
static size_t room_for_names(const struct table *t)
{
	size_t used = gap(t, METRIC);

	for (int c = BETTER; c < COLUMNS; c++)
		used += t->width[c] + gap(t, c);
	return used < t->page_width ? t->page_width - used : 1;
}

static void measure(struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		for (int c = 0; c < COLUMNS; c++)
			if (strlen(t->rows[i].cells[c]) > t->width[c])
				t->width[c] = strlen(t->rows[i].cells[c]);
	t->narrow = t->width[METRIC] > room_for_names(t);
	/* A name that is still too long gets a line of its own. */
	if (t->width[METRIC] > room_for_names(t))
		t->width[METRIC] = room_for_names(t);
}

static void table_make(struct table *t, const struct judgement *j, bool all)
{
	const struct comparison *first = NULL;
	bool exact = judgement_exact(j);

	t->rows = xcalloc(j->count + 1, sizeof(*t->rows));
	fill_heading(&t->rows[t->count++], exact);
	for (size_t i = 0; i < j->count; i++) {
		const struct comparison *c = &j->items[i];

		if (!all && !c->headline)
			continue;
		if (!first || strcmp(first->workload, c->workload) != 0)
			first = c;
		fill_row(&t->rows[t->count++], c, first, exact);
	}
	measure(t);
}

static void table_release(struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		for (int c = 0; c < COLUMNS; c++)
			free(t->rows[i].cells[c]);
	free(t->rows);
}

static void put_row(const struct paper *p, const struct table *t, const struct row *row)
{
	FILE *out = p->out;
	const char *colour = "";

	if (p->colour && row->comparison)
		colour = verdict_marks[row->comparison->verdict].colour;
	fprintf(out, " %-*s", (int)t->width[METRIC], row->cells[METRIC]);
	if (strlen(row->cells[METRIC]) > t->width[METRIC])
		fprintf(out, "\n %*s", (int)t->width[METRIC], "");
	for (int c = BETTER; c < VERDICT; c++) {
		bool painted = *colour && c == DELTA;

		fprintf(out, "%*s%s%*s%s", (int)gap(t, c), "", painted ? colour : "",
			(int)t->width[c], row->cells[c], painted ? "\033[0m" : "");
	}
	/* The last one is ragged, so that no line ends in blanks. */
	if (*row->cells[VERDICT])
		fprintf(out, "%*s%s%s%s", (int)gap(t, VERDICT), "", colour, row->cells[VERDICT],
			*colour ? "\033[0m" : "");
	fputc('\n', out);
}

static void put_table(const struct paper *p, const struct table *t)
{
	const char *workload = "";

	put_row(p, t, &t->rows[0]);
	for (size_t i = 1; i < t->count; i++) {
		const struct comparison *c = t->rows[i].comparison;

		if (strcmp(workload, c->workload) != 0) {
			char *label =
				xasprintf("%s (n=%zu+%zu): ", c->workload, c->n_base, c->n_new);

			put_wrapped(p, label, strlen(label), c->title);
			free(label);
		}
		workload = c->workload;
		put_row(p, t, &t->rows[i]);
	}
}

/* --- below the table --------------------------------------------------------------------------- */

static void put_side(const struct paper *p, const char *label, const struct db_side *side)
{
	put_wrappedf(p, label, "%s%s%s, %zu %s, %zu failed", side->spec,
		     *side->release ? ", Linux " : "", side->release, side->runs,
		     side->runs == 1 ? "run" : "runs", side->failed_runs);
}

static void put_findings(const struct paper *p, const struct db_side *side,
			 const struct db_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct db_finding *f = &findings->items[i];

		put_wrappedf(p, severity_name(f->severity), "%s: %s%s%s: %s (run %s)", side->spec,
			     f->workload, *f->workload ? ": " : "", f->kind, f->message, f->run);
	}
}

static const char *exponent_text(double exponent, char text[16])
{
	if (isnan(exponent))
		return "not known";
	snprintf(text, 16, "N^%.2f", exponent);
	return text;
}

static void put_growth(const struct paper *p, const struct judgement *j)
{
	struct growths all;

	growths_fit(j, &all);
	for (size_t i = 0; i < all.count; i++) {
		const struct growth *g = &all.items[i];
		char base[16], new[16];

		put_wrappedf(p, i ? "" : "growth", "%s %s (%zu points): %s is %s, %s is %s",
			     g->workload, g->family, g->points, j->base.spec,
			     exponent_text(g->base, base), j->new.spec, exponent_text(g->new, new));
	}
	growths_release(&all);
}

static void put_facts(const struct paper *p, const struct judgement *j, const struct table *t)
{
	fputc('\n', p->out);
	if (t->count > 1)
		put_wrappedf(p, "marks",
			     "^ higher is better, v lower is better; = same within %g%%, "
			     "~ nothing proven",
			     j->threshold_pct);
	put_side(p, "base", &j->base);
	put_side(p, "new", &j->new);
	put_wrappedf(p, "clock", "%s",
		     judgement_exact(j) ? "instruction (1 instruction = 1 ns; exact on any host, "
					  "blind to caches)"
					: "wall (each boot is one value; 95 % intervals; at "
					  "most 1 % of what is called proven is chance)");
	if (j->layouts && j->count)
		put_wrappedf(p, "layouts",
			     "%zu boots each, every one with another layout of memory; "
			     "the interval is the range over them",
			     j->items[0].layouts);
	put_growth(p, j);
	put_wrappedf(p, "target", "%s", j->base.target);
	put_wrappedf(p, "session", "%s", j->base.session);
	for (size_t i = 0; i < j->warnings.count; i++)
		put_wrappedf(p, "warning", "%s", j->warnings.items[i]);
	put_findings(p, &j->base, &j->base_findings);
	put_findings(p, &j->new, &j->new_findings);
}

static void put_judgement(const struct paper *p, const struct judgement *j, bool all)
{
	struct table t = { .page_width = p->width };
	char *sentence = judgement_sentence(j);

	put_wrapped(p, "", 0, sentence);
	table_make(&t, j, all);
	if (t.count > 1) {
		fputc('\n', p->out);
		put_table(p, &t);
	}
	put_facts(p, j, &t);
	free(sentence);
	table_release(&t);
}

static int put_list(const struct paper *p, const struct judgement *list, size_t count, bool all)
{
	for (size_t k = 0; k < count; k++) {
		if (k)
			fputc('\n', p->out);
		put_judgement(p, &list[k], all);
	}
	return format_finish(p->out);
}

int format_text(FILE *out, const struct judgement *list, size_t count, bool all)
{
	const struct paper paper = { out, TERMINAL_WIDTH, log_colour(fileno(out)) };

	return put_list(&paper, list, count, all);
}

int format_email(FILE *out, const struct judgement *list, size_t count, bool all)
{
	const struct paper paper = { out, MAIL_WIDTH, false };

	return put_list(&paper, list, count, all);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A ladder for a terminal: rows are patches, columns are metrics, as many side by side as fit.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "ladder.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/strbuf.h"
#include "paragraph.h"
#include "units.h"

#define SUBJECT_MIN 24 /* columns for the subjects at least */
#define NUMBER	    6  /* and for "3/5" */
#define GAP	    2
#define HEADING	    2  /* lines */
#define LABEL	    11 /* of the lines below the table */

struct column {
	const struct ladder_line *line;
	char **cells; /* two lines of heading, one per patch, whole */
	size_t width;
};

struct table {
	const struct ladder *ladder;
	FILE *out;
	size_t rows; /* of cells */
	bool colour;
};

static const char *const colours[] = {
	[VERDICT_BETTER] = "\033[32m",
	[VERDICT_WORSE] = "\033[31m",
	[VERDICT_SAME] = "",
	[VERDICT_UNPROVEN] = "",
};

/* "+6.90%", "+6.90% [+6.10, +7.70]", with a mark for what is not proven. */
static char *change_cell(const struct ladder_step *s)
{
	struct strbuf cell = STRBUF_INIT;

	unit_format_pct(&cell, s->change_pct, UNIT_ASCII);
	if (s->ci_pct[0] < s->ci_pct[1]) {
		strbuf_addch(&cell, ' ');
		unit_format_interval(&cell, s->ci_pct);
	}
	strbuf_adds(&cell, s->comparison->verdict == VERDICT_SAME	? " ="
			   : s->comparison->verdict == VERDICT_UNPROVEN ? " ~"
									: "  ");
	return strbuf_detach(&cell);
}

/* Of a patch that is counted together with later ones: nothing. */
static char *patch_cell(const struct ladder_line *line, size_t patch)
{
	const struct ladder_step *s = ladder_step_of(line, patch);

	if (!s)
		return xstrdup("-  ");
	return s->last == patch ? change_cell(s) : xstrdup("");
}

/* Where a name is broken so that its longer half is as short as can be: behind a '_', or nowhere. */
static size_t middle_of(const char *name)
{
	size_t len = strlen(name), best = len;

	for (size_t i = 1; i < len; i++) {
		size_t longer = i > len - i ? i : len - i;
		size_t so_far = best > len - best ? best : len - best;

		if (name[i - 1] == '_' && longer < so_far)
			best = i;
	}
	return best;
}

static struct column make_column(const struct ladder *l, const struct ladder_line *line)
{
	struct column c = { .line = line };
	size_t n = 0, middle = middle_of(line->metric);
	const char *mark = line->better == BETTER_HIGHER ? "^" : "v";
	bool broken = line->metric[middle] != '\0';

	c.cells = xcalloc(l->patches.count + 3, sizeof(*c.cells));
	c.cells[n++] = broken ? xasprintf("%.*s  ", (int)middle, line->metric) : xstrdup("");
	c.cells[n++] = xasprintf("%s %s", line->metric + (broken ? middle : 0), mark);
	for (size_t patch = 1; patch <= l->patches.count; patch++)
		c.cells[n++] = patch_cell(line, patch);
	c.cells[n++] = change_cell(&line->whole);
	for (size_t i = 0; i < n; i++)
		if (strlen(c.cells[i]) > c.width)
			c.width = strlen(c.cells[i]);
	return c;
}

/* "3/5", "2-3/5" when the patch before has no figures of its own in one of these columns. */
static char *row_number(const struct ladder *l, const struct column *columns, size_t count,
			size_t patch)
{
	const struct ladder_step *s = NULL;

	for (size_t i = 0; i < count && !s; i++) {
		s = ladder_step_of(columns[i].line, patch);
		if (s && s->last != patch)
			s = NULL;
	}
	return s ? ladder_patches(l, s) : xasprintf("%zu/%zu", patch, l->patches.count);
}

static void put_row(const struct table *t, const char *number, const char *subject, size_t room,
		    const struct column *columns, size_t count, size_t row)
{
	char *clean = paragraph_clean(subject);
	struct strbuf line = STRBUF_INIT;

	if (strlen(clean) > room && room > 3)
		strbuf_addf(&line, "%-*s %.*s...", NUMBER, number, (int)room - 3, clean);
	else
		strbuf_addf(&line, "%-*s %-*s", NUMBER, number, (int)room, clean);
	for (size_t i = 0; i < count; i++) {
		const struct ladder_step *s = row < HEADING ? NULL
					      : row + 1 == t->rows
						      ? &columns[i].line->whole
						      : ladder_step_of(columns[i].line, row - 1);
		const char *colour = t->colour && s ? colours[s->comparison->verdict] : "";

		strbuf_addf(&line, "%*s%s%*s%s", GAP, "", colour, (int)columns[i].width,
			    columns[i].cells[row], *colour ? "\033[0m" : "");
	}
	strbuf_rtrim(&line);
	fprintf(t->out, "%s\n", line.data);
	strbuf_release(&line);
	free(clean);
}

static void put_columns(const struct table *t, const struct column *columns, size_t count,
			size_t used)
{
	const struct ladder *l = t->ladder;
	size_t room = used + NUMBER + 1 < PARAGRAPH_WIDTH ? PARAGRAPH_WIDTH - used - NUMBER - 1
							  : SUBJECT_MIN;

	put_row(t, "", "", room, columns, count, 0);
	put_row(t, "patch", "", room, columns, count, 1);
	for (size_t patch = 1; patch <= l->patches.count; patch++) {
		char *number = row_number(l, columns, count, patch);

		put_row(t, number, l->patches.items[patch - 1], room, columns, count, patch + 1);
		free(number);
	}
	put_row(t, "all", "", room, columns, count, t->rows - 1);
}

/* The lines of one workload from `from` on, as many as fit. Returns how many these were. */
static size_t put_some(const struct table *t, const struct ladder_line *const *lines, size_t count)
{
	size_t used = 0, n = 0;
	struct column *columns = xcalloc(count, sizeof(*columns));

	for (; n < count; n++) {
		columns[n] = make_column(t->ladder, lines[n]);
		if (n && NUMBER + 1 + SUBJECT_MIN + used + GAP + columns[n].width > PARAGRAPH_WIDTH)
			break;
		used += GAP + columns[n].width;
	}
	put_columns(t, columns, n, used);
	for (size_t i = 0; i < count && columns[i].cells; i++) {
		for (size_t row = 0; row < t->rows; row++)
			free(columns[i].cells[row]);
		free(columns[i].cells);
	}
	free(columns);
	return n;
}

static void put_boots(FILE *out, const struct ladder_line *line)
{
	char *label = xasprintf("%s (n=%zu): ", line->workload, line->whole.comparison->n_base);

	fputc('\n', out);
	paragraph_put(out, label, strlen(label), line->title);
	free(label);
}

/* The lines of a workload; returns the position behind them. */
static size_t put_workload(const struct table *t, size_t from, bool all)
{
	const struct ladder *l = t->ladder;
	const struct ladder_line **lines = xcalloc(l->count, sizeof(void *));
	size_t count = 0, done = 0, end = from;

	for (; end < l->count && !strcmp(l->lines[end].workload, l->lines[from].workload); end++)
		if (all || l->lines[end].headline)
			lines[count++] = &l->lines[end];
	if (count)
		put_boots(t->out, lines[0]);
	while (done < count)
		done += put_some(t, lines + done, count - done);
	free(lines);
	return end;
}

static void put_facts(FILE *out, const struct ladder *l)
{
	const struct db_side *base = &l->sides.items[0];
	char *text = xasprintf("%s, Linux %s", base->spec, base->release);

	fputc('\n', out);
	for (size_t i = 0; i < l->fault_count; i++) {
		char *fault = ladder_fault_sentence(l, &l->faults[i]);

		paragraph_put(out, "fault", LABEL, fault);
		free(fault);
	}
	paragraph_put(
		out, "marks", LABEL,
		"in per cent of the base; ^ higher is better, v lower is better; = within the "
		"threshold, ~ nothing proven");
	paragraph_put(out, "base", LABEL, text);
	paragraph_put(out, "clock", LABEL,
		      ladder_exact(l)
			      ? "instruction: the patches add up to the whole"
			      : "wall: changes with 95 % intervals; they only nearly add up "
				"to the whole");
	paragraph_put(out, "target", LABEL, base->target);
	paragraph_put(out, "session", LABEL, base->session);
	for (size_t i = 0; i < l->list.count; i++)
		for (size_t k = 0; k < l->list.items[i].warnings.count; k++)
			paragraph_put(out, "warning", LABEL, l->list.items[i].warnings.items[k]);
	free(text);
}

int ladder_text(FILE *out, const struct ladder *l, bool all)
{
	const struct table t = { l, out, l->patches.count + HEADING + 1, log_colour(fileno(out)) };
	char *sentence = ladder_sentence(l, UNIT_ASCII);
	char *text = xasprintf("%s, patch by patch: %s", l->name, sentence);

	paragraph_put(out, "", 0, text);
	for (size_t at = 0; at < l->count;)
		at = put_workload(&t, at, all);
	put_facts(out, l);
	free(text);
	free(sentence);
	return format_finish(out);
}

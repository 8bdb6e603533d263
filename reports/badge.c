// SPDX-License-Identifier: GPL-2.0-or-later
#include "badge.h"

#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "lib/alloc.h"
#include "units.h"

#define LETTER 6.6 /* width of one, on average */

static void add(struct badges *b, const struct site_plan *plan, const struct judgement *j,
		const struct comparison *c)
{
	struct strbuf value = STRBUF_INIT;
	char *name = xasprintf("%s-%s-%s", plan->name, j->new.spec, c->workload);
	char *stem = gnuplot_stem(name, NULL);

	unit_format_pct(&value, c->delta_pct, UNIT_TYPOGRAPHIC);
	b->items = xreallocarray(b->items, b->count + 1, sizeof(*b->items));
	b->items[b->count++] = (struct badge){
		.file = xasprintf("badges/%s.svg", stem),
		.label = xstrdup(c->workload),
		.value = c->verdict == VERDICT_UNPROVEN ? xstrdup("unproven") : xstrdup(value.data),
		.verdict = c->verdict,
	};
	strbuf_release(&value);
	free(stem);
	free(name);
}

static bool has_file(const struct badges *b, const struct badge *last)
{
	for (size_t i = 0; i < b->count; i++)
		if (&b->items[i] != last && !strcmp(b->items[i].file, last->file))
			return true;
	return false;
}

static void badge_release(struct badge *b)
{
	free(b->file);
	free(b->label);
	free(b->value);
}

void badges_make(struct badges *b, const struct site *s, const struct site_plan *plan)
{
	(void)s;
	*b = (struct badges){ 0 };
	for (size_t k = 0; k < plan->judged.count; k++) {
		const struct judgement *j = &plan->judged.items[k];
		const char *last = "";

		for (size_t i = 0; i < j->count; i++) {
			const struct comparison *c = &j->items[i];

			if (!c->headline || !strcmp(c->workload, last))
				continue;
			last = c->workload;
			add(b, plan, j, c);
			/* Two comparisons of the same names: the first one has the badge. */
			if (has_file(b, &b->items[b->count - 1]))
				badge_release(&b->items[--b->count]);
		}
	}
}

void badges_release(struct badges *b)
{
	for (size_t i = 0; i < b->count; i++)
		badge_release(&b->items[i]);
	free(b->items);
	*b = (struct badges){ 0 };
}

static void box(struct html *h, double x, double width, const char *colour)
{
	char *at = xasprintf("%.0f", x), *wide = xasprintf("%.0f", width);

	html_open(h, "rect", "x", at, "width", wide, "height", "20", "fill", colour);
	html_close(h, "rect");
	free(at);
	free(wide);
}

static void words(struct html *h, double x, double width, const char *text)
{
	char *middle = xasprintf("%.0f", x + width / 2), *room = xasprintf("%.0f", width - 12);

	html_open(h, "text", "x", middle, "y", "14", "textLength", room, "lengthAdjust",
		  "spacingAndGlyphs");
	html_text(h, text);
	html_close(h, "text");
	free(middle);
	free(room);
}

/* Letters of UTF-8. */
static double width_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return (double)n * LETTER + 14;
}

static void draw(struct html *h, const struct badge *b)
{
	static const char *const colours[] = { [VERDICT_BETTER] = "#00674b",
					       [VERDICT_WORSE] = "#a33200",
					       [VERDICT_SAME] = "#5a6474",
					       [VERDICT_UNPROVEN] = "#5a6474" };
	double left = width_of(b->label), right = width_of(b->value);
	char *width = xasprintf("%.0f", left + right);
	char *title = xasprintf("%s: %s", b->label, b->value);

	html_open(h, "svg", "xmlns", "http://www.w3.org/2000/svg", "width", width, "height", "20",
		  "role", "img", "aria-label", title);
	html_open(h, "title");
	html_text(h, title);
	html_close(h, "title");
	box(h, 0, left, "#3a4250");
	box(h, left, right, colours[b->verdict]);
	html_open(h, "g", "fill", "#fff", "text-anchor", "middle", "font-family",
		  "Verdana, DejaVu Sans, sans-serif", "font-size", "11");
	words(h, 0, left, b->label);
	words(h, left, right, b->value);
	html_close(h, "g");
	html_close(h, "svg");
	free(title);
	free(width);
}

int site_badges(struct site *s)
{
	int ret = 0;

	folder_begin(&s->folder, "badges", NULL);
	for (size_t i = 0; i < s->plan_count; i++) {
		struct badges b;

		badges_make(&b, s, &s->plans[i]);
		for (size_t k = 0; k < b.count && ret == 0; k++) {
			struct html h = HTML_INIT;

			draw(&h, &b.items[k]);
			ret = site_write(s, b.items[k].file, &h);
		}
		badges_release(&b);
	}
	return ret;
}

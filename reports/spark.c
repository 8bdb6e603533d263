// SPDX-License-Identifier: GPL-2.0-or-later
#include "spark.h"

#include <math.h>
#include <stdlib.h>

#include "html.h"
#include "lib/alloc.h"
#include "units.h"

#define WIDTH  120.0
#define HEIGHT 28.0
#define EDGE   3.0 /* room for the dot */

struct scale {
	double lo, hi;
	size_t from, count;
};

static double x_of(const struct scale *s, size_t i)
{
	return s->count > 1 ? EDGE + (WIDTH - 2 * EDGE) * (double)i / (double)(s->count - 1)
			    : WIDTH / 2;
}

static double y_of(const struct scale *s, double v)
{
	return HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (v - s->lo) / (s->hi - s->lo);
}

/* The band is always within, so that noise inside it looks as small as it is. */
static struct scale scale_of(const struct history_line *l, double level, double half)
{
	struct scale s = { level - half, level + half, 0, l->count };

	if (l->count > SPARK_NIGHTS) {
		s.from = l->count - SPARK_NIGHTS;
		s.count = SPARK_NIGHTS;
	}
	for (size_t i = s.from; i < l->count; i++) {
		s.lo = fmin(s.lo, l->values[i]);
		s.hi = fmax(s.hi, l->values[i]);
	}
	if (s.hi <= s.lo)
		s.hi = s.lo + 1;
	return s;
}

static void band(struct html *h, const struct scale *s, double level, double half)
{
	double top = y_of(s, level + half), bottom = y_of(s, level - half);
	char *y = xasprintf("%.1f", top), *height = xasprintf("%.1f", fmax(bottom - top, 1));

	html_open(h, "rect", "class", "band", "x", "0", "width", "120", "y", y, "height", height);
	html_close(h, "rect");
	free(y);
	free(height);
}

static void curve(struct html *h, const struct history_line *l, const struct scale *s)
{
	struct strbuf points = STRBUF_INIT;

	for (size_t i = 0; i < s->count; i++)
		strbuf_addf(&points, "%s%.1f,%.1f", i ? " " : "", x_of(s, i),
			    y_of(s, l->values[s->from + i]));
	html_open(h, "polyline", "points", points.data);
	html_close(h, "polyline");
	strbuf_release(&points);
}

static void dot(struct html *h, const struct history_line *l, const struct scale *s)
{
	char *x = xasprintf("%.1f", x_of(s, s->count - 1));
	char *y = xasprintf("%.1f", y_of(s, l->values[l->count - 1]));
	const char *class = l->verdict == VERDICT_BETTER  ? "better"
			    : l->verdict == VERDICT_WORSE ? "worse"
							  : NULL;

	html_open(h, "circle", "class", class, "cx", x, "cy", y, "r", "2.5");
	html_close(h, "circle");
	free(x);
	free(y);
}

static void describe(struct strbuf *out, const struct history_line *l, const struct scale *s)
{
	strbuf_addf(out, "%zu %s: ", s->count, s->count == 1 ? "night" : "nights");
	unit_format(out, l->line->unit, l->values[s->from], UNIT_TYPOGRAPHIC);
	strbuf_adds(out, " to ");
	unit_format(out, l->line->unit, l->values[l->count - 1], UNIT_TYPOGRAPHIC);
}

char *spark(const struct history_line *l)
{
	struct strbuf words = STRBUF_INIT;
	struct html h = HTML_INIT;
	double level, half;
	struct scale s;

	/* One night is no line. */
	if (l->count < 2)
		return xstrdup("");
	level = isnan(l->level) ? l->values[l->count - 1] : l->level;
	half = fabs(level) * fmax(l->threshold_pct, isnan(l->floor_pct) ? 0 : l->floor_pct) / 100;
	s = scale_of(l, level, half);
	describe(&words, l, &s);
	html_open(&h, "svg", "class", "spark", "viewBox", "0 0 120 28", "width", "120", "height",
		  "28", "role", "img", "aria-label", words.data);
	html_open(&h, "title");
	html_text(&h, words.data);
	html_close(&h, "title");
	band(&h, &s, level, half);
	if (s.count > 1)
		curve(&h, l, &s);
	dot(&h, l, &s);
	html_close(&h, "svg");
	strbuf_release(&words);
	return strbuf_detach(&h.out);
}

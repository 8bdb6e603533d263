// SPDX-License-Identifier: GPL-2.0-or-later
#include "flame.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "lib/alloc.h"
#include "lib/file.h"

#define WIDTH	    1200.0
#define ROW	    18
#define TOP	    64 /* title and search */
#define NARROWEST   0.4
#define LETTER	    6.6
#define DEPTH_MAX   200
#define FULL_COLOUR 0.05 /* of the base's total: the deepest red or blue */

static const char style[] =
	"text { font: 11px \"DejaVu Sans Mono\", monospace; fill: #1d2430; pointer-events: none; }\n"
	"text.title { font: 600 15px system-ui, sans-serif; }\n"
	"text.soft { font: 12px system-ui, sans-serif; fill: #5a6474; }\n"
	"text.button { pointer-events: all; cursor: pointer; fill: #0b5cad; }\n"
	"rect.paper { fill: #fff; }\n"
	"g.f rect { stroke: #fff; stroke-width: .5; cursor: pointer; }\n"
	"g.f:hover rect { stroke: #000; }\n"
	"g.found rect { fill: #c07be0 !important; }\n"
	"g.off { display: none; }\n"
	/* As the page around it: what a block says stays dark, as the blocks stay light. */
	"@media (prefers-color-scheme: dark) {\n"
	"	text.title { fill: #dfe3ea; }\n"
	"	text.soft { fill: #9aa4b2; }\n"
	"	text.button { fill: #7ab8f5; }\n"
	"	rect.paper { fill: #1c2027; }\n"
	"	g.f rect { stroke: #1c2027; }\n"
	"	g.f:hover rect { stroke: #fff; }\n"
	"}\n";

/* Constant, and without the characters that XML would take for its own. */
static const char script[] =
	"var fs = Array.from(document.querySelectorAll('g.f'));\n"
	"var W = 1200, shown = [0, W];\n"
	"function num(g, a) { return parseFloat(g.getAttribute(a)); }\n"
	"function draw() {\n"
	"	var k = W / (shown[1] - shown[0]);\n"
	"	fs.forEach(function (g) {\n"
	"		var x = (num(g, 'data-x') - shown[0]) * k, w = num(g, 'data-w') * k;\n"
	"		var l = Math.max(x, 0), r = Math.min(x + w, W);\n"
	"		g.classList.toggle('off', !(r - l > 0.3));\n"
	"		var b = g.querySelector('rect'), t = g.querySelector('text');\n"
	"		b.setAttribute('x', l); b.setAttribute('width', Math.max(r - l, 0));\n"
	"		var n = g.getAttribute('data-n'), c = Math.floor((r - l - 4) / 6.6);\n"
	"		t.setAttribute('x', l + 3);\n"
	"		t.textContent = 3 > c ? '' : n.length > c ? n.slice(0, c - 2) + '..' : n;\n"
	"	});\n"
	"}\n"
	"fs.forEach(function (g) {\n"
	"	g.addEventListener('click', function () {\n"
	"		var x = num(g, 'data-x'); shown = [x, x + num(g, 'data-w')]; draw();\n"
	"	});\n"
	"});\n"
	"function search() {\n"
	"	var s = prompt('Functions to show (a regular expression):', '');\n"
	"	if (s === null) return;\n"
	"	var re = s ? new RegExp(s) : null;\n"
	"	fs.forEach(function (g) {\n"
	"		g.classList.toggle('found', !!re ? re.test(g.getAttribute('data-n')) : false);\n"
	"	});\n"
	"}\n"
	"document.getElementById('search').addEventListener('click', search);\n"
	"document.getElementById('reset').addEventListener('click', function () {\n"
	"	shown = [0, W]; draw();\n"
	"});\n";

/* A function on its path, with both sides. The first is the root. */
struct block {
	const char *name, *object;
	size_t parent, child, sibling; /* 0: none */
	size_t depth;
	double base, new;	/* instructions per operation, with all above */
	double width, children; /* in instructions; the sum of the children's widths */
	double x;
};

struct flame {
	struct block *blocks;
	size_t count;
	size_t deepest;
};

static size_t find_child(struct flame *f, size_t parent, const struct db_node *n)
{
	size_t i;

	for (i = f->blocks[parent].child; i; i = f->blocks[i].sibling)
		if (!strcmp(f->blocks[i].name, n->name) && !strcmp(f->blocks[i].object, n->object))
			return i;
	i = f->count++;
	f->blocks[i] = (struct block){ .name = n->name,
				       .object = n->object,
				       .parent = parent,
				       .sibling = f->blocks[parent].child,
				       .depth = f->blocks[parent].depth + 1 };
	f->blocks[parent].child = i;
	return i;
}

static void add_side(struct flame *f, const struct db_calls *calls, double operations, bool new)
{
	size_t *place = xcalloc(calls->count + 1, sizeof(*place));

	for (size_t i = 0; i < calls->count; i++) {
		const struct db_node *n = &calls->items[i];
		size_t parent = n->parent < 0 ? 0 : place[n->parent];
		double own = n->instructions / operations;

		/* Too deep to be drawn: a part of the last one that is not. */
		place[i] = f->blocks[parent].depth >= DEPTH_MAX ? parent : find_child(f, parent, n);
		if (new)
			f->blocks[place[i]].new += own;
		else
			f->blocks[place[i]].base += own;
	}
	free(place);
}

/* Children come behind their parents, so from the end everything below is known. */
static void add_up(struct flame *f)
{
	for (size_t i = f->count; i-- > 0;) {
		struct block *b = &f->blocks[i], *up = &f->blocks[b->parent];

		b->width = fmax(fmax(b->base, b->new), b->children);
		if (!i)
			break;
		up->base += b->base;
		up->new += b->new;
		up->children += b->width;
	}
}

static int by_name(const void *left, const void *right, void *ctx)
{
	const struct flame *f = ctx;
	const struct block *a = &f->blocks[*(const size_t *)left];
	const struct block *b = &f->blocks[*(const size_t *)right];
	int order = strcmp(a->name, b->name);

	return order ? order : strcmp(a->object, b->object);
}

/* Side by side in the order of names; parents are placed before their children. */
static void place_children(struct flame *f, size_t parent, double scale)
{
	size_t *order = xcalloc(f->count + 1, sizeof(*order)), count = 0;
	double x = f->blocks[parent].x;

	for (size_t i = f->blocks[parent].child; i; i = f->blocks[i].sibling)
		order[count++] = i;
	qsort_r(order, count, sizeof(*order), by_name, f);
	for (size_t i = 0; i < count; i++) {
		f->blocks[order[i]].x = x;
		x += f->blocks[order[i]].width * scale;
	}
	free(order);
}

static double place(struct flame *f)
{
	double scale = f->blocks[0].width > 0 ? WIDTH / f->blocks[0].width : 1;

	for (size_t i = 0; i < f->count; i++) {
		if (f->blocks[i].child)
			place_children(f, i, scale);
		if (f->blocks[i].width * scale >= NARROWEST && f->blocks[i].depth > f->deepest)
			f->deepest = f->blocks[i].depth;
	}
	return scale;
}

/* White is no difference. */
static char *colour(double delta, double total)
{
	double share = total > 0 ? fmin(sqrt(fabs(delta) / total / FULL_COLOUR), 1) : 0;
	int other = 235 - (int)(share * 115), own = 245;

	if (fabs(delta) <= 0.00001 * total)
		return xasprintf("rgb(232,234,238)");
	return delta > 0 ? xasprintf("rgb(%d,%d,%d)", own, other, other)
			 : xasprintf("rgb(%d,%d,%d)", other, other, own);
}

static void add_figures(struct strbuf *out, const struct block *b, const struct explanation *e)
{
	strbuf_addf(out, "%s", b->name);
	if (*b->object)
		strbuf_addf(out, " (%s)", b->object);
	strbuf_adds(out, "\n");
	explain_figure(out, b->base, false, UNIT_TYPOGRAPHIC);
	strbuf_adds(out, " → ");
	explain_figure(out, b->new, false, UNIT_TYPOGRAPHIC);
	strbuf_addf(out, " instructions per %s, with what it calls (", e->operation);
	explain_figure(out, b->new - b->base, true, UNIT_TYPOGRAPHIC);
	strbuf_adds(out, ", ");
	unit_format_pct(out, e->base_total > 0 ? 100 * (b->new - b->base) / e->base_total : 0,
			UNIT_TYPOGRAPHIC);
	strbuf_adds(out, " of the base)");
}

static void put_text(struct html *h, const char *class, const char *id, double x, double y,
		     const char *text)
{
	char *at_x = xasprintf("%.1f", x), *at_y = xasprintf("%.1f", y);

	html_open(h, "text", "class", class, "id", id, "x", at_x, "y", at_y);
	html_text(h, text);
	html_close(h, "text");
	free(at_y);
	free(at_x);
}

static void put_block(struct html *h, const struct flame *f, const struct block *b, double scale,
		      const struct explanation *e)
{
	double y = TOP + (double)(f->deepest - b->depth) * ROW, width = b->width * scale;
	size_t room = width > 4 ? (size_t)((width - 4) / LETTER) : 0;
	char *x = xasprintf("%.2f", b->x), *w = xasprintf("%.2f", width);
	char *top = xasprintf("%.0f", y), *fill = colour(b->new - b->base, e->base_total);
	char *shown = strlen(b->name) <= room ? xstrdup(b->name)
		      : room >= 3	      ? xasprintf("%.*s..", (int)room - 2, b->name)
					      : xstrdup("");
	struct strbuf title = STRBUF_INIT;

	add_figures(&title, b, e);
	html_open(h, "g", "class", "f", "data-x", x, "data-w", w, "data-n", b->name);
	html_element(h, "title", NULL, title.data);
	html_open(h, "rect", "x", x, "y", top, "width", w, "height", "17", "fill", fill);
	html_close(h, "rect");
	put_text(h, NULL, NULL, b->x + 3, y + 12.5, shown);
	html_close(h, "g");
	strbuf_addch(&h->out, '\n');
	strbuf_release(&title);
	free(shown);
	free(fill);
	free(top);
	free(w);
	free(x);
}

static void put_head(struct html *h, const struct explanation *e, const char *height)
{
	char *title = xasprintf("%s: %s against %s", e->workload, e->new.spec, e->base.spec);
	char *what = xasprintf("instructions per %s; red takes more on %s, blue takes less",
			       e->operation, e->new.spec);

	html_open(h, "rect", "class", "paper", "width", "1200", "height", height);
	html_close(h, "rect");
	put_text(h, "title", NULL, 8, 22, title);
	put_text(h, "soft", NULL, 8, 42, what);
	put_text(h, "soft button", "search", 1085, 22, "search");
	put_text(h, "soft button", "reset", 1145, 22, "reset");
	free(what);
	free(title);
}

static void put_document(struct html *h, const struct flame *f, const struct explanation *e,
			 double scale)
{
	char *height = xasprintf("%zu", TOP + (f->deepest + 1) * ROW + 8);
	char *box = xasprintf("0 0 1200 %s", height);

	html_open(h, "svg", "xmlns", "http://www.w3.org/2000/svg", "width", "1200", "height",
		  height, "viewBox", box);
	html_style(h, style);
	put_head(h, e, height);
	for (size_t i = 0; i < f->count; i++)
		if (f->blocks[i].width * scale >= NARROWEST)
			put_block(h, f, &f->blocks[i], scale, e);
	html_open(h, "script");
	strbuf_adds(&h->out, "//<![CDATA[\n");
	strbuf_adds(&h->out, script);
	strbuf_adds(&h->out, "//]]>\n");
	html_close(h, "script");
	html_close(h, "svg");
	strbuf_addch(&h->out, '\n');
	free(box);
	free(height);
}

int flame_write(const char *path, const struct explanation *e)
{
	struct flame f = { .count = 1 };
	struct html h = HTML_INIT;
	int ret;

	f.blocks = xcalloc(e->base_calls.count + e->new_calls.count + 1, sizeof(*f.blocks));
	f.blocks[0] = (struct block){ .name = "all", .object = "" };
	add_side(&f, &e->base_calls, e->base_operations, false);
	add_side(&f, &e->new_calls, e->new_operations, true);
	add_up(&f);
	put_document(&h, &f, e, place(&f));
	ret = file_write(path, h.out.data, h.out.len);
	html_release(&h);
	free(f.blocks);
	return ret;
}

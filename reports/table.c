// SPDX-License-Identifier: GPL-2.0-or-later
#include "table.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/decimal.h"
#include "lib/json.h"
#include "page-compare.h"
#include "page.h"
#include "units.h"

#define SORTED_MIN   4	/* rows from which on a table can be sorted */
#define FILTERED_MIN 12 /* ... and filtered */

void table_init(struct table *t, const struct table_column *columns, size_t count)
{
	*t = (struct table){ .columns = columns, .column_count = count, .texts = STRVEC_INIT };
}

void table_release(struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->rows[i].cells);
	free(t->rows);
	strvec_release(&t->texts);
	*t = (struct table){ 0 };
}

/* --- cells ------------------------------------------------------------------------------------- */

void table_row(struct table *t, const char *class)
{
	/* A short row would show its cells under the wrong headings. */
	assert(!t->count || t->next == t->column_count);
	if ((t->count & (t->count - 1)) == 0)
		t->rows = xreallocarray(t->rows, t->count ? 2 * t->count : 1, sizeof(*t->rows));
	t->rows[t->count++] =
		(struct table_row){ .cells = xcalloc(t->column_count, sizeof(struct table_cell)),
				    .class = class };
	t->next = 0;
}

void table_fixed(struct table *t, const char *class)
{
	table_row(t, class);
	t->rows[t->count - 1].fixed = true;
}

void table_group(struct table *t, const char *class)
{
	table_fixed(t, class);
	t->rows[t->count - 1].groups = true;
}

void table_note(struct table *t, const char *class, const char *words)
{
	table_fixed(t, class);
	table_cell(t, &(struct table_cell){ .more = words,
					    .class = "words soft",
					    .span = (unsigned int)t->column_count });
}

static const char *keep(struct table *t, const char *text)
{
	if (!text)
		return NULL;
	strvec_push(&t->texts, text);
	return t->texts.items[t->texts.count - 1];
}

void table_cell(struct table *t, const struct table_cell *cell)
{
	struct table_cell *c;

	assert(t->next < t->column_count);
	c = &t->rows[t->count - 1].cells[t->next];
	*c = *cell;
	t->next += cell->span > 1 ? cell->span : 1;
	c->text = keep(t, cell->text);
	c->data = keep(t, cell->data);
	c->href = keep(t, cell->href);
	c->picture = keep(t, cell->picture);
	c->more = keep(t, cell->more);
}

void table_text(struct table *t, const char *text)
{
	table_cell(t, &(struct table_cell){ .text = text });
}

void table_link(struct table *t, const char *text, const char *href)
{
	table_cell(t, &(struct table_cell){ .text = text, .href = href });
}

void table_figure(struct table *t, const char *unit, double value)
{
	struct strbuf text = STRBUF_INIT;

	unit_format(&text, unit, value, UNIT_TYPOGRAPHIC);
	table_cell(t,
		   &(struct table_cell){ .text = text.data, .number = value, .is_number = true });
	strbuf_release(&text);
}

void table_scaled(struct table *t, const char *unit, double value, double other)
{
	struct unit_scale scale = unit_scale(unit, isnan(other) ? value : other);
	struct strbuf text = STRBUF_INIT;

	unit_format_scaled(&text, unit, value, &scale, UNIT_TYPOGRAPHIC);
	table_cell(t,
		   &(struct table_cell){ .text = text.data, .number = value, .is_number = true });
	strbuf_release(&text);
}

void table_interval(struct table *t, const double pct[2], bool exact, const char *none)
{
	struct strbuf text = STRBUF_INIT;

	if (isnan(pct[0])) {
		strbuf_adds(&text, none);
	} else if (exact && pct[0] == pct[1]) {
		strbuf_adds(&text, "exact");
	} else {
		unit_format_pct(&text, pct[0], UNIT_TYPOGRAPHIC);
		strbuf_adds(&text, " … ");
		unit_format_pct(&text, pct[1], UNIT_TYPOGRAPHIC);
	}
	table_cell(t, &(struct table_cell){ .text = text.data,
					    .order = pct[0] / 2 + pct[1] / 2,
					    .is_ordered = !isnan(pct[0]) });
	strbuf_release(&text);
}

void table_metric(struct table *t, const char *metric, enum better better)
{
	bool up = better == BETTER_HIGHER;

	table_cell(t, &(struct table_cell){ .text = metric,
					    .sign = up ? " ↑" : " ↓",
					    .meaning = up ? " (higher is better)"
							  : " (lower is better)" });
}

void table_percent(struct table *t, double pct, enum verdict v)
{
	struct strbuf text = STRBUF_INIT;

	unit_format_pct(&text, pct, UNIT_TYPOGRAPHIC);
	table_cell(t, &(struct table_cell){ .text = text.data,
					    .number = pct,
					    .is_number = true,
					    .class = v == VERDICT_BETTER  ? "proven better"
						     : v == VERDICT_WORSE ? "proven worse"
									  : NULL });
	strbuf_release(&text);
}

void table_verdict(struct table *t, enum verdict v)
{
	static const double order[] = { [VERDICT_WORSE] = 0,
					[VERDICT_BETTER] = 1,
					[VERDICT_UNPROVEN] = 2,
					[VERDICT_SAME] = 3 };

	table_cell(t, &(struct table_cell){ .text = page_verdict_text(v),
					    .data = verdict_name(v),
					    .badge = page_verdict_class(v),
					    .order = order[v],
					    .is_ordered = true });
}

void table_count(struct table *t, size_t n)
{
	char *text = xasprintf("%zu", n);

	table_cell(t, &(struct table_cell){ .text = text, .number = (double)n, .is_number = true });
	free(text);
}

/* --- the page ---------------------------------------------------------------------------------- */

void page_data_links(struct html *h, const char *data)
{
	static const char *const forms[] = { "csv", "json" };

	html_open(h, "p", "class", "data small soft");
	html_text(h, "The figures as");
	for (size_t i = 0; i < 2; i++) {
		char *href = xasprintf("%s.%s", data, forms[i]);

		html_text(h, " ");
		html_open(h, "a", "href", href, "download", "");
		html_text(h, i ? "JSON" : "CSV");
		html_close(h, "a");
		free(href);
	}
	html_close(h, "p");
}

static void cell_content(struct html *h, const struct table_cell *c)
{
	if (c->picture)
		html_raw(h, c->picture);
	if (c->badge) {
		char *class = xasprintf("badge %s", c->badge);

		html_element(h, "span", class, c->text ? c->text : "");
		free(class);
	} else if (c->href) {
		html_open(h, "a", "href", c->href);
		html_text(h, c->text ? c->text : "");
		html_close(h, "a");
	} else if (c->text) {
		html_text(h, c->text);
	}
	if (c->sign) {
		html_open(h, "span", "class", "soft", "aria-hidden", "true");
		html_text(h, c->sign);
		html_close(h, "span");
		html_element(h, "span", "hidden", c->meaning);
	}
	if (c->more)
		html_element(h, "span", "more", c->more);
}

static void show_cell(struct html *h, const struct table_column *column, const struct table_cell *c,
		      const char *scope)
{
	bool ordered = c->is_ordered || (c->is_number && isfinite(c->number));
	char *order = ordered ? xasprintf("%.10g", c->is_ordered ? c->order : c->number) : NULL;
	char *span = c->span > 1 ? xasprintf("%u", c->span) : NULL, *class = NULL;
	bool words = column->words && c->span <= 1;

	if (c->class || words)
		class = xasprintf("%s%s%s", c->class ? c->class : "", c->class && words ? " " : "",
				  words ? "words" : "");
	html_open(h, scope ? "th" : "td", "scope", scope, "class", class, "data-v", order,
		  "colspan", span);
	cell_content(h, c);
	html_close(h, scope ? "th" : "td");
	free(class);
	free(span);
	free(order);
}

static void show_row(struct html *h, const struct table *t, const struct table_row *r)
{
	const char *scope = r->groups ? "rowgroup" : "row";
	char *class =
		r->fixed ? xasprintf("fixed%s%s", r->class ? " " : "", r->class ? r->class : "")
			 : NULL;

	html_open(h, "tr", "class", class ? class : r->class);
	for (size_t i = 0; i < t->column_count; i++) {
		const struct table_cell *c = &r->cells[i];

		if (t->columns[i].heading) {
			show_cell(h, &t->columns[i], c, c->span > 1 && scope ? NULL : scope);
			scope = NULL;
		}
		i += c->span > 1 ? c->span - 1 : 0;
	}
	html_close(h, "tr");
	free(class);
}

static void show_heading(struct html *h, const struct table_column *c)
{
	/* A picture has no order. */
	html_open(h, "th", "scope", "col", "class", !c->key ? "nosort" : c->words ? "words" : NULL);
	html_text(h, c->heading);
	html_close(h, "th");
}

/* Rows that change places and can be looked for. */
static size_t count_free(const struct table *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++)
		n += !t->rows[i].fixed;
	return n;
}

void table_html(struct html *h, const struct table *t, const char *label, const char *data)
{
	size_t rows = count_free(t);
	char *class = xasprintf("%s%s%s", t->class ? t->class : "",
				t->class && rows >= SORTED_MIN ? " " : "",
				rows >= SORTED_MIN ? "sort" : "");

	page_open_scroll(h, label);
	html_open(h, "table", "class", *class ? class : NULL, "data-filter",
		  rows >= FILTERED_MIN ? label : NULL);
	if (t->caption)
		html_element(h, "caption", NULL, t->caption);
	html_open(h, "thead");
	html_open(h, "tr");
	for (size_t i = 0; i < t->column_count; i++)
		if (t->columns[i].heading)
			show_heading(h, &t->columns[i]);
	html_close(h, "tr");
	html_close(h, "thead");
	html_open(h, "tbody");
	for (size_t i = 0; i < t->count; i++) {
		if (i && t->rows[i].groups) {
			html_close(h, "tbody");
			html_open(h, "tbody");
		}
		show_row(h, t, &t->rows[i]);
	}
	html_close(h, "tbody");
	html_close(h, "table");
	html_close(h, "div");
	if (data)
		page_data_links(h, data);
	free(class);
}

/* --- data -------------------------------------------------------------------------------------- */

static const char *data_of(const struct table_cell *c)
{
	if (c->data)
		return c->data;
	return c->text ? c->text : "";
}

static void add_field(struct strbuf *out, const char *s)
{
	if (!s[strcspn(s, ",\"\r\n")]) {
		strbuf_adds(out, s);
		return;
	}
	strbuf_addch(out, '"');
	for (; *s; s++) {
		if (*s == '"')
			strbuf_addch(out, '"');
		strbuf_addch(out, *s);
	}
	strbuf_addch(out, '"');
}

/* A cell in both forms. The number is the same text in both, and making it is most of the work. */
static void add_cell(struct strbuf *csv, struct strbuf *json, const struct table_cell *c)
{
	char number[DECIMAL_MAX] = "";

	if (!c->is_number) {
		add_field(csv, data_of(c));
		json_quote(json, data_of(c));
	} else if (isfinite(c->number)) {
		decimal_format(number, c->number);
		strbuf_adds(csv, number);
		strbuf_adds(json, number);
	} else {
		strbuf_adds(json, "null");
	}
}

/* The keys when r is NULL. */
static void add_line(struct strbuf *csv, struct strbuf *json, const struct table *t,
		     const struct table_row *r)
{
	bool first = true;

	for (size_t i = 0; i < t->column_count; i++) {
		const char *key = t->columns[i].key;

		if (!key)
			continue;
		strbuf_adds(csv, first ? "" : ",");
		if (r) {
			strbuf_adds(json, first ? "{" : ",");
			json_quote(json, key);
			strbuf_addch(json, ':');
			add_cell(csv, json, &r->cells[i]);
		} else {
			add_field(csv, key);
		}
		first = false;
	}
	strbuf_adds(csv, "\r\n");
	if (r)
		strbuf_adds(json, first ? "{}" : "}");
}

int table_files(struct folder *f, const struct table *t, const char *name)
{
	char *csv_name = xasprintf("%s.csv", name), *json_name = xasprintf("%s.json", name);
	struct strbuf csv = STRBUF_INIT, json = STRBUF_INIT;
	size_t count = 0;
	int ret;

	add_line(&csv, &json, t, NULL);
	for (size_t i = 0; i < t->count; i++) {
		if (t->rows[i].fixed)
			continue;
		strbuf_adds(&json, count++ ? ",\n" : "[\n");
		add_line(&csv, &json, t, &t->rows[i]);
	}
	strbuf_adds(&json, count ? "\n]\n" : "[]\n");
	ret = folder_write(f, csv_name, csv.data, csv.len);
	if (ret == 0)
		ret = folder_write(f, json_name, json.data, json.len);
	strbuf_release(&csv);
	strbuf_release(&json);
	free(csv_name);
	free(json_name);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "notice.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/json.h"
#include "plot.h"
#include "units.h"

#define FORMAT	     1
#define PICTURES_MAX 4

/* What comes from a guest, or from a plan: one line of ASCII, whatever is in it. */
static char *plain(const char *s)
{
	char *copy = xstrdup(s);

	for (char *p = copy; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = *p == '\n' || *p == '\t' ? ' ' : '?';
	return copy;
}

static size_t count_failed(const struct news *news)
{
	size_t failed = 0;

	for (size_t i = 0; i < news->count; i++)
		failed += news->items[i].failed;
	return failed;
}

/* "+7.76%", or "from 0". */
static char *delta_of(const struct comparison *c, enum unit_form form)
{
	struct strbuf out = STRBUF_INIT;

	if (isnan(c->delta_pct))
		strbuf_adds(&out, "from 0");
	else
		unit_format_pct(&out, c->delta_pct, form);
	return strbuf_detach(&out);
}

static char *interval_of(const struct news_item *c)
{
	const struct comparison *m = c->comparison;
	struct strbuf out = STRBUF_INIT;

	if (isnan(m->ci_pct[0]))
		return xstrdup("-");
	if (judgement_exact(c->judgement) && m->ci_pct[0] == m->ci_pct[1])
		return xstrdup("exact");
	unit_format_interval(&out, m->ci_pct);
	return strbuf_detach(&out);
}

static char *figure_of(const struct comparison *c, double value, enum unit_form form)
{
	struct unit_scale scale = unit_scale(c->unit, isnan(c->base) ? c->new : c->base);
	struct strbuf out = STRBUF_INIT;

	unit_format_scaled(&out, c->unit, value, &scale, form);
	return strbuf_detach(&out);
}

static char *make_subject(const struct news *news)
{
	const struct news_item *first = &news->items[0];
	size_t failed = count_failed(news), worse = news->count - failed;
	struct strbuf out = STRBUF_INIT;
	char *subject, *delta;

	if (news->count == 1 && failed) {
		strbuf_addf(&out, "kab: %s%s%s of %s", first->workload,
			    *first->workload ? " failed: " : "failed: ", first->what,
			    first->kernel);
	} else if (news->count == 1) {
		delta = delta_of(first->comparison, UNIT_ASCII);
		strbuf_addf(&out, "kab: %s %s %s is worse: %s", first->workload, first->what, delta,
			    first->kernel);
		free(delta);
	} else {
		strbuf_adds(&out, "kab:");
		if (worse)
			strbuf_addf(&out, " %zu proven worse", worse);
		if (failed)
			strbuf_addf(&out, "%s %zu failed", worse ? "," : "", failed);
		strbuf_addf(&out, " (%s)", first->judgement->new.plan);
	}
	subject = plain(out.data);
	strbuf_release(&out);
	return subject;
}

/* --- plain text -------------------------------------------------------------------------------- */

/* Wrapped at words, below itself; a word that is longer than a line is broken. */
static void add_wrapped(struct strbuf *out, size_t indent, const char *text)
{
	char *clean = plain(text);
	size_t column = 0;

	for (const char *p = clean + strspn(clean, " "); *p;) {
		size_t word = strcspn(p, " "), room = NOTICE_WIDTH - indent;

		if (column && column + 1 + word > room) {
			strbuf_addch(out, '\n');
			column = 0;
		}
		if (word > room)
			word = room;
		if (column)
			strbuf_addch(out, ' ');
		else
			strbuf_addf(out, "%*s", (int)indent, "");
		strbuf_add(out, p, word);
		column += word + (column ? 1 : 0);
		p += word;
		p += strspn(p, " ");
	}
	strbuf_addch(out, '\n');
	free(clean);
}

static void add_wrappedf(struct strbuf *out, size_t indent, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void add_wrappedf(struct strbuf *out, size_t indent, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	add_wrapped(out, indent, text.data);
	strbuf_release(&text);
}

/* The change before it, when both are of the same kind. */
static const struct news_item *before(const struct news *news, size_t i)
{
	return i && news->items[i - 1].failed == news->items[i].failed ? &news->items[i - 1] : NULL;
}

static bool same_pair(const struct news_item *a, const struct news_item *b)
{
	return a && a->judgement == b->judgement;
}

enum cell { NAME, BASE, NEW, DELTA, INTERVAL, CELLS };

struct row {
	char *cells[CELLS];
};

/* Columns are as wide as their widest cell; when that is too wide, names get lines of their own. */
struct table {
	struct row *rows; /* one per change that is not a failure */
	size_t count;
	int width[CELLS];
	bool narrow;
};

static const char *const titles[CELLS] = { "", "base", "new", "delta", "interval" };

static void table_make(struct table *t, const struct news *news)
{
	int sum = 0;

	t->rows = xcalloc(news->count, sizeof(*t->rows));
	for (int k = 0; k < CELLS; k++)
		t->width[k] = (int)strlen(titles[k]);
	for (size_t i = 0; i < news->count && !news->items[i].failed; i++) {
		const struct news_item *c = &news->items[i];
		struct row *row = &t->rows[t->count++];

		row->cells[NAME] = plain(c->what);
		row->cells[BASE] = figure_of(c->comparison, c->comparison->base, UNIT_ASCII);
		row->cells[NEW] = figure_of(c->comparison, c->comparison->new, UNIT_ASCII);
		row->cells[DELTA] = delta_of(c->comparison, UNIT_ASCII);
		row->cells[INTERVAL] = interval_of(c);
		for (int k = 0; k < CELLS; k++)
			if ((int)strlen(row->cells[k]) > t->width[k])
				t->width[k] = (int)strlen(row->cells[k]);
	}
	for (int k = 0; k < CELLS; k++)
		sum += t->width[k] + (k == NAME ? 1 : 2);
	t->narrow = sum > NOTICE_WIDTH;
	if (t->narrow)
		t->width[NAME] = 2;
}

static void table_release(struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		for (int k = 0; k < CELLS; k++)
			free(t->rows[i].cells[k]);
	free(t->rows);
}

static void add_row(struct strbuf *out, const struct table *t, const char *const *cells)
{
	const char *name = cells[NAME];

	if (t->narrow && *name) {
		add_wrapped(out, 1, name);
		name = "";
	}
	strbuf_addf(out, " %-*s", t->width[NAME], name);
	for (int k = BASE; k < CELLS; k++)
		strbuf_addf(out, "  %*s", t->width[k], cells[k]);
	strbuf_addch(out, '\n');
}

static void add_worse(struct strbuf *out, const struct news *news)
{
	struct table t = { 0 };

	table_make(&t, news);
	for (size_t i = 0; i < t.count; i++) {
		const struct news_item *c = &news->items[i], *last = before(news, i);

		if (!same_pair(last, c)) {
			strbuf_adds(out, last ? "\n" : "");
			add_wrappedf(out, 0,
				     "%s is proven worse than %s (%s, %s clock):", c->kernel,
				     c->base, c->target, c->judgement->new.clock);
			strbuf_addch(out, '\n');
			add_row(out, &t, titles);
		}
		if (!same_pair(last, c) || strcmp(last->workload, c->workload) != 0)
			add_wrappedf(out, 0, "%s: %s", c->workload, c->comparison->title);
		add_row(out, &t, (const char *const *)t.rows[i].cells);
	}
	table_release(&t);
}

static void add_failures(struct strbuf *out, const struct news *news)
{
	for (size_t i = 0; i < news->count; i++) {
		const struct news_item *c = &news->items[i];

		if (!c->failed)
			continue;
		if (!before(news, i))
			strbuf_adds(out, i ? "\nfailed:\n" : "failed:\n");
		add_wrappedf(out, 1, "%s%s%s: %s: %s (run %s)", c->kernel, *c->workload ? ", " : "",
			     c->workload, c->what, c->finding->message, c->finding->run);
	}
}

static void add_origin(struct strbuf *out, const struct news *news, const char *site)
{
	const struct db_side *side = &news->items[0].judgement->new;

	strbuf_addch(out, '\n');
	add_wrappedf(out, 0, "plan %s, session %s", side->plan, side->session);
	if (site)
		add_wrapped(out, 0, site);
	add_wrapped(out, 0, "What is told here is told once, and again when it gets worse.");
}

/* --- HTML -------------------------------------------------------------------------------------- */

static void put_cells(struct html *h, const struct news_item *c)
{
	char *delta = delta_of(c->comparison, UNIT_TYPOGRAPHIC);
	char *base = figure_of(c->comparison, c->comparison->base, UNIT_TYPOGRAPHIC);
	char *new = figure_of(c->comparison, c->comparison->new, UNIT_TYPOGRAPHIC);
	char *interval = interval_of(c);
	const char *cells[] = { c->workload, c->what, base, new, delta, interval };

	html_open(h, "tr");
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		html_open(h, "td", "style", "padding: 2px 10px; border-top: 1px solid #ddd");
		html_text(h, cells[i]);
		html_close(h, "td");
	}
	html_close(h, "tr");
	free(delta);
	free(base);
	free(new);
	free(interval);
}

static void put_heading(struct html *h)
{
	static const char *const names[] = { "workload", "metric", "base",
					     "new",	 "delta",  "95 % interval" };

	html_open(h, "tr");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		html_open(h, "th", "style", "padding: 2px 10px; text-align: left");
		html_text(h, names[i]);
		html_close(h, "th");
	}
	html_close(h, "tr");
}

static void put_tables(struct html *h, const struct news *news)
{
	for (size_t i = 0; i < news->count && !news->items[i].failed; i++) {
		const struct news_item *c = &news->items[i], *last = before(news, i);
		bool ends = i + 1 == news->count || news->items[i + 1].failed ||
			    !same_pair(c, &news->items[i + 1]);

		if (!same_pair(last, c)) {
			html_open(h, "p");
			html_textf(h, "%s is proven worse than %s (%s, %s clock):", c->kernel,
				   c->base, c->target, c->judgement->new.clock);
			html_close(h, "p");
			html_open(h, "table", "style", "border-collapse: collapse");
			put_heading(h);
		}
		put_cells(h, c);
		if (ends)
			html_close(h, "table");
	}
}

static void put_failures(struct html *h, const struct news *news)
{
	if (!count_failed(news))
		return;
	html_element(h, "p", NULL, "Failed:");
	html_open(h, "ul");
	for (size_t i = 0; i < news->count; i++) {
		const struct news_item *c = &news->items[i];

		if (!c->failed)
			continue;
		html_open(h, "li");
		html_textf(h, "%s%s%s: %s: %s (run %s)", c->kernel, *c->workload ? ", " : "",
			   c->workload, c->what, c->finding->message, c->finding->run);
		html_close(h, "li");
	}
	html_close(h, "ul");
}

/* `alts` has the texts of the pictures. */
static void make_html(struct notice *n, const struct news *news, const char *site,
		      const struct strvec *alts)
{
	const struct db_side *side = &news->items[0].judgement->new;
	struct html h = HTML_INIT;

	html_doctype(&h);
	html_open(&h, "html", "lang", "en");
	html_open(&h, "head");
	html_void(&h, "meta", "charset", "utf-8");
	html_element(&h, "title", NULL, n->subject);
	html_close(&h, "head");
	html_open(&h, "body", "style", "font: 14px/1.5 sans-serif");
	put_tables(&h, news);
	put_failures(&h, news);
	for (size_t i = 0; i < alts->count; i++) {
		char *cid = xasprintf("cid:picture%zu", i);

		html_open(&h, "p");
		html_void(&h, "img", "src", cid, "alt", alts->items[i], "style", "max-width: 100%");
		html_close(&h, "p");
		free(cid);
	}
	html_open(&h, "p");
	html_textf(&h, "plan %s, session %s", side->plan, side->session);
	html_close(&h, "p");
	if (site)
		html_element(&h, "p", NULL, site);
	html_close(&h, "body");
	html_close(&h, "html");
	strbuf_add(&n->html, h.out.data, h.out.len);
	html_release(&h);
}

/* --- pictures ---------------------------------------------------------------------------------- */

static void take_pictures(struct notice *n, struct strvec *alts, const struct news *news,
			  const struct judgement *j, const struct plots *plots, const char *dir)
{
	for (size_t i = 0; i < plots->count; i++) {
		const struct plot *p = &plots->items[i];
		bool wanted = false;

		for (size_t k = 0; k < news->count; k++)
			wanted = wanted ||
				 (!news->items[k].failed && news->items[k].judgement == j &&
				  !strcmp(news->items[k].workload, p->workload));
		/* The differences say it all; the other pictures are on the page. */
		if (!wanted || !strstr(p->stem, "differences") || n->pictures.count == PICTURES_MAX)
			continue;
		strvec_pushf(&n->pictures, "%s/%s.png", dir, p->stem);
		strvec_push(alts, p->alt);
	}
}

static int draw(struct notice *n, struct strvec *alts, const struct news *news, const char *work)
{
	const struct judgement *last = NULL;
	int ret = 0;

	for (size_t i = 0; i < news->count && ret == 0; i++) {
		const struct judgement *j = news->items[i].judgement;
		struct plots plots = { 0 };
		char *dir;

		if (news->items[i].failed || j == last || n->pictures.count == PICTURES_MAX)
			continue;
		last = j;
		dir = xasprintf("%s/%zu", work, i);
		ret = dir_make(dir);
		if (ret == 0) {
			const struct plot_side sides[] = {
				{ j->base.spec, &j->base_metrics, &j->base_histograms, NULL },
				{ j->new.spec, &j->new_metrics, &j->new_histograms, j },
			};

			ret = plots_draw(dir, j->base.clock, sides, 2, &plots);
		}
		if (ret == 0)
			take_pictures(n, alts, news, j, &plots, dir);
		plots_release(&plots);
		free(dir);
	}
	return ret;
}

/* --- JSON -------------------------------------------------------------------------------------- */

static struct json_object *worse_json(const struct news_item *c)
{
	const struct comparison *m = c->comparison;
	struct json_object *o = json_new_object(), *interval = NULL;

	json_set_str(o, "target", c->target);
	json_set_str(o, "clock", c->judgement->new.clock);
	json_set_str(o, "base", c->base);
	json_set_str(o, "new", c->kernel);
	json_set_str(o, "workload", c->workload);
	json_set_str(o, "metric", c->what);
	json_set_str(o, "unit", m->unit);
	json_set_str(o, "better", m->better == BETTER_HIGHER ? "higher" : "lower");
	json_set_num(o, "base_value", m->base);
	json_set_num(o, "new_value", m->new);
	json_set_num(o, "delta_pct", m->delta_pct);
	if (m->ci_pct[0] <= m->ci_pct[1]) { /* neither is NaN */
		interval = json_new_array();
		json_append_num(interval, m->ci_pct[0]);
		json_append_num(interval, m->ci_pct[1]);
	}
	json_set(o, "ci_pct", interval);
	return o;
}

static struct json_object *failed_json(const struct news_item *c)
{
	struct json_object *o = json_new_object();

	json_set_str(o, "target", c->target);
	json_set_str(o, "kernel", c->kernel);
	json_set_str(o, "workload", c->workload);
	json_set_str(o, "kind", c->what);
	json_set_str(o, "message", c->finding->message);
	json_set_str(o, "run", c->finding->run);
	return o;
}

static void make_json(struct notice *n, const struct news *news, const char *site)
{
	struct json_object *root = json_new_object();
	struct json_object *worse = json_new_array(), *failed = json_new_array();

	for (size_t i = 0; i < news->count; i++) {
		if (news->items[i].failed)
			json_append(failed, failed_json(&news->items[i]));
		else
			json_append(worse, worse_json(&news->items[i]));
	}
	json_set_int(root, "format", FORMAT);
	json_set_str(root, "subject", n->subject);
	json_set_str(root, "session", news->items[0].session);
	json_set_str(root, "plan", news->items[0].judgement->new.plan);
	json_set_str(root, "site", site);
	json_set(root, "worse", worse);
	json_set(root, "failed", failed);
	strbuf_adds(&n->json, xcheck((char *)json_object_to_json_string_ext(
				      root, JSON_C_TO_STRING_NOSLASHESCAPE)));
	json_object_put(root);
}

int notice_make(struct notice *n, const struct news *news, const char *site, const char *work)
{
	struct strvec alts = STRVEC_INIT;
	int ret = 0;

	*n = (struct notice){ .text = STRBUF_INIT, .html = STRBUF_INIT, .json = STRBUF_INIT };
	n->subject = make_subject(news);
	add_worse(&n->text, news);
	add_failures(&n->text, news);
	add_origin(&n->text, news, site);
	if (work)
		ret = draw(n, &alts, news, work);
	if (ret == 0) {
		make_html(n, news, site, &alts);
		make_json(n, news, site);
	}
	strvec_release(&alts);
	return ret;
}

void notice_release(struct notice *n)
{
	free(n->subject);
	strbuf_release(&n->text);
	strbuf_release(&n->html);
	strbuf_release(&n->json);
	strvec_release(&n->pictures);
}

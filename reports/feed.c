// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An Atom feed (RFC 4287) of what is proven to have changed from night to night: an entry per change
 * point of a headline figure, the newest first. An entry's id is made of what changed and in which
 * night, so that it stays the same however often the site is rendered.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "lib/alloc.h"
#include "lib/hash.h"
#include "site.h"
#include "units.h"

#define ENTRIES_MAX 200

struct entry {
	const struct history_line *line;
	struct history_change change;
};

/* A UUID out of a hash: the form of version 8, in which bits are free. */
static char *make_id(const char *const *parts)
{
	struct hash_hex hex;
	struct hash hash;

	hash_init(&hash);
	for (; *parts; parts++)
		hash_part(&hash, "", *parts);
	hash_end(&hash, &hex);
	return xasprintf("urn:uuid:%.8s-%.4s-8%.3s-a%.3s-%.12s", hex.s, hex.s + 8, hex.s + 12,
			 hex.s + 15, hex.s + 18);
}

static void element(struct html *h, const char *tag, const char *text)
{
	html_open(h, tag);
	html_text(h, text);
	html_close(h, tag);
}

static void title_of(struct strbuf *out, const struct entry *e)
{
	const struct db_line *l = e->line->line;

	strbuf_addf(out, "%s: %s %s ", verdict_name(e->change.verdict), l->workload, l->metric);
	unit_format_pct(out, e->change.delta_pct, UNIT_TYPOGRAPHIC);
	strbuf_addf(out, " on %s", l->spec);
}

static void words_of(struct strbuf *out, const struct entry *e)
{
	const struct history_change *c = &e->change;
	const struct db_line *l = e->line->line;

	strbuf_addf(out, "Plan %s, target %s: %s %s went from ", l->plan, l->target, l->workload,
		    l->metric);
	unit_format(out, l->unit, c->from, UNIT_TYPOGRAPHIC);
	strbuf_adds(out, " to ");
	unit_format(out, l->unit, c->to, UNIT_TYPOGRAPHIC);
	if (strcmp(c->before->kernel, c->after->kernel) != 0)
		strbuf_addf(out, " between %s (%.12s) and %s (%.12s).", c->before->release,
			    c->before->kernel, c->after->release, c->after->kernel);
	else
		strbuf_addf(out, ", on the same kernel.");
}

static void add_entry(struct html *h, const struct entry *e)
{
	const struct db_line *l = e->line->line;
	const char *const key[] = { l->plan,	 l->target, l->spec,
				    l->workload, l->metric, e->change.after->session,
				    NULL };
	struct strbuf title = STRBUF_INIT, words = STRBUF_INIT;
	char *id = make_id(key), *page = site_trend_page(l->workload, l->metric);
	char *plan = gnuplot_stem(l->plan, NULL);
	char *href = xasprintf("trends/%s/%s.html", plan, page);

	title_of(&title, e);
	words_of(&words, e);
	html_open(h, "entry");
	element(h, "id", id);
	element(h, "title", title.data);
	element(h, "updated", e->change.after->started);
	html_open(h, "link", "rel", "alternate", "href", href);
	html_close(h, "link");
	element(h, "summary", words.data);
	html_close(h, "entry");
	strbuf_release(&title);
	strbuf_release(&words);
	free(href);
	free(plan);
	free(page);
	free(id);
}

static int by_time(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(y->change.after->started, x->change.after->started);

	if (order == 0)
		order = strcmp(x->line->line->workload, y->line->line->workload);
	if (order == 0)
		order = strcmp(x->line->line->metric, y->line->line->metric);
	return order != 0 ? order : strcmp(x->line->line->spec, y->line->line->spec);
}

/* Beyond the threshold, in headline figures. */
static struct entry *list_entries(const struct site *s, size_t *count)
{
	struct entry *list = NULL;

	*count = 0;
	for (size_t i = 0; i < s->history.count; i++) {
		const struct history_line *l = &s->history.items[i];

		for (size_t k = 0; k < l->start_count && l->line->headline; k++) {
			struct history_change c = history_change(l, k);

			if (c.verdict == VERDICT_SAME)
				continue;
			list = xreallocarray(list, *count + 1, sizeof(*list));
			list[(*count)++] = (struct entry){ l, c };
		}
	}
	if (*count)
		qsort(list, *count, sizeof(*list), by_time);
	return list;
}

int site_feed(struct site *s)
{
	/* The first night of all tells this site's feed from another's; without one there is no change. */
	const struct db_session_list *nights = s->sessions.count ? &s->sessions : &s->others;
	const char *const key[] = { "changes", nights->items[nights->count - 1].id, NULL };
	struct html h = HTML_INIT;
	char *id = make_id(key);
	size_t count;
	struct entry *list = list_entries(s, &count);
	int ret;

	strbuf_adds(&h.out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
	html_open(&h, "feed", "xmlns", "http://www.w3.org/2005/Atom");
	element(&h, "id", id);
	element(&h, "title", "kab: proven changes");
	element(&h, "updated", nights->items[0].started);
	html_open(&h, "author");
	element(&h, "name", "kab");
	html_close(&h, "author");
	html_open(&h, "link", "rel", "self", "href", "changes.atom");
	html_close(&h, "link");
	html_open(&h, "link", "rel", "alternate", "href", "index.html");
	html_close(&h, "link");
	for (size_t i = 0; i < count && i < ENTRIES_MAX; i++)
		add_entry(&h, &list[i]);
	html_close(&h, "feed");
	folder_begin(&s->folder, "feed", NULL);
	ret = site_write(s, "changes.atom", &h);
	free(list);
	free(id);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the verdicts rest on: findings, environment, kernels, and how to do it again.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "lib/alloc.h"
#include "lib/strbuf.h"
#include "page-compare.h"
#include "table.h"

#define SERIES_FACTS "series." /* runner/source/series.h has the keys */

void page_open_scroll(struct html *h, const char *label)
{
	html_open(h, "div", "class", "scroll", "role", "region", "tabindex", "0", "aria-label",
		  label);
}

/* --- findings ---------------------------------------------------------------------------------- */

/* To the page of the run, beside the list of them. */
static void run_link(struct page *p, const char *run)
{
	const char *slash = strrchr(run, '/');
	const char *list = p->links->runs, *end = list ? strrchr(list, '/') : NULL;
	char *stem, *href;

	if (!end || !slash) {
		html_textf(p->h, "run %s", run);
		return;
	}
	stem = gnuplot_stem(slash + 1, NULL);
	href = xasprintf("%.*s/%s.html", (int)(end - list), list, stem);
	html_open(p->h, "a", "href", href);
	html_textf(p->h, "run %s", run);
	html_close(p->h, "a");
	free(href);
	free(stem);
}

void page_findings(struct page *p)
{
	struct html *h = p->h;
	size_t total = 0;

	html_open(h, "section", "id", "findings");
	html_element(h, "h2", NULL, "Findings");
	html_open(h, "ul", "class", "findings");
	for (size_t i = 0; i <= p->count; i++)
		for (size_t k = 0; k < p->columns[i].findings->count; k++, total++) {
			const struct db_finding *f = &p->columns[i].findings->items[k];

			html_open(h, "li");
			html_element(h, "strong", NULL, severity_name(f->severity));
			html_textf(h, ": %s%s%s: %s", f->workload, *f->workload ? ": " : "",
				   f->kind, f->message);
			html_open(h, "div", "class", "small soft");
			html_textf(h, "%s, ", p->columns[i].name);
			run_link(p, f->run);
			html_close(h, "div");
			html_close(h, "li");
		}
	html_close(h, "ul");
	if (!total)
		html_element(h, "p", NULL,
			     "None: no kernel warning, no failed check, no failed run.");
	html_close(h, "section");
}

/* --- environment ------------------------------------------------------------------------------- */

static const char *fact_value(const struct db_facts *facts, const char *key)
{
	for (size_t i = 0; i < facts->count; i++)
		if (!strcmp(facts->items[i].key, key))
			return facts->items[i].value;
	return "–";
}

static bool fact_is_common(const struct page *p, const char *key)
{
	const char *first = fact_value(p->columns[0].facts, key);

	for (size_t i = 1; i <= p->count; i++)
		if (strcmp(fact_value(p->columns[i].facts, key), first) != 0)
			return false;
	return true;
}

/* The facts that are the same for all kernels (one column), or that are not (one for each). */
static void fact_table(struct page *p, const struct strvec *keys, bool common)
{
	size_t count = common ? 1 : p->count + 1;
	struct table_column *columns = xcalloc(count + 1, sizeof(*columns));
	struct table t;

	columns[0] = (struct table_column){ "what", "what", false };
	for (size_t i = 0; i < count; i++)
		columns[i + 1] =
			(struct table_column){ "value", common ? "all kernels" : p->columns[i].name,
					       false };
	table_init(&t, columns, count + 1);
	t.class = "facts";
	for (size_t k = 0; k < keys->count; k++) {
		if (fact_is_common(p, keys->items[k]) != common)
			continue;
		table_row(&t, NULL);
		table_text(&t, keys->items[k]);
		for (size_t i = 0; i < count; i++)
			table_text(&t, fact_value(p->columns[i].facts, keys->items[k]));
	}
	table_html(p->h, &t,
		   common ? "Environment of all kernels" : "Differences in the environment", NULL);
	table_release(&t);
	free(columns);
}

void page_environment(struct page *p)
{
	struct html *h = p->h;
	struct strvec keys = STRVEC_INIT;
	size_t common = 0;

	for (size_t i = 0; i <= p->count; i++)
		for (size_t k = 0; k < p->columns[i].facts->count; k++) {
			const char *key = p->columns[i].facts->items[k].key;

			/* What a series is stands with its kernel. */
			if (strncmp(key, SERIES_FACTS, strlen(SERIES_FACTS)) != 0 &&
			    !strvec_has(&keys, key))
				strvec_push(&keys, key);
		}
	strvec_sort(&keys);
	for (size_t k = 0; k < keys.count; k++)
		common += fact_is_common(p, keys.items[k]);
	html_open(h, "section", "id", "environment");
	html_element(h, "h2", NULL, "Environment");
	if (common == keys.count)
		html_element(h, "p", NULL, "Nothing but the kernel differs.");
	else
		fact_table(p, &keys, false);
	if (common) {
		html_open(h, "details");
		html_open(h, "summary");
		html_textf(h, "%zu facts that are the same for all kernels", common);
		html_close(h, "summary");
		fact_table(p, &keys, true);
		html_close(h, "details");
	}
	html_close(h, "section");
	strvec_release(&keys);
}

/* --- kernels ----------------------------------------------------------------------------------- */

static void pair(struct html *h, const char *name, const char *class, const char *value)
{
	if (!*value)
		return;
	html_element(h, "dt", NULL, name);
	html_element(h, "dd", class, value);
}

static void kernel_link(struct page *p, const char *name, const char *kernel)
{
	char *stem, *href;

	if (!p->links->kernels) {
		html_text(p->h, name);
		return;
	}
	stem = gnuplot_stem(kernel, NULL);
	href = xasprintf("%s%s.html", p->links->kernels, stem);
	html_open(p->h, "a", "href", href);
	html_text(p->h, name);
	html_close(p->h, "a");
	free(href);
	free(stem);
}

/* Series from mails. */
__attribute__((format(printf, 2, 3))) static const char *series_fact(const struct db_facts *facts,
								     const char *fmt, ...)
{
	struct strbuf key = STRBUF_INIT;
	const char *value = NULL;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&key, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < facts->count && !value; i++)
		if (!strcmp(facts->items[i].key, key.data))
			value = facts->items[i].value;
	strbuf_release(&key);
	return value;
}

/* A text that leads to a page of the web, when there is one. */
static void linked(struct html *h, const char *link, const char *text)
{
	if (link)
		html_link_out(h, link, text);
	else
		html_text(h, text);
}

static void series_patches(struct html *h, const struct db_facts *facts, size_t number)
{
	const char *name;

	html_open(h, "ol");
	for (size_t i = 1; (name = series_fact(facts, "series.%zu.patch.%03zu", number, i)); i++) {
		const char *trailers =
			series_fact(facts, "series.%zu.patch.%03zu.trailers", number, i);

		html_open(h, "li");
		linked(h, series_fact(facts, "series.%zu.patch.%03zu.link", number, i), name);
		if (trailers)
			html_element(h, "div", "small soft", trailers);
		html_close(h, "li");
	}
	html_close(h, "ol");
}

bool page_series(struct html *h, const struct db_facts *facts)
{
	const char *title;
	bool any = false;

	for (size_t n = 1; (title = series_fact(facts, "series.%zu.title", n)); n++) {
		const char *version = series_fact(facts, "series.%zu.version", n);
		const char *author = series_fact(facts, "series.%zu.author", n);
		const char *date = series_fact(facts, "series.%zu.date", n);
		const char *base = series_fact(facts, "series.%zu.base", n);

		any = true;
		html_element(h, "dt", NULL, "patches");
		html_open(h, "dd");
		linked(h, series_fact(facts, "series.%zu.link", n), title);
		html_textf(h, " %s", version ? version : "");
		html_open(h, "div", "class", "small soft");
		html_textf(h, "%s, %s", author ? author : "", date ? date : "");
		if (base)
			html_textf(h, ", for %.12s", base);
		html_close(h, "div");
		series_patches(h, facts, n);
		html_close(h, "dd");
	}
	return any;
}

void page_kernels(struct page *p)
{
	struct html *h = p->h;

	html_open(h, "section", "id", "kernels");
	html_element(h, "h2", NULL, "Kernels");
	html_open(h, "div", "class", "kernels");
	for (size_t i = 0; i <= p->count; i++) {
		const struct db_side *s = p->columns[i].side;
		char *runs = xasprintf("%zu, %zu failed", s->runs, s->failed_runs);

		html_open(h, "article", "class", "card");
		html_open(h, "h3");
		kernel_link(p, p->columns[i].name, s->kernel_id);
		html_close(h, "h3");
		html_open(h, "dl");
		pair(h, "role", NULL, i ? "new" : "base");
		pair(h, "source", NULL, s->source);
		pair(h, "series", NULL, s->series);
		(void)page_series(h, p->columns[i].facts);
		pair(h, "release", NULL, s->release);
		pair(h, "compiler", NULL, s->compiler);
		pair(h, "identity", "id", s->kernel_id);
		pair(h, "image sha256", "id", s->image_sha256);
		pair(h, "config sha256", "id", s->config_sha256);
		pair(h, "runs", NULL, runs);
		html_close(h, "dl");
		html_close(h, "article");
		free(runs);
	}
	html_close(h, "div");
	html_close(h, "section");
}

/* --- how to do it again ------------------------------------------------------------------------ */

/* As a word of a shell, quoted where it has to be. */
static void add_word(struct strbuf *out, const char *s)
{
	const char *safe =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./:@=%#";

	strbuf_addch(out, ' ');
	if (*s && *s != '#' && !s[strspn(s, safe)]) {
		strbuf_adds(out, s);
		return;
	}
	strbuf_addch(out, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			strbuf_adds(out, "'\\''");
		else
			strbuf_addch(out, *s);
	}
	strbuf_addch(out, '\'');
}

static size_t most_boots(const struct judgement *j)
{
	size_t most = 1;

	for (size_t i = 0; i < j->count; i++) {
		if (j->items[i].n_base > most)
			most = j->items[i].n_base;
		if (j->items[i].n_new > most)
			most = j->items[i].n_new;
	}
	return most;
}

static void command(struct page *p, const struct judgement *j)
{
	struct strbuf line = STRBUF_INIT;

	strbuf_adds(&line, "kab compare");
	add_word(&line, j->base.spec);
	add_word(&line, j->new.spec);
	strbuf_adds(&line, " --target");
	add_word(&line, j->base.target);
	strbuf_addf(&line, " --boots %zu --threshold %g", most_boots(j), j->threshold_pct);
	for (size_t w = 0; w < p->workloads.count; w++) {
		strbuf_adds(&line, " \\\n    --workload");
		add_word(&line, p->workloads.items[w]);
	}
	html_open(p->h, "pre", "tabindex", "0");
	html_element(p->h, "code", NULL, line.data);
	html_close(p->h, "pre");
	strbuf_release(&line);
}

void page_reproduce(struct page *p)
{
	struct html *h = p->h;

	html_open(h, "section", "id", "reproduce");
	html_element(h, "h2", NULL, "Do it again");
	for (size_t k = 0; k < p->count; k++)
		command(p, &p->list[k]);
	html_element(h, "p", NULL, "The same page from the stored figures:");
	html_open(h, "pre", "tabindex", "0");
	html_open(h, "code");
	html_textf(h, "kab report --session %s", p->list[0].base.session);
	html_close(h, "code");
	html_close(h, "pre");
	html_close(h, "section");
}

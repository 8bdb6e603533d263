// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page of a session, from the verdict down to what was run and how to run it again.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "gnuplot.h"
#include "lib/alloc.h"
#include "lib/strbuf.h"
#include "lib/strvec.h"
#include "page-compare.h"
#include "table.h"
#include "units.h"

static const struct {
	const char *badge, *class;
} verdicts[] = {
	[VERDICT_BETTER] = { "✓ better", "better" },
	[VERDICT_WORSE] = { "✗ worse", "worse" },
	[VERDICT_SAME] = { "= same", NULL },
	[VERDICT_UNPROVEN] = { "~ unproven", NULL },
};

/* --- small parts ------------------------------------------------------------------------------- */

const char *page_verdict_text(enum verdict v)
{
	return verdicts[v].badge;
}

const char *page_verdict_class(enum verdict v)
{
	return verdicts[v].class ? verdicts[v].class : "";
}

void page_badge(struct html *h, enum verdict v)
{
	char *class = xasprintf("badge %s", verdicts[v].class ? verdicts[v].class : "");

	html_element(h, "span", class, verdicts[v].badge);
	free(class);
}

static void figure_text(struct html *h, const struct comparison *c, double value)
{
	struct unit_scale scale = unit_scale(c->unit, isnan(c->base) ? c->new : c->base);
	struct strbuf text = STRBUF_INIT;

	unit_format_scaled(&text, c->unit, value, &scale, UNIT_TYPOGRAPHIC);
	html_text(h, text.data);
	strbuf_release(&text);
}

void page_delta(struct html *h, const char *tag, const char *class, const struct comparison *c)
{
	const char *meaning = verdicts[c->verdict].class;
	char *classes =
		xasprintf("%s%s%s", class, meaning ? " proven " : "", meaning ? meaning : "");
	struct strbuf text = STRBUF_INIT;

	unit_format_pct(&text, c->delta_pct, UNIT_TYPOGRAPHIC);
	html_element(h, tag, *classes ? classes : NULL, text.data);
	strbuf_release(&text);
	free(classes);
}

static void interval(struct html *h, const struct page *p, const struct comparison *c)
{
	struct strbuf lo = STRBUF_INIT, hi = STRBUF_INIT;

	if (isnan(c->ci_pct[0])) {
		html_text(h, "none");
	} else if (p->exact && c->ci_pct[0] == c->ci_pct[1]) {
		html_text(h, "exact");
	} else {
		unit_format_pct(&lo, c->ci_pct[0], UNIT_TYPOGRAPHIC);
		unit_format_pct(&hi, c->ci_pct[1], UNIT_TYPOGRAPHIC);
		html_textf(h, "%s … %s", lo.data, hi.data);
	}
	strbuf_release(&lo);
	strbuf_release(&hi);
}

/* An anchor for a workload; its number is enough. */
static char *anchor(const struct page *p, const char *workload, const char *prefix)
{
	for (size_t i = 0; i < p->workloads.count; i++)
		if (!strcmp(p->workloads.items[i], workload))
			return xasprintf("%sworkload-%zu", prefix, i + 1);
	return NULL;
}

static size_t count_metrics(const struct judgement *j, const char *workload, bool headline)
{
	size_t n = 0;

	for (size_t i = 0; i < j->count; i++)
		n += !strcmp(j->items[i].workload, workload) && (!headline || j->items[i].headline);
	return n;
}

static const char *title_of(const struct page *p, const char *workload)
{
	for (size_t k = 0; k < p->count; k++)
		for (size_t i = 0; i < p->list[k].count; i++)
			if (!strcmp(p->list[k].items[i].workload, workload))
				return p->list[k].items[i].title;
	return "";
}

/* --- the top ----------------------------------------------------------------------------------- */

static void clock_line(struct page *p)
{
	const struct judgement *j = &p->list[0];

	html_open(p->h, "p", "class", "soft");
	if (p->exact)
		html_textf(
			p->h,
			"Measured on the instruction clock: one instruction of the guest is one "
			"nanosecond. The figures are exact and the same on any host; cache misses "
			"and memory bandwidth do not show. Differences up to %g %% count as the "
			"same; further out in the tails of latencies a little more.",
			j->threshold_pct);
	else
		html_textf(
			p->h,
			"Measured on the wall clock: each boot counts as one value, intervals are "
			"95 %%. “Same” needs the whole interval within ±%g %% (in the tails of "
			"latencies more); “better” and “worse” need it clear of zero, and that "
			"chance alone would show as much in less than 1 of 100 cases. %zu figures "
			"are judged at once, so each has to be that much clearer "
			"(Benjamini and Hochberg).",
			j->threshold_pct, j->family);
	html_close(p->h, "p");
}

static void notices(struct page *p)
{
	struct html *h = p->h;
	size_t failed = 0, runs = 0;
	struct strvec lines = STRVEC_INIT;

	for (size_t i = 0; i <= p->count; i++) {
		failed += p->columns[i].side->failed_runs;
		runs += p->columns[i].side->runs;
	}
	if (failed)
		strvec_pushf(
			&lines,
			"%zu of %zu runs failed; their figures are not used. See the findings.",
			failed, runs);
	for (size_t k = 0; k < p->count; k++)
		for (size_t i = 0; i < p->list[k].warnings.count; i++)
			strvec_pushf(&lines, "%s: %s", p->columns[k + 1].name,
				     p->list[k].warnings.items[i]);
	if (lines.count) {
		html_open(h, "div", "class", "notice", "role", "note");
		for (size_t i = 0; i < lines.count; i++)
			html_element(h, "p", NULL, lines.items[i]);
		html_close(h, "div");
	}
	strvec_release(&lines);
}

static void verdict_sentences(struct page *p)
{
	struct html *h = p->h;

	if (p->count > 1) {
		html_open(h, "h1");
		html_textf(h, "%zu kernels against %s", p->count, p->columns[0].name);
		html_close(h, "h1");
	}
	for (size_t k = 0; k < p->count; k++) {
		char *verdict = judgement_verdict(&p->list[k]);
		char *details = judgement_details(&p->list[k], UNIT_TYPOGRAPHIC);

		html_element(h, p->count > 1 ? "h2" : "h1", NULL, verdict);
		html_element(h, "p", "lead", details);
		free(verdict);
		free(details);
	}
}

static void card_figure(struct page *p, const struct judgement *j, const struct comparison *c,
			const char *kernel)
{
	struct html *h = p->h;
	char *reason = comparison_reason(j, c, UNIT_TYPOGRAPHIC);

	html_open(h, "div", "class", "figure");
	html_open(h, "p", "class", "small soft");
	if (p->count > 1)
		html_textf(h, "%s: ", kernel);
	html_textf(h, "%s, %s is better", c->metric,
		   c->better == BETTER_HIGHER ? "higher" : "lower");
	html_close(h, "p");
	html_open(h, "p");
	page_delta(h, "span", "big", c);
	page_badge(h, c->verdict);
	html_close(h, "p");
	html_open(h, "p", "class", "small soft");
	figure_text(h, c, c->base);
	html_text(h, " → ");
	figure_text(h, c, c->new);
	if (!p->exact && !isnan(c->ci_pct[0])) {
		html_void(h, "br");
		html_text(h, "95 %: ");
		interval(h, p, c);
	}
	html_close(h, "p");
	html_element(h, "p", "small soft", reason);
	html_close(h, "div");
	free(reason);
}

static void no_figures(struct page *p, const char *kernel)
{
	html_open(p->h, "div", "class", "figure");
	html_open(p->h, "p", "class", "small soft");
	if (p->count > 1)
		html_textf(p->h, "%s: ", kernel);
	html_text(p->h, "no headline figures");
	html_close(p->h, "p");
	html_close(p->h, "div");
}

static void card(struct page *p, const char *workload)
{
	struct html *h = p->h;
	char *link = anchor(p, workload, "#");

	html_open(h, "article", "class", "card");
	html_open(h, "h3");
	html_open(h, "a", "href", link);
	html_text(h, workload);
	html_close(h, "a");
	html_close(h, "h3");
	html_element(h, "p", "small soft", title_of(p, workload));
	for (size_t k = 0; k < p->count; k++) {
		if (!count_metrics(&p->list[k], workload, true))
			no_figures(p, p->columns[k + 1].name);
		for (size_t i = 0; i < p->list[k].count; i++) {
			const struct comparison *c = &p->list[k].items[i];

			if (c->headline && !strcmp(c->workload, workload))
				card_figure(p, &p->list[k], c, p->columns[k + 1].name);
		}
	}
	html_close(h, "article");
	free(link);
}

static void link_to(struct html *h, const char *href, const char *text)
{
	if (!href)
		return;
	html_text(h, " · ");
	html_open(h, "a", "href", href);
	html_text(h, text);
	html_close(h, "a");
}

static void top(struct page *p)
{
	struct html *h = p->h;
	const struct db_side *base = &p->list[0].base;

	html_open(h, "header");
	html_open(h, "p", "class", "small soft");
	html_textf(h, "%s · target %s · %s", base->plan, base->target, base->started);
	link_to(h, p->links->overview, "all comparisons");
	link_to(h, p->links->published, "published against measured");
	link_to(h, p->links->nights, "all nights");
	link_to(h, p->links->runs, "runs");
	html_close(h, "p");
	verdict_sentences(p);
	clock_line(p);
	html_close(h, "header");
	notices(p);
	html_open(h, "section", "class", "cards", "aria-label", "Headline figures");
	for (size_t w = 0; w < p->workloads.count; w++)
		card(p, p->workloads.items[w]);
	html_close(h, "section");
	if (p->links->root)
		page_data_links(h, "figures");
}

/* --- a workload -------------------------------------------------------------------------------- */

static void metric_row(struct table *t, const struct page *p, const struct comparison *c,
		       bool mark_headline)
{
	char *boots = xasprintf("%zu + %zu", c->n_base, c->n_new);

	table_row(t, c->headline && mark_headline ? "headline" : NULL);
	table_metric(t, c->metric, c->better);
	table_scaled(t, c->unit, c->base, c->base);
	table_scaled(t, c->unit, c->new, c->base);
	table_percent(t, c->delta_pct, c->verdict);
	table_interval(t, c->ci_pct, p->exact, "none");
	table_verdict(t, c->verdict);
	table_text(t, boots);
	free(boots);
}

static void metric_table(struct page *p, size_t k, const char *workload, bool all)
{
	const struct table_column columns[] = {
		{ "metric", "metric", false },
		{ "base", "base", false },
		{ "new", "new", false },
		{ "difference", "difference", false },
		{ "interval", p->exact ? "interval" : "95 % interval", false },
		{ "verdict", "verdict", false },
		{ "boots", "boots", false },
	};
	const struct judgement *j = &p->list[k];
	char *sides = xasprintf("%s against %s", p->columns[k + 1].name, p->columns[0].name);
	char *label =
		xasprintf("%s, %s: %s", workload, all ? "all metrics" : "headline metrics", sides);
	struct table t;

	table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	t.caption = p->count > 1 ? sides : NULL;
	for (size_t i = 0; i < j->count; i++)
		if (!strcmp(j->items[i].workload, workload) && (all || j->items[i].headline))
			metric_row(&t, p, &j->items[i], all);
	table_html(p->h, &t, label, NULL);
	table_release(&t);
	free(label);
	free(sides);
}

void page_picture(struct html *h, const struct plot *plot)
{
	char *files[GNUPLOT_FORMATS];
	char *width = xasprintf("%d", GNUPLOT_WIDTH), *height = xasprintf("%d", plot->height);
	enum { SVG, SVG_DARK, PNG };

	for (size_t i = 0; i < GNUPLOT_FORMATS; i++)
		files[i] = xasprintf("%s%s", plot->stem, gnuplot_suffixes[i]);
	html_open(h, "figure");
	html_open(h, "figcaption");
	html_element(h, "span", NULL, plot->caption);
	html_open(h, "span", "class", "soft");
	html_open(h, "a", "href", files[PNG]);
	html_text(h, "PNG");
	html_close(h, "a");
	html_text(h, " ");
	html_open(h, "a", "href", files[SVG]);
	html_text(h, "SVG");
	html_close(h, "a");
	html_close(h, "span");
	html_close(h, "figcaption");
	html_open(h, "picture");
	html_void(h, "source", "media", "(prefers-color-scheme: dark)", "srcset", files[SVG_DARK]);
	html_void(h, "img", "src", files[SVG], "width", width, "height", height, "alt", plot->alt);
	html_close(h, "picture");
	html_close(h, "figure");
	for (size_t i = 0; i < GNUPLOT_FORMATS; i++)
		free(files[i]);
	free(width);
	free(height);
}

static void pictures(struct page *p, const char *workload)
{
	html_open(p->h, "div", "class", "plots");
	for (size_t i = 0; i < p->plots->count; i++)
		if (!strcmp(p->plots->items[i].workload, workload))
			page_picture(p->h, &p->plots->items[i]);
	html_close(p->h, "div");
}

/* --- latencies --------------------------------------------------------------------------------- */

/* The last bin has no upper end. */
static void ns_cell(struct table *t, double ns)
{
	struct strbuf text = STRBUF_INIT;

	if (ns >= (double)BIN_LAST_NS)
		strbuf_adds(&text, "≥ ");
	unit_format(&text, "ns", ns, UNIT_TYPOGRAPHIC);
	table_cell(t, &(struct table_cell){ .text = text.data, .number = ns, .is_number = true });
	strbuf_release(&text);
}

static void quantile_row(struct table *t, const struct quantile_shift *q)
{
	char *name = xasprintf("%s %s", q->kind, q->name);

	table_row(t, NULL);
	table_text(t, name);
	ns_cell(t, q->base_ns);
	ns_cell(t, q->new_ns);
	table_percent(t, q->delta_pct, VERDICT_UNPROVEN);
	table_interval(t, q->ci_pct, false, "none");
	free(name);
}

/* Of one comparison and workload; nothing when it has no latencies. */
static void quantile_table(struct page *p, size_t k, const char *workload)
{
	static const struct table_column columns[] = {
		{ "latency", "latency", false },
		{ "base", "base", false },
		{ "new", "new", false },
		{ "shift", "shift", false },
		{ "interval", "95 % interval", false },
	};
	const struct quantile_shifts *q = &p->list[k].quantiles;
	char *label = xasprintf("%s, latencies of all boots: %s against %s", workload,
				p->columns[k + 1].name, p->columns[0].name);
	struct table t;

	table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	t.caption = "Latencies of all boots together; intervals by drawing whole boots again";
	for (size_t i = 0; i < q->count; i++)
		if (!strcmp(q->items[i].workload, workload))
			quantile_row(&t, &q->items[i]);
	if (t.count)
		table_html(p->h, &t, label, NULL);
	table_release(&t);
	free(label);
}

static void all_metrics(struct page *p, const char *workload)
{
	struct html *h = p->h;
	size_t count = 0;

	for (size_t k = 0; k < p->count; k++)
		if (count_metrics(&p->list[k], workload, false) > count)
			count = count_metrics(&p->list[k], workload, false);
	if (!count) {
		html_element(h, "p", NULL, "No figures: see the findings.");
		return;
	}
	html_open(h, "details");
	html_open(h, "summary");
	html_textf(h, "All %zu metrics of %s", count, workload);
	html_close(h, "summary");
	for (size_t k = 0; k < p->count; k++) {
		metric_table(p, k, workload, true);
		quantile_table(p, k, workload);
	}
	html_close(h, "details");
}

static void workload_section(struct page *p, const char *workload)
{
	struct html *h = p->h;
	char *id = anchor(p, workload, "");

	html_open(h, "section", "id", id);
	html_element(h, "h2", NULL, workload);
	html_element(h, "p", "soft", title_of(p, workload));
	for (size_t k = 0; k < p->count; k++)
		if (count_metrics(&p->list[k], workload, true))
			metric_table(p, k, workload, false);
	if (p->plots->count)
		pictures(p, workload);
	for (size_t k = 0; k < p->count; k++)
		page_explain(p, k, workload);
	all_metrics(p, workload);
	html_close(h, "section");
	free(id);
}

/* --- the page ---------------------------------------------------------------------------------- */

/* Those with figures, then those that failed on all sides. */
static void collect_workloads(struct page *p)
{
	for (size_t k = 0; k < p->count; k++)
		for (size_t i = 0; i < p->list[k].count; i++)
			if (!strvec_has(&p->workloads, p->list[k].items[i].workload))
				strvec_push(&p->workloads, p->list[k].items[i].workload);
	for (size_t i = 0; i <= p->count; i++)
		for (size_t k = 0; k < p->columns[i].findings->count; k++) {
			const char *name = p->columns[i].findings->items[k].workload;

			if (*name && !strvec_has(&p->workloads, name))
				strvec_push(&p->workloads, name);
		}
}

void page_session_frame(struct html *h, const char *title, const struct db_side *side,
			const struct page_links *links, const char *part)
{
	/* The page of claims is the one of a session that lies at the top of the site. */
	bool top = links->root && !*links->root;
	struct frame f = { .title = title,
			   .root = links->root,
			   .section = top ? SECTION_PUBLISHED : SECTION_OVERVIEW };
	char *front = links->root ? xasprintf("%sindex.html", links->root) : NULL;
	char *night = xasprintf("%.16s", side->started);
	size_t n = 0;

	f.published = links->published_site;
	f.crumbs[n++] = (struct crumb){ "Overview", front };
	f.crumbs[n++] = (struct crumb){ side->plan, links->nights };
	f.crumbs[n++] = (struct crumb){ night, links->overview };
	if (links->overview && part)
		f.crumbs[n++] = (struct crumb){ part, NULL };
	frame_open(h, &f);
	free(front);
	free(night);
}

void page_compare(struct html *h, const struct judgement *list, size_t count, char *const *names,
		  const struct plots *plots, const struct page_links *links)
{
	struct page p = { .h = h, .list = list, .count = count, .plots = plots, .links = links };
	char *title = judgement_sentence(&list[0]);

	p.exact = judgement_exact(&list[0]);
	p.columns = xcalloc(count + 1, sizeof(*p.columns));
	p.columns[0] = (struct column){ names[0], &list[0].base, &list[0].base_findings,
					&list[0].base_facts };
	for (size_t i = 0; i < count; i++)
		p.columns[i + 1] = (struct column){ names[i + 1], &list[i].new,
						    &list[i].new_findings, &list[i].new_facts };
	collect_workloads(&p);
	page_session_frame(h, title, &list[0].base, links, count == 1 ? list[0].new.spec : NULL);
	top(&p);
	for (size_t w = 0; w < p.workloads.count; w++)
		workload_section(&p, p.workloads.items[w]);
	page_findings(&p);
	page_environment(&p);
	page_kernels(&p);
	page_reproduce(&p);
	frame_close(h);
	strvec_release(&p.workloads);
	free(p.columns);
	free(title);
}

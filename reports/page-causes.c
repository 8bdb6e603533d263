// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of ladders and bisections, and the newest of them for the front page.
 */
#include <stdlib.h>

#include "ladder.h"
#include "lib/alloc.h"
#include "lib/strbuf.h"
#include "site.h"
#include "table.h"

#define FRONT_MAX 3 /* of each kind on the front page */
#define NAMED_MAX 3 /* commits */

static const char title[] = "Which patch, which commit";

void page_cause_frame(struct html *h, const char *name, const char *root, bool published)
{
	char *front = root ? xasprintf("%sindex.html", root) : NULL;
	char *causes = root ? xasprintf("%scauses/index.html", root) : NULL;
	const struct frame f = {
		.title = name,
		.root = root,
		.published = published,
		.section = SECTION_CAUSES,
		.crumbs = { { "Overview", front }, { "Causes", causes }, { name, NULL } }
	};

	frame_open(h, &f);
	free(causes);
	free(front);
}

/* --- in a line --------------------------------------------------------------------------------- */

struct line {
	const struct db_session *session;
	char *name, *answer, *href;
};

static void line_release(struct line *l)
{
	free(l->name);
	free(l->answer);
	free(l->href);
}

static struct line line_of_ladder(const struct site *s, const struct site_ladder *l,
				  const char *root)
{
	const char *page = site_session_indexed(s, l->shown) ? "index.html" : "runs/index.html";

	return (struct line){
		.session = l->shown->session,
		.name = site_session_name(l->shown->session),
		.answer = l->ladder ? ladder_sentence(l->ladder, UNIT_TYPOGRAPHIC)
				    : xstrdup("nothing to compare: not all kernels were run, or "
					      "fewer than two have figures"),
		.href = xasprintf("%s%s/%s", root, l->shown->dir, page),
	};
}

/* The commits that may have made the change; a new string. */
static char *name_commits(const struct search *s)
{
	struct strbuf out = STRBUF_INIT;
	size_t named = 0;

	for (size_t i = 1; i <= s->n; i++) {
		char *commit;

		if (!search_names(s, i) || named++ >= NAMED_MAX)
			continue;
		commit = search_commit_words(s, i);
		strbuf_addf(&out, "%s%s", out.len ? "; " : "", commit);
		free(commit);
	}
	if (named > NAMED_MAX)
		strbuf_addf(&out, " and %zu more", named - NAMED_MAX);
	if (!named)
		strbuf_adds(&out, "nothing is found yet");
	return strbuf_detach(&out);
}

static struct line line_of_search(const struct site_search *b, const char *root)
{
	return (struct line){
		.session = b->ends->session,
		.name = bisection_title(&b->search),
		.answer = name_commits(&b->search),
		.href = xasprintf("%sbisections/%s.html", root, b->stem),
	};
}

/* --- the list ---------------------------------------------------------------------------------- */

static void first_cells(struct table *t, const struct line *l)
{
	table_row(t, NULL);
	table_cell(t, &(struct table_cell){ .text = l->name, .href = l->href, .more = l->answer });
	table_text(t, l->answer);
}

static void last_cells(struct table *t, const struct line *l)
{
	char *when = xasprintf("%.10s", l->session->started);

	table_text(t, l->session->target);
	table_text(t, l->session->clock);
	table_cell(t, &(struct table_cell){ .text = when, .data = l->session->started });
	free(when);
}

static void ladder_rows(struct table *t, const struct site *s)
{
	for (size_t i = 0; i < s->ladder_count; i++) {
		struct line l = line_of_ladder(s, &s->ladders[i], "../");

		first_cells(t, &l);
		table_text(t, s->ladders[i].shown->sides.items[0].spec);
		last_cells(t, &l);
		line_release(&l);
	}
}

static void search_rows(struct table *t, const struct site *s)
{
	for (size_t i = 0; i < s->search_count; i++) {
		const struct search *search = &s->searches[i].search;
		struct line l = line_of_search(&s->searches[i], "../");
		char *measured = xasprintf("%zu of %zu", search->measured, search->n - 1);

		first_cells(t, &l);
		table_count(t, search->n - 1);
		table_cell(t, &(struct table_cell){ .text = measured,
						    .number = (double)search->measured,
						    .is_number = true });
		last_cells(t, &l);
		free(measured);
		line_release(&l);
	}
}

static int list(struct site *s, struct html *h, struct table *t, const char *heading,
		const char *name, const char *none)
{
	char *path = xasprintf("causes/%s", name);
	int ret = table_files(&s->folder, t, path);

	html_element(h, "h2", NULL, heading);
	t->class = "stack";
	if (t->count)
		table_html(h, t, heading, name);
	else
		html_element(h, "p", "soft", none);
	table_release(t);
	free(path);
	return ret;
}

int site_causes(struct site *s)
{
	static const struct table_column ladder_columns[] = {
		{ "ladder", "ladder", true }, { "answer", NULL, true },
		{ "base", "base", true },     { "target", "target", false },
		{ "clock", "clock", false },  { "started", "when", false },
	};
	static const struct table_column search_columns[] = {
		{ "bisection", "bisection", true }, { "answer", NULL, true },
		{ "commits", NULL, false },	    { "measured", "measured", false },
		{ "target", "target", false },	    { "clock", "clock", false },
		{ "started", "when", false },
	};
	const struct frame f = {
		.title = title, .root = "../", .published = s->published, .section = SECTION_CAUSES
	};
	struct html h = HTML_INIT;
	struct table ladders, searches;
	int ret;

	folder_begin(&s->folder, "causes", NULL);
	table_init(&ladders, ladder_columns, sizeof(ladder_columns) / sizeof(*ladder_columns));
	table_init(&searches, search_columns, sizeof(search_columns) / sizeof(*search_columns));
	ladder_rows(&ladders, s);
	search_rows(&searches, s);
	frame_open(&h, &f);
	html_element(&h, "h1", NULL, title);
	html_element(&h, "p", "soft",
		     "A ladder measures a series patch by patch, a bisection finds the commit that "
		     "changed a figure. The newest of each.");
	ret = list(s, &h, &ladders, "Ladders", "ladders",
		   "None yet: kab ladder BASE SERIES makes one.");
	if (list(s, &h, &searches, "Bisections", "bisections",
		 "None yet: kab bisect GOOD..BAD --workload W makes one.") < 0)
		ret = -1;
	frame_close(&h);
	if (ret == 0)
		ret = site_write(s, "causes/index.html", &h);
	html_release(&h);
	return ret;
}

/* --- the front page ---------------------------------------------------------------------------- */

static void item(struct html *h, struct line *l)
{
	html_open(h, "li");
	html_open(h, "a", "href", l->href);
	html_text(h, l->name);
	html_close(h, "a");
	html_open(h, "span", "class", "small soft");
	html_textf(h, " · %.10s · target %s, %s clock", l->session->started, l->session->target,
		   l->session->clock);
	html_close(h, "span");
	html_element(h, "span", "more", l->answer);
	html_close(h, "li");
	line_release(l);
}

void causes_front(struct html *h, const struct site *s)
{
	if (!s->ladder_count && !s->search_count)
		return;
	html_open(h, "section");
	html_open(h, "h2");
	html_open(h, "a", "href", "causes/index.html");
	html_text(h, title);
	html_close(h, "a");
	html_close(h, "h2");
	html_open(h, "ul", "class", "findings");
	for (size_t i = 0; i < s->ladder_count && i < FRONT_MAX; i++) {
		struct line l = line_of_ladder(s, &s->ladders[i], "");

		item(h, &l);
	}
	for (size_t i = 0; i < s->search_count && i < FRONT_MAX; i++) {
		struct line l = line_of_search(&s->searches[i], "");

		item(h, &l);
	}
	html_close(h, "ul");
	html_close(h, "section");
}

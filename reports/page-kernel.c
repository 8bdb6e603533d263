// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel: what it is made of, what building it took, and all that was measured of it. What is
 * not in the database comes from the cache, while the kernel is there.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/paths.h"
#include "page-compare.h"
#include "patches.h"
#include "stats.h"
#include "table.h"
#include "trend.h"
#include "units.h"

#define CONFIG_LINES_MAX 300

/* What the cache knows of a kernel. */
struct build {
	bool cached;
	int64_t build_ms, image_bytes;
	struct strbuf config;
};

/* What a config file is compared with. */
struct base {
	const struct db_side *side; /* NULL: it is the base itself */
	struct strbuf config;
};

static char *cache_file(const char *kernel, const char *name)
{
	char *dir = strchr(kernel, '/') || *kernel == '.' ? NULL : path_cache("kernels/");
	char *path = dir ? xasprintf("%s/%s/%s", dir, kernel, name) : NULL;

	free(dir);
	return path;
}

static void read_file(const char *kernel, const char *name, struct strbuf *out)
{
	char *path = cache_file(kernel, name);

	if (path && file_exists(path))
		(void)file_read_optional(path, out);
	free(path);
}

static void read_build(const char *kernel, struct build *b)
{
	char *path = cache_file(kernel, "kernel.json"), *image = cache_file(kernel, "bzImage");
	struct strbuf text = STRBUF_INIT;
	struct json_object *root = NULL, *value;

	*b = (struct build){ .build_ms = -1, .image_bytes = -1, .config = STRBUF_INIT };
	if (path && file_exists(path) && file_read_optional(path, &text) == 0)
		root = json_tokener_parse(text.data);
	if (root) {
		b->cached = true;
		if (json_object_object_get_ex(root, "build_ms", &value))
			b->build_ms = json_object_get_int64(value);
		if (image && file_exists(image))
			b->image_bytes = file_size(image);
		read_file(kernel, "config", &b->config);
		json_object_put(root);
	}
	strbuf_release(&text);
	free(path);
	free(image);
}

/* The newest session that has the kernel, and its place there. */
static const struct db_side *find_side(const struct site *s, const char *kernel,
				       const struct site_session **session)
{
	for (size_t i = 0; i < s->shown_count; i++)
		for (size_t k = 0; k < s->shown[i].sides.count; k++)
			if (!strcmp(s->shown[i].sides.items[k].kernel_id, kernel)) {
				*session = &s->shown[i];
				return &s->shown[i].sides.items[k];
			}
	return NULL;
}

/* --- identity ---------------------------------------------------------------------------------- */

static void pair(struct html *h, const char *name, const char *class, const char *value)
{
	if (!value || !*value)
		return;
	html_element(h, "dt", NULL, name);
	html_element(h, "dd", class, value);
}

static void identity(struct html *h, const struct db_side *side, const struct build *b,
		     const char *config_file)
{
	char *took = b->build_ms >= 0 ? xasprintf("%.1f s", (double)b->build_ms / 1000) : NULL;
	char *size = b->image_bytes >= 0 ? xasprintf("%.2f MiB", (double)b->image_bytes / 1048576)
					 : NULL;

	html_open(h, "dl");
	pair(h, "source", NULL, side->source);
	pair(h, "series", NULL, side->series);
	pair(h, "release", NULL, side->release);
	pair(h, "compiler", NULL, side->compiler);
	pair(h, "identity", "id", side->kernel_id);
	pair(h, "image sha256", "id", side->image_sha256);
	pair(h, "config sha256", "id", side->config_sha256);
	pair(h, "image", NULL, size);
	pair(h, "built in", NULL, took);
	if (config_file) {
		html_element(h, "dt", NULL, "configuration");
		html_open(h, "dd");
		html_open(h, "a", "href", config_file);
		html_text(h, config_file);
		html_close(h, "a");
		html_close(h, "dd");
	}
	html_close(h, "dl");
	if (!b->cached)
		html_element(h, "p", "soft",
			     "The kernel is not in the cache any more: how long its build took and "
			     "the size of its image are not known.");
	free(took);
	free(size);
}

/* --- configuration ----------------------------------------------------------------------------- */

static void list_config(const struct strbuf *config, struct strvec *out)
{
	struct strvec lines = STRVEC_INIT;

	strvec_split(&lines, config->data, "\n");
	for (size_t i = 0; i < lines.count; i++)
		if (!strncmp(lines.items[i], "CONFIG_", 7))
			strvec_push(out, lines.items[i]);
	strvec_sort(out);
	strvec_release(&lines);
}

static void difference(struct html *h, const struct strvec *have, const struct strvec *lack,
		       const char *sign, size_t *found)
{
	for (size_t i = 0, k = 0; i < have->count; i++) {
		while (k < lack->count && strcmp(lack->items[k], have->items[i]) < 0)
			k++;
		if (k < lack->count && !strcmp(lack->items[k], have->items[i]))
			continue;
		if (++*found <= CONFIG_LINES_MAX)
			html_textf(h, "%s%s\n", sign, have->items[i]);
	}
}

static void config_section(struct html *h, const struct build *b, const struct base *base)
{
	struct strvec mine = STRVEC_INIT, theirs = STRVEC_INIT;
	struct html list = HTML_INIT;
	size_t found = 0;

	html_element(h, "h2", NULL, "Configuration");
	if (!b->config.len) {
		html_element(h, "p", NULL, "It is not in the cache any more.");
		return;
	}
	if (!base->side || !base->config.len) {
		html_element(h, "p", NULL,
			     base->side
				     ? "That of its base is not in the cache any more."
				     : "It is the base of its plan: nothing to compare it with.");
		return;
	}
	list_config(&b->config, &mine);
	list_config(&base->config, &theirs);
	difference(&list, &theirs, &mine, "-", &found);
	difference(&list, &mine, &theirs, "+", &found);
	html_open(h, "p");
	if (found)
		html_textf(h, "%zu lines differ from %s:", found, base->side->spec);
	else
		html_textf(h, "The same as that of %s.", base->side->spec);
	html_close(h, "p");
	if (found) {
		html_open(h, "pre", "tabindex", "0");
		html_raw(h, list.out.data);
		html_close(h, "pre");
	}
	html_release(&list);
	strvec_release(&mine);
	strvec_release(&theirs);
}

/* --- patches ----------------------------------------------------------------------------------- */

/* What a run with it was told of mails. */
static void mailed_section(struct html *h, const struct db_facts *facts)
{
	struct html list = HTML_INIT;

	html_open(&list, "dl");
	if (page_series(&list, facts)) {
		html_close(&list, "dl");
		html_raw(h, list.out.data);
	} else {
		html_element(
			h, "p", NULL,
			"The series is not among those that kab knows by name; its patches are "
			"not shown.");
	}
	html_release(&list);
}

static void patch_section(struct html *h, const struct patches *p, const char *series,
			  const struct db_facts *facts)
{
	html_element(h, "h2", NULL, "Patches");
	if (!*series) {
		html_element(h, "p", NULL, "None: the source as it is.");
		return;
	}
	if (!p->count) {
		mailed_section(h, facts);
		return;
	}
	html_open(h, "ol");
	for (size_t i = 0; i < p->count; i++) {
		const struct patch *patch = &p->items[i];

		html_open(h, "li");
		html_text(h, patch->subject);
		for (size_t k = 0; k < patch->links.count; k++) {
			html_text(h, k ? " " : " · ");
			html_link_out(h, patch->links.items[k],
				      k ? "and here" : "where the idea is from");
		}
		html_open(h, "details");
		html_element(h, "summary", NULL, "the patch");
		html_open(h, "pre", "tabindex", "0");
		html_text(h, patch->text);
		html_close(h, "pre");
		html_close(h, "details");
		html_close(h, "li");
	}
	html_close(h, "ol");
}

/* --- results ----------------------------------------------------------------------------------- */

/* The newest night of the line that ran this kernel, and how many did. */
static const struct db_night *newest_of(const struct history_line *l, const char *kernel,
					size_t *nights)
{
	const struct db_night *newest = NULL;

	*nights = 0;
	for (size_t i = 0; i < l->count; i++) {
		const struct db_night *n = &l->line->nights[i];

		if (!strcmp(n->kernel, kernel)) {
			newest = n;
			++*nights;
		}
	}
	return newest;
}

static void result_rows(struct table *t, const struct site *s, const char *kernel, bool headline)
{
	for (size_t i = 0; i < s->history.count; i++) {
		const struct history_line *l = &s->history.items[i];
		size_t nights;
		const struct db_night *n = newest_of(l, kernel, &nights);
		char *plan, *page, *href;

		if (!n || l->line->headline != headline)
			continue;
		plan = gnuplot_stem(l->line->plan, NULL);
		page = site_trend_page(l->line->workload, l->line->metric);
		href = xasprintf("../trends/%s/%s.html", plan, page);
		table_row(t, l->line->headline ? "headline" : NULL);
		table_link(t, l->line->metric, href);
		table_figure(t, l->line->unit, stats_median(n->values, n->count));
		table_text(t, l->line->unit);
		table_text(t, l->line->workload);
		table_text(t, l->line->plan);
		table_count(t, nights);
		page_night_cell(t, s, n->session, n->started, "../");
		free(href);
		free(page);
		free(plan);
	}
}

static void result_table(struct table *t, const struct site *s, const char *kernel)
{
	static const struct table_column columns[] = {
		{ "metric", "metric", true },  { "value", "value", false },
		{ "unit", NULL, false },       { "workload", "workload", true },
		{ "plan", "plan", true },      { "nights", "nights", false },
		{ "newest", "newest", false },
	};

	table_init(t, columns, sizeof(columns) / sizeof(columns[0]));
	result_rows(t, s, kernel, true);
	result_rows(t, s, kernel, false);
}

/* Of a kernel that no night of a plan has run: the ladder that has. */
static void elsewhere(struct html *h, const struct site *s, const struct site_session *session)
{
	char *name = site_session_name(session->session);
	char *href = xasprintf("../%s/index.html", session->dir);

	html_open(h, "p");
	if (site_session_ladder(s, session)) {
		html_text(h, "They are on the page of its ladder: ");
		html_open(h, "a", "href", href);
		html_text(h, name);
		html_close(h, "a");
	} else {
		html_text(h, "No run of it has given figures.");
	}
	html_close(h, "p");
	free(href);
	free(name);
}

/* --- the page ---------------------------------------------------------------------------------- */

/* The configuration lies beside the page, and stays there when the cache has lost it. */
static int keep_config(struct site *s, const struct build *b, const char *name, bool *there)
{
	*there = true;
	if (b->config.len)
		return folder_write(&s->folder, name, b->config.data, b->config.len);
	*there = folder_has(&s->folder, name);
	if (*there)
		folder_keep(&s->folder, name);
	return 0;
}

static int page_kernel(struct site *s, const char *kernel, struct table *list)
{
	const struct site_session *session = NULL;
	const struct db_side *side = find_side(s, kernel, &session);
	char *page = site_kernel_page(kernel), *stem = gnuplot_stem(kernel, NULL);
	char *config = xasprintf("%s.config.txt", stem), *path = xasprintf("kernels/%s", config);
	char *figures = xasprintf("kernels/%s", stem), *title = xasprintf("%s", side->spec);
	struct frame f = { .title = title,
			   .root = "../",
			   .published = s->published,
			   .section = SECTION_KERNELS,
			   .crumbs = { { "Kernels", "index.html" }, { title, NULL } } };
	struct base base = { .config = STRBUF_INIT };
	struct patches patches = { 0 };
	struct html h = HTML_INIT;
	struct db_facts facts = { 0 };
	struct build build;
	struct table t;
	char *identity_short = xasprintf("%.12s", kernel);
	bool has_config;
	int ret;

	read_build(kernel, &build);
	if (session->sides.items[0].kernel_id &&
	    strcmp(session->sides.items[0].kernel_id, kernel) != 0) {
		base.side = &session->sides.items[0];
		read_file(base.side->kernel_id, "config", &base.config);
	}
	patches_load(&patches, side->series);
	ret = keep_config(s, &build, path, &has_config);
	if (ret == 0 && *side->series && !patches.count)
		ret = db_facts(s->db, side, &facts);
	result_table(&t, s, kernel);
	table_row(list, NULL);
	table_link(list, side->spec, page + strlen("kernels/"));
	table_text(list, side->source);
	table_text(list, side->release);
	table_cell(list, &(struct table_cell){
				 .text = identity_short, .data = side->kernel_id, .class = "id" });
	page_night_cell(list, s, session->session->id, session->session->started, "../");
	frame_open(&h, &f);
	html_open(&h, "header");
	html_element(&h, "h1", NULL, side->spec);
	html_close(&h, "header");
	identity(&h, side, &build, has_config ? config : NULL);
	patch_section(&h, &patches, side->series, &facts);
	config_section(&h, &build, &base);
	html_element(&h, "h2", NULL, "Results");
	if (t.count)
		table_html(&h, &t, "Results", stem);
	else
		elsewhere(&h, s, session);
	frame_close(&h);
	if (ret == 0)
		ret = table_files(&s->folder, &t, figures);
	if (ret == 0)
		ret = site_write(s, page, &h);
	html_release(&h);
	table_release(&t);
	db_facts_release(&facts);
	patches_release(&patches);
	strbuf_release(&build.config);
	strbuf_release(&base.config);
	free(identity_short);
	free(title);
	free(figures);
	free(path);
	free(config);
	free(stem);
	free(page);
	return ret;
}

int site_kernels(struct site *s)
{
	static const struct table_column columns[] = {
		{ "kernel", "kernel", true },	{ "source", "source", true },
		{ "release", "release", true }, { "identity", "identity", true },
		{ "newest", "newest", false },
	};
	struct frame f = { .title = "Kernels",
			   .root = "../",
			   .published = s->published,
			   .section = SECTION_KERNELS };
	struct html h = HTML_INIT;
	struct table t;
	int ret = 0;

	folder_begin(&s->folder, "kernels", NULL);
	table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	t.class = "stack";
	for (size_t i = 0; i < s->kernels.count && ret == 0; i++)
		ret = page_kernel(s, s->kernels.items[i], &t);
	frame_open(&h, &f);
	html_element(&h, "h1", NULL, "Kernels");
	html_element(
		&h, "p", "soft",
		"Those of the newest nights and ladders. Kernels of one identity are the same, whatever they are called.");
	table_html(&h, &t, "Kernels", "index");
	frame_close(&h);
	if (ret == 0)
		ret = table_files(&s->folder, &t, "kernels/index");
	if (ret == 0)
		ret = site_write(s, "kernels/index.html", &h);
	html_release(&h);
	table_release(&t);
	return ret;
}
